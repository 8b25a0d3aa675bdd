"""gRPC by its own client and server, through the proxy: calls of all kinds, deadlines, cancels, failures, health."""
import threading
import time

import grpc
import pytest

from grpc_server import MIB, Server, channel, edge, server, told_by  # noqa: F401: fixtures
from processes import eventually


def test_unary_with_metadata_and_trailers(server, edge, channel):
    answer, call = channel(edge([server.settings()])).unary_unary("/test.Echo/Unary").with_call(
        b"hello", timeout=10, metadata=(("x-own", "mine"), ("x-raw-bin", b"\x01\x02")))
    assert answer == b"hello" and call.code() == grpc.StatusCode.OK
    assert dict(call.initial_metadata())["x-head"] == "first"
    trailing = dict(call.trailing_metadata())
    assert trailing["x-tail"] == "last" and trailing["x-data-bin"] == b"\x00\xff"
    assert server.service.seen["x-own"] == "mine" and server.service.seen["x-raw-bin"] == b"\x01\x02"


def test_streams_of_a_server(server, edge, channel):
    answers = channel(edge([server.settings()])).unary_stream("/test.Echo/Server")(b"500", timeout=20)
    assert [int(each) for each in answers] == list(range(500))


def test_streams_of_a_client(server, edge, channel):
    answer = channel(edge([server.settings()])).stream_unary("/test.Echo/Client")(iter([b"x" * 1000] * 500), timeout=20)
    assert answer == b"500000"


def test_streams_both_ways_take_turns(server, edge, channel):
    """Each piece is sent once the answer to the last one has come: nothing on the way waits for more."""
    turn = threading.Semaphore(1)

    def pieces():
        for at in range(50):
            turn.acquire()
            yield b"%d" % at

    got = []
    for answer in channel(edge([server.settings()])).stream_stream("/test.Echo/Bidi")(pieces(), timeout=20):
        got.append(answer)
        turn.release()
    assert got == [b"re:%d" % at for at in range(50)]


def test_a_stream_both_ways_may_say_nothing_for_a_while(server, edge, channel):
    """Silence of a client within its call, before and after its first answer, is not that of a body that does not come."""
    proxy = edge([server.settings()], {"http": {"timeouts": {"read": "1s"}}})

    def pieces():
        for at in range(3):
            time.sleep(2.5)
            yield b"%d" % at

    assert list(channel(proxy).stream_stream("/test.Echo/Bidi")(pieces(), timeout=20)) == [b"re:0", b"re:1", b"re:2"]


def test_a_call_on_which_nobody_says_anything_ends(server, edge, channel):
    proxy = edge([server.settings()], {"http": {"timeouts": {"read": "1s", "streamGap": "2s"}}})
    silent = threading.Event()
    began = time.monotonic()

    def pieces():
        silent.wait(15)
        yield b"late"

    try:
        with pytest.raises(grpc.RpcError) as found:
            list(channel(proxy).stream_stream("/test.Echo/Bidi")(pieces()))
        assert found.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED and "streamGap" in found.value.details()
        assert 1.8 < time.monotonic() - began < 12
    finally:
        silent.set()


def test_a_call_with_a_deadline_may_be_silent_for_as_long(server, edge, channel):
    proxy = edge([server.settings()], {"http": {"timeouts": {"read": "1s", "streamGap": "1s"}}})

    def pieces():
        time.sleep(4)
        yield b"late"

    assert list(channel(proxy).stream_stream("/test.Echo/Bidi")(pieces(), timeout=20)) == [b"re:late"]


def test_an_answer_ends_before_its_stream(server, edge, channel):
    release = threading.Event()

    def pieces():
        yield b"first"
        release.wait(10)

    answer = channel(edge([server.settings()])).stream_unary("/test.Echo/Early")(pieces(), timeout=10)
    release.set()
    assert answer == b"enough"


@pytest.mark.parametrize("code", [1, 3, 5, 7, 8, 12, 13, 14, 16])
def test_a_status_of_the_server_arrives(server, edge, channel, code):
    with pytest.raises(grpc.RpcError) as told:
        channel(edge([server.settings()])).unary_unary("/test.Echo/Fail")(b"%d" % code, timeout=10)
    assert told.value.code().value[0] == code and told.value.details() == "no: 100% ü"


def test_a_status_after_messages_arrives(server, edge, channel):
    got = []
    with pytest.raises(grpc.RpcError) as told:
        for answer in channel(edge([server.settings()])).unary_stream("/test.Echo/Broken")(b"", timeout=10):
            got.append(answer)
    assert got == [b"one"] and told.value.code() == grpc.StatusCode.DATA_LOSS


def test_a_cancel_reaches_the_server(server, edge, channel):
    call = channel(edge([server.settings()])).unary_unary("/test.Echo/Slow").future(b"")
    assert server.service.begun.wait(5)
    call.cancel()
    assert server.service.cancelled.wait(5)


def test_a_deadline_holds_at_the_edge(server, edge, client):
    """An HTTP/1.1 client has no clock of gRPC: it is the proxy that ends the call, and tells the server."""
    proxy = edge([server.settings()])
    begun = time.monotonic()
    answer = client(proxy).ask(
        "POST /test.Echo/Slow HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\nTE: trailers\r\nConnection: TE\r\n"
        "grpc-timeout: 500m\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0")
    assert 0.4 < time.monotonic() - begun < 3
    assert answer.status == 200 and answer.get("grpc-status") == "4" and answer.get("content-type") == "application/grpc"
    assert server.service.cancelled.wait(5)


def test_a_deadline_of_a_real_client(server, edge, channel):
    with pytest.raises(grpc.RpcError) as told:
        channel(edge([server.settings()])).unary_unary("/test.Echo/Slow")(b"", timeout=0.5)
    assert told.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED and server.service.cancelled.wait(5)


# what the proxy itself has to say


def test_nobody_serves_is_unavailable(edge, channel):
    agent = {"id": "gone", "endpoint": "http://127.0.0.1:1", "protocol": "http2"}
    code, words = told_by(channel(edge([agent])).unary_unary("/test.Echo/Unary"), b"")
    assert code == grpc.StatusCode.UNAVAILABLE and "gone" in words


def test_no_rule_is_unimplemented(server, edge, channel):
    proxy = edge([server.settings()], rules=[{"name": "r", "match": {"type": "prefix", "pattern": "/other"}, "target": "rpc"}])
    code, words = told_by(channel(proxy).unary_unary("/test.Echo/Unary"), b"")
    assert code == grpc.StatusCode.UNIMPLEMENTED and "no rule" in words


def test_no_token_is_unauthenticated(server, edge, channel):
    proxy = edge(
        [server.settings()], {"auth": {"tokens": [{"name": "a", "token": "secret-secret-secret"}]}},
        rules=[{"name": "r", "match": {"type": "prefix", "pattern": "/"}, "target": "rpc", "requiresAuth": True}])
    assert told_by(channel(proxy).unary_unary("/test.Echo/Unary"), b"")[0] == grpc.StatusCode.UNAUTHENTICATED
    answer = channel(proxy).unary_unary("/test.Echo/Unary")(
        b"x", timeout=10, metadata=(("authorization", "Bearer secret-secret-secret"),))
    assert answer == b"x"


def test_too_large_is_resource_exhausted(server, edge, channel):
    proxy = edge([server.settings()], {"http": {"limits": {"bodyBytes": "1KiB"}}})
    assert told_by(channel(proxy).unary_unary("/test.Echo/Unary"), b"x" * 5000)[0] == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_an_agent_without_grpc_is_mapped(edge, channel, raw_agent):
    from h2_agent import HTTP2Agent

    plain = HTTP2Agent(lambda stream: stream.answer(b"no such page", 404))
    code, words = told_by(channel(edge([plain.settings_of()])).unary_unary("/test.Echo/Unary"), b"")
    plain.stop()
    assert code == grpc.StatusCode.UNIMPLEMENTED and "404" in words


# counted


def test_calls_are_counted_and_logged(server, edge, channel):
    import httpx

    proxy = edge([server.settings()])
    call = channel(proxy)
    call.unary_unary("/test.Echo/Unary")(b"", timeout=10)
    told_by(call.unary_unary("/test.Echo/Fail"), b"5")
    page = httpx.get(f"http://127.0.0.1:{proxy.port}/metrics", trust_env=False).text
    assert 'gateway_grpc_responses_total{status="0"} 1' in page and 'gateway_grpc_responses_total{status="5"} 1' in page
    eventually(lambda: '"grpc_status":5' in proxy.log, what="the access line")


def test_an_agent_that_says_unavailable_is_set_aside(server, edge, channel):
    proxy = edge(
        [server.settings()],
        {"loadBalancing": {"circuitBreaker": {"enabled": True, "maxFails": 3}, "retry": {"attempts": 0}}})
    call = channel(proxy).unary_unary("/test.Echo/Fail")
    for _ in range(3):
        told_by(call, b"14")
    calls = server.service.calls
    told_by(call, b"14")
    assert server.service.calls <= calls + 1


# much of it


def resident(proxy):
    with open(f"/proc/{proxy.process.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def test_100_mb_each_way_in_bounded_memory(server, edge, channel):
    proxy = edge([server.settings()])
    before = resident(proxy)
    call = channel(proxy)
    assert call.stream_unary("/test.Echo/Client")((b"x" * MIB for _ in range(100)), timeout=120) == b"%d" % (100 * MIB)
    total = sum(len(each) for each in call.unary_stream("/test.Echo/Large")(b"100", timeout=120))
    assert total == 100 * MIB
    assert resident(proxy) - before < 64, "the proxy held too much of it"


def test_a_slow_reader_is_waited_for(server, edge, channel):
    proxy = edge([server.settings()])
    before = resident(proxy)
    answers = channel(proxy).unary_stream("/test.Echo/Large")(b"60", timeout=60)
    first = next(answers)
    time.sleep(2)
    assert resident(proxy) - before < 48
    assert len(first) + sum(len(each) for each in answers) == 60 * MIB


def test_a_server_that_leaves_under_load_loses_nothing(edge, channel, started):
    one, two = Server(), Server()
    started.extend([one, two])
    proxy = edge([one.settings("one"), two.settings("two")])
    call = channel(proxy).unary_unary("/test.Echo/Unary")
    failed, done, stop = [], [0], threading.Event()

    def load():
        while not stop.is_set():
            try:
                call(b"x", timeout=10)
                done[0] += 1
            except grpc.RpcError as error:
                failed.append((error.code(), error.details()))

    threads = [threading.Thread(target=load) for _ in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    one.stop(grace=5)
    time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join(20)
    # its server cancels itself what its Python side has not taken up
    lost = [each for each in failed if each != (grpc.StatusCode.CANCELLED, "CANCELLED")]
    assert done[0] > 200 and not lost, lost[:3]


# health


def test_the_health_service_is_asked(server, edge, client):
    import httpx

    proxy = edge([server.settings()], {"agents": {"healthCheck": {
        "enabled": True, "kind": "grpc", "service": "test.Echo", "interval": "100ms", "edgeInterval": "50ms",
        "failThreshold": 2, "passThreshold": 1}}})

    def up():
        page = httpx.get(f"http://127.0.0.1:{proxy.port}/metrics", trust_env=False).text
        return 'gateway_agent_up{agent="rpc"} 1' in page

    eventually(lambda: hasattr(server.service, "asked"), what="the question")
    assert server.service.asked == b"\x0a\x09test.Echo" and up()
    server.service.serving = 2
    eventually(lambda: not up(), what="the agent's being down")
    server.service.serving = 1
    eventually(up, what="the agent's being up")
