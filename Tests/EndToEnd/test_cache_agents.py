"""Answers of models that are kept: which POST requests are the same, which never are, and how a stream is given again."""
import json
import threading
import time

import httpx
import openai
import pytest

from caching import LAST, MEMORY, answer_of, cached, chunk, chunked, is_hit, outcome, reached, scripted
from processes import eventually, merge
from raw import Client, get, ok, post

RULE = {"name": "chat", "match": {"type": "prefix", "pattern": "/"}, "target": "raw", "kind": "llm", "cache": {"strategy": "exact"}}
PATH = "/v1/chat/completions"
JSON = "Content-Type: application/json"
BASE = {"model": "m1", "temperature": 0.5, "messages": [
    {"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is a proxy?"}]}


def completion(text="An answer.", reason="stop", **more):
    return json.dumps({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}, **more})


def piece(delta, reason=None, **more):
    return "data: " + json.dumps({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m1",
        "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **more}) + "\n\n"


STREAM = [piece({"role": "assistant", "content": ""}), piece({"content": "An "}), piece({"content": "answer."}), piece({}, "stop"),
          "data: " + json.dumps({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m1", "choices": [],
                                 "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}}) + "\n\n",
          "data: [DONE]\n\n"]


def streamed(events=STREAM, pause=0.0, end=LAST):
    yield chunked("Content-Type: text/event-stream", "Cache-Control: no-cache")
    for text in events:
        yield chunk(text)
        time.sleep(pause)
    yield end or None


def speaking(request, count):
    """Says which request it is, as a stream where one is asked for."""
    try:
        wants_stream = json.loads(request.body).get("stream") is True
    except ValueError:
        wants_stream = False
    if wants_stream:
        return streamed()
    return ok(completion(f"answer {count}"), JSON)


def say(body, *fields, path=PATH):
    return post(path, body if isinstance(body, str) else json.dumps(body), JSON, *fields)


def content(answer):
    return json.loads(answer.body)["choices"][0]["message"]["content"]


@pytest.fixture
def edge(start_proxy, raw_agent):
    def start(answer=speaking, rule=None, cache=None, **more):
        agent = raw_agent(scripted(answer))
        proxy = start_proxy(cached(cache, **more), [agent], [merge(RULE, rule or {})])
        proxy.origin = agent
        return proxy

    return start


def ask(client, proxy, body=BASE, *fields, **more):
    return client(proxy).ask(say(body, *fields, **more))


# MARK: the same


def test_the_same_question_is_asked_once(edge, client):
    proxy = edge()
    first, second = ask(client, proxy), ask(client, proxy)
    assert not is_hit(first) and outcome(first)["stored"] is True
    assert is_hit(second) and second.body == first.body and second.get("Content-Type") == "application/json" and second.get("Age")
    assert json.loads(second.body)["usage"]["total_tokens"] == 8
    assert [json.loads(request.body) for request in proxy.origin.requests] == [BASE], "what was sent on is what was asked"


@pytest.mark.parametrize("text", [
    json.dumps(BASE, indent=4), json.dumps(dict(reversed(BASE.items()))), json.dumps(BASE).replace("0.5", "5e-1"),
    json.dumps(BASE).replace("0.5", "0.50"), json.dumps(BASE).replace("What", "\\u0057hat"), json.dumps({**BASE, "user": "ada"}),
    json.dumps({**BASE, "metadata": {"trace": "1"}}),
], ids=["blanks", "order", "exponent", "zeros", "escapes", "user", "metadata"])
def test_questions_that_mean_the_same_are_the_same(edge, client, text):
    proxy = edge()
    ask(client, proxy)
    assert is_hit(ask(client, proxy, text))


def changed(*path, to):
    body = json.loads(json.dumps(BASE))
    place = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return body


@pytest.mark.parametrize("body", [
    changed("model", to="m2"), changed("temperature", to=0.25), changed("messages", 0, "content", to="Be long."),
    changed("messages", 1, "content", to="What is a proxy"), changed("messages", 1, "role", to="assistant"), changed("stream", to=True),
    changed("seed", to=7), changed("top_p", to=0.1), changed("max_tokens", to=10), changed("stop", to=["x"]),
    changed("response_format", to={"type": "json_object"}), changed("anything_new", to=1), changed("messages", to=BASE["messages"][::-1]),
], ids=["model", "temperature", "system", "prompt", "role", "stream", "seed", "top_p", "max_tokens", "stop", "format", "unknown", "order"])
def test_questions_that_mean_something_else_are_others(edge, client, body):
    proxy = edge()
    ask(client, proxy)
    assert not is_hit(ask(client, proxy, body)) and reached(proxy.origin) == 2
    assert is_hit(ask(client, proxy)), "each is kept for itself"


def test_path_host_and_chosen_fields_count_too(edge, client):
    proxy = edge(rule={"cache": {"headers": ["OpenAI-Organization"]}})
    ask(client, proxy)
    assert not is_hit(ask(client, proxy, path="/v1/other")) and not is_hit(ask(client, proxy, path=PATH + "?beta=1"))
    assert not is_hit(ask(client, proxy, BASE, "OpenAI-Organization: blue"))
    assert not is_hit(ask(client, proxy, BASE, "OpenAI-Organization: red"))
    assert is_hit(ask(client, proxy, BASE, "openai-organization: blue"))


def test_a_rule_chooses_what_does_not_count(edge, client):
    proxy = edge(rule={"cache": {"ignore": ["seed"]}})
    ask(client, proxy, {**BASE, "seed": 1})
    assert is_hit(ask(client, proxy, {**BASE, "seed": 2}))
    assert not is_hit(ask(client, proxy, {**BASE, "seed": 2, "user": "ada"})), "in place of what was the list before"


def test_a_body_in_chunks_is_the_same_question(edge, client):
    proxy = edge()
    ask(client, proxy)
    connection = client(proxy)
    text = json.dumps(BASE)
    connection.send(get(PATH, JSON, "Transfer-Encoding: chunked", method="POST") + chunk(text[:20]))
    time.sleep(0.05)
    connection.send(chunk(text[20:]) + LAST)
    assert is_hit(connection.answer())


def test_a_body_that_waits_for_leave_is_the_same_question(edge, client):
    proxy = edge()
    ask(client, proxy)
    connection = client(proxy)
    text = json.dumps(BASE)
    connection.send(get(PATH, JSON, "Expect: 100-continue", f"Content-Length: {len(text)}", method="POST"))
    assert connection.head().status == 100
    connection.send(text)
    assert is_hit(connection.answer())


# MARK: never


@pytest.mark.parametrize("more", [
    {"tools": [{"type": "function", "function": {"name": "f"}}]}, {"functions": [{"name": "f"}]},
    {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "none"},
    {"session_key": "agent:main"}, {"previous_response_id": "resp_1"}, {"conversation": "conv_1"}, {"temperature": 1.5}, {"store": True},
], ids=["tools", "functions", "tool_choice", "session", "previous", "conversation", "temperature", "store"])
def test_such_a_question_is_never_kept(edge, client, more):
    proxy = edge()
    answers = [ask(client, proxy, {**BASE, **more}) for _ in range(2)]
    assert [content(answer) for answer in answers] == ["answer 1", "answer 2"] and not any(is_hit(answer) for answer in answers)


@pytest.mark.parametrize("field", ["X-OpenClaw-Session-Key: agent:main", "Authorization: Bearer of-the-agent", "Cache-Control: no-store"], ids=lambda field: field.split(":")[0])
def test_a_question_with_such_a_field_is_never_kept(edge, client, field):
    proxy = edge()
    assert [content(ask(client, proxy, BASE, field)) for _ in range(2)] == ["answer 1", "answer 2"]
    assert content(ask(client, proxy)) == "answer 3"


def test_a_session_is_not_answered_with_what_was_kept_for_all(edge, client):
    proxy = edge()
    ask(client, proxy)
    assert not is_hit(ask(client, proxy, BASE, "X-OpenClaw-Session-Key: agent:main"))


@pytest.mark.parametrize("text", ["{", '{"model": "m", "model": "n"}', "[1]", '"text"', "", json.dumps(BASE) + "}", "\ufeff{}", "[" * 1000 + "]" * 1000])
def test_a_body_that_is_no_plain_object_passes_untouched(edge, client, text):
    proxy = edge(lambda request, count: ok(str(count)))
    for wanted in (b"1", b"2"):
        assert client(proxy).ask(say(text.encode().decode("latin-1"))).body == wanted
    assert proxy.origin.requests[0].body == text.encode()


def test_a_compressed_body_passes_untouched(edge, client):
    proxy = edge()
    assert [content(ask(client, proxy, BASE, "Content-Encoding: gzip")) for _ in range(2)] == ["answer 1", "answer 2"]


def test_a_longer_question_than_is_gathered_passes_whole(edge, client):
    text = json.dumps({**BASE, "messages": [{"role": "user", "content": "x" * 3_000_000}]})
    proxy = edge(lambda request, count: ok(str(len(request.body)) + f" {count}"))
    assert [client(proxy).ask(say(text)).body.decode() for _ in range(2)] == [f"{len(text)} {count}" for count in (1, 2)]


@pytest.mark.parametrize("answer", [
    answer_of(500, completion(), JSON), answer_of(400, '{"error": {"message": "no"}}', JSON), answer_of(429, "{}", JSON), answer_of(404, "{}", JSON),
    ok('{"error": {"message": "overloaded"}}', JSON), ok(completion()[:40], JSON), ok(completion("half", "length"), JSON), ok("", JSON),
    ok(completion(), JSON, "Set-Cookie: a=1"), ok(completion(), JSON, "Cache-Control: no-store"), ok(completion(), JSON, "Cache-Control: private"),
    answer_of(206, completion(), JSON, "Content-Range: bytes 0-1/2"),
], ids=["500", "400", "429", "404", "error", "cut", "length", "empty", "cookie", "no-store", "private", "206"])
def test_such_an_answer_is_never_kept(edge, client, answer):
    proxy = edge(lambda request, count: answer)
    answers = [ask(client, proxy) for _ in range(2)]
    assert not any(is_hit(found) for found in answers) and answers[0].body == answers[1].body and reached(proxy.origin) == 2


@pytest.mark.parametrize("events,end", [
    (STREAM[:-1], LAST), (STREAM[:2], LAST), (STREAM, None), ([piece({"content": "x"}, "length"), "data: [DONE]\n\n"], LAST),
    ([STREAM[0], 'data: {"error": {"message": "broke"}}\n\n', "data: [DONE]\n\n"], LAST), (["data: [DONE]"], LAST),
], ids=["no end", "half", "cut", "length", "error", "unfinished event"])
def test_such_a_stream_is_never_kept(edge, client, events, end):
    proxy = edge(lambda request, count: streamed(events, end=end))
    bodies = [ask(client, proxy, {**BASE, "stream": True}) for _ in range(2)]
    assert all(not is_hit(found) and found.body.decode() == "".join(events) for found in bodies) and reached(proxy.origin) == 2


@pytest.mark.parametrize("rule", [{"kind": "openclaw"}, {"cache": {"strategy": "http"}}, {"cache": {"strategy": "off"}}], ids=["openclaw", "http", "off"])
def test_calls_are_kept_only_where_they_are_harmless_and_wanted(edge, client, rule):
    proxy = edge(rule=rule)
    assert [content(ask(client, proxy)) for _ in range(2)] == ["answer 1", "answer 2"]


def test_put_and_patch_are_never_kept(edge, client):
    proxy = edge(lambda request, count: ok(completion(f"answer {count}"), JSON))
    for method in ("PUT", "PATCH"):
        bodies = [client(proxy).ask(post(f"/{method}", json.dumps(BASE), JSON, method=method)) for _ in range(2)]
        assert [content(answer) for answer in bodies] == ["answer 1", "answer 2"]


# MARK: whose


TOKENS = [{"name": "ada", "tenant": "blue", "token": "ada-token"}, {"name": "eve", "tenant": "blue", "token": "eve-token"},
          {"name": "bob", "tenant": "red", "token": "bob-token"}]


def test_no_tenant_gets_anothers_answer(edge, client):
    proxy = edge(rule={"requiresAuth": True}, auth={"tokens": TOKENS})
    said = [content(ask(client, proxy, BASE, f"Authorization: Bearer {name}-token")) for name in ("ada", "bob", "eve", "bob", "ada")]
    assert said == ["answer 1", "answer 2", "answer 1", "answer 2", "answer 1"]
    assert ask(client, proxy).status == 401


def test_a_rule_gives_leave_for_the_agents_own_credentials(edge, client):
    proxy = edge(rule={"cache": {"authorization": True}})
    assert [content(ask(client, proxy, BASE, "Authorization: Bearer one")) for _ in range(2)] == ["answer 1", "answer 1"]


# MARK: streams


def test_a_stream_is_given_again_as_a_stream(edge, client):
    proxy = edge()
    first, second = (ask(client, proxy, {**BASE, "stream": True}) for _ in range(2))
    assert not is_hit(first) and is_hit(second) and reached(proxy.origin) == 1
    assert first.body.decode() == second.body.decode() == "".join(STREAM)
    assert second.get("Content-Type") == "text/event-stream" and '"total_tokens": 8' in second.body.decode()


@pytest.mark.parametrize("pace,slow", [("original", True), ("none", False)])
def test_a_stream_is_given_at_the_pace_that_the_rule_says(edge, client, pace, slow):
    proxy = edge(lambda request, count: streamed(pause=0.15), rule={"cache": {"pace": pace}})
    ask(client, proxy, {**BASE, "stream": True})
    connection = client(proxy)
    began = time.monotonic()
    connection.send(say({**BASE, "stream": True}))
    head = connection.head()
    to_head = time.monotonic() - began
    body = b""
    while data := connection.chunk() if head.get("Transfer-Encoding") else connection.exactly(int(head.get("Content-Length")) - len(body)):
        body += data
        if head.get("Content-Length") == str(len(body)):
            break
    took = time.monotonic() - began
    assert is_hit(head) and body.decode() == "".join(STREAM) and to_head < 0.3
    assert took > 0.5 if slow else took < 0.3


def test_whoever_asks_meanwhile_follows_the_stream(edge, client):
    steps = threading.Semaphore(0)

    def answer(request, count):
        yield chunked("Content-Type: text/event-stream")
        for text in STREAM:
            steps.acquire(timeout=10)
            yield chunk(text)
        yield LAST

    proxy = edge(answer)
    first, late = client(proxy), client(proxy)
    first.send(say({**BASE, "stream": True}))
    first.head()
    steps.release()
    assert first.chunk().decode() == STREAM[0]
    late.send(say({**BASE, "stream": True}))
    late.head()
    assert late.chunk().decode() == STREAM[0]
    first.close()
    for text in STREAM[1:]:
        steps.release()
        assert late.chunk().decode() == text
    assert late.chunk() == b"" and reached(proxy.origin) == 1
    assert is_hit(ask(client, proxy, {**BASE, "stream": True}))


@pytest.mark.parametrize("wants_stream", [False, True], ids=["json", "events"])
def test_a_hundred_identical_questions_are_one(edge, wants_stream):
    from test_cache_fill import together

    def answer(request, count):
        time.sleep(0.2)
        yield from [ok(completion(f"answer {count}"), JSON)] if not wants_stream else streamed()

    proxy = edge(answer, performance={"workerThreads": 2})
    answers = together(proxy, [say({**BASE, "stream": wants_stream})] * 100)
    assert reached(proxy.origin) == 1 and len({answer.body for answer in answers}) == 1
    assert all(answer.status == 200 and not answer.is_cut for answer in answers)


def test_openais_own_client_takes_what_was_kept(edge):
    proxy = edge(rule={"cache": {"authorization": True}})
    with openai.OpenAI(base_url=f"{proxy.url}/v1", api_key="sk-test", max_retries=0, http_client=httpx.Client(trust_env=False)) as ai:
        for _ in range(2):
            answer = ai.chat.completions.create(model="m1", messages=BASE["messages"])
            assert answer.choices[0].message.content == "answer 1" and answer.usage.total_tokens == 8
        for _ in range(2):
            chunks = list(ai.chat.completions.create(model="m1", messages=BASE["messages"], stream=True, stream_options={"include_usage": True}))
            assert "".join(one.choices[0].delta.content or "" for one in chunks if one.choices) == "An answer."
            assert chunks[-1].usage.total_tokens == 8
    assert reached(proxy.origin) == 2


def test_a_client_that_leaves_at_done_has_had_all_of_it(edge):
    # as OpenAI's clients do: what comes behind is the end of the body alone
    def late(request, count):
        def answer():
            yield from list(streamed())[:-1]
            time.sleep(0.3)
            yield LAST
        return answer()

    proxy = edge(late)
    for _ in range(2):
        with Client(proxy.port) as wire:
            wire.send(say({**BASE, "stream": True}))
            wire.until(b"data: [DONE]\n\n")
        eventually(lambda: in_flight(proxy) == 0)
        assert reached(proxy.origin) == 1


def test_a_stream_that_says_done_and_does_not_end_is_not_waited_for_long(edge):
    def endless(request, count):
        def answer():
            yield from list(streamed())[:-1]
            time.sleep(30)
        return answer()

    proxy = edge(endless)
    with Client(proxy.port) as wire:
        wire.send(say({**BASE, "stream": True}))
        wire.until(b"data: [DONE]\n\n")
        assert in_flight(proxy) == 1
    eventually(lambda: in_flight(proxy) == 0)


def in_flight(proxy):
    lines = httpx.get(f"{proxy.admin_url}/metrics").text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("gateway_agent_in_flight{"))


# MARK: templates


TEMPLATE = {"strategy": "template", "templates": [{"name": "translate", "patterns": ["translate (?P<text>.+) to (?P<language>\\w+)"]}]}


def prompt(text, **more):
    return {**BASE, "messages": [BASE["messages"][0], {"role": "user", "content": text}], **more}


def test_prompts_that_fill_a_template_with_the_same_words_are_the_same(edge, client):
    proxy = edge(rule={"cache": TEMPLATE})
    ask(client, proxy, prompt("translate good morning to German"))
    assert is_hit(ask(client, proxy, prompt("Translate  good morning  to german")))
    for other in (prompt("translate good morning to French"), prompt("translate good evening to German"), prompt("Please translate good morning to German"),
                  prompt("translate good morning to German", model="m2")):
        assert not is_hit(ask(client, proxy, other))


def test_a_prompt_that_fills_no_template_is_kept_as_it_is(edge, client):
    proxy = edge(rule={"cache": TEMPLATE})
    for wanted in (False, True):
        assert is_hit(ask(client, proxy, prompt("What is a proxy?"))) is wanted
    assert not is_hit(ask(client, proxy, prompt("what is a proxy?")))


# MARK: settings


def test_the_request_cache_keeps_for_all_models(start_proxy, raw_agent, client):
    agent = raw_agent(scripted(speaking))
    proxy = start_proxy(
        {"cache": {"requestCache": {"enabled": True, "ttl_seconds": 60}}, "agents": {"pools": {"all": {"agents": [], "kind": "llm"}}}},
        [agent.settings(pool="all")], [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "pool:all"}])
    assert [content(ask(client, proxy)) for _ in range(2)] == ["answer 1", "answer 1"]
    assert not is_hit(client(proxy).ask(get("/a"))) or reached(agent, "/a") == 1


def test_shadow_asks_every_time_and_counts(edge, client):
    proxy = edge(rule={"cache": {"shadow": True}})
    assert [content(ask(client, proxy)) for _ in range(3)] == ["answer 1", "answer 2", "answer 3"]


def test_a_lifetime_of_a_rule_ends(edge, client):
    proxy = edge(rule={"cache": {"ttl": "1s"}})
    assert [content(ask(client, proxy)) for _ in range(2)] == ["answer 1", "answer 1"]
    eventually(lambda: content(ask(client, proxy)) == "answer 2", 5, what="a second question")


def test_the_names_of_layers_choose_what_they_take(edge, client):
    layer = {**MEMORY, "keyPattern": ["agent:response:other:*"]}
    proxy = edge(cache={"layers": [layer]})
    assert [content(ask(client, proxy)) for _ in range(2)] == ["answer 1", "answer 2"]
    taking = edge(cache={"layers": [{**MEMORY, "keyPattern": "agent:response:chat:*"}]})
    assert [content(ask(client, taking)) for _ in range(2)] == ["answer 1", "answer 1"]
