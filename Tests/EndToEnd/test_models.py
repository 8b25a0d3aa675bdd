"""Which model answers: chosen by rules, served by the agents that list it, and stood in for when it gives no answer."""
import json
import threading
import time

import pytest

from processes import free_port
from raw import answering, ok, post
from test_observing import page

JSON = "Content-Type: application/json"
RULE = {"name": "llm", "match": {"type": "prefix", "pattern": "/"}, "target": "pool:llm", "kind": "llm"}
ROUTING = {"enabled": True, "default_model": "small", "rules": [
    {"name": "hard", "condition": {"task_type": ["code_generation", "analysis", "planning"], "estimated_complexity": "high"}, "model": "large"},
    {"name": "chinese", "condition": {"language": "zh", "task_type": ["writing", "translation"]}, "model": "chinese"},
    {"name": "long", "condition": {"input_tokens_gt": 2000}, "model": "long"}]}
HARD = ("Design and implement a fault-tolerant distributed job scheduler in Go. It must survive the loss of any node, never run a "
        "job twice, and support cron expressions. Compare at least three approaches to leader election, explain the trade-offs, "
        "write the core modules with unit tests, and give a step by step migration plan with risks.\n1. the data model\n2. the API\n"
        "3. failure handling\n```go\nfunc main() {}\n```")
FALLBACK = {"primary": "first", "fallback_chain": ["second", "third"], "timeout_ms": 1000, "max_retries": 0, "retry_delay_ms": 50}


def seen(name, status=200, more="", body=None):
    """Answers with its name and the body that it got."""

    def handler(wire):
        while True:
            got = wire.request().body
            said = got if body is None else body.encode()
            wire.send(f"HTTP/1.1 {status} X\r\nX-Agent: {name}\r\n{more}Content-Length: {len(said)}\r\n\r\n".encode() + said)

    return handler


def hanging(wire):
    wire.request()
    time.sleep(10)


def chat(text="hello", **more):
    return post("/v1/chat/completions", json.dumps({"messages": [{"role": "user", "content": text}]} | more), JSON)


def llm(agent, name, *models):
    return agent.settings(name, pool="llm", kind="llm", **({"models": list(models)} if models else {}))


@pytest.fixture
def start(start_proxy):
    def begin(agents, rule=RULE, **gateway):
        return start_proxy({"performance": {"workerThreads": 1}, "agents": {"pools": {"llm": {"kind": "llm", "agents": []}}}} | gateway,
                           agents, [rule])
    return begin


# MARK: the choice


@pytest.mark.parametrize("text,model", [
    (HARD, "large"), ("把下面的句子翻译成英文：春天来了，花都开了。", "chinese"), ("so it goes. " * 1500, "long"), ("hi", "small")])
@pytest.mark.parametrize("asked", [{}, {"model": "auto"}, {"model": "AUTO", "stream": True}], ids=["absent", "auto", "stream"])
def test_rules_choose_the_model_where_the_client_leaves_it_open(start, raw_agent, client, text, model, asked):
    proxy = start([llm(raw_agent(seen("a")), "a")], modelRouting=ROUTING)
    answer = client(proxy).ask(chat(text, **asked))
    assert json.loads(answer.body) == {"model": model, "messages": [{"role": "user", "content": text}]} | asked | {"model": model}
    assert answer.get("X-ClawProxy-Model") == model


def test_the_rest_of_the_body_goes_on_byte_for_byte(start, raw_agent, client):
    proxy = start([llm(raw_agent(seen("a")), "a")], modelRouting=ROUTING)
    body = '{ "x" : [1.50, 1e3, "\\u00e9\\/"],\n\t"model" :  "auto" , "messages":[{"role":"user","content":"hi"}],"x":null }'
    assert client(proxy).ask(post("/", body, JSON)).body.decode() == body.replace('"auto"', '"small"')
    body = '{"messages":[{"role":"user","content":"hi"}]}'
    assert client(proxy).ask(post("/", body, JSON)).body.decode() == '{"model":"small",' + body[1:]
    connection = client(proxy)
    connection.send(f"POST / HTTP/1.1\r\nHost: a\r\n{JSON}\r\nTransfer-Encoding: chunked\r\n\r\n")
    for part in (body[:9], body[9:]):
        connection.send(f"{len(part):x}\r\n{part}\r\n")
    connection.send("0\r\n\r\n")
    assert connection.answer().body.decode() == '{"model":"small",' + body[1:]


def test_a_model_that_the_client_names_is_its_own(start, raw_agent, client):
    proxy = start([llm(raw_agent(seen("a")), "a")], modelRouting=ROUTING)
    answer = client(proxy).ask(chat(HARD, model="mine"))
    assert json.loads(answer.body)["model"] == "mine" and answer.get("X-ClawProxy-Model") is None


def test_a_gateways_model_is_left_alone(start, raw_agent, client):
    proxy = start([raw_agent(seen("a")).settings("a", pool="llm")], RULE | {"kind": "openclaw"}, modelRouting=ROUTING)
    assert "model" not in json.loads(client(proxy).ask(chat(HARD)).body)


def test_what_is_no_object_goes_on_as_it_is(start, raw_agent, client):
    proxy = start([llm(raw_agent(seen("a")), "a")], modelRouting=ROUTING)
    for body in ("[]", "nothing", '{"model": 7}', '{"model": null}'):
        assert client(proxy).ask(post("/", body, JSON)).body.decode() == body


def test_agents_that_list_models_get_no_others(start, raw_agent, client):
    proxy = start([llm(raw_agent(seen("a")), "a", "large", "small"), llm(raw_agent(seen("b")), "b", "long")], modelRouting=ROUTING)
    assert {client(proxy).ask(chat("hi")).get("X-Agent") for _ in range(4)} == {"a"}
    assert {client(proxy).ask(chat("hi", model="long")).get("X-Agent") for _ in range(4)} == {"b"}
    answer = client(proxy).ask(chat("hi", model="unheard-of"))
    assert answer.status == 404 and json.loads(answer.body)["error"]["code"] == "model_not_served"
    assert "large, long, small" in json.loads(answer.body)["error"]["hint"]


# MARK: one for another


def test_the_next_model_answers_where_one_is_away(start, raw_agent, client):
    down = {"id": "a", "endpoint": f"http://127.0.0.1:{free_port()}", "pool": "llm", "kind": "llm", "models": ["first"]}
    proxy = start([down, llm(raw_agent(seen("b")), "b", "second")], modelFallback=FALLBACK)
    answer = client(proxy).ask(chat(model="first"))
    assert (answer.status, answer.get("X-Agent"), answer.get("X-ClawProxy-Model")) == (200, "b", "second")
    assert json.loads(answer.body)["model"] == "second"
    assert page(client, proxy)["gateway_model_fallback_total", (("step", "next"),)] == 1


@pytest.mark.parametrize("handler", [
    seen("a", 500), seen("a", 429), seen("a", 529), lambda wire: wire.request(), hanging,
    seen("a", 404, body='{"error": {"code": "model_not_found", "message": "The model does not exist"}}')],
    ids=["500", "429", "529", "reset", "silence", "unknown"])
@pytest.mark.parametrize("stream", [False, True])
def test_what_another_model_mends_goes_to_it(start, raw_agent, client, handler, stream):
    proxy = start([llm(raw_agent(handler), "a", "first"), llm(raw_agent(seen("b")), "b", "second", "third")], modelFallback=FALLBACK)
    answer = client(proxy).ask(chat(model="first", stream=stream))
    assert (answer.status, answer.get("X-Agent"), json.loads(answer.body)["model"]) == (200, "b", "second")


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_an_answer_that_another_model_would_repeat_is_the_clients(start, raw_agent, client, status):
    other = raw_agent(seen("b"))
    proxy = start([llm(raw_agent(seen("a", status, body='{"error": "no"}')), "a", "first"), llm(other, "b", "second")], modelFallback=FALLBACK)
    assert client(proxy).ask(chat(model="first")).status == status and other.accepted == 0


def test_the_chain_goes_on_behind_the_model_that_was_asked_for(start, raw_agent, client):
    proxy = start([llm(raw_agent(seen("a")), "a", "first"), llm(raw_agent(seen("b", 500)), "b", "second"),
                   llm(raw_agent(seen("c")), "c", "third")], modelFallback=FALLBACK)
    assert client(proxy).ask(chat(model="second")).get("X-Agent") == "c"


def test_where_all_fail_the_last_failure_is_told(start, raw_agent, client):
    proxy = start([llm(raw_agent(seen(name, 500)), name, model) for name, model in zip("abc", ("first", "second", "third"))],
                  modelFallback=FALLBACK)
    answer = client(proxy).ask(chat(model="first"))
    assert (answer.status, answer.get("X-Agent"), answer.get("X-ClawProxy-Model")) == (500, "c", "third")


def test_a_model_is_asked_again_before_the_next(start, raw_agent, client):
    asked = []

    def second_time(wire):
        while True:
            wire.request()
            asked.append(time.monotonic())
            wire.send(("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n" if len(asked) == 1 else ok("{}")))

    proxy = start([llm(raw_agent(second_time), "a", "first"), llm(raw_agent(seen("b")), "b", "second")],
                  modelFallback=FALLBACK | {"max_retries": 2, "retry_delay_ms": 200})
    answer = client(proxy).ask(chat(model="first"))
    assert answer.status == 200 and answer.get("X-Agent") is None and len(asked) == 2 and asked[1] - asked[0] >= 0.2


def test_after_the_first_byte_nobody_else_is_asked(start, raw_agent, client):
    def torn(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")

    other = raw_agent(seen("b"))
    proxy = start([llm(raw_agent(torn), "a", "first"), llm(other, "b", "second")], modelFallback=FALLBACK)
    connection = client(proxy)
    connection.send(chat(model="first"))
    assert connection.rest()[0].startswith(b"HTTP/1.1 200") and other.accepted == 0


def test_the_primary_is_asked_where_no_model_is_named(start, raw_agent, client):
    proxy = start([llm(raw_agent(seen("a")), "a")], modelFallback=FALLBACK)
    assert json.loads(client(proxy).ask(chat()).body)["model"] == "first"
    assert json.loads(client(proxy).ask(chat(model="other")).body)["model"] == "other"


def test_the_answer_of_a_stand_in_is_not_kept_for_the_first_choice(start, raw_agent, client):
    working = threading.Event()

    def first(wire):
        while True:
            wire.request()
            if not working.is_set():
                return
            wire.send(ok('{"choices":[{"finish_reason":"stop","message":{"content":"first"}}]}', JSON))

    second = answering(ok('{"choices":[{"finish_reason":"stop","message":{"content":"second"}}]}', JSON))
    proxy = start([llm(raw_agent(first), "a", "first"), llm(raw_agent(second), "b", "second")],
                  RULE | {"cache": {"strategy": "exact"}}, modelFallback=FALLBACK, cache={"layers": [{"name": "m", "type": "memory"}]})
    assert b"second" in client(proxy).ask(chat(model="first")).body
    working.set()
    assert b"first" in client(proxy).ask(chat(model="first")).body
    assert b"first" in client(proxy).ask(chat(model="first")).body


@pytest.mark.parametrize("name", ["model-routing", "model-fallback"])
def test_the_owners_documents_run(tmp_path, name):
    import os
    import pathlib

    from processes import run_command

    shared = pathlib.Path(os.environ.get("CLAWPROXY_SHARED", pathlib.Path(__file__).parents[2].parent / "shared"))
    found = run_command(tmp_path, "check", "--config-file", shared / "owner-configs" / f"{name}.json")
    assert found.returncode == 0 and "not yet" not in found.stdout + found.stderr


# MARK: what a chain must not break


def test_a_model_behind_all_that_is_read_is_the_clients(start, raw_agent, client):
    proxy = start([llm(raw_agent(seen("a")), "a")], modelRouting=ROUTING)
    body = '{"messages":[{"role":"user","content":"' + "x" * 9_000_000 + '"}],"model":"mine"}'
    answer = client(proxy, 30).ask(post("/", body, JSON))
    assert answer.body.decode() == body and answer.get("X-ClawProxy-Model") is None


def test_a_status_that_goes_to_the_next_model_counts_and_keeps_its_connection(start, raw_agent, client):
    failing = raw_agent(seen("a", 503))
    proxy = start([llm(failing, "a", "first"), llm(raw_agent(seen("b")), "b", "second")], modelFallback=FALLBACK)
    connection = client(proxy)
    for _ in range(12):
        assert connection.ask(chat(model="first")).get("X-Agent") == "b"
    assert failing.accepted == 1
    assert page(client, proxy)["gateway_agent_failures_total", (("agent", "a"),)] == 12


def test_a_primary_that_is_down_costs_no_delay_once_that_is_known(start, raw_agent, client):
    down = {"id": "a", "endpoint": f"http://127.0.0.1:{free_port()}", "pool": "llm", "kind": "llm", "models": ["first"]}
    proxy = start([down, llm(raw_agent(seen("b")), "b", "second")], loadBalancing={"circuitBreaker": {"enabled": True, "maxFails": 3}},
                  modelFallback=FALLBACK | {"max_retries": 1, "retry_delay_ms": 2000})
    times = []
    for _ in range(6):
        before = time.monotonic()
        assert client(proxy).ask(chat(model="first")).get("X-Agent") == "b"
        times.append(time.monotonic() - before)
    assert times[0] >= 2 and max(times[3:]) < 2


def test_weights_stay_what_they_are_where_only_one_side_serves_models(start_proxy, raw_agent, client):
    agents = [raw_agent(seen("l")).settings("l", kind="llm"), raw_agent(seen("o")).settings("o")]
    rule = {"name": "split", "match": {"type": "prefix", "pattern": "/"}, "target": [{"target": "l", "weight": 50}, {"target": "o", "weight": 50}]}
    proxy = start_proxy({"modelRouting": ROUTING, "performance": {"workerThreads": 1}}, agents, [rule])
    connection = client(proxy)
    answers = [connection.ask(chat("hi")) for _ in range(200)]
    took = [answer.get("X-Agent") for answer in answers]
    assert 60 <= took.count("l") <= 140
    for answer in answers:
        assert ("model" in json.loads(answer.body)) == (answer.get("X-Agent") == "l")


def test_an_event_stream_that_begins_with_an_error_goes_to_the_next_model(start, raw_agent, client):
    sse = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nX-Agent: %s\r\n\r\n"

    def events(name, *texts):
        def handler(wire):
            while True:
                wire.request()
                wire.send(sse % name + "".join(f"{len(text):x}\r\n{text}\r\n" for text in texts) + "0\r\n\r\n")
        return handler

    proxy = start([llm(raw_agent(events("a", 'data: {"error": {"message": "overloaded"}}\n\n')), "a", "first"),
                   llm(raw_agent(events("b", 'data: {"choices": [{"delta": {"content": "hi"}}]}\n\n', "data: [DONE]\n\n")), "b", "second")],
                  modelFallback=FALLBACK, streams={"commitAfter": "2s"})
    answer = client(proxy).ask(chat(model="first", stream=True))
    assert answer.get("X-Agent") == "b" and b"hi" in answer.body
