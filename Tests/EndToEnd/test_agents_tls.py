"""Agents behind https://: who is believed, what the operator is told, and that nothing else changes."""
import hashlib
import json
import os
import ssl
import threading
import time

import pytest

from certificates import Authority, TLSAgent, self_signed, silent_server
from control import start_edge  # noqa: F401
from processes import eventually, run_command
from raw import answering, get, ok, post


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def tls_agent(ca, started):
    """`tls_agent(handler, certificate=, ...)` starts an agent over TLS; the CA's certificate for 127.0.0.1 unless told."""

    def start(handler=answering(ok()), certificate=None, **options):
        agent = TLSAgent(handler, *(certificate or ca.issue()), **options)
        started.append(agent)
        return agent

    return start


def known_by(ca, **tls):
    """Settings of agents that are known by a CA; nobody asks whether they are well, so that connections are all requests'."""
    return {"agents": {"tls": {"caFile": str(ca.file), **tls}, "healthCheck": {"enabled": False}},
            "performance": {"workerThreads": 1}}


def failed(answer, code, *words, status=502):
    found = json.loads(answer.body)["error"]
    assert answer.status == status and found["code"] == code, answer.body
    text = f"{found['message']}; {found['hint']}"
    for word in words:
        assert word in text, f"{word!r} is not in {text!r}"
    return text


# who is believed


def test_an_agent_of_the_right_ca_serves(ca, tls_agent, start_proxy, client):
    agent = tls_agent(answering(ok("over TLS")))
    answer = client(start_proxy(known_by(ca), [agent])).ask(get("/a?b"))
    assert answer.status == 200 and answer.body == b"over TLS"
    assert agent.requests[0].start == "GET /a?b HTTP/1.1"
    assert agent.names == [None], "an address is no name for SNI (RFC 6066 3)"
    assert agent.protocols == ["http/1.1"] and agent.peers == [None]


def test_a_named_agent_is_asked_for_by_name(ca, tls_agent, start_proxy, client):
    agent = tls_agent(certificate=ca.issue(names=["DNS:localhost"]), host="localhost")
    assert client(start_proxy(known_by(ca), [agent])).ask(get("/")).status == 200
    assert agent.names == ["localhost"]


def test_server_name_stands_for_the_endpoints_host(ca, tls_agent, start_proxy, client):
    agent = tls_agent(certificate=ca.issue(names=["DNS:*.agents.internal"]))
    other = tls_agent(certificate=ca.issue(names=["DNS:other"]))
    gateway = known_by(ca, serverName="a1.agents.internal")
    proxy = start_proxy(gateway, [agent.settings("one"), other.settings("two", tls={"serverName": "other"})],
                        [{"name": "two", "match": {"type": "prefix", "pattern": "/two"}, "target": "agent:two"},
                         {"name": "rest", "match": {"type": "default"}, "target": "agent:one"}])
    assert client(proxy).ask(get("/")).status == 200 and agent.names == ["a1.agents.internal"]
    assert client(proxy).ask(get("/two")).status == 200 and other.names == ["other"]


def test_a_certificate_itself_may_be_the_ca_file(tmp_path, tls_agent, start_proxy, client):
    certificate, key = self_signed(tmp_path)
    agent = tls_agent(certificate=(certificate, key))
    gateway = {"agents": {"tls": {"caFile": str(certificate)}, "healthCheck": {"enabled": False}}}
    assert client(start_proxy(gateway, [agent])).ask(get("/")).status == 200


def test_a_client_certificate_is_shown(ca, tls_agent, start_proxy, client):
    certificate, key = ca.issue(subject="edge-1")
    agent = tls_agent(client_ca=ca.file)
    proxy = start_proxy(known_by(ca, certFile=str(certificate), keyFile=str(key)), [agent])
    assert client(proxy).ask(get("/")).status == 200
    assert (("commonName", "edge-1"),) in agent.peers[0]["subject"]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_both_versions_are_spoken(ca, tls_agent, start_proxy, client, version):
    agent = tls_agent(version=version)
    connection = client(start_proxy(known_by(ca), [agent]))
    assert [connection.ask(get("/")).status for _ in range(3)] == [200] * 3 and agent.accepted == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_sessions_are_resumed(ca, tls_agent, start_proxy, client, version):
    agent = tls_agent(answering(ok("ok", "Connection: close"), close=True), version=version)
    proxy = start_proxy(known_by(ca), [agent])
    for _ in range(4):
        assert client(proxy).ask(get("/")).status == 200
    assert agent.reused == [False, True, True, True]


def test_verification_can_be_given_up(ca, tls_agent, start_proxy, client, tmp_path):
    agent = tls_agent(certificate=ca.issue(names=["DNS:nobody"]))
    gateway = {"agents": {"tls": {"verify": False}, "healthCheck": {"enabled": False}}}
    proxy = start_proxy(gateway, [agent])
    assert client(proxy).ask(get("/")).status == 200
    found = run_command(tmp_path, "check", proxy.config_file)
    assert found.returncode == 0 and "agents.tls.verify: whoever stands between" in found.stdout


# who is not, and what is told


@pytest.mark.parametrize("case", ["name", "no name", "expired", "unknown", "self-signed", "purpose"])
def test_a_certificate_that_proves_nothing_is_502_and_says_why(ca, tls_agent, start_proxy, client, tmp_path, case):
    if case == "name":
        certificate, words = ca.issue(names=["DNS:a.test", "IP:127.0.0.9"]), ["is for 'a.test' and '127.0.0.9', not for '127.0.0.1'", "serverName"]
    elif case == "no name":
        certificate, words = ca.issue(names=[], subject="127.0.0.1"), ["subjectAltName is missing"]
    elif case == "expired":
        certificate, words = ca.issue(days=-1), ["its certificate expired on", "renew"]
    elif case == "unknown":
        certificate, words = Authority(tmp_path, "Other CA").issue(), ["'CN=Other CA', an unknown CA", "set agents.tls.caFile"]
    elif case == "self-signed":
        certificate, words = self_signed(tmp_path), ["('CN=lonely') is self-signed", "set agents.tls.caFile"]
    else:
        certificate, words = ca.issue(usage="clientAuth"), ["not made for servers", "serverAuth"]
    agent = tls_agent(certificate=certificate)
    proxy = start_proxy(known_by(ca), [agent])
    answer = client(proxy).ask(get("/"))
    text = failed(answer, "tls_certificate", "no TLS with agent 'raw'", agent.endpoint, *words)
    assert answer.get("Proxy-Status") == 'clawproxy; error=tls_certificate_error; next-hop="raw"'
    assert client(proxy).ask(post("/", "body")).status == 502 and not agent.requests
    lines = eventually(lambda: [json.loads(line) for line in proxy.log_lines if "no TLS with an agent" in line], what="the line")
    assert len(lines) == 1 and lines[0]["level"] == "warning" and lines[0]["agent"] == "raw", "once a minute"
    assert lines[0]["reason"] in text and lines[0]["hint"] in text


def test_the_systems_authorities_do_not_know_it(ca, tls_agent, start_proxy, client):
    proxy = start_proxy({"agents": {"healthCheck": {"enabled": False}}}, [tls_agent()])
    failed(client(proxy).ask(get("/")), "tls_certificate", "'CN=Test CA', an unknown CA")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_an_agent_that_wants_a_certificate_says_so(ca, tls_agent, start_proxy, client, version):
    agent = tls_agent(client_ca=ca.file, version=version)
    answer = client(start_proxy(known_by(ca), [agent])).ask(get("/"))
    failed(answer, "tls_alert", "refused TLS", "set agents.tls.certFile and keyFile")
    assert "tls_alert_received" in answer.get("Proxy-Status")


def test_an_agent_that_does_not_take_the_certificate_says_so(ca, tls_agent, start_proxy, client, tmp_path):
    certificate, key = Authority(tmp_path, "Other CA").issue()
    agent = tls_agent(client_ca=ca.file)
    answer = client(start_proxy(known_by(ca, certFile=str(certificate), keyFile=str(key)), [agent])).ask(get("/"))
    failed(answer, "tls_alert", "unknown_ca", "agents.tls.certFile")


def test_plain_http_where_tls_is_meant(ca, raw_agent, start_proxy, client):
    agent = raw_agent(lambda wire: (wire.exactly(1), wire.send("HTTP/1.1 400 Bad Request\r\n\r\n")))
    agent.endpoint = agent.endpoint.replace("http:", "https:")
    failed(client(start_proxy(known_by(ca), [agent])).ask(get("/")), "tls_protocol", "does not speak TLS", "http://")


def test_a_close_within_the_handshake(ca, raw_agent, start_proxy, client):
    agent = raw_agent(lambda wire: wire.exactly(1))
    agent.endpoint = agent.endpoint.replace("http:", "https:")
    failed(client(start_proxy(known_by(ca), [agent])).ask(get("/")), "tls_protocol", "within the TLS handshake")


def test_an_old_version_is_refused(ca, tls_agent, start_proxy, client):
    agent = tls_agent(version=ssl.TLSVersion.TLSv1_2)
    answer = client(start_proxy(known_by(ca, minVersion="1.3"), [agent])).ask(get("/"))
    assert answer.status == 502 and "minVersion" in answer.body.decode()


def test_a_handshake_has_the_rest_of_the_connect_timeout(ca, start_proxy, client):
    with silent_server() as listener:
        agent = {"id": "mute", "endpoint": f"https://127.0.0.1:{listener.getsockname()[1]}"}
        proxy = start_proxy({**known_by(ca), "http": {"timeouts": {"connect": "1s"}}}, [agent])
        begun = time.monotonic()
        failed(client(proxy).ask(get("/")), "connect_timeout", "handshake", status=504)
        assert 0.8 < time.monotonic() - begun < 4


def test_another_agent_is_asked_where_tls_fails(ca, tls_agent, start_proxy, client):
    bad, good = tls_agent(certificate=ca.issue(names=["DNS:other"])), tls_agent(answering(ok("good")))
    proxy = start_proxy(known_by(ca), [bad.settings("bad"), good.settings("good")])
    for _ in range(6):
        assert client(proxy).ask(post("/", "body")).body == b"good"


# what passes through


def echo(wire):
    while True:
        body = wire.request().body
        wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def test_connections_are_kept(ca, tls_agent, start_proxy, client):
    agent = tls_agent(echo)
    connection = client(start_proxy(known_by(ca), [agent]))
    for index in range(20):
        assert connection.ask(post("/", f"body {index}")).body == f"body {index}".encode()
    assert agent.accepted == 1


def test_a_kept_connection_that_the_agent_has_closed_costs_nothing(ca, tls_agent, start_proxy, client):
    """With a goodbye, and without one."""

    def handler(wire):
        wire.request()
        wire.send(ok())
        if len(agent.requests) % 2:
            wire.end()

    agent = tls_agent(handler)
    connection = client(start_proxy(known_by(ca), [agent]))
    for count in range(1, 11):
        assert connection.ask(post("/", "x")).status == 200
        eventually(lambda: agent.closed == count, what="the agent's close")


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_five_megabytes_both_ways(ca, tls_agent, start_proxy, client, chunked):
    body = os.urandom(5_000_000)
    connection = client(start_proxy(known_by(ca), [tls_agent(echo)]), 60)
    if chunked:
        connection.send(get("/", "Transfer-Encoding: chunked", method="POST"))
        for at in range(0, len(body), 100_000):
            connection.send(b"186a0\r\n" + body[at:at + 100_000] + b"\r\n")
        connection.send("0\r\n\r\n")
    else:
        connection.send(get("/", f"Content-Length: {len(body)}", method="POST"))
        connection.send(body)
    answer = connection.answer()
    assert answer.status == 200 and hashlib.sha256(answer.body).digest() == hashlib.sha256(body).digest()


def test_a_slow_client_slows_the_agent_down(ca, tls_agent, start_proxy, client):
    sent = []

    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 33554432\r\n\r\n")
        for _ in range(512):
            wire.send(bytes(65536))
            sent.append(65536)

    proxy = start_proxy(known_by(ca), [tls_agent(handler)])
    connection = client(proxy, 60)
    connection.send(get("/"))
    before = proxy.resident_bytes()
    time.sleep(1.5)
    held = sum(sent)
    assert held < 16 << 20, "the agent was not held up"
    assert proxy.resident_bytes() - before < 16 << 20
    assert connection.head().status == 200
    left = (32 << 20) - len(connection.buffer)
    while left > 0:
        left -= len(connection.sock.recv(1 << 20))
    assert left == 0


def test_events_pass_as_they_come(ca, tls_agent, start_proxy, client):
    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for index in range(5):
            wire.send(f"data: {index}\n\n")
            go[index].wait(10)
        wire.end()

    go = [threading.Event() for _ in range(5)]
    connection = client(start_proxy(known_by(ca), [tls_agent(handler)]))
    connection.send(get("/events"))
    assert connection.head().status == 200
    for index in range(5):
        assert connection.chunk() == f"data: {index}\n\n".encode()
        go[index].set()
    assert connection.chunk() == b""


@pytest.mark.parametrize("goodbye", [True, False], ids=["close_notify", "cut"])
def test_an_answer_up_to_the_end_needs_a_goodbye(ca, tls_agent, start_proxy, client, goodbye):
    """Who stands in between can close a connection, but not say close_notify."""

    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\n\r\nall of it?")
        if goodbye:
            wire.end()

    proxy = start_proxy(known_by(ca), [tls_agent(handler)])
    answer = client(proxy).ask(get("/"))
    assert answer.status == 200 and answer.body == b"all of it?" and answer.is_cut is not goodbye
    line = eventually(proxy.access_lines, what="the access line")[0]
    assert line.get("error") == (None if goodbye else "answer_cut_short")


def test_an_answer_of_known_length_that_is_cut(ca, tls_agent, start_proxy, client):
    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.")
        wire.end()

    answer = client(start_proxy(known_by(ca), [tls_agent(handler)])).ask(get("/"))
    assert answer.is_cut


def test_a_tunnel_with_an_end_for_each_direction(ca, tls_agent, start_proxy, client):
    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello")
        wire.send(wire.exactly(5))
        wire.end()

    connection = client(start_proxy(known_by(ca), [tls_agent(handler)]))
    connection.send(get("/", "Connection: Upgrade", "Upgrade: websocket"))
    assert connection.head().status == 101 and connection.exactly(5) == b"hello"
    connection.send("world")
    assert connection.exactly(5) == b"world"
    assert connection.rest() == (b"", True)


# what surrounds it


def test_health_checks_go_over_tls(ca, tls_agent, start_proxy, client):
    good, bad = tls_agent(), tls_agent(certificate=ca.issue(days=-1))
    check = {"enabled": True, "interval": "100ms", "edgeInterval": "50ms", "failThreshold": 2}
    gateway = {"agents": {"tls": {"caFile": str(ca.file)}, "healthCheck": check}}
    proxy = start_proxy(gateway, [good.settings("good"), bad.settings("bad")])
    line = eventually(lambda: [json.loads(line) for line in proxy.log.splitlines() if "agent is down" in line], what="a verdict")[0]
    assert line["agent"] == "bad" and "its certificate expired on" in line["reason"]
    eventually(lambda: len(good.requests) > 4, what="probes")
    assert {head.start for head in good.requests} == {"GET /health HTTP/1.1"}
    assert good.accepted == 1, "over a connection that is kept"
    assert client(proxy).ask(get("/")).status == 200


def test_files_that_are_missing_are_told_before_the_start(ca, tmp_path):
    certificate, key = ca.issue()
    _, other = ca.issue()

    def check(command="check", **tls):
        file = tmp_path / "gateway.json"
        agents = {"discovery": {"static": [{"id": "a", "endpoint": "https://127.0.0.1:1"}]}, "tls": {name: str(path) for name, path in tls.items()}}
        file.write_text(json.dumps({"gateway": {"agents": agents, "http": {"listen": "127.0.0.1:0"}, "admin": {"listen": "127.0.0.1:0"}}}))
        return run_command(tmp_path, command, "--config-file", file, seconds=10)

    assert "0 errors, 0 warnings" in check(caFile=ca.file, certFile=certificate, keyFile=key).stdout
    missing = check(caFile=tmp_path / "none.pem")
    assert missing.returncode == 0 and "agents.tls.caFile" in missing.stdout and "no such file" in missing.stdout
    assert "(`run` refuses this)" in missing.stdout
    refused = check("run", caFile=tmp_path / "none.pem")
    assert refused.returncode == 1 and "agents.tls.caFile" in refused.stderr
    assert "holds no certificate in PEM" in check(caFile=key).stdout
    assert "is not the key of the certificate" in check(certFile=certificate, keyFile=other).stdout
    assert "agents.tls.certFile is not set" in check(keyFile=key).stdout


def test_a_changed_ca_file_is_read_again(ca, tls_agent, start_edge, tmp_path, client):  # noqa: F811
    file = tmp_path / "trusted.pem"
    file.write_bytes(Authority(tmp_path, "Old CA").file.read_bytes())
    agent = tls_agent()
    edge = start_edge({"agents": {"discovery": {"static": [agent.settings()]}, "tls": {"caFile": str(file)}, "healthCheck": {"enabled": False}}})
    assert client(edge).ask(get("/")).status == 502
    file.write_bytes(ca.file.read_bytes())
    edge.admin.patch({"gateway": {"debugHeaders": True}})
    assert client(edge).ask(get("/")).status == 200
    edge.admin.patch({"gateway": {"agents": {"tls": {"serverName": "nobody.test"}}}})
    answer = client(edge).ask(get("/"))
    assert answer.status == 502 and "nobody.test" in answer.body.decode(), "kept connections are not used under another rule"
