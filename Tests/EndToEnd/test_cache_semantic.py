"""Answers to questions that were asked before in other words: which count as the same, and what keeps all others apart."""
import json

import pytest

from caching import cached, is_hit, outcome, reached, scripted
from control import agents, start_edge  # noqa: F401
from processes import eventually, merge
from raw import ok
from test_cache_agents import BASE, JSON, RULE, TOKENS, ask, completion, content, prompt, speaking

SEMANTIC = merge(RULE, {"cache": {"strategy": "semantic"}})
FIRST = "How can I reset my password?"
AGAIN = "What are the steps to reset my password?"


@pytest.fixture
def edge(start_edge, raw_agent):  # noqa: F811
    """A proxy with an admin listener, so that purges and metrics are at hand."""
    def start(answer=speaking, rule=None, cache=None, **more):
        agent = raw_agent(scripted(answer))
        settings = merge(cached(cache, **more), {**agents(agent.settings("raw")), "routing": {"rules": [merge(SEMANTIC, rule or {})]}})
        proxy = start_edge(settings)
        proxy.origin = agent
        return proxy

    return start


def similarity(answer):
    layer, _, number = outcome(answer)["detail"].partition(";similarity=")
    assert layer, "the layer is told too"
    return float(number) if number else None


@pytest.mark.parametrize("first,again", [
    (FIRST, AGAIN), ("What's the capital of France?", "Tell me the capital of France, please."),
    ("怎么重置密码？", "如何重置我的密码？"), ("什么是机器学习？", "请解释一下机器学习"),
])
def test_the_same_question_in_other_words_is_answered_once(edge, client, first, again):
    proxy = edge()
    asked = ask(client, proxy, prompt(first))
    found = ask(client, proxy, prompt(again))
    assert not is_hit(asked) and is_hit(found) and found.body == asked.body and reached(proxy.origin) == 1
    assert 0.95 <= similarity(found) <= 1
    assert found.get("Cache-Status").endswith(f'detail="memory;similarity={similarity(found):.2f}"'), "a string, as it has a semicolon"
    assert proxy.admin.metric("gateway_cache_similar_total", result="hit") == 1


def test_the_very_same_question_is_no_similar_one(edge, client):
    proxy = edge()
    ask(client, proxy, prompt(FIRST))
    assert similarity(ask(client, proxy, prompt(FIRST))) is None
    assert proxy.admin.metric("gateway_cache_similar_total", result="hit") == 0


@pytest.mark.parametrize("first,other", [
    ("How long should I boil 3 eggs?", "How long should I boil 6 eggs?"), ("How do I get from Rome to Pisa?", "How do I get from Pisa to Rome?"),
    ("Is it safe to drive with this light on?", "Is it safe to drive with this light off?"), ("Who founded Intel?", "When was Intel founded?"),
    ("Why do cats like fish?", "Why don't cats like fish?"), ("北京有什么好吃的？", "南京有什么好吃的？"), ("这个药能吃吗？", "这个药不能吃吗？"),
    ("What does `getUser()` do?", "What does `getUsers()` do?"), ("Translate to French: I am tired", "Translate to French: You are tired"),
])
def test_a_question_with_another_detail_is_another(edge, client, first, other):
    proxy = edge()
    ask(client, proxy, prompt(first))
    assert not is_hit(ask(client, proxy, prompt(other))) and reached(proxy.origin) == 2


def with_system(text):
    body = json.loads(json.dumps(prompt(AGAIN)))
    body["messages"][0]["content"] = text
    return body


def conversation(question, before="Hello."):
    return {**BASE, "messages": [BASE["messages"][0], {"role": "user", "content": before}, {"role": "assistant", "content": "Hi."},
                                 {"role": "user", "content": question}]}


@pytest.mark.parametrize("body,path", [
    (with_system("Be long."), None), ({**prompt(AGAIN), "model": "m2"}, None), ({**prompt(AGAIN), "temperature": 0.25}, None),
    ({**prompt(AGAIN), "max_tokens": 5}, None), ({**prompt(AGAIN), "stream": True}, None), (conversation(AGAIN), None),
    (prompt(AGAIN), "/v1/other/completions"),
], ids=["system", "model", "temperature", "tokens", "stream", "conversation", "path"])
def test_everything_but_the_newest_words_must_be_equal(edge, client, body, path):
    proxy = edge()
    ask(client, proxy, prompt(FIRST))
    more = {"path": path} if path else {}
    assert not is_hit(ask(client, proxy, body, **more)) and reached(proxy.origin) == 2


def test_tools_keep_a_request_from_the_cache_altogether(edge, client):
    proxy = edge()
    ask(client, proxy, prompt(FIRST))
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    assert outcome(ask(client, proxy, {**prompt(AGAIN), "tools": tools}))["fwd"] == "bypass" and reached(proxy.origin) == 2


def test_in_one_conversation_questions_are_similar_after_the_same_words_alone(edge, client):
    proxy = edge()
    ask(client, proxy, conversation(FIRST))
    assert is_hit(ask(client, proxy, conversation(AGAIN)))
    assert not is_hit(ask(client, proxy, conversation(AGAIN, before="Good morning.")))


def test_no_tenant_gets_anothers_answer(edge, client):
    proxy = edge(rule={"requiresAuth": True}, auth={"tokens": TOKENS})
    asked = lambda name, text: content(ask(client, proxy, prompt(text), f"Authorization: Bearer {name}-token"))
    assert [asked("ada", FIRST), asked("bob", AGAIN), asked("eve", AGAIN)] == ["answer 1", "answer 2", "answer 1"]


def test_texts_to_be_worked_upon_are_never_similar(edge, client):
    """Embeddings: the answer is of the very words."""
    proxy = edge(answer=lambda request, count: ok(json.dumps({"object": "list", "data": [{"embedding": [count]}]}), JSON))
    for text in (FIRST, AGAIN):
        assert not is_hit(ask(client, proxy, {"model": "e", "input": text, "temperature": 0}, path="/v1/embeddings"))
    assert reached(proxy.origin) == 2


def test_a_purge_drops_it(edge, client):
    proxy = edge()
    ask(client, proxy, prompt(FIRST))
    assert proxy.admin.rpc("cache.purge", all=True)["removed"] == 1
    assert not is_hit(ask(client, proxy, prompt(AGAIN)))
    assert content(ask(client, proxy, prompt(FIRST))) == "answer 2", "what was kept last serves both"


def test_an_entry_that_is_not_fresh_serves_no_similar_question(edge, client):
    proxy = edge(rule={"cache": {"ttl": "1s"}})
    ask(client, proxy, prompt(FIRST))
    eventually(lambda: not is_hit(ask(client, proxy, prompt(FIRST))), 5, what="the first to be stale")
    assert content(ask(client, proxy, prompt(AGAIN))) == "answer 2", "kept anew, it is found again"


def test_who_wants_a_new_answer_gets_one(edge, client):
    proxy = edge()
    ask(client, proxy, prompt(FIRST))
    assert not is_hit(ask(client, proxy, prompt(AGAIN), "Cache-Control: no-cache"))


def test_a_threshold_of_one_takes_the_same_words_alone(edge, client):
    proxy = edge(rule={"cache": {"similarityThreshold": 1}})
    ask(client, proxy, prompt(FIRST))
    assert not is_hit(ask(client, proxy, prompt(AGAIN)))


def test_the_threshold_of_the_request_cache_counts_for_rules_that_say_none(edge, client):
    proxy = edge(cache={"requestCache": {"enabled": True, "hashStrategy": "semantic", "similarityThreshold": 1}}, rule={"cache": {"strategy": "semantic"}})
    ask(client, proxy, prompt(FIRST))
    assert not is_hit(ask(client, proxy, prompt(AGAIN)))


def test_shadow_asks_every_time_and_counts_what_would_have_been(edge, client):
    proxy = edge(rule={"cache": {"shadow": True}}, answer=lambda request, count: ok(completion("always"), JSON))
    for text in (FIRST, AGAIN):
        assert not is_hit(ask(client, proxy, prompt(text)))
    assert reached(proxy.origin) == 2
    eventually(lambda: proxy.admin.metric("gateway_cache_shadow_total", result="same") == 1, what="the comparison")
    assert proxy.admin.metric("gateway_cache_similar_total", result="shadow") == 1
    assert proxy.admin.metric("gateway_cache_similar_total", result="hit") == 0


def test_a_stream_is_given_again_as_a_stream(edge, client):
    proxy = edge()
    first = ask(client, proxy, {**prompt(FIRST), "stream": True})
    again = ask(client, proxy, {**prompt(AGAIN), "stream": True})
    assert is_hit(again) and similarity(again) and again.body == first.body and b"[DONE]" in again.body
    assert again.get("Content-Type") == "text/event-stream"
    assert not is_hit(ask(client, proxy, prompt(AGAIN))), "not to who wants it whole"


def test_a_layer_of_files_alone_serves_similar_questions(edge, client, tmp_path):
    """The owner's document: a request cache on the disk, and no layer in memory."""
    proxy = edge(rule={"cache": {}}, cache={"layers": [], "request_cache": {
        "enabled": True, "backend": "file", "directory": str(tmp_path / "kept"), "ttl_seconds": 3600, "hash_strategy": "semantic", "similarity_threshold": 0.95}})
    ask(client, proxy, prompt(FIRST))
    # it is written behind the answer: who asks before is answered by the agent, and then that answer is the one
    eventually(lambda: is_hit(ask(client, proxy, prompt(FIRST))), what="the file")
    kept = ask(client, proxy, prompt(FIRST))
    again = ask(client, proxy, prompt(AGAIN))
    assert is_hit(again) and again.body == kept.body and similarity(again) >= 0.95


def test_configurations_say_nothing_is_missing(edge):
    assert "not yet in this version" not in edge().log
