"""The outside cases of HTTP/1.1 once more, over TLS: the same rows, the same verdicts.

The runner of the shared cases speaks cleartext; between it and the TLS listener stands a relay that adds and takes nothing.
"""
import json
import socket
import subprocess
import sys
import threading

import pytest

from certificates import Authority
from processes import free_port
from raw import Client, RawAgent, Wire, get
from test_corpus import FILES, RUNNER, rows
from tls_relay import TLSRelay


def start_tls_proxy(start_proxy, folder, origin):
    """A proxy with a listener in cleartext and one with TLS; the port of the latter, and the CA."""
    authority = Authority(folder)
    certificate, key = authority.issue()
    port = free_port()
    proxy = start_proxy(
        {"http": {"tls": {"enabled": True, "cert": str(certificate), "key": str(key), "listen": [f"127.0.0.1:{port}"]}},
         "logging": {"accessLog": False}, "agents": {"healthCheck": {"enabled": False}}},
        [{"id": "origin", "endpoint": f"http://127.0.0.1:{origin}"}],
        [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "origin"}],
        listen=lambda clear: [f"127.0.0.1:{clear}", f"127.0.0.1:{port}"])
    return proxy, port, authority


def run(start_proxy, started, folder, files, *options):
    assert RUNNER.exists(), f"{RUNNER}: no such file; set CLAWPROXY_SHARED to the folder of shared cases"
    origin = free_port()
    proxy, port, authority = start_tls_proxy(start_proxy, folder, origin)
    relay = TLSRelay(port, authority.file)
    started.append(relay)
    out = folder / "verdicts.json"
    done = subprocess.run(
        [sys.executable, str(RUNNER), "--proxy", f"127.0.0.1:{relay.port}", "--origin-port", str(origin), "--out", str(out),
         *options, *map(str, files)],
        capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CONNECT FAIL" not in done.stdout, done.stdout
    assert proxy.is_running, "the proxy ended"
    verdicts = json.loads(out.read_text())
    # a connection that never was one must not pass for a refusal
    assert not relay.failed and relay.count == len(verdicts), relay.failed
    names = [row["id"] for row in verdicts]
    bad = [f"{row['id']}: {row['verdict']}, expected {row['expect']}: {row['why']}" for row in verdicts if row["verdict"] != "ok"]
    return verdicts, bad, [f"{names[number - 1]}: {error}" for number, error in relay.cut]


@pytest.mark.slow
def test_every_row_of_every_corpus_is_ok_over_tls(start_proxy, started, tmp_path):
    verdicts, bad, cut = run(start_proxy, started, tmp_path, FILES)
    assert len(verdicts) == sum(map(rows, FILES)) > 400
    assert not bad, "\n" + "\n".join(bad)
    assert not cut, "ended without close_notify:\n" + "\n".join(cut)


@pytest.mark.slow
def test_three_hundred_mutations_of_smuggling_are_ok_over_tls(start_proxy, started, tmp_path):
    verdicts, bad, cut = run(start_proxy, started, tmp_path, [RUNNER.parent / "smuggler.jsonl"], "--limit", "300")
    assert len(verdicts) == 300
    assert not bad, "\n" + "\n".join(bad)
    assert not cut, "ended without close_notify:\n" + "\n".join(cut)


def test_some_rows_of_every_corpus_are_ok_over_tls(start_proxy, started, tmp_path):
    files = [*FILES, RUNNER.parent / "smuggler.jsonl"]
    verdicts, bad, cut = run(start_proxy, started, tmp_path, files, "--limit", "6", "--timeout", "0.25")
    assert len(verdicts) == sum(min(6, rows(path)) for path in files)
    assert not bad, "\n" + "\n".join(bad)
    assert not cut, "ended without close_notify:\n" + "\n".join(cut)


# The relay itself, before a server of Python's own: what it changes would be blamed on the proxy.


@pytest.fixture
def relayed(tmp_path, started):
    """`relayed(handler)`: a client's way through the relay to a TLS agent that does as `handler` says, and the relay."""

    def start(handler):
        from certificates import TLSAgent

        authority = Authority(tmp_path)
        agent = TLSAgent(handler, *authority.issue())
        relay = TLSRelay(agent.port, authority.file)
        started.extend([agent, relay])
        return Client(relay.port), relay

    return start


def test_the_relay_passes_bytes_both_ways_as_they_are(relayed):
    data = bytes(range(256)) * 4096
    seen = []

    def handler(wire):
        seen.append(wire.exactly(len(data)))
        wire.send(data[::-1])
        wire.end()

    client, relay = relayed(handler)
    with client:
        threading.Thread(target=client.send, args=(data,)).start()
        assert client.exactly(len(data)) == data[::-1]
        assert client.rest() == (b"", True)
    assert seen == [data] and not relay.failed and not relay.cut


def test_the_relay_reads_on_when_the_client_has_ended(relayed):
    def handler(wire):
        request = b""
        while piece := wire.sock.recv(65536):
            request += piece
        wire.send(b"you said " + request)
        wire.end()

    client, relay = relayed(handler)
    with client:
        client.send(b"all of it")
        client.sock.shutdown(socket.SHUT_WR)
        assert client.rest() == (b"you said all of it", True)
    assert not relay.cut


def test_the_relay_tells_of_an_end_without_close_notify(relayed):
    def handler(wire):
        wire.exactly(5)
        wire.send("half an answer")
        # the TCP connection ends, TLS does not
        wire.sock.shutdown(socket.SHUT_RDWR)

    client, relay = relayed(handler)
    with client:
        client.send("hello")
        data, is_orderly = client.rest()
        assert data in (b"half an answer", b"") and not is_orderly
    assert [number for number, _ in relay.cut] == [1]


def test_the_relay_tells_of_a_handshake_that_failed(started, tmp_path):
    agent = RawAgent(lambda wire: wire.send("HTTP/1.1 400 Bad Request\r\n\r\n"))
    relay = TLSRelay(agent.port, Authority(tmp_path).file)
    started.extend([agent, relay])
    with Client(relay.port) as client:
        client.send(get())
        assert Wire.rest(client)[0] == b""
    assert len(relay.failed) == 1
