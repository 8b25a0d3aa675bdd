"""Further attempts: what is sent a second time, to whom, how often, and what is never."""
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from processes import eventually, free_port, merge
from raw import Client, answering, get, ok, post
from test_observing import metrics

RULE = {"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "pool:all"}
SSE = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(text):
    return f"{len(text):x}\r\n{text}\r\n"


def gateway(kind=None, retry=None, threads=1, **more):
    """One loop, so that turns are known; nobody is set aside, so that every failure is seen."""
    balancing = {"strategy": "round-robin", "circuitBreaker": {"enabled": False}, "retry": retry or {}}
    pool = {"agents": []} | ({"kind": kind} if kind else {})
    return merge({"performance": {"workerThreads": threads}, "loadBalancing": balancing, "agents": {"pools": {"all": pool}}}, more)


def named(agents):
    """Settings of agents a, b, c ... in the pool `all`."""
    return [
        agent if isinstance(agent, dict) else agent.settings("abcdef"[index], pool="all") for index, agent in enumerate(agents)]


def dead(name):
    return {"id": name, "endpoint": f"http://127.0.0.1:{free_port()}", "pool": "all"}


def failing(wire):
    """Reads a request and closes without an answer."""
    wire.request()


def resetting(wire):
    wire.request()
    wire.reset()


def after_a_head(wire):
    wire.request()
    wire.send("HTTP/1.1 200 OK\r\nContent-Le")
    time.sleep(0.1)


def hanging(seconds, then=ok("late")):
    def handler(wire):
        wire.request()
        time.sleep(seconds)
        wire.send(then)

    return handler


def status(code, body="no", *fields):
    return answering("\r\n".join([f"HTTP/1.1 {code} No", f"Content-Length: {len(body)}", *fields]) + f"\r\n\r\n{body}")


def twice(client, proxy, request):
    """Whichever agent the turns begin with, each of two has one: a repetition takes a turn too."""
    return [client(proxy).ask(request) for _ in range(2)]


# MARK: what may be repeated


def test_two_refused_connections_leave_a_third_agent(start_proxy, raw_agent, client):
    """The first is made good at no cost, the second is the one repetition."""
    good = raw_agent(answering(ok()))
    proxy = start_proxy(gateway(), [dead("x"), dead("y"), good.settings("z", pool="all")], [RULE])
    for _ in range(6):
        assert client(proxy).ask(post("/", "body")).status == 200
    assert [request.body for request in good.requests] == [b"body"] * 6


@pytest.mark.parametrize("fails", [failing, resetting, hanging(30)], ids=["closed", "reset", "silent"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_call_of_an_agent_reaches_one_agent_only(start_proxy, raw_agent, client, fails, method):
    """Kind openclaw: a call has side effects. Whatever goes wrong once a byte was sent, nobody else gets it."""
    agents = [raw_agent(fails), raw_agent(fails), raw_agent(fails)]
    proxy = start_proxy(gateway(retry={"attempts": 3, "perTry": "300ms"}, http={"timeouts": {"firstByte": "1s"}}), named(agents), [RULE])
    for count in range(1, 4):
        assert client(proxy).ask(post("/v1/chat/completions", '{"a":1}', method=method)).status in (502, 504)
        assert sum(len(agent.requests) for agent in agents) == count


@pytest.mark.parametrize("code", [429, 502, 503, 504, 529])
def test_an_agents_refusal_of_a_call_is_the_clients(start_proxy, raw_agent, client, code):
    agents = [raw_agent(status(code, "busy", "X-Mine: yes", "Retry-After: 7")) for _ in range(2)]
    proxy = start_proxy(gateway(), named(agents), [RULE])
    answer = client(proxy).ask(post("/", "body"))
    assert answer.status == code and answer.body == b"busy" and answer.get("X-Mine") == "yes" and answer.get("Retry-After") == "7"
    assert sum(len(agent.requests) for agent in agents) == 1


@pytest.mark.parametrize("level", ["pool", "agent", "rule"])
@pytest.mark.parametrize("fails", [failing, resetting, status(503), status(429)], ids=["closed", "reset", "503", "429"])
def test_a_models_call_goes_to_another_back_end(start_proxy, raw_agent, client, fails, level):
    bad, good = raw_agent(fails), raw_agent(answering(ok("fine")))
    agents = named([bad, good])
    if level == "agent":
        agents = [agent | {"kind": "llm"} for agent in agents]
    proxy = start_proxy(gateway("llm" if level == "pool" else None), agents, [RULE | ({"kind": "llm"} if level == "rule" else {})])
    body = json.dumps({"model": "m", "messages": ["x" * 5000]})
    for answer in twice(client, proxy, post("/v1/chat/completions", body)):
        assert answer.status == 200 and answer.body == b"fine"
    assert bad.requests and {request.body.decode() for request in bad.requests} == {body}
    assert [request.body.decode() for request in good.requests] == [body] * 2


def test_a_rule_may_say_that_a_model_is_a_gateway(start_proxy, raw_agent, client):
    agents = [raw_agent(failing), raw_agent(failing)]
    proxy = start_proxy(gateway("llm"), named(agents), [RULE | {"kind": "openclaw"}])
    assert client(proxy).ask(post("/", "x")).status == 502
    assert sum(len(agent.requests) for agent in agents) == 1


def test_an_idempotency_key_vouches_for_a_repetition(start_proxy, raw_agent, client):
    bad, good = raw_agent(failing), raw_agent(answering(ok()))
    proxy = start_proxy(gateway(), named([bad, good]), [RULE])
    for answer in twice(client, proxy, post("/", "body", "Idempotency-Key: 8e03978e")):
        assert answer.status == 200
    assert bad.requests and [request.body for request in good.requests] == [b"body"] * 2
    assert good.requests[0].get("Idempotency-Key") == "8e03978e"


def test_a_body_in_chunks_is_repeated_whole_with_its_trailers(start_proxy, raw_agent, client):
    bad, good = raw_agent(failing), raw_agent(answering(ok()))
    proxy = start_proxy(gateway("llm"), named([bad, good]), [RULE])
    parts = ["one", "two" * 10_000, "three"]
    for _ in range(2):
        connection = client(proxy)
        connection.send(get("/", "Transfer-Encoding: chunked", method="POST"))
        for part in parts:
            connection.send(chunk(part))
            time.sleep(0.05)
        connection.send("0\r\nX-Sum: 7\r\n\r\n")
        assert connection.answer().status == 200
    for request in bad.requests + good.requests:
        assert request.body.decode() == "".join(parts) and ("X-Sum", "7") in request.trailers
    assert bad.requests and len(good.requests) == 2


def test_a_body_that_was_not_all_sent_is_finished_at_the_next_agent(start_proxy, raw_agent, client):
    def refuses_early(wire):
        wire.head()
        wire.exactly(5)
        wire.reset()

    bad, good = raw_agent(refuses_early), raw_agent(answering(ok()))
    proxy = start_proxy(gateway("llm"), named([bad, good]), [RULE])
    for _ in range(2):
        connection = client(proxy)
        connection.send(get("/", "Content-Length: 10", method="POST") + "first")
        time.sleep(0.3)
        connection.send("after")
        assert connection.answer().status == 200
    assert [request.body for request in good.requests] == [b"firstafter"] * 2


def test_a_body_of_more_than_a_mebibyte_is_not_repeated_once_it_was_sent(start_proxy, raw_agent, client):
    agents = [raw_agent(failing), raw_agent(failing)]
    proxy = start_proxy(gateway("llm"), named(agents), [RULE])
    assert client(proxy).ask(post("/", "x" * ((1 << 20) + 1))).status == 502
    assert sum(len(agent.requests) for agent in agents) == 1
    assert client(proxy).ask(post("/", "x" * (1 << 20))).status == 502
    assert sum(len(agent.requests) for agent in agents) == 3


def test_a_long_body_still_finds_the_agent_that_can_be_reached(start_proxy, raw_agent, client):
    good = raw_agent(answering(ok()))
    proxy = start_proxy(gateway("llm", {"replayBytes": "0B"}), [dead("x"), good.settings("y", pool="all")], [RULE])
    body = "x" * 3_000_000
    for answer in twice(client, proxy, post("/", body)):
        assert answer.status == 200
    assert [len(request.body) for request in good.requests] == [len(body)] * 2


def test_a_put_over_a_stale_connection_is_sent_again_to_the_only_agent(start_proxy, raw_agent, client):
    served = []

    def once(wire):
        wire.request()
        served.append(wire)
        wire.send(ok())
        if len(served) % 2:
            wire.head()

    agent = raw_agent(once)
    proxy = start_proxy(gateway(), named([agent]), [RULE])
    connection = client(proxy)
    for count in range(1, 4):
        assert connection.ask(post("/", f"body {count}", method="PUT")).status == 200
    assert agent.requests[-1].body == b"body 3"


@pytest.mark.parametrize("code", [502, 503, 504])
def test_an_idempotent_request_leaves_an_agent_that_cannot_serve(start_proxy, raw_agent, client, code):
    bad, good = raw_agent(status(code)), raw_agent(answering(ok("fine")))
    proxy = start_proxy(gateway(), named([bad, good]), [RULE])
    assert [answer.body for answer in twice(client, proxy, get("/"))] == [b"fine"] * 2
    assert bad.requests


def test_where_nobody_does_better_the_agents_own_answer_is_passed_on(start_proxy, raw_agent, client):
    agents = [raw_agent(status(503, f"draining {index}")) for index in range(2)]
    proxy = start_proxy(gateway(), named(agents), [RULE])
    answer = client(proxy).ask(get("/"))
    assert answer.status == 503 and answer.body.startswith(b"draining")
    assert [len(agent.requests) for agent in agents] == [1, 1]
    alone = start_proxy(gateway(), named([raw_agent(status(503, "alone"))]), [RULE])
    assert client(alone).ask(get("/")).body == b"alone"


@pytest.mark.parametrize("code", [400, 404, 429, 500, 529])
def test_an_answer_that_speaks_of_the_request_is_the_answer(start_proxy, raw_agent, client, code):
    agents = [raw_agent(status(code)) for _ in range(2)]
    proxy = start_proxy(gateway(), named(agents), [RULE])
    assert client(proxy).ask(get("/")).status == code
    assert sum(len(agent.requests) for agent in agents) == 1


def test_nothing_is_repeated_once_the_answer_has_begun(start_proxy, raw_agent, client):
    agents = [raw_agent(after_a_head), raw_agent(after_a_head)]
    proxy = start_proxy(gateway("llm"), named(agents), [RULE])
    assert client(proxy).ask(get("/")).status == 502
    assert sum(len(agent.requests) for agent in agents) == 1


def test_no_agent_gets_an_exchange_twice(start_proxy, raw_agent, client):
    """Not in the pool, and not as a member of the fallback either."""
    agents = [raw_agent(resetting) for _ in range(3)]
    rule = RULE | {"fallback": ["c", "pool:all", "tag:nobody"]}
    proxy = start_proxy(gateway(retry={"attempts": 6}), named(agents), [rule])
    assert client(proxy).ask(get("/")).status == 502
    assert [len(agent.requests) for agent in agents] == [1, 1, 1]


def test_the_fallback_is_asked_when_the_target_fails(start_proxy, raw_agent, client):
    bad, good = raw_agent(resetting), raw_agent(answering(ok("fallback")))
    agents = [bad.settings("a", pool="all"), good.settings("spare")]
    proxy = start_proxy(gateway(), agents, [RULE | {"fallback": "spare"}])
    assert client(proxy).ask(get("/")).body == b"fallback"
    assert client(proxy).ask(post("/", "x")).status == 502, "it was sent"


def test_attempts_of_nothing_repeat_nothing(start_proxy, raw_agent, client):
    agents = [raw_agent(failing), raw_agent(failing)]
    proxy = start_proxy(gateway("llm", {"attempts": 0}), named(agents), [RULE])
    assert client(proxy).ask(get("/")).status == 502
    assert sum(len(agent.requests) for agent in agents) == 1


def test_a_pool_has_a_budget_and_attempts_of_its_own(start_proxy, raw_agent, client):
    agents = [raw_agent(failing), raw_agent(failing)]
    proxy = start_proxy(gateway(agents={"pools": {"all": {"retry": {"attempts": 0}}}}), named(agents), [RULE])
    assert client(proxy).ask(get("/")).status == 502
    assert sum(len(agent.requests) for agent in agents) == 1


# MARK: time


def test_who_is_silent_for_a_try_is_left_for_another(start_proxy, raw_agent, client):
    slow, quick = raw_agent(hanging(20)), raw_agent(answering(ok("quick")))
    proxy = start_proxy(gateway("llm", {"perTry": "400ms"}), named([slow, quick]), [RULE])
    start = time.monotonic()
    assert [answer.body for answer in twice(client, proxy, post("/", "x"))] == [b"quick"] * 2
    assert 0.3 < time.monotonic() - start < 3 and slow.requests


@pytest.mark.parametrize("request_text", [get("/"), post("/", "x")], ids=["nobody else", "not repeatable"])
def test_a_try_that_cannot_be_repeated_is_waited_for(start_proxy, raw_agent, client, request_text):
    agents = [raw_agent(hanging(1.2))] * (1 if request_text.startswith("GET") else 2)
    settings = [agent.settings(name, pool="all") for agent, name in zip(agents, "ab")]
    proxy = start_proxy(gateway(retry={"perTry": "300ms"}), settings, [RULE])
    assert client(proxy).ask(request_text).body == b"late"
    assert len(agents[0].requests) == 1


def test_further_tries_do_not_make_the_wait_longer(start_proxy, raw_agent, client):
    agents = [raw_agent(hanging(20)) for _ in range(3)]
    proxy = start_proxy(
        gateway(retry={"perTry": "600ms", "attempts": 2}, http={"timeouts": {"firstByte": "1s"}}), named(agents), [RULE])
    start = time.monotonic()
    assert client(proxy).ask(get("/")).status == 504
    assert 0.9 < time.monotonic() - start < 2 and sorted(len(agent.requests) for agent in agents) == [0, 1, 1]


# MARK: the budget


def test_a_storm_is_bounded_by_the_budget(start_proxy, raw_agent, client):
    agents = [raw_agent(resetting) for _ in range(3)]
    proxy = start_proxy(gateway(retry={"attempts": 2, "budget": {"ratio": "20%", "minPerSecond": 0}}, threads=2), named(agents), [RULE])
    count = 400
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: once(proxy), range(count)))
    assert set(statuses) == {502}
    sent = sum(len(agent.requests) for agent in agents)
    assert count < sent <= count * 1.2 + 4, sent
    found = page(proxy)
    assert found["gateway_retries_total", (("pool", "pool:all"),)] == sent - count
    assert found["gateway_retry_budget_exhausted_total", (("pool", "pool:all"),)] > 0


def once(proxy, request=get("/")):
    with Client(proxy.port) as connection:
        return connection.ask(request).status


def page(proxy):
    with Client(proxy.port) as connection:
        return metrics(connection.ask(get("/metrics")).body.decode())


# MARK: hedging


def stalling(every, seconds):
    """An agent that answers at once, but for each `every`-th request; agents of one handler count together."""
    lock, count = threading.Lock(), [0]

    def handler(wire):
        while True:
            wire.request()
            with lock:
                count[0] += 1
                stalls = count[0] % every == 0
            if stalls:
                time.sleep(seconds)
            wire.send(ok())

    return handler


HEDGE = {"hedge": {"enabled": True, "minSamples": 20, "quantile": "90%", "budget": "10%"}}


def test_a_stalled_request_is_answered_by_a_second_agent(start_proxy, raw_agent, client):
    # they count together, so that a request and its hedge never stall both: nobody could help then
    handler = stalling(29, 5)
    agents = [raw_agent(handler), raw_agent(handler)]
    proxy = start_proxy(gateway("llm", HEDGE), named(agents), [RULE])
    took, connection = [], client(proxy)
    for _ in range(300):
        start = time.monotonic()
        assert connection.ask(post("/", "body")).body == b"ok"
        took.append(time.monotonic() - start)
    sent = sum(len(agent.requests) for agent in agents)
    assert all(request.body == b"body" for agent in agents for request in agent.requests)
    assert 300 < sent <= 300 * 1.1 + 1, sent
    assert max(took[50:]) < 3, sorted(took)[-15:]
    found = page(proxy)
    label = (("pool", "pool:all"),)
    # one that lost at once may be taken back before its agent has read it
    assert sent - 300 <= found["gateway_hedges_total", label] <= 300 * 0.1 + 1
    assert 1 <= found["gateway_hedges_won_total", label] <= sent - 300
    assert [found["gateway_agent_in_flight", (("agent", name),)] for name in "ab"] == [0, 0]
    assert found["gateway_agent_failures_total", (("agent", "a"),)] == 0, "a loser has not failed"


def test_the_loser_of_a_race_is_told_at_once(start_proxy, raw_agent, client):
    told = []

    def slow(wire):
        while True:
            wire.request()
            if len(wire.agent.requests) > 30:
                told.append(wire.wait_closed(8))
                return
            wire.send(ok())

    stalls, good = raw_agent(slow), raw_agent(answering(ok()))
    # on a slow machine others are hedged too: the budget must not end before those that stall
    proxy = start_proxy(gateway(retry=merge(HEDGE, {"hedge": {"budget": "50%"}})), named([stalls, good]), [RULE])
    connection = client(proxy)
    for _ in range(64):
        assert connection.ask(get("/")).status == 200
    eventually(lambda: told, 4, what="the agent being told")
    assert all(told)


def test_a_call_is_not_sent_to_a_second_agent(start_proxy, raw_agent, client):
    agents = [raw_agent(stalling(40, 0.4)), raw_agent(stalling(40, 0.4))]
    proxy = start_proxy(gateway(retry=HEDGE), named(agents), [RULE])
    connection = client(proxy)
    for _ in range(100):
        assert connection.ask(post("/", "body")).status == 200
    assert sum(len(agent.requests) for agent in agents) == 100


def test_when_the_first_of_two_fails_the_second_is_the_answer(start_proxy, raw_agent, client):
    """The repetitions are not used up by a hedge, and its answer is not lost with the first attempt."""

    def breaking(wire):
        while True:
            wire.request()
            if len(wire.agent.requests) > 30:
                time.sleep(0.5)
                return
            wire.send(ok("a"))

    def late(wire):
        while True:
            wire.request()
            if len(wire.agent.requests) > 30:
                time.sleep(1)
            wire.send(ok("b"))

    agents = [raw_agent(breaking), raw_agent(late)]
    proxy = start_proxy(gateway(retry=HEDGE), named(agents), [RULE])
    connection = client(proxy)
    for _ in range(64):
        assert connection.ask(get("/")).status == 200


# MARK: event streams


def stream(*pieces, ends=True, pause=0.0):
    """An agent whose streams are these events; without `ends` the connection breaks after them."""

    def handler(wire):
        wire.request()
        wire.send(SSE)
        for piece in pieces:
            wire.send(chunk(piece))
            time.sleep(pause)
        if ends:
            wire.send("0\r\n\r\n")

    return handler


ROLE = 'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
WORD = 'data: {"choices":[{"delta":{"content":"hello"}}]}\n\n'
ERROR = 'data: {"error":{"message":"overloaded"}}\n\n'
DONE = "data: [DONE]\n\n"
COMMIT = {"streams": {"commitAfter": "5s"}}


@pytest.mark.parametrize(
    "bad",
    [stream(ERROR), stream(ROLE, ERROR), stream("event: error\ndata: {}\n\n"), stream(ROLE), stream(": hi\n\n", ROLE, ends=False), stream()],
    ids=["error", "role and error", "event error", "early end", "broken", "empty"])
def test_a_stream_that_fails_before_its_content_goes_to_another_agent(start_proxy, raw_agent, client, bad):
    bad, good = raw_agent(bad), raw_agent(stream(ROLE, WORD, DONE))
    proxy = start_proxy(gateway("llm", **COMMIT), named([bad, good]), [RULE])
    for answer in twice(client, proxy, post("/v1/chat/completions", "{}")):
        assert answer.status == 200 and answer.body.decode() == ROLE + WORD + DONE and not answer.is_cut
    assert bad.requests and len(good.requests) == 2


def test_an_error_after_content_is_the_clients(start_proxy, raw_agent, client):
    agents = [raw_agent(stream(WORD, ERROR)) for _ in range(2)]
    proxy = start_proxy(gateway("llm", **COMMIT), named(agents), [RULE])
    assert client(proxy).ask(post("/", "{}")).body.decode() == WORD + ERROR
    assert sum(len(agent.requests) for agent in agents) == 1


def test_where_all_streams_fail_the_last_one_is_passed_on(start_proxy, raw_agent, client):
    agents = [raw_agent(stream(ROLE, ERROR)) for _ in range(2)]
    proxy = start_proxy(gateway("llm", **COMMIT), named(agents), [RULE])
    answer = client(proxy).ask(post("/", "{}"))
    assert answer.status == 200 and answer.body.decode() == ROLE + ERROR
    assert [len(agent.requests) for agent in agents] == [1, 1]


def test_a_call_of_an_agent_is_not_held(start_proxy, raw_agent, client):
    agents = [raw_agent(stream(ROLE, ERROR, pause=2)) for _ in range(2)]
    proxy = start_proxy(gateway(**COMMIT), named(agents), [RULE])
    connection = client(proxy)
    start = time.monotonic()
    connection.send(post("/", "{}"))
    assert connection.head().status == 200 and connection.chunk().decode() == ROLE
    assert time.monotonic() - start < 1.9, "nothing is to be gained by holding it"
    assert connection.chunk().decode() == ERROR
    assert sum(len(agent.requests) for agent in agents) == 1


@pytest.mark.parametrize("limit", ["time", "events", "bytes", "off"])
def test_a_head_is_held_no_longer_than_its_bounds(start_proxy, raw_agent, client, limit):
    pieces = {"time": [ROLE], "events": [ROLE] * 3, "bytes": [":" + "x" * 2000 + "\n\n"], "off": [ROLE]}[limit]

    def handler(wire):
        wire.request()
        wire.send(SSE + "".join(map(chunk, pieces)))
        wire.wait_closed(15)

    streams = {"commitAfter": {"time": "600ms", "off": "0s"}.get(limit, "10s"), "commitEvents": 3, "commitBytes": "1KiB"}
    proxy = start_proxy(gateway("llm", streams=streams), named([raw_agent(handler), raw_agent(handler)]), [RULE])
    connection = client(proxy)
    start = time.monotonic()
    connection.send(post("/", "{}"))
    assert connection.head().status == 200
    took = time.monotonic() - start
    # the others: long before the time, which is ten seconds there
    assert 0.5 < took < 2 if limit == "time" else took < 5
    assert connection.chunk().decode().startswith(pieces[0][:1])


def test_a_rule_commits_as_it_says(start_proxy, raw_agent, client):
    bad, good = raw_agent(stream(ERROR)), raw_agent(stream(WORD))
    proxy = start_proxy(gateway("llm"), named([bad, good]), [RULE | {"streams": {"commitAfter": "2s"}}])
    assert [answer.body.decode() for answer in twice(client, proxy, post("/", "{}"))] == [WORD] * 2


def test_silence_within_a_stream_is_filled_between_events(start_proxy, raw_agent, client):
    def handler(wire):
        wire.request()
        wire.send(SSE + chunk("data: one\n\n"))
        time.sleep(1.5)
        wire.send(chunk("data: two"))
        time.sleep(1)
        wire.send(chunk("\n\n") + "0\r\n\r\n")

    proxy = start_proxy(gateway(streams={"heartbeat": "400ms"}), named([raw_agent(handler)]), [RULE])
    body = client(proxy).ask(get("/")).body.decode()
    assert body.replace(": ping\n\n", "") == "data: one\n\ndata: two\n\n"
    assert 2 <= body.count(": ping\n\n") <= 4 and body.index("data: two\n\n") > body.rindex(": ping")


def test_a_stream_with_a_length_or_a_coding_is_left_alone(start_proxy, raw_agent, client):
    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 22\r\n\r\ndata: one\n\n")
        time.sleep(1)
        wire.send("data: two\n\n")

    proxy = start_proxy(gateway(streams={"heartbeat": "300ms"}), named([raw_agent(handler)]), [RULE])
    assert client(proxy).ask(get("/")).body == b"data: one\n\ndata: two\n\n"


# MARK: what is told


def test_a_request_that_its_client_breaks_off_is_counted_as_such(start_proxy, raw_agent, client):
    agent = raw_agent(answering(ok()))
    proxy = start_proxy(gateway(), named([agent]), [RULE])
    connection = client(proxy)
    connection.send(get("/", "Content-Length: 10", method="POST") + "half")
    eventually(lambda: agent.requests, what="the head at the agent")
    connection.close()
    eventually(lambda: page(proxy)["gateway_error_total", (("kind", "request_cut_short"),)] == 1, 3, what="the count")


def test_attempts_are_told(start_proxy, raw_agent, client):
    bad, good = raw_agent(failing), raw_agent(answering(ok()))
    proxy = start_proxy(gateway(debugHeaders=True), named([bad, good]), [RULE])
    told = [int(answer.get("X-ClawProxy-Attempts")) for answer in twice(client, proxy, get("/"))]
    assert sorted(told) in ([1, 2], [2, 2])
    eventually(lambda: [line["attempts"] for line in proxy.access_lines()] == told, what="the lines")


def minds(proxy, signal):
    """Whether a signal does not simply end the process: it is caught, or ignored for a watcher."""
    with open(f"/proc/{proxy.process.pid}/status") as status:
        masks = [int(line.split()[1], 16) for line in status if line.startswith(("SigIgn", "SigCgt"))]
    return any(mask >> (signal - 1) & 1 for mask in masks)


def test_who_waits_when_the_proxy_ends_is_told(start_proxy, raw_agent, client):
    proxy = start_proxy(gateway(http={"timeouts": {"shutdown": "6s"}}), named([raw_agent(hanging(30))]), [RULE])
    connection = client(proxy, 30)
    connection.send(get("/"))
    eventually(lambda: page(proxy)["gateway_agent_in_flight", (("agent", "a"),)] == 1, what="the request at the agent")
    eventually(lambda: minds(proxy, 15), 3, what="SIGTERM being minded")
    proxy.terminate()
    answer = connection.answer()
    assert answer.status == 503 and json.loads(answer.body)["error"]["code"] == "draining"
    assert answer.get("Connection") == "close" and proxy.wait(10) == 0


def test_a_draining_gateway_that_was_left_is_known_to_drain(start_proxy, raw_agent, client):
    """Its refusal is read though nobody gets it, and the connection is used again."""
    leaving = raw_agent(status(503, '{"error":{"type":"draining"}}', "Retry-After: 20"))
    good = raw_agent(answering(ok("fine")))
    proxy = start_proxy(gateway(), named([leaving, good]), [RULE])
    for _ in range(8):
        assert client(proxy).ask(get("/")).body == b"fine"
    assert len(leaving.requests) == 1, "it gets nothing new until it is back"


def test_a_refusal_in_place_of_which_another_is_asked_costs_no_connection(start_proxy, raw_agent, client):
    busy, good = raw_agent(status(502, "x" * 1000)), raw_agent(answering(ok("fine")))
    proxy = start_proxy(gateway(), named([busy, good]), [RULE])
    connection = client(proxy)
    for _ in range(10):
        assert connection.ask(get("/")).body == b"fine"
    assert len(busy.requests) > 3 and busy.accepted == 1
