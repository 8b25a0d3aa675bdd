"""When an agent fails: what is tried again, and what the client is told."""
import json
import threading

import pytest

from processes import eventually, free_port
from raw import answering, get, ok, post


def error(answer, code):
    found = json.loads(answer.body)["error"]
    assert found["code"] == code and found["message"] and found["hint"]
    assert found["requestId"] == answer.get("X-Request-Id")
    return found


def test_a_refused_connection_is_502_in_json(start_proxy, client):
    proxy = start_proxy({}, [{"id": "dead", "endpoint": f"http://127.0.0.1:{free_port()}"}])
    answer = client(proxy).ask(get("/"))
    assert answer.status == 502
    assert "dead" in error(answer, "connect_failed")["message"]
    assert answer.get("Proxy-Status") == 'clawproxy; error=connection_refused; next-hop="dead"'


def test_the_connection_stays_after_an_agents_failure(start_proxy, client):
    connection = client(start_proxy({}, [{"id": "dead", "endpoint": f"http://127.0.0.1:{free_port()}"}]))
    assert [connection.ask(get("/")).status for _ in range(3)] == [502, 502, 502]
    assert connection.ask(post("/", "body")).status == 502


@pytest.mark.parametrize("request_text", [get("/"), post("/", "hello"), post("/", "hello", method="PATCH")])
def test_a_refused_connection_is_tried_on_another_agent_whatever_the_method(start_agent, start_proxy, client, request_text):
    """Nothing was sent."""
    proxy = start_proxy({}, [{"id": "dead", "endpoint": f"http://127.0.0.1:{free_port()}"}, start_agent("alive")])
    for _ in range(6):
        answer = client(proxy).ask(request_text)
        assert answer.status == 200 and answer.get("X-Agent") == "alive"


def closing(reset=False, after=0):
    def handler(wire):
        for _ in range(after):
            wire.request()
            wire.send(ok())
        wire.request()
        if reset:
            wire.reset()

    return handler


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS"])
def test_an_idempotent_request_is_tried_once_more_elsewhere(start_agent, start_proxy, raw_agent, client, reset, method):
    bad = raw_agent(closing(reset))
    proxy = start_proxy({}, [bad, start_agent("good")])
    for _ in range(4):
        answer = client(proxy).ask(get("/", method=method))
        assert answer.status == 200 and answer.get("X-Agent") == "good"
    assert bad.requests


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_post_is_never_repeated_once_it_was_sent(start_agent, start_proxy, raw_agent, client, reset, method):
    bad = raw_agent(closing(reset))
    good = start_agent("good")
    proxy = start_proxy({"performance": {"workerThreads": 1}}, [bad, good])
    statuses = [client(proxy).ask(post("/", "body", method=method)) for _ in range(4)]
    assert sorted(answer.status for answer in statuses) == [200, 200, 502, 502]
    assert len(bad.requests) == 2 and good.stats()["requests"] == 2
    failed = next(answer for answer in statuses if answer.status == 502)
    error(failed, "agent_reset")
    assert "connection_terminated" in failed.get("Proxy-Status")


def test_both_agents_failing_is_502_after_two_attempts(start_proxy, raw_agent, client):
    agents = [raw_agent(closing()), raw_agent(closing()), raw_agent(closing())]
    proxy = start_proxy({}, [agent.settings(f"a{index}") for index, agent in enumerate(agents)])
    assert client(proxy).ask(get("/")).status == 502
    assert sorted(len(agent.requests) for agent in agents) == [0, 1, 1]


def test_a_kept_connection_that_the_agent_has_just_closed_costs_nothing(start_proxy, raw_agent, client):
    """The only agent: the request goes to it again, over a new connection."""
    agent = raw_agent(closing(after=1))
    proxy = start_proxy({"performance": {"workerThreads": 1}}, [agent])
    connection = client(proxy)
    for _ in range(5):
        assert connection.ask(get("/")).status == 200


def test_a_post_over_a_connection_that_has_been_closed_takes_a_new_one(start_proxy, raw_agent, client):
    """Asked before it is used again: nothing is lost with an agent that closes after each answer without saying so."""
    agent = raw_agent(answering(ok(), close=True))
    proxy = start_proxy({"performance": {"workerThreads": 1}}, [agent])
    connection = client(proxy)
    for count in range(1, 20):
        assert connection.ask(post("/", "x")).status == 200
        eventually(lambda: agent.closed == count, what="the agent's close")


def test_an_agent_that_comes_back_is_used_again(start_agent, start_proxy, client):
    agent = start_agent("only")
    proxy = start_proxy({}, [agent])
    connection = client(proxy)
    assert connection.ask(get("/")).status == 200
    agent.stop()
    eventually(lambda: connection.ask(get("/")).status == 502, what="502")
    start_agent("only", port=agent.port)
    assert connection.ask(get("/")).status == 200
    assert connection.ask(post("/", "x")).status == 200


def test_an_agent_that_keeps_failing_is_ejected(start_agent, start_proxy, raw_agent, client):
    bad = raw_agent(closing())
    proxy = start_proxy({"loadBalancing": {"circuitBreaker": {"enabled": True}}}, [bad, start_agent("good")])
    for _ in range(20):
        assert client(proxy).ask(get("/")).status == 200
    # each of the two loops may have one on its way when the third failure comes
    assert 3 <= len(bad.requests) <= 4, len(bad.requests)


BAD_ANSWERS = {
    "length and coding": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    "two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi!",
    "a length with a sign": "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi",
    "an unknown coding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi",
    "a folded field": "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\nhi",
    "a bare LF": "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
    "a NUL": "HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 2\r\n\r\nhi",
    "a blank before the colon": "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi",
    "another version": "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "no HTTP": "hello, world\r\n\r\n",
    "a status of four digits": "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nhi",
    "a head without end": "HTTP/1.1 200 OK\r\nX-A: " + "a" * 40_000,
    "101 to a plain request": "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n",
}


@pytest.mark.parametrize("answer_text", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_bad_answer_is_502_and_its_connection_never_used_again(start_proxy, raw_agent, client, answer_text):
    seen = []

    def handler(wire):
        wire.request()
        wire.send(answer_text)
        seen.append(wire.wait_closed(5))

    agent = raw_agent(handler)
    proxy = start_proxy({"performance": {"workerThreads": 1}}, [agent])
    connection = client(proxy)
    answer = connection.ask(get("/"))
    assert answer.status == 502
    error(answer, "bad_answer")
    assert "http_protocol_error" in answer.get("Proxy-Status")
    eventually(lambda: seen == [True], what="the end of the connection")
    assert connection.ask(get("/")).status == 502 and agent.accepted == 2
    assert len(agent.requests) == 2, "a bad answer is not asked for again"


def test_bytes_after_an_answer_are_never_taken_for_the_next_one(start_proxy, raw_agent, client):
    def handler(wire):
        wire.request()
        wire.send(ok("one") + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
        wire.wait_closed(5)

    agent = raw_agent(handler)
    connection = client(start_proxy({"performance": {"workerThreads": 1}}, [agent]))
    for _ in range(3):
        assert connection.ask(get("/")).body == b"one"
    assert agent.accepted == 3


def test_bytes_that_an_agent_sends_unasked_end_the_connection(start_proxy, raw_agent, client):
    pushed = threading.Event()

    def handler(wire):
        wire.request()
        wire.send(ok("one"))
        pushed.wait(5)
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
        assert wire.wait_closed(5)
        closed.set()

    closed = threading.Event()
    agent = raw_agent(handler)
    connection = client(start_proxy({"performance": {"workerThreads": 1}}, [agent]))
    assert connection.ask(get("/")).body == b"one"
    pushed.set()
    assert closed.wait(5)
    assert connection.ask(get("/")).body == b"one"


def test_attribution_required_is_recognised_and_explained(start_agent, start_proxy, client):
    answer = client(start_proxy({}, [start_agent()])).ask(get("/attribution"))
    assert answer.status == 502
    assert "gateway.trustedProxies" in error(answer, "proxy_attribution_required")["hint"]


@pytest.mark.parametrize("body", ['{"error":"forbidden"}', "x" * 20_000, ""])
def test_any_other_403_passes_as_it_is(start_proxy, raw_agent, client, body):
    agent = raw_agent(answering(f"HTTP/1.1 403 No\r\nContent-Length: {len(body)}\r\nX-A: b\r\n\r\n{body}"))
    answer = client(start_proxy({}, [agent])).ask(get("/"))
    assert (answer.status, answer.body.decode(), answer.get("X-A")) == (403, body, "b")


@pytest.mark.parametrize("status", [400, 404, 418, 429, 500, 503, 599])
def test_an_agents_own_errors_pass_as_they_are(start_agent, start_proxy, client, status):
    agent = start_agent()
    answer = client(start_proxy({}, [agent])).ask(get(f"/status/{status}"))
    assert answer.status == status and json.loads(answer.body) == {"status": status}
    assert agent.stats()["requests"] == 1


# -- cut answers --------------------------------------------------------------------------------------------------------

CUTS = {
    "length": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
    "chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n",
    "within a chunk": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this",
}


@pytest.mark.parametrize("version", ["1.1", "1.0"])
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("text", CUTS.values(), ids=CUTS)
def test_a_cut_answer_is_cut_for_the_client_too(start_proxy, raw_agent, client, text, reset, version):
    go = threading.Event()

    def handler(wire):
        wire.request()
        wire.send(text)
        go.wait(5)
        if reset:
            wire.reset()

    connection = client(start_proxy({}, [raw_agent(handler)]))
    connection.send(get("/", version=version))
    answer = connection.head()
    # the agent breaks off only when the first part has come through
    while b"only this" not in connection.buffer:
        connection._more()
    go.set()
    connection._body(answer)
    assert answer.status == 200 and answer.is_cut


def test_a_close_delimited_answer_cut_by_a_reset_is_cut_for_the_client_too(start_proxy, raw_agent, client):
    go = threading.Event()

    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\n\r\nonly this")
        go.wait(5)
        wire.reset()

    agent = raw_agent(handler)
    proxy = start_proxy({}, [agent])
    for version in ("1.1", "1.0"):
        go.clear()
        connection = client(proxy)
        connection.send(get("/", version=version))
        answer = connection.head()
        while b"only this" not in connection.buffer:
            connection._more()
        go.set()
        connection._body(answer)
        assert answer.is_cut, version


def test_a_cut_answer_is_never_asked_for_again(start_proxy, raw_agent, client):
    agent = raw_agent(lambda wire: (wire.request(), wire.send(CUTS["length"])))
    proxy = start_proxy({}, [agent.settings("a"), agent.settings("b")])
    assert client(proxy).ask(get("/")).is_cut
    assert len(agent.requests) == 1
