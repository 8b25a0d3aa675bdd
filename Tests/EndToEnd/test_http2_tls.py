"""HTTP/2 over TLS: agreed on by ALPN, and the same as without."""
import json
import os
import signal
import time

import pytest

from certificates import Authority
from http2 import Client
from processes import eventually
from raw import answering, get, ok
from test_http2 import frame, metrics, websocket
from tls_clients import TLSClient, both, over, trusting


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def leaf(ca):
    return ca.issue(names=["DNS:localhost"], subject="edge")


@pytest.fixture(scope="module")
def shared(tmp_path_factory, shared_started, shared_agent, leaf):
    from conftest import _proxy_of

    return _proxy_of(tmp_path_factory.mktemp("h2tls"), shared_started)(over(leaf), [shared_agent])


def speaking(ca, version=None, **options):
    return trusting(ca, version, alpn=("h2", "http/1.1"), **options)


@both
def test_who_offers_it_gets_it(ca, shared, version):
    with Client(shared.port, tls=speaking(ca, version)) as client:
        reply = client.ask("/some?q=1", fields=[("x-test", "yes")])
    seen = json.loads(reply.body)
    assert reply.status == 200 and seen["target"] == "/some?q=1" and seen["version"] == "HTTP/1.1"
    assert seen["headers"]["x-forwarded-proto"] == "https" and seen["headers"]["via"] == "2.0 clawproxy"


def test_who_does_not_gets_http1(ca, shared):
    for offered in (("http/1.1",), ("http/1.1", "spdy/1"), ()):
        with TLSClient(shared, trusting(ca, alpn=offered)) as wire:
            assert wire.sock.selected_alpn_protocol() in ("http/1.1", None)
            assert wire.ask(get("/")).status == 200


def test_it_can_be_left_out(ca, leaf, raw_agent, start_proxy):
    gateway = over(leaf)
    gateway["http"]["http2"] = {"enabled": False}
    proxy = start_proxy(gateway, [raw_agent(answering(ok())).settings()])
    with TLSClient(proxy, speaking(ca)) as wire:
        assert wire.sock.selected_alpn_protocol() == "http/1.1" and wire.ask(get("/")).status == 200


def test_in_plain_text_it_stays_refused(shared, leaf, raw_agent, start_proxy):
    """TLS without ALPN is HTTP/1.1, and the preface there is no request (RFC 9113 3.3)."""
    gateway = over(leaf)
    gateway["http"]["http2"] = {"cleartext": True}
    proxy = start_proxy(gateway, [raw_agent(answering(ok())).settings()])
    import ssl

    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with TLSClient(proxy, context) as wire:
        wire.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert wire.answer().status == 400


def test_a_hundred_streams_and_large_bodies(ca, shared):
    with Client(shared.port, 30, tls=speaking(ca)) as client:
        client.until(lambda: client.h2.remote_settings.max_concurrent_streams == 100)
        streams = [client.request(f"/{number}") for number in range(100)]
        for number, stream in enumerate(streams):
            assert json.loads(client.answer(stream).body)["path"] == f"/{number}"
        body = os.urandom(1 << 20) * 8
        assert json.loads(client.answer(client.request("/up", "POST", body=body), 60).body)["bodyLength"] == len(body)
        assert len(client.answer(client.request(f"/bytes/{8 << 20}"), 60).body) == 8 << 20


def test_a_websocket(ca, shared):
    with Client(shared.port, tls=speaking(ca)) as client:
        client.until(lambda: client.h2.remote_settings.enable_connect_protocol == 1)
        stream = websocket(client)
        reply = client.replies[stream]
        client.until(lambda: b"connect.challenge" in reply.body)
        reply.body = b""
        client.send(stream, frame(b"hello"), end=False)
        client.until(lambda: reply.body == b"\x82\x05hello")


def test_the_certificate_of_a_client_is_told(ca, leaf, raw_agent, start_proxy, tmp_path):
    clients = Authority(tmp_path, "Client CA")
    agent = raw_agent(answering(ok()))
    proxy = start_proxy(over(leaf, clientCA=str(clients.file), identityHeader="X-Client-Identity"), [agent.settings()])
    with Client(proxy.port, tls=speaking(ca, certificate=clients.issue(names=["DNS:c.test"], subject="c"))) as client:
        assert client.ask("/", fields=[("x-client-identity", "forged")]).status == 200
    assert "CN=c" in agent.requests[0].get("X-Client-Identity") and "forged" not in agent.requests[0].get("X-Client-Identity")


def test_a_client_that_goes_without_a_word(ca, shared):
    client = Client(shared.port, tls=speaking(ca))
    client.request("/bytes/10000000")
    client.close()
    eventually(lambda: metrics(shared)["gateway_active_requests"] <= 1)


def test_a_drain(ca, leaf, start_agent, start_proxy):
    agent = start_agent("slow", "--latency", "2s")
    proxy = start_proxy(over(leaf), [agent])
    with Client(proxy.port, tls=speaking(ca)) as client:
        stream = client.request("/last")
        eventually(lambda: agent.stats()["active"] == 1)
        proxy.signal(signal.SIGTERM)
        assert client.answer(stream, 20).status == 200
        client.wait_closed(15)
    assert [last for _, last in client.gone] == [0x7FFFFFFF, stream]
    assert proxy.wait(20) == 0


def test_connections_beyond_the_limit_are_closed(ca, leaf, raw_agent, start_proxy):
    gateway = over(leaf)
    gateway["http"]["limits"] = {"connectionsPerAddress": 1}
    proxy = start_proxy(gateway, [raw_agent(answering(ok())).settings()])
    time.sleep(0.3)
    with Client(proxy.port, tls=speaking(ca)) as client:
        assert client.ask().status == 200
        with pytest.raises((OSError, AssertionError)):
            with Client(proxy.port, 2, tls=speaking(ca)) as other:
                other.ask()
        assert client.ask().status == 200
