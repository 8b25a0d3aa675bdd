"""gRPC where something goes wrong: agents that die or refuse, limits of the proxy, and what it says of them itself."""
import os
import signal
import subprocess
import sys
import threading
import time

import grpc
import h2.errors
import httpx
import pytest

from grpc_server import Server, channel, edge, server, told_by  # noqa: F401: fixtures
from h2_agent import HTTP2Agent
from processes import eventually
from test_agents_tls import Authority

GRPC = ("content-type", "application/grpc")
OK = ("grpc-status", "0")


@pytest.fixture
def agent(started):
    def start(handler, **options):
        made = HTTP2Agent(handler, **options)
        started.append(made)
        return made

    return start


def message(data):
    return b"\0" + len(data).to_bytes(4, "big") + data


def answer(stream, data=b"ok"):
    stream.read()
    stream.head(200, GRPC)
    stream.data(message(data))
    stream.trail(OK)


def metrics(proxy):
    return httpx.get(f"http://127.0.0.1:{proxy.port}/metrics", trust_env=False).text


# what an agent does


def test_a_call_that_is_refused_goes_again_at_no_cost(agent, edge, channel):
    refused = []

    def handler(stream):
        if len(refused) < 2:
            refused.append(stream)
            stream.kill(h2.errors.ErrorCodes.REFUSED_STREAM)
        else:
            answer(stream)

    two = agent(handler)
    proxy = edge([two.settings_of()], {"loadBalancing": {"retry": {"attempts": 0}}})
    assert channel(proxy).unary_unary("/a.B/C")(b"x", timeout=10) == b"ok" and len(two.requests) == 3
    assert [each.body for each in two.requests[-1:]] == [message(b"x")]


def test_a_call_that_goaway_left_out_goes_again_at_no_cost(agent, edge, channel):
    def handler(stream):
        if stream.connection is two.connections[0]:
            stream.connection.goaway(0)
        else:
            answer(stream)

    two = agent(handler)
    proxy = edge([two.settings_of()], {"loadBalancing": {"retry": {"attempts": 0}}})
    assert channel(proxy).unary_unary("/a.B/C")(b"x", timeout=10) == b"ok" and len(two.connections) == 2


def test_calls_before_goaway_end(agent, edge, channel):
    said = threading.Event()

    def handler(stream):
        if stream.field(":path") == "/a.B/Long":
            stream.head(200, GRPC)
            stream.data(message(b"1"))
            assert said.wait(10)
            stream.connection.goaway(stream.id)
            time.sleep(0.3)
            stream.data(message(b"2"))
            stream.trail(OK)
        else:
            answer(stream)

    two = agent(handler)
    proxy = edge([two.settings_of()])
    long = channel(proxy).unary_stream("/a.B/Long")(b"", timeout=10)
    assert next(long) == b"1"
    said.set()
    time.sleep(0.1)
    assert channel(proxy).unary_unary("/a.B/Short")(b"", timeout=10) == b"ok"
    assert list(long) == [b"2"] and len(two.connections) == 2


def test_an_agent_that_breaks_off_is_told_in_trailers(agent, edge, channel):
    def handler(stream):
        stream.head(200, GRPC)
        stream.data(message(b"1"))
        time.sleep(0.1)
        stream.connection.close()

    got = []
    with pytest.raises(grpc.RpcError) as told:
        for each in channel(edge([agent(handler).settings_of()])).unary_stream("/a.B/C")(b"", timeout=10):
            got.append(each)
    assert got == [b"1"] and told.value.code() == grpc.StatusCode.UNAVAILABLE
    assert "closed the connection within its answer" in told.value.details()


def test_a_server_that_is_killed_ends_its_calls(edge, channel, tmp_path):
    program = "import sys, time; from grpc_server import Server; print(Server().port, flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=os.path.dirname(__file__), text=True)
    try:
        port = int(process.stdout.readline())
        proxy = edge([{"id": "rpc", "endpoint": f"http://127.0.0.1:{port}", "protocol": "http2"}])
        call = channel(proxy)
        turn = threading.Event()
        both = call.stream_stream("/test.Echo/Bidi")(iter(lambda: (turn.wait(), turn.clear(), b"x")[2], b""), timeout=20)
        turn.set()
        assert next(both) == b"re:x"
        process.send_signal(signal.SIGKILL)
        with pytest.raises(grpc.RpcError) as told:
            next(both)
        assert told.value.code() == grpc.StatusCode.UNAVAILABLE
        turn.set()
        assert told_by(call.unary_unary("/test.Echo/Unary"), b"")[0] == grpc.StatusCode.UNAVAILABLE
        assert 'gateway_grpc_responses_total{status="14"} 2' in metrics(proxy)
    finally:
        process.kill()
        process.wait(10)


def test_a_reset_before_an_answer_is_unavailable_and_not_repeated(agent, edge, channel):
    two = agent(lambda stream: stream.kill(h2.errors.ErrorCodes.INTERNAL_ERROR))
    code, words = told_by(channel(edge([two.settings_of()])).unary_unary("/a.B/C"), b"")
    assert code == grpc.StatusCode.UNAVAILABLE and "INTERNAL_ERROR" in words.upper().replace(" ", "_"), words
    assert len(two.requests) == 1


def test_a_dead_agent_is_passed_over(server, edge, channel):
    gone = {"id": "gone", "endpoint": "http://127.0.0.1:1", "protocol": "http2"}
    call = channel(edge([gone, server.settings()])).unary_unary("/test.Echo/Unary")
    assert [call(b"x", timeout=10) for _ in range(20)] == [b"x"] * 20


def test_unavailable_is_asked_elsewhere_where_that_is_safe(started, edge, channel):
    """An answer that is nothing but UNAVAILABLE is as a 503: repeated where a 503 would be."""
    one, two = Server(), Server()
    started.extend([one, two])
    proxy = edge(
        [one.settings("one"), two.settings("two")],
        {"loadBalancing": {"circuitBreaker": {"enabled": False}, "retry": {"attempts": 1, "on": ["connect", "reset", "503"]}}})
    call = channel(proxy).unary_unary("/test.Echo/Fail")
    with pytest.raises(grpc.RpcError):
        call(b"14", timeout=10, metadata=(("idempotency-key", "k1"),))
    assert (one.service.calls, two.service.calls) == (1, 1)
    told_by(call, b"14")
    assert one.service.calls + two.service.calls == 3, "a call without a key may have had an effect"
    # the connections went on
    echo = channel(proxy).unary_unary("/test.Echo/Unary")
    assert [echo(b"x", timeout=10) for _ in range(8)] == [b"x"] * 8


def test_a_cancel_in_a_stream_resets_the_agents(agent, edge, channel):
    def handler(stream):
        stream.head(200, GRPC)
        stream.data(message(b"1"))
        stream.wasReset.wait(10)

    two = agent(handler)
    call = channel(edge([two.settings_of()])).unary_stream("/a.B/C")(b"", timeout=10)
    assert next(call) == b"1"
    call.cancel()
    assert two.requests[0].wasReset.wait(5) and two.requests[0].reset == h2.errors.ErrorCodes.CANCEL


# what the proxy says


def test_the_timeout_passes_and_te_is_said(agent, edge, channel):
    two = agent(answer)
    assert channel(edge([two.settings_of()])).unary_unary("/a.B/C")(b"", timeout=7) == b"ok"
    request = two.requests[0]
    assert request.field("te") == "trailers" and request.field("content-type") == "application/grpc"
    given = request.field("grpc-timeout")
    assert given[-1] in "numSMH" and int(given[:-1]) > 0, given


def test_a_silent_agent_is_deadline_exceeded(server, edge, channel):
    """Without a deadline of the client the rule's own limit holds."""
    proxy = edge([server.settings()], {"http": {"timeouts": {"firstByte": "500ms"}}})
    with pytest.raises(grpc.RpcError) as told:
        channel(proxy).unary_unary("/test.Echo/Slow")(b"")
    assert told.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED and "rpc" in told.value.details()
    assert server.service.cancelled.wait(5)


def test_a_deadline_in_a_queue_holds(server, edge, client):
    proxy = edge([server.settings(maxConcurrent=1)], {"loadBalancing": {"queue": {"enabled": True}}})
    first = client(proxy)
    head = ("POST /test.Echo/Slow HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\n"
            "grpc-timeout: {}\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0")
    first.send(head.format("3S"))
    assert server.service.begun.wait(5)
    begun = time.monotonic()
    second = client(proxy).ask(head.format("300m"))
    assert second.get("grpc-status") == "4" and time.monotonic() - begun < 2
    assert first.answer().get("grpc-status") == "4"


def test_refused_by_address_is_permission_denied(server, edge, channel):
    proxy = edge([server.settings()], rules=[{
        "name": "r", "match": {"type": "prefix", "pattern": "/"}, "target": "rpc", "access": {"deny": ["127.0.0.0/8"]}}])
    assert told_by(channel(proxy).unary_unary("/test.Echo/Unary"), b"")[0] == grpc.StatusCode.PERMISSION_DENIED


def test_too_many_is_resource_exhausted(server, edge, channel):
    proxy = edge([server.settings()], {"http": {"rateLimit": {"enabled": True, "requestsPerMinute": 1, "burst": 2}}})
    call = channel(proxy).unary_unary("/test.Echo/Unary")
    assert [call(b"", timeout=10) for _ in range(2)] == [b""] * 2
    assert told_by(call, b"")[0] == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_no_place_with_an_agent_is_unavailable(server, edge, channel):
    proxy = edge([server.settings(maxConcurrent=1)], {"loadBalancing": {"queue": {"enabled": False}}})
    slow = channel(proxy).unary_unary("/test.Echo/Slow").future(b"")
    assert server.service.begun.wait(5)
    code, _ = told_by(channel(proxy).unary_unary("/test.Echo/Unary"), b"")
    slow.cancel()
    assert code == grpc.StatusCode.UNAVAILABLE


def test_failures_are_one_head_that_ends_the_stream(edge):
    from http2 import Client

    proxy = edge([{"id": "gone", "endpoint": "http://127.0.0.1:1", "protocol": "http2"}])
    own = Client(proxy.port)
    reply = own.ask("/a.B/C", "POST", [GRPC, ("te", "trailers")], message(b""))
    assert reply.status == 200 and reply.get("content-type") == "application/grpc" and reply.get("grpc-status") == "14"
    assert "gone" in reply.get("grpc-message") and reply.data_frames == 0 and not reply.trailers and reply.ended


def test_other_media_types_are_no_calls(edge, client):
    proxy = edge([{"id": "gone", "endpoint": "http://127.0.0.1:1", "protocol": "http2"}])
    for kind in ("application/json", "application/grpc-web", "application/grpcx"):
        told = client(proxy).ask(
            f"POST /a.B/C HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nContent-Length: 0\r\n\r\n")
        assert told.status == 502 and told.get("grpc-status") is None


# TLS on both sides


def test_over_tls_on_both_sides(started, edge, channel, tmp_path):
    ca = Authority(tmp_path)
    certificate, key = ca.issue()
    pair = [(key.read_bytes(), certificate.read_bytes())]
    secure = Server(credentials=grpc.ssl_server_credentials(pair))
    started.append(secure)
    proxy = edge(
        [secure.settings()],
        {"http": {"tls": {"enabled": True, "cert": str(certificate), "key": str(key)}}, "agents": {"tls": {"caFile": str(ca.file)}}})
    call = channel(proxy, grpc.ssl_channel_credentials(ca.file.read_bytes()))
    assert call.unary_unary("/test.Echo/Unary")(b"safe", timeout=10) == b"safe"
    assert call.stream_unary("/test.Echo/Client")((b"x" * 100_000 for _ in range(50)), timeout=30) == b"5000000"
    assert sum(len(each) for each in call.unary_stream("/test.Echo/Large")(b"10", timeout=30)) == 10 << 20


def test_the_health_service_is_asked_over_tls(started, edge, tmp_path):
    ca = Authority(tmp_path)
    certificate, key = ca.issue()
    secure = Server(credentials=grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())]))
    started.append(secure)
    proxy = edge([secure.settings()], {"agents": {
        "tls": {"caFile": str(ca.file)},
        "healthCheck": {"enabled": True, "kind": "grpc", "interval": "100ms", "edgeInterval": "50ms", "failThreshold": 2}}})
    eventually(lambda: hasattr(secure.service, "asked"), what="the question")
    assert secure.service.asked == b"" and 'gateway_agent_up{agent="rpc"} 1' in metrics(proxy)
    secure.service.serving = 2
    eventually(lambda: 'gateway_agent_up{agent="rpc"} 0' in metrics(proxy), what="the agent's being down")
