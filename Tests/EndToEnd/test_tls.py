"""TLS towards clients: what is spoken, who is shown what, who may resume, and how connections end."""
import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time

import httpx
import pytest

from certificates import Authority, openssl
from control import start_edge  # noqa: F401
from processes import eventually, run_command
from raw import Client, Closed, Wire, answering, get, ok
from tls_clients import V12, V13, TLSClient, both, metric, ocsp, over, resumed, s_client, shown, trusting


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("clients"), "Client CA")


@pytest.fixture(scope="module")
def leaf(ca):
    return ca.issue(names=["DNS:localhost", "DNS:a.test", "IP:127.0.0.1"], subject="edge")


@pytest.fixture
def agent(raw_agent):
    return raw_agent(answering(ok("hello")))


# what is spoken


@both
def test_versions_and_facts(ca, leaf, agent, start_proxy, version):
    proxy = start_proxy(over(leaf), [agent])
    with TLSClient(proxy, trusting(ca, version)) as wire:
        assert wire.sock.version() == {V12: "TLSv1.2", V13: "TLSv1.3"}[version]
        assert wire.sock.selected_alpn_protocol() == "http/1.1" and wire.sock.compression() is None
        for _ in range(3):
            assert wire.ask(get("/a")).body == b"hello"
    assert agent.requests[0].get("X-Forwarded-Proto") == "https" and agent.accepted == 1


def test_min_version_is_kept(ca, leaf, agent, start_proxy):
    proxy = start_proxy(over(leaf, minVersion="TLS1.3"), [agent])
    with pytest.raises(ssl.SSLError):
        TLSClient(proxy, trusting(ca, V12))
    with TLSClient(proxy, trusting(ca)) as wire:
        assert wire.sock.version() == "TLSv1.3"
    eventually(lambda: metric(proxy, "gateway_tls_handshake_failures_total", reason="version") == 1)
    assert "alert protocol version" in s_client(proxy.port, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")


def test_ciphers_of_both_versions(ca, leaf, agent, start_proxy):
    proxy = start_proxy(over(leaf, ciphers=["TLS_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384",
                                            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"]), [agent])
    with TLSClient(proxy, trusting(ca, V13)) as wire:
        assert wire.sock.cipher()[0] == "TLS_AES_256_GCM_SHA384"
    assert "Cipher is ECDHE-ECDSA-AES256-GCM-SHA384" in s_client(proxy.port, "-tls1_2")
    assert "Cipher is ECDHE-ECDSA-CHACHA20-POLY1305" in s_client(proxy.port, "-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305")
    assert "Cipher is (NONE)" in s_client(proxy.port, "-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256")
    assert "Cipher is (NONE)" in s_client(proxy.port, "-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256")
    eventually(lambda: metric(proxy, "gateway_tls_handshake_failures_total", reason="cipher") == 2)


def test_a_protocol_that_nobody_speaks_ends_the_handshake(ca, leaf, agent, start_proxy):
    proxy = start_proxy(over(leaf), [agent])
    with pytest.raises(ssl.SSLError, match="(?i)application.protocol"):
        TLSClient(proxy, trusting(ca, alpn=["spdy/9"]))
    with TLSClient(proxy, trusting(ca, alpn=())) as wire:
        assert wire.ask(get("/")).status == 200


def test_renegotiation_is_refused(ca, leaf, agent, start_proxy):
    proxy = start_proxy(over(leaf), [agent])
    talk = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{proxy.port}", "-tls1_2"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    talk.stdin.write(b"R\n")
    talk.stdin.flush()
    out, _ = talk.communicate(timeout=10)
    assert b"RENEGOTIATING" in out and b"no renegotiation" in out
    assert "Max Early Data: 0" in s_client(proxy.port, "-tls1_3", "-ign_eof", given=b"GET / HTTP/1.0\r\n\r\n")


# certificates


def test_names_and_wildcards(ca, agent, start_proxy):
    first = ca.issue(names=["DNS:first.test"])
    exact = ca.issue(names=["DNS:x.wild.test"])
    wild = ca.issue(names=["DNS:*.wild.test"])
    given = ca.issue(names=["DNS:unused.test"])
    tls = over(first, certificates=[
        {"cert": str(wild[0]), "key": str(wild[1])}, {"cert": str(exact[0]), "key": str(exact[1])},
        {"cert": str(given[0]), "key": str(given[1]), "names": ["Given.Test"]}])
    proxy = start_proxy(tls, [agent])
    for name, expected in [("first.test", "first.test"), ("x.wild.test", "x.wild.test"), ("Y.WILD.test", "*.wild.test"),
                           ("a.b.wild.test", "first.test"), ("wild.test", "first.test"), ("given.test", "unused.test"),
                           ("unused.test", "first.test"), (None, "first.test"), ("127.0.0.1", "first.test")]:
        assert shown(proxy, ca, name) == [expected], name


def test_rsa_and_ecdsa_side_by_side(ca, agent, start_proxy):
    names = ["DNS:both.test"]
    rsa, ecdsa = ca.issue(names=names, rsa=True), ca.issue(names=names)
    proxy = start_proxy(over(rsa, certificates=[{"cert": str(ecdsa[0]), "key": str(ecdsa[1])}]), [agent])
    for cipher in ("RSA", "ECDSA"):
        assert f"Cipher is ECDHE-{cipher}" in s_client(
            proxy.port, "-tls1_2", "-servername", "both.test", "-cipher", f"ECDHE-{cipher}-AES128-GCM-SHA256")
    assert "RSA-PSS" in s_client(proxy.port, "-tls1_3", "-sigalgs", "RSA-PSS+SHA256", "-servername", "both.test")
    assert "ECDSA" in s_client(proxy.port, "-tls1_3", "-sigalgs", "ECDSA+SHA256", "-servername", "both.test")
    assert "ECDSA" in s_client(proxy.port, "-tls1_3", "-sigalgs", "ECDSA+SHA256", "-noservername")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_ocsp_is_stapled(ca, agent, start_proxy, tmp_path, version):
    plain, other = ca.issue(names=["DNS:a.test"], rsa=True), ca.issue(names=["DNS:a.test"])
    tls = over(plain, certificates=[{"cert": str(other[0]), "key": str(other[1]),
                                     "ocsp": str(ocsp(ca, other[0], tmp_path / "staple.der"))}])
    proxy = start_proxy(tls, [agent])
    found = s_client(proxy.port, version, "-status", "-servername", "a.test", "-sigalgs", "ECDSA+SHA256")
    assert "OCSP Response Status: successful" in found and "Cert Status: good" in found
    assert "OCSP response: no response sent" in s_client(
        proxy.port, version, "-status", "-servername", "a.test", "-sigalgs", "RSA-PSS+SHA256:RSA+SHA256")


# resumption


@both
def test_sessions_are_resumed_by_the_same_name_alone(ca, leaf, agent, start_proxy, version):
    proxy = start_proxy(over(leaf), [agent])
    context = trusting(ca, version)
    was, session = resumed(proxy, context, "a.test")
    assert not was and resumed(proxy, context, "a.test", session)[0]
    assert not resumed(proxy, context, "localhost", session)[0], "a ticket is for one name"
    assert metric(proxy, "gateway_tls_handshakes_total", kind="resumed") == 1
    assert metric(proxy, "gateway_tls_handshakes_total", kind="full") == 2


@both
def test_replicas_share_tickets_by_a_file_that_may_change(ca, leaf, agent, start_proxy, tmp_path, version):
    keys = tmp_path / "tickets"
    one, two = openssl("rand", "-hex", "80"), openssl("rand", "-hex", "48")
    keys.write_bytes(one)
    first, second = [start_proxy(over(leaf, ticketKeys=str(keys)), [agent]) for _ in range(2)]
    alone = start_proxy(over(leaf), [agent])
    context = trusting(ca, version)
    _, session = resumed(first, context)
    assert resumed(second, context, session=session)[0]
    assert not resumed(alone, context, session=session)[0]
    keys.write_bytes(two + one)
    eventually(lambda: all("are in use" in proxy.log for proxy in (first, second)))
    was, fresh = resumed(second, context, session=session)
    assert was, "the older key is still taken"
    keys.write_bytes(two)
    eventually(lambda: first.log.count("are in use") == 2)
    assert not resumed(first, context, session=session)[0]
    if version == V12:
        _, fresh = resumed(first, context)
    assert resumed(first, context, session=fresh)[0]


def test_a_session_of_another_client_ca_is_not_resumed(ca, leaf, clients, agent, start_proxy, tmp_path):
    keys = tmp_path / "tickets"
    keys.write_bytes(openssl("rand", "-hex", "80"))
    other = Authority(tmp_path, "Other CA")
    own, both_known = clients.issue(subject="c"), tmp_path / "both.pem"
    both_known.write_bytes(clients.file.read_bytes() + other.file.read_bytes())
    first = start_proxy(over(leaf, ticketKeys=str(keys), clientCA=str(clients.file)), [agent])
    second = start_proxy(over(leaf, ticketKeys=str(keys), clientCA=str(both_known)), [agent])
    context = trusting(ca, certificate=own)
    _, session = resumed(first, context)
    assert resumed(first, context, session=session)[0]
    assert not resumed(second, context, session=session)[0]


# client certificates


def test_certificates_of_clients(ca, leaf, clients, agent, start_proxy, tmp_path):
    header = "X-Client-Identity"
    proxy = start_proxy(over(leaf, clientCA=str(clients.file), identityHeader=header), [agent])
    own = clients.issue(names=["DNS:c.test", "URI:spiffe://a/b"], subject='Eve";Hash=1')
    with TLSClient(proxy, trusting(ca, certificate=own)) as wire:
        assert wire.ask(get("/", f"{header}: forged", "x-client-identity: too")).status == 200
    digest = openssl("x509", "-in", own[0], "-noout", "-fingerprint", "-sha256").decode().split("=")[1].strip()
    text = agent.requests[0].get(header)
    assert text.startswith(f"Hash={digest.replace(':', '').lower()};Subject=\"CN=Eve")
    assert text.endswith(";URI=spiffe://a/b;DNS=c.test") and text.count(";Hash=") == 1
    for stranger in (None, Authority(tmp_path, "Strangers").issue()):
        with pytest.raises((ssl.SSLError, Closed, OSError)):
            with TLSClient(proxy, trusting(ca, certificate=stranger)) as wire:
                wire.ask(get("/"))
    assert len(agent.requests) == 1
    assert metric(proxy, "gateway_tls_handshake_failures_total", reason="certificate") == 2


def test_certificates_of_clients_may_be_optional(ca, leaf, clients, agent, start_proxy):
    proxy = start_proxy(over(leaf, clientCA=str(clients.file), clientAuth="optional", identityHeader="X-Id"), [agent])
    with TLSClient(proxy, trusting(ca)) as wire:
        assert wire.ask(get("/", "X-Id: forged")).status == 200
    with TLSClient(proxy, trusting(ca, certificate=clients.issue(subject="c1"))) as wire:
        assert wire.ask(get("/")).status == 200
    assert [request.get("X-Id") for request in agent.requests][0] is None
    assert 'Subject="CN=c1"' in agent.requests[1].get("X-Id")


# files


def test_a_new_certificate_is_taken_and_a_broken_one_is_not(ca, agent, start_proxy, tmp_path):
    def put(certificate):
        for source, name in zip(certificate, ("cert.pem", "key.pem")):
            shutil.copy(source, tmp_path / (name + ".new"))
            os.replace(tmp_path / (name + ".new"), tmp_path / name)

    put(ca.issue(names=["DNS:old.test"]))
    proxy = start_proxy(over((tmp_path / "cert.pem", tmp_path / "key.pem")), [agent])
    with TLSClient(proxy, trusting(ca)) as kept:
        assert kept.ask(get("/")).status == 200 and shown(proxy, ca) == ["old.test"]
        put(ca.issue(names=["DNS:new.test"], days=3))
        eventually(lambda: shown(proxy, ca) == ["new.test"])
        eventually(lambda: "expires soon" in proxy.log)
        (tmp_path / "cert.pem").write_text("nothing")
        eventually(lambda: "what it held before stays in use" in proxy.log)
        assert shown(proxy, ca) == ["new.test"] and kept.ask(get("/")).status == 200
        time.sleep(2.5)
        assert proxy.log.count("what it held before stays in use") == 1
    assert 2 * 86400 < metric(proxy, "gateway_tls_certificate_expiry_seconds") - time.time() < 4 * 86400


def test_check_warns_of_files_and_run_refuses(leaf, tmp_path):
    def tried(**tls):
        file = tmp_path / "g.json"
        file.write_text(json.dumps({"gateway": {"http": {"listen": "127.0.0.1:1", "tls": tls}}}))
        return run_command(tmp_path, "check", file), run_command(tmp_path, "run", "--config-file", file)

    check, run = tried(enabled=True, cert="/nowhere/cert.pem", key="/nowhere/key.pem")
    assert check.returncode == 0 and "http.tls.cert: /nowhere/cert.pem cannot be read" in check.stdout
    assert run.returncode != 0 and "/nowhere/cert.pem cannot be read" in run.stdout + run.stderr
    check, _ = tried(cert=str(leaf[0]), key=str(leaf[1]), ciphers=["TLS_AES_127"])
    assert check.returncode != 0 and "TLS_AES_127" in check.stdout + check.stderr
    check, _ = tried(key=str(leaf[1]))
    assert check.returncode != 0 and "http.tls.key: belongs to no certificate" in check.stdout + check.stderr
    check, _ = tried(cert=str(leaf[0]), key=str(leaf[1]), minVersion="TLS1.1")
    assert check.returncode != 0 and "expected '1.2' or '1.3'" in check.stdout + check.stderr


def test_tls_is_changed_while_it_runs(ca, leaf, start_edge):  # noqa: F811
    edge = start_edge({"http": {"tls": {"cert": str(leaf[0]), "key": str(leaf[1])}}})
    with TLSClient(edge, trusting(ca, V12)):
        pass
    edge.admin.patch({"http": {"tls": {"minVersion": "1.3"}}})
    with pytest.raises(ssl.SSLError):
        TLSClient(edge, trusting(ca, V12))
    edge.admin.patch({"http": {"tls": {"enabled": False}}})
    with Client(edge.port) as wire:
        assert wire.ask(get("/health")).status == 200


# how connections end


@pytest.mark.parametrize("tls", [
    {"clientCA": "/no/ca.pem", "clientAuth": "required"}, {"ticketKeys": "/no/tickets"}, {"minVersion": "1.3"}, {"hsts": {"maxAge": "1d"}}],
    ids=lambda tls: next(iter(tls)))
def test_protection_without_a_certificate_is_not_plain_text(tmp_path, tls):
    config = tmp_path / "gateway.json"
    for more, code in [({}, 1), ({"enabled": False}, 0)]:
        config.write_text(json.dumps({"gateway": {"http": {"tls": {**tls, **more}}}}))
        found = run_command(tmp_path, "check", "--config-file", config)
        assert (found.returncode != 0) == code, found.stdout + found.stderr
        assert ("there is no certificate" in found.stdout + found.stderr) == code


def test_plain_http_is_told(leaf, agent, start_proxy, client):
    proxy = start_proxy(over(leaf), [agent])
    answer = client(proxy).ask(get("/"))
    assert answer.status == 400 and b"use https://" in answer.body
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
        sock.sendall(b"\x00" * 64)
        assert Wire(sock, 5).wait_closed(5)
    eventually(lambda: metric(proxy, "gateway_tls_handshake_failures_total", reason="plain") == 1)


def test_a_handshake_has_a_limit(leaf, agent, start_proxy):
    proxy = start_proxy(over(leaf, handshakeTimeout="1s"), [agent])
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100)
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
        start = time.monotonic()
        with pytest.raises(OSError):
            for byte in hello:
                sock.sendall(bytes([byte]))
                time.sleep(0.2)
        assert 0.8 < time.monotonic() - start < 3
    eventually(lambda: metric(proxy, "gateway_tls_handshake_failures_total", reason="timeout") == 1)
    eventually(lambda: httpx.get(f"{proxy.admin_url}/health?detailed").json()["connections"] <= 1)


class Crowded:
    """A client of TLS whose bytes go when the test says so: with the end of its handshake goes its first request."""

    def __init__(self, proxy, context, number):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.sock = socket.create_connection(("127.0.0.1", proxy.port), 20)
        self.request = f"GET /{number} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
        self.is_open = False
        self.step()

    def step(self):
        """What it has to say next, where it can."""
        try:
            if not self.is_open:
                self.tls.do_handshake()
                self.is_open = True
                self.tls.write(self.request)
        except ssl.SSLWantReadError:
            pass
        self.waiting = self.outgoing.read()

    def send(self, cut=None):
        part, self.waiting = self.waiting[:cut], self.waiting[cut:] if cut else b""
        self.sock.sendall(part)

    def hear(self):
        data = self.sock.recv(65536)
        self.incoming.write(data) if data else self.incoming.write_eof()
        return data

    def answer(self):
        text = b""
        while True:
            try:
                while part := self.tls.read(65536):
                    text += part
                return text
            except ssl.SSLWantReadError:
                self.hear()


@both
@pytest.mark.parametrize("cut", [None, 100], ids=["whole", "in-pieces"])
def test_a_crowd_of_handshakes_comes_through(ca, leaf, agent, start_proxy, version, cut):
    # more at once than a loop takes in one of its turns: who waits loses nothing that came with or behind the handshake
    proxy = start_proxy(over(leaf), [agent])
    crowd = [Crowded(proxy, trusting(ca, version), number) for number in range(150)]
    while not all(one.is_open for one in crowd):
        if cut:
            for one in crowd:
                one.send(cut)
        for one in crowd:
            one.send()
        for one in crowd:
            while not one.is_open and not one.waiting:
                assert one.hear()
                one.step()
    for one in crowd:
        one.send()
    for one in crowd:
        assert b" 200 OK" in (answer := one.answer()) and answer.endswith(b"hello")
        one.sock.close()
    eventually(lambda: metric(proxy, "gateway_tls_handshakes_total", kind="full") == 150)
    eventually(lambda: httpx.get(f"{proxy.admin_url}/health?detailed").json()["connections"] <= 1)


def test_who_leaves_while_a_crowd_waits_holds_nobody_up(ca, leaf, agent, start_proxy):
    proxy = start_proxy(over(leaf), [agent])
    crowd = [Crowded(proxy, trusting(ca), number) for number in range(200)]
    for one in crowd:
        one.send()
    for number, one in enumerate(crowd):
        if number % 2:
            one.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if number % 4:
            one.sock.close()
    for one in crowd[::4]:
        while not one.is_open:
            assert one.hear()
            one.step()
        one.send()
    for one in crowd[::4]:
        assert one.answer().endswith(b"hello")
        one.sock.close()
    eventually(lambda: httpx.get(f"{proxy.admin_url}/health?detailed").json()["connections"] <= 1)


@both
def test_an_answer_that_ends_with_the_connection_ends_with_close_notify(ca, leaf, raw_agent, start_proxy, version):
    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it")

    proxy = start_proxy(over(leaf), [raw_agent(handler)])
    with TLSClient(proxy, trusting(ca, version)) as wire:
        answer = wire.ask(get("/", version="1.0"))
        assert answer.body == b"all of it" and not answer.is_cut


def test_an_answer_that_is_cut_ends_without(ca, leaf, raw_agent, start_proxy):
    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")
        time.sleep(0.3)
        wire.reset()

    proxy = start_proxy(over(leaf), [raw_agent(handler)])
    with TLSClient(proxy, trusting(ca)) as wire:
        answer = wire.ask(get("/", version="1.0"))
        assert answer.body == b"part" and answer.is_cut


def test_a_client_that_cuts_its_request_short_is_gone(ca, leaf, raw_agent, start_proxy):
    begun, seen = [], []

    def handler(wire):
        head = wire.head()
        begun.append(head)
        try:
            wire.read_body(head)
        except Closed as error:
            seen.append(str(error))

    proxy = start_proxy(over(leaf), [raw_agent(handler)])
    wire = TLSClient(proxy, trusting(ca))
    wire.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nfirst")
    eventually(lambda: begun, what="the request")
    os.close(wire.sock.detach())
    eventually(lambda: seen)
    eventually(lambda: any(line["status"] == 499 for line in proxy.access_lines()))


# what it carries


@both
def test_large_bodies_both_ways(ca, leaf, start_agent, start_proxy, version):
    proxy = start_proxy(over(leaf), [start_agent()])
    body = os.urandom(5_000_000)
    context = trusting(ca, version)
    with httpx.Client(verify=context, base_url=f"https://localhost:{proxy.port}", timeout=30) as http:
        echoed = http.post("/echo", content=body).json()
        assert echoed["bodyLength"] == len(body)
        import zlib
        assert echoed["adler32"] == zlib.adler32(body)


def test_a_large_answer_comes_whole_to_a_slow_reader(ca, leaf, raw_agent, start_proxy):
    body = os.urandom(5_000_000)

    def handler(wire):
        wire.request()
        wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    proxy = start_proxy(over(leaf), [raw_agent(handler)])
    with TLSClient(proxy, trusting(ca)) as wire:
        wire.send(get("/"))
        wire.head()
        time.sleep(0.5)
        assert wire.exactly(len(body)) == body


def test_events_come_one_by_one(ca, leaf, raw_agent, start_proxy):
    go = threading.Event()

    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        wire.send("9\r\ndata: 1\n\n\r\n")
        go.wait(5)
        wire.send("9\r\ndata: 2\n\n\r\n0\r\n\r\n")

    proxy = start_proxy(over(leaf), [raw_agent(handler)])
    with TLSClient(proxy, trusting(ca)) as wire:
        wire.send(get("/"))
        wire.head()
        assert wire.chunk() == b"data: 1\n\n"
        go.set()
        assert wire.chunk() == b"data: 2\n\n" and wire.chunk() == b""


def test_a_websocket(ca, leaf, start_agent, start_proxy):
    from websockets.asyncio.client import connect

    proxy = start_proxy(over(leaf), [start_agent()])

    # not by websockets.sync: under load its request sometimes never left, for two threads use one connection of TLS there
    async def talk():
        async with connect(f"wss://localhost:{proxy.port}/ws/echo", ssl=trusting(ca)) as ws:
            for message in ("hello", "x" * 100_000):
                await ws.send(message)
                while await ws.recv() != message:
                    pass

    asyncio.run(asyncio.wait_for(talk(), 20))


def test_a_drain_says_goodbye(ca, leaf, raw_agent, start_proxy):
    def handler(wire):
        wire.request()
        time.sleep(1)
        wire.send(ok("late"))

    proxy = start_proxy(over(leaf), [raw_agent(handler)])
    with TLSClient(proxy, trusting(ca)) as idle, TLSClient(proxy, trusting(ca)) as busy:
        busy.send(get("/"))
        time.sleep(0.2)
        proxy.terminate()
        assert busy.answer().body == b"late"
        for wire in (idle, busy):
            assert wire.rest() == (b"", True), "close_notify comes before the end"


# the way to TLS


def test_plain_http_is_led_to_tls(ca, leaf, agent, start_proxy):
    from processes import free_port

    port = free_port()
    proxy = start_proxy(over(leaf, redirectFrom=f"127.0.0.1:{port}", hsts={"maxAge": "365d", "includeSubDomains": True}), [agent])
    eventually(lambda: proxy.log.count('"listening"') >= 3)
    with Client(port) as wire:
        for method, status in (("GET", 301), ("POST", 308)):
            answer = wire.ask(get("/a//b?c=d", method=method, host="a.test:80"))
            assert answer.status == status and answer.get("Strict-Transport-Security") is None
            assert answer.get("Location") == f"https://a.test:{proxy.port}/a/b?c=d"
        assert wire.ask(get("/", host="[::1]:80")).get("Location") == f"https://[::1]:{proxy.port}/"
        assert wire.ask(get("/", host=None, version="1.0")).status == 400
    assert not agent.requests
    with TLSClient(proxy, trusting(ca)) as wire:
        for path in ("/", "/health"):
            assert wire.ask(get(path)).get("Strict-Transport-Security") == "max-age=31536000; includeSubDomains"


def test_some_addresses_may_stay_plain(ca, leaf, agent, start_proxy):
    from processes import free_port

    other = free_port()
    proxy = start_proxy(over(leaf), [agent], listen=lambda port: [f"127.0.0.1:{port}", f"127.0.0.1:{other}"])
    with TLSClient(proxy, trusting(ca)), TLSClient(other, trusting(ca)):
        pass
    other2 = free_port()
    proxy = start_proxy(over(leaf, listen=f"127.0.0.1:{other2}"), [agent], listen=lambda port: [f"127.0.0.1:{port}", f"127.0.0.1:{other2}"])
    with TLSClient(other2, trusting(ca)) as wire, Client(proxy.port) as plain:
        assert wire.ask(get("/")).status == plain.ask(get("/")).status == 200
    assert [request.get("X-Forwarded-Proto") for request in agent.requests] == ["https", "http"]


def test_the_openai_client(ca, leaf, start_agent, start_proxy):
    from openai import OpenAI

    proxy = start_proxy(over(leaf), [start_agent()])
    http = httpx.Client(verify=trusting(ca))
    with OpenAI(base_url=f"https://localhost:{proxy.port}/v1", api_key="x", http_client=http) as model:
        pieces = model.chat.completions.create(model="m", stream=True, messages=[{"role": "user", "content": "hello"}])
        assert len(list(pieces)) > 1


def test_idle_connections_hold_little(ca, leaf, agent, start_proxy):
    proxy = start_proxy(over(leaf), [agent])
    context = trusting(ca)
    warm = [TLSClient(proxy, context) for _ in range(50)]
    before = proxy.resident_bytes()
    more = [TLSClient(proxy, context) for _ in range(300)]
    for wire in more:
        assert wire.ask(get("/")).status == 200
    each = (proxy.resident_bytes() - before) / len(more)
    for wire in warm + more:
        wire.close()
    assert each < 64 * 1024, f"{each:.0f} bytes for each idle connection"
