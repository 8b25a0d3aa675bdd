"""Bounds on what a client may send, hold open or take its time over."""
import json
import select
import socket
import time

import pytest

from control import agents, start_edge  # noqa: F401
from processes import eventually
from raw import Client, Closed, answering, get, ok, post


def error(answer):
    found = json.loads(answer.body)["error"]
    assert set(found) == {"code", "message", "hint", "requestId"} and all(found.values())
    assert found["requestId"] == answer.get("X-Request-Id")
    assert answer.get("Content-Type") == "application/json" and answer.get("Proxy-Status").startswith("clawproxy; error=")
    return found


@pytest.mark.parametrize(
    "request_text, status",
    [
        (get("/", "X-Long: " + "a" * 33_000), 431),
        (get("/", *[f"X-{index}: 1" for index in range(101)]), 431),
        (get("/" + "a" * 8192), 414),
        (get("/" + "a" * 40_000), 414),
        (get("/", "Content-Length: 52428801", method="POST"), 413),
        (get("/", method="TRACE"), 405),
        (get("proxy.test:443", method="CONNECT"), 405),
        (get("/", "Transfer-Encoding: gzip, chunked", method="POST"), 501),
        (get("/", host=None), 400),
        (get("/", "Content-Length: 1", "Content-Length: 2", method="POST"), 400),
        (get("/", version="2.0"), 400),
    ],
)
def test_what_goes_beyond_a_limit_has_its_own_status_and_closes(shared_proxy, client, request_text, status):
    connection = client(shared_proxy)
    answer = connection.ask(request_text)
    assert answer.status == status, answer.body
    error(answer)
    assert answer.get("Connection") == "close" and connection.rest() == (b"", True)
    if status == 405:
        assert "GET" in answer.get("Allow")


@pytest.mark.parametrize(
    "request_text",
    [
        get("/", *[f"X-{index}: 1" for index in range(99)]),
        get("/" + "a" * 8191),
        get("/", "X-Long: " + "a" * 32_000),
    ],
)
def test_what_is_just_within_a_limit_passes(shared_proxy, client, request_text):
    assert client(shared_proxy).ask(request_text).status == 200


def test_configured_limits_take_the_place_of_the_defaults(start_agent, start_proxy, client):
    limits = {"headerBytes": "2KiB", "headerCount": 10, "targetBytes": 128, "bodyBytes": 1000}
    proxy = start_proxy({"http": {"limits": limits}}, [start_agent()])
    assert client(proxy).ask(get("/", "X-Long: " + "a" * 2048)).status == 431
    assert client(proxy).ask(get("/", *[f"X-{index}: 1" for index in range(10)])).status == 431
    assert client(proxy).ask(get("/" + "a" * 128)).status == 414
    assert client(proxy).ask(post("/", "a" * 1001)).status == 413
    assert client(proxy).ask(post("/", "a" * 1000)).status == 200


def test_a_chunked_body_that_grows_beyond_the_limit_is_413(start_proxy, raw_agent, client):
    def handler(wire):
        wire.head()
        assert wire.wait_closed(10), "the agent was not told"

    proxy = start_proxy({"http": {"limits": {"bodyBytes": 1000}}}, [raw_agent(handler)])
    connection = client(proxy)
    connection.send(get("/", "Transfer-Encoding: chunked", method="POST"))
    connection.send("190\r\n" + "a" * 400 + "\r\n")
    connection.send("2bc\r\n" + "a" * 700 + "\r\n0\r\n\r\n")
    answer = connection.answer()
    assert answer.status == 413 and answer.get("Connection") == "close"


@pytest.mark.parametrize(
    "before",
    [
        get("/secret-of-another-client", "Authorization: Bearer sesame"),
        get("/secret-" + "s" * 6000, *[f"X-{index}: {'y' * 1000}" for index in range(12)]),
        get("/secret-head", method="HEAD"),
    ],
    ids=["small", "large", "head"],
)
def test_a_refused_request_says_nothing_of_the_one_before(start_agent, start_proxy, client, before):
    """Heads are used again, by other clients too."""
    proxy = start_proxy({"performance": {"workerThreads": 1}}, [start_agent()])
    first = client(proxy)
    assert first.ask(before).status == 200
    first.close()
    answer = client(proxy).ask("B\x01D / HTTP/1.1\r\n\r\n")
    assert answer.status == 400 and not answer.is_cut and answer.body
    lines = eventually(lambda: (lambda found: found if len(found) == 2 else None)(proxy.access_lines()), what="two access lines")
    assert lines[1]["status"] == 400 and "secret" not in json.dumps(lines[1]) and len(lines[1].get("path", "")) < 2, lines[1]
    assert lines[1].get("method", "") in ("", "-", "B\x01D"), lines[1]


def test_connections_beyond_the_most_are_told_503(start_agent, start_proxy, client):
    proxy = start_proxy({"http": {"limits": {"maxConnections": 2}}}, [start_agent()])
    held = eventually(lambda: _two(proxy), what="two connections")
    refused = Client(proxy.port)
    refused.send(get("/"))
    answer = refused.answer()
    assert answer.status == 503 and json.loads(answer.body)["error"]["code"] == "overloaded" and answer.get("Retry-After")
    refused.close()
    for connection in held:
        connection.close()
    for connection in eventually(lambda: _two(proxy), what="room after the others have gone"):
        connection.close()


def _two(proxy):
    opened = [Client(proxy.port) for _ in range(2)]
    try:
        if all(connection.ask(get("/")).status == 200 for connection in opened):
            return opened
    except Closed:
        pass
    for connection in opened:
        connection.close()
    return None


def test_connections_of_one_address_beyond_its_most_are_refused(start_agent, start_proxy, client):
    proxy = start_proxy({"http": {"limits": {"connectionsPerAddress": 2}}}, [start_agent()])
    held = eventually(lambda: _two(proxy), what="two connections")
    assert client(proxy).ask(get("/")).status == 503
    other = socket.socket()
    other.bind(("127.0.0.2", 0))
    other.connect(("127.0.0.1", proxy.port))
    other.sendall(get("/").encode())
    assert other.recv(100).startswith(b"HTTP/1.1 200")
    other.close()
    for connection in held:
        connection.close()


def test_a_limit_of_one_address_that_comes_and_goes_knows_who_is_there(start_agent, start_edge):
    edge = start_edge(agents(start_agent("a").settings()) | {"routing": {"default": "a"}})

    def limit(most):
        edge.admin.patch({"http": {"limits": {"connectionsPerAddress": most}}})

    def status():
        with Client(edge.port) as connection:
            return connection.ask(get("/")).status

    first = [Client(edge.port) for _ in range(3)]
    assert all(connection.ask(get("/")).status == 200 for connection in first)
    limit(3)
    assert status() == 503, "they were there before it was"
    limit(0)
    for connection in first:
        connection.close()
    limit(3)
    eventually(lambda: status() == 200, what="room where nobody is any more")


def test_a_rule_may_take_more_or_less_of_a_body(start_proxy, start_agent, client):
    def rule(name, **more):
        return {"name": name, "match": {"type": "prefix", "pattern": f"/{name}"}, "target": "demo", **more}

    rules = [rule("more", bodyBytes="3KB"), rule("less", bodyBytes="1KB"), rule("echo")]
    proxy = start_proxy({"http": {"limits": {"bodyBytes": "2KB"}}}, [start_agent("demo")], rules)
    for path, size, status in [("more", 3000, 200), ("more", 3100, 413), ("less", 1000, 200), ("less", 1100, 413), ("echo", 2000, 200), ("echo", 2100, 413)]:
        chunks = f"POST /{path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{size:x}\r\n{'x' * size}\r\n0\r\n\r\n"
        assert [client(proxy).ask(each).status for each in (post(f"/{path}", "x" * size), chunks)] == [status] * 2, (path, size)


def test_requests_beyond_the_most_are_503_and_the_connection_stays(start_proxy, raw_agent, client):
    def handler(wire):
        while True:
            wire.request()
            gate.wait(10)
            wire.send(ok())

    import threading

    gate = threading.Event()
    proxy = start_proxy({"performance": {"maxConcurrentRequests": 2}}, [raw_agent(handler)])
    waiting = [client(proxy) for _ in range(2)]
    for connection in waiting:
        connection.send(get("/"))

    def both_wait():
        # one that was answered came while a question of the start was still being counted down
        for at, connection in enumerate(waiting):
            if select.select([connection.sock], [], [], 0)[0]:
                waiting[at] = client(proxy)
                waiting[at].send(get("/"))
        return b'"inFlight":2' in client(proxy.admin_port).ask(get("/agents", host="localhost")).body

    eventually(both_wait, what="two requests in flight")
    third = client(proxy)
    answer = third.ask(get("/"))
    assert answer.status == 503 and error(answer)["code"] == "overloaded" and answer.get("Retry-After") == "1"
    assert client(proxy).ask(get("/health")).status == 200, "health is answered all the same"
    gate.set()
    assert [connection.answer().status for connection in waiting] == [200, 200]
    assert third.ask(get("/")).status == 200


def test_bodies_held_beyond_their_share_of_memory_are_503(start_proxy, raw_agent, client):
    settings = {
        "performance": {"workerThreads": 1, "bodyMemory": "95kB"},
        "loadBalancing": {"affinity": {"keys": ["header:x-session", "body:user"]}},
    }
    proxy = start_proxy(settings, [raw_agent(answering(ok())).settings(name) for name in "ab"])

    def body(length):
        return '{"text": "' + "a" * length + '", "user": "u"}'

    small = post("/", body(6_000), "Content-Type: application/json")
    large = post("/", body(90_000), "Content-Type: application/json")
    by_head = post("/", body(6_000), "Content-Type: application/json", "X-Session: s", method="PUT")

    def is_refused():
        # a refusal closes the connection: the rest of its body is nobody's
        answer = client(proxy).ask(small)
        if answer.status == 200:
            return False
        assert answer.status == 503 and answer.get("Retry-After") == "1"
        found = error(answer)
        return found["code"] == "overloaded" and "performance.bodyMemory (95kB)" in found["message"]

    assert not is_refused() and client(proxy).ask(by_head).status == 200
    first = client(proxy)
    first.send(large[:-5])
    eventually(is_refused, what="a body that finds no room")
    # one that goes to its agent as it comes is only not kept for another attempt
    assert client(proxy).ask(by_head).status == 200
    first.send(large[-5:])
    assert first.answer().status == 200 and not is_refused(), "what was sent on is held no longer"
    first.send(large[:-5])
    eventually(is_refused, what="a body that finds no room")
    first.close()
    eventually(lambda: not is_refused(), what="room again once the client is gone")


def test_an_agents_cap_is_503_when_nobody_else_can_serve_and_nobody_may_wait(start_proxy, raw_agent, client):
    import threading

    gate = threading.Event()

    def handler(wire):
        while True:
            wire.request()
            gate.wait(10)
            wire.send(ok())

    agent = raw_agent(handler)
    proxy = start_proxy({"loadBalancing": {"queue": {"enabled": False}}}, [agent.settings(maxConcurrent=1)])
    waiting = client(proxy)
    waiting.send(get("/"))
    eventually(lambda: agent.requests, what="the first request")
    assert error(client(proxy).ask(get("/")))["code"] == "agents_busy"
    gate.set()
    assert waiting.answer().status == 200
    assert client(proxy).ask(get("/")).status == 200


# -- time -------------------------------------------------------------------------------------------------------------


def elapsed(run):
    start = time.monotonic()
    found = run()
    return found, time.monotonic() - start


def test_a_head_that_does_not_come_is_408(start_agent, start_proxy, client):
    proxy = start_proxy({"http": {"timeouts": {"header": "500ms"}}}, [start_agent()])
    connection = client(proxy)
    connection.send("GET / HTTP/1.1\r\nHost:")
    answer, seconds = elapsed(connection.answer)
    assert answer.status == 408 and error(answer)["code"] == "request_timeout" and 0.3 < seconds < 3
    assert answer.get("Connection") == "close"


def test_a_head_that_drips_is_408_all_the_same(start_agent, start_proxy, client):
    """`header` is a total."""
    proxy = start_proxy({"http": {"timeouts": {"header": "600ms"}}}, [start_agent()])
    connection = client(proxy)
    connection.sock.settimeout(0.05)
    connection.send("GET / HTTP/1.1\r\n")
    start = time.monotonic()
    while time.monotonic() - start < 5:
        try:
            connection.send("X-A: b\r\n")
            connection._more()
            break
        except socket.timeout:
            continue
    connection.sock.settimeout(5)
    assert connection.answer().status == 408 and time.monotonic() - start < 4


def test_a_connection_that_says_nothing_is_closed_without_a_word(start_agent, start_proxy, client):
    proxy = start_proxy({"http": {"timeouts": {"header": "500ms"}}}, [start_agent()])
    (rest, orderly), seconds = elapsed(client(proxy).rest)
    assert rest == b"" and orderly and seconds < 3


def test_a_kept_connection_is_closed_when_idle(start_agent, start_proxy, client):
    proxy = start_proxy({"http": {"timeouts": {"idle": "500ms"}}}, [start_agent()])
    connection = client(proxy)
    connection.ask(get("/"))
    (rest, orderly), seconds = elapsed(connection.rest)
    assert rest == b"" and orderly and 0.3 < seconds < 3


def test_an_empty_line_after_a_request_begins_no_head(start_agent, start_proxy, client):
    """Old clients send CR LF after a POST's body (RFC 9112 2.2): the connection is idle, and no 408 may be written into it."""
    proxy = start_proxy({"http": {"timeouts": {"header": "500ms", "idle": "60s"}}}, [start_agent()])
    connection = client(proxy)
    connection.ask(post("/", "body"))
    connection.send("\r\n")
    assert not connection.wait_closed(1.5), "closed within http.timeouts.header"


def test_a_body_that_falls_silent_is_408(start_agent, start_proxy, client):
    proxy = start_proxy({"http": {"timeouts": {"read": "500ms"}}}, [start_agent()])
    connection = client(proxy)
    connection.send(get("/", "Content-Length: 100", method="POST") + "some")
    answer, seconds = elapsed(connection.answer)
    assert answer.status == 408 and error(answer)["code"] == "request_timeout" and 0.3 < seconds < 4


def test_a_body_that_keeps_coming_is_not_cut(start_agent, start_proxy, client):
    """`read` bounds silence, not the whole."""
    proxy = start_proxy({"http": {"timeouts": {"read": "600ms"}, "limits": {"minRate": 0}}}, [start_agent()])
    connection = client(proxy)
    connection.send(get("/", "Content-Length: 20", method="POST"))
    for _ in range(20):
        connection.send("x")
        time.sleep(0.1)  # the pace is what is tested
    assert connection.answer().status == 200


@pytest.mark.slow
def test_a_body_slower_than_the_least_rate_is_408(start_agent, start_proxy, client):
    proxy = start_proxy({"http": {"limits": {"minRate": 1000}}}, [start_agent()])
    connection = client(proxy, 30)
    connection.sock.settimeout(0.2)
    connection.send(get("/", "Content-Length: 100000", method="POST"))
    start = time.monotonic()
    while time.monotonic() - start < 25:
        try:
            connection.send("x")
            connection._more()
            break
        except socket.timeout:
            continue
    connection.sock.settimeout(5)
    assert connection.answer().status == 408
    assert 9 < time.monotonic() - start < 22


def test_an_answer_that_nobody_takes_ends_the_connection(start_agent, start_proxy):
    proxy = start_proxy({"http": {"timeouts": {"write": "500ms"}}}, [agent := start_agent()])
    with Client(proxy.port) as connection:
        connection.send(get("/bytes/100000000"))
        eventually(lambda: agent.stats()["active"] == 1, what="an answer on its way")
        eventually(lambda: agent.stats()["active"] == 0, 6, what="the end of it")


def test_an_agent_that_does_not_answer_is_504(start_agent, start_proxy, client):
    proxy = start_proxy({"http": {"timeouts": {"firstByte": "500ms"}}}, [agent := start_agent()])
    answer, seconds = elapsed(lambda: client(proxy).ask(get("/slow/20000")))
    assert answer.status == 504 and error(answer)["code"] == "first_byte_timeout" and 0.3 < seconds < 3
    assert "http_response_timeout" in answer.get("Proxy-Status")
    eventually(lambda: agent.stats()["aborted"] == 1, what="the agent being told")


def test_a_rule_has_timeouts_of_its_own(start_agent, start_proxy, client):
    agent = start_agent()
    proxy = start_proxy(
        {"http": {"timeouts": {"firstByte": "20s"}}}, [agent],
        [{"name": "r", "match": {"type": "default"}, "target": "demo", "timeouts": {"firstByte": "400ms"}}])
    answer, seconds = elapsed(lambda: client(proxy).ask(get("/slow/10000")))
    assert answer.status == 504 and seconds < 3


def test_a_stream_that_falls_silent_is_cut_visibly(start_agent, start_proxy, client):
    proxy = start_proxy({"http": {"timeouts": {"streamGap": "500ms"}}}, [agent := start_agent()])
    answer, seconds = elapsed(lambda: client(proxy).ask(get("/sse?events=3&interval=20000")))
    assert answer.status == 200 and answer.is_cut and answer.body.startswith(b"data:") and 0.3 < seconds < 3
    eventually(lambda: agent.stats()["aborted"] == 1, what="the agent being told")


def test_an_agent_that_cannot_be_connected_to_in_time_is_504(start_proxy, client):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # the queue takes one connection more than it is long; further ones wait for ever
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        proxy = start_proxy(
            {"http": {"timeouts": {"connect": "500ms"}}}, [{"id": "full", "endpoint": f"http://127.0.0.1:{full.getsockname()[1]}"}])
        answer, seconds = elapsed(lambda: client(proxy).ask(get("/")))
        for filler in fillers:
            filler.close()
    assert answer.status == 504 and error(answer)["code"] == "connect_timeout" and 0.3 < seconds < 4


def test_a_tunnel_that_is_idle_is_closed(start_agent, start_proxy, client):
    proxy = start_proxy(
        {"http": {"timeouts": {"tunnelIdle": "700ms"}}}, [start_agent()],
        [{"name": "r", "match": {"type": "default"}, "target": "demo", "upgrades": ["echo"]}])
    connection = client(proxy)
    assert connection.ask(get("/", "Connection: upgrade", "Upgrade: echo")).status == 101
    for _ in range(4):
        connection.send("x")
        assert connection.exactly(1) == b"x"
        time.sleep(0.3)  # shorter than the limit: activity keeps it open
    _, seconds = elapsed(connection.rest)
    assert 0.3 < seconds < 4
