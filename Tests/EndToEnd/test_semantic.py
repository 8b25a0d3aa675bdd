"""Rules that go by what the body means, and agents that the body names."""
import json
import threading

import pytest

from control import Caller, start_edge  # noqa: F401
from processes import eventually, merge, run_command
from raw import answering, get, ok, post
from test_observing import page

JSON = "Content-Type: application/json"
CHAT = {"name": "chat-route", "target": "chat", "match": {
    "type": "semantic", "threshold": 0.82, "categories": ["conversation", "qa", "general"]}}
CODE = {"name": "code-route", "target": "code", "match": {
    "type": "semantic", "threshold": 0.78, "categories": ["code", "programming", "debug"]}}
DEFAULT = {"name": "rest", "target": "rest", "match": {"type": "default"}}


def asking(text, **more):
    return post("/chat", json.dumps({"message": text} | more), JSON)


def code_of(answer):
    return json.loads(answer.body)["error"]["code"]


@pytest.fixture(scope="module")
def edge(tmp_path_factory, shared_started):
    """Agents chat, code and rest behind semantic rules, an exact one and a default; all tests of this module."""
    from conftest import _proxy_of
    from raw import RawAgent

    agents = []
    for name in ("chat", "code", "rest"):
        agent = RawAgent(echoing(name))
        shared_started.append(agent)
        agents.append(agent.settings(name, tags=[name, "all"]))
    exact = {"name": "exact", "target": "rest", "match": {"type": "exact", "pattern": "/exact"}}
    return _proxy_of(tmp_path_factory.mktemp("proxy"), shared_started)(
        {"debugHeaders": True, "performance": {"workerThreads": 1}}, agents, [CHAT, CODE, DEFAULT, exact])


def echoing(name):
    """Answers with its name, and with the body that it got."""

    def handler(wire):
        while True:
            text = wire.request().body
            wire.send(b"HTTP/1.1 200 OK\r\nX-Agent: " + name.encode() + b"\r\nContent-Length: %d\r\n\r\n" % len(text) + text)

    return handler


# MARK: which rule


@pytest.mark.parametrize("text,agent", [
    ("帮我写代码", "code"), ("今天天气怎么样", "chat"), ("fix this bug in my python function", "code"),
    ("Hello, how are you today?", "chat"), ("你好，最近怎么样？", "chat"),
    ("write a function in Swift that reverses a list", "code"),
    ("Generate an image of a cat that rides a bicycle", "rest"),
])
def test_the_words_choose_the_rule(edge, client, text, agent):
    answer = client(edge).ask(asking(text))
    assert (answer.status, answer.get("X-Agent")) == (200, agent)
    assert json.loads(answer.body) == {"message": text}, "the body goes on as it came"


def test_the_answer_tells_rule_score_and_tier_where_it_may(edge, client):
    route = client(edge).ask(asking("fix this bug in my python function")).get("X-ClawProxy-Route")
    name, score, tier = route.split("; ")
    assert name == "code-route" and tier == "tier=builtin" and 0.78 <= float(score.removeprefix("score=")) <= 1
    assert client(edge).ask(asking("Generate an image of a cat that rides a bicycle")).get("X-ClawProxy-Route") == "rest; tier=builtin"


@pytest.mark.parametrize("body", [
    {"messages": [{"role": "system", "content": "You are a pirate."}, {"role": "user", "content": "hello there, how are you?"},
                  {"role": "assistant", "content": "fine"}, {"role": "user", "content": "fix this bug in my python function"}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "fix this bug in my python function"},
                                              {"type": "image_url", "image_url": {"url": "data:x"}}]}]},
    {"input": "fix this bug in my python function"},
    {"input": [{"role": "user", "content": [{"type": "input_text", "text": "fix this bug in my python function"}]}]},
    {"prompt": "fix this bug in my python function"},
], ids=["messages", "parts", "input", "responses", "prompt"])
@pytest.mark.parametrize("stream", [False, True])
def test_every_shape_of_body_is_read_and_a_stream_goes_where_a_whole_answer_goes(edge, client, body, stream):
    answer = client(edge).ask(post("/v1/x", json.dumps(body | {"stream": stream}), JSON))
    assert answer.get("X-Agent") == "code"


def test_a_body_in_pieces_of_one_byte_is_judged_as_a_whole_one(edge, client):
    connection = client(edge)
    body = json.dumps({"message": "帮我写代码"}, ensure_ascii=False).encode()
    connection.send(f"POST /chat HTTP/1.1\r\nHost: a\r\n{JSON}\r\nContent-Length: {len(body)}\r\n\r\n")
    for at in range(len(body)):
        connection.send(body[at:at + 1])
    assert connection.answer().get("X-Agent") == "code"


def test_a_chunked_body_is_judged_and_goes_on(edge, client):
    body = json.dumps({"message": "fix this bug in my python function"})
    connection = client(edge)
    connection.send(f"POST /chat HTTP/1.1\r\nHost: a\r\n{JSON}\r\nTransfer-Encoding: chunked\r\n\r\n")
    for part in (body[:10], body[10:]):
        connection.send(f"{len(part):x}\r\n{part}\r\n")
    connection.send("0\r\n\r\n")
    answer = connection.answer()
    assert answer.get("X-Agent") == "code" and json.loads(answer.body) == json.loads(body)


def test_a_client_that_waits_for_leave_gets_it_once(edge, client):
    body = json.dumps({"message": "fix this bug in my python function"})
    connection = client(edge)
    connection.send(f"POST /chat HTTP/1.1\r\nHost: a\r\n{JSON}\r\nExpect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n")
    assert connection.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100")
    connection.send(body)
    answer = connection.answer()
    assert answer.status == 200 and answer.get("X-Agent") == "code"


@pytest.mark.parametrize("request_text", [
    get("/chat"), post("/chat", "not JSON at all", JSON), post("/chat", "[1, 2]", JSON), post("/chat", '{"message": ""}', JSON),
    post("/chat", '{"message": 7}', JSON), post("/chat", "\0\1\2\3", "Content-Type: application/octet-stream"),
], ids=["get", "text", "array", "empty", "number", "bytes"])
def test_without_words_the_rules_below_answer(edge, client, request_text):
    answer = client(edge).ask(request_text)
    assert answer.status == 200 and answer.get("X-Agent") == "rest"


def test_of_a_body_that_ends_early_what_has_come_is_judged(edge, client):
    body = '{"message": "fix this bug in my python function'
    answer = client(edge).ask(post("/chat", body, JSON))
    assert answer.get("X-Agent") == "code" and answer.body.decode() == body


def test_a_rule_with_a_path_is_not_asked_for_meaning(edge, client):
    answer = client(edge).ask(post("/exact", json.dumps({"message": "fix this bug in my python function"}), JSON))
    assert answer.get("X-Agent") == "rest" and answer.get("X-ClawProxy-Route") == "exact"


def test_a_long_conversation_is_judged_by_its_last_turn_whatever_came_before(edge, client):
    turns = [{"role": "user", "content": "tell me about your day " * 400}, {"role": "assistant", "content": "ok " * 4000}] * 8
    turns.append({"role": "user", "content": "fix this bug in my python function"})
    body = json.dumps({"messages": turns})
    assert len(body) > 100_000
    assert client(edge).ask(post("/v1/chat/completions", body, JSON)).get("X-Agent") == "code"


def test_beyond_what_is_read_the_rules_below_answer_and_nothing_is_lost(edge, client):
    body = json.dumps({"pad": "x" * 1_500_000, "message": "fix this bug in my python function"})
    answer = client(edge).ask(post("/chat", body, JSON))
    assert answer.get("X-Agent") == "rest" and answer.body.decode() == body


def test_no_threshold_reached_and_no_rule_below_is_a_404_that_says_so(start_proxy, raw_agent, client):
    proxy = start_proxy({}, [raw_agent(answering(ok())).settings(name) for name in ("chat", "code")], [CHAT, CODE])
    answer = client(proxy).ask(asking("Generate an image of a cat that rides a bicycle"))
    assert answer.status == 404 and "threshold" in json.loads(answer.body)["error"]["hint"]
    assert client(proxy).ask(asking("你好")).status == 200
    assert page(client, proxy)["gateway_semantic_unknown_total", ()] == 1


def test_the_fallback_answers_where_the_target_has_nobody(start_proxy, raw_agent, client):
    from processes import free_port

    spare = raw_agent(echoing("spare"))
    agents = [{"id": "chat", "endpoint": f"http://127.0.0.1:{free_port()}"}, spare.settings("spare")]
    proxy = start_proxy({}, agents, [CHAT | {"fallback": "spare"}])
    assert client(proxy).ask(asking("Hello, how are you today?")).get("X-Agent") == "spare"


def test_categories_of_ones_own(start_proxy, raw_agent, client):
    own = {"semantic": {"categories": {
        "billing": {"examples": ["I was charged twice", "where is my invoice?", "refund my last payment", "my card was declined",
                                 "the amount on the bill is wrong", "change the payment method", "我被多收了钱", "发票在哪里"]},
        "shipping": {"examples": ["where is my parcel?", "the package has not arrived", "change the delivery address",
                                  "track my order", "the courier did not come", "when will it be delivered?", "快递什么时候到", "包裹没收到"]}}}}
    rules = [{"name": name, "target": name, "match": {"type": "semantic", "threshold": 0.5, "categories": [name]}}
             for name in ("billing", "shipping")]
    proxy = start_proxy(
        {"routing": own}, [raw_agent(echoing(name)).settings(name) for name in ("billing", "shipping")], rules)
    for text, agent in [("you charged my card two times", "billing"), ("my package is still not here", "shipping"),
                        ("包裹什么时候到", "shipping")]:
        assert client(proxy).ask(asking(text)).get("X-Agent") == agent


def test_where_every_rule_wants_a_token_no_body_is_waited_for(start_proxy, raw_agent, client):
    agent = raw_agent(answering(ok()))
    proxy = start_proxy({"auth": {"tokens": [{"name": "t", "tenant": "t", "token": "secret-token-1"}]}},
                        [agent.settings("chat")], [CHAT | {"requiresAuth": True}])
    connection = client(proxy)
    connection.send(f"POST /chat HTTP/1.1\r\nHost: a\r\n{JSON}\r\nContent-Length: 100\r\n\r\n")
    assert connection.answer().status == 401 and agent.accepted == 0
    request = asking("hello, how are you today?").replace("\r\n\r\n", "\r\nAuthorization: Bearer secret-token-1\r\n\r\n", 1)
    assert client(proxy).ask(request).status == 200


def test_a_client_that_leaves_while_it_is_read_leaves_nothing(edge, client):
    connection = client(edge)
    connection.send(f"POST /chat HTTP/1.1\r\nHost: a\r\n{JSON}\r\nContent-Length: 100\r\n\r\n" + '{"message": "hel')
    connection.close()
    eventually(lambda: '"error":"request_cut_short"' in edge.log, what="its line in the log")
    assert client(edge).ask(asking("帮我写代码")).get("X-Agent") == "code"


def test_a_patch_changes_what_words_mean_and_no_request_is_lost(start_edge, raw_agent):
    chat, code = raw_agent(echoing("chat")), raw_agent(echoing("code"))
    edge = start_edge({"agents": {"discovery": {"static": [chat.settings("chat"), code.settings("code")]}},
                       "routing": {"rules": [CHAT, CODE, {"name": "rest", "target": "chat", "match": {"type": "default"}}]}})
    lost, over = [], threading.Event()

    def press():
        with Caller("127.0.0.1", edge.port) as client:
            while not over.is_set():
                answer = client.ask(asking("fix this bug in my python function"))
                if answer.status != 200 or answer.get("X-Agent") not in ("code", "chat"):
                    lost.append(answer.status)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(10):
        edge.admin.patch({"routing": {"rules": [{"name": "code-route", "match": {"threshold": 0.99 if number % 2 else 0.5}}]}})
    over.set()
    for thread in threads:
        thread.join()
    assert not lost


# MARK: the agent that the body names


@pytest.mark.parametrize("stream", [False, True])
def test_the_body_names_the_agent_or_the_tag(edge, client, stream):
    for name in ("rest", "all"):
        answer = client(edge).ask(asking("Generate an image of a cat that rides a bicycle", agent=name, stream=stream))
        assert (answer.status, answer.get("X-Agent")) == (200, "rest")


def test_an_agent_out_of_the_rules_reach_is_a_400_that_lists_those_within(edge, client):
    for name in ("chat", "nobody"):
        answer = client(edge).ask(asking("fix this bug in my python function", agent=name))
        assert answer.status == 400 and code_of(answer) == "unknown_agent"
        assert "agent can be one of code; tags: all, code" in json.loads(answer.body)["error"]["hint"]


def test_among_several_the_named_one_answers_every_time(start_proxy, raw_agent, client):
    agents = [raw_agent(echoing(name)).settings(name, tags=["odd" if name in "ac" else "even", "all"]) for name in "abcd"]
    rule = {"name": "all", "target": "tag:all", "match": {"type": "prefix", "pattern": "/"}}
    proxy = start_proxy({"performance": {"workerThreads": 1}}, agents, [rule])
    assert {client(proxy).ask(asking("x", agent="b")).get("X-Agent") for _ in range(6)} == {"b"}
    assert {client(proxy).ask(asking("x", agent="odd")).get("X-Agent") for _ in range(6)} == {"a", "c"}
    assert {client(proxy).ask(asking("x")).get("X-Agent") for _ in range(8)} == set("abcd")
    off = start_proxy({"routing": {"bodyAgent": False}}, agents, [rule])
    assert {client(off).ask(asking("x", agent="b")).get("X-Agent") for _ in range(16)} == set("abcd")


# MARK: what checks say


def test_check_names_what_is_wrong_with_semantic_settings(tmp_path):
    path = tmp_path / "gateway.json"

    def check(gateway):
        path.write_text(json.dumps({"gateway": gateway}))
        return run_command(tmp_path, "check", "--config-file", path)

    rule = merge(CODE, {"match": {"categories": ["codee"]}})
    found = check({"routing": {"rules": [rule | {"match": rule["match"] | {"categories": ["codee"]}}]}})
    assert found.returncode != 0 and "codee" in found.stdout + found.stderr and "code" in found.stdout + found.stderr
    found = check({"routing": {"rules": [CODE], "semantic": {"text": ["a..b"]}}})
    assert found.returncode != 0 and "routing.semantic.text" in found.stdout + found.stderr
    found = check({"semantic": {"tiers": [{"name": "m", "type": "bert", "path": str(tmp_path / "none")}]}, "routing": {"rules": [CODE]}})
    assert "semantic.tiers" in found.stdout + found.stderr


def test_a_body_that_grows_past_the_limit_is_refused_before_its_rule_is_known(start_proxy, raw_agent, client):
    proxy = start_proxy({"http": {"limits": {"bodyBytes": 1024}}}, [raw_agent(answering(ok())).settings("code")], [CODE])
    connection = client(proxy)
    connection.send(f"POST /chat HTTP/1.1\r\nHost: a\r\n{JSON}\r\nTransfer-Encoding: chunked\r\n\r\n")
    connection.send("800\r\n" + '{"message": "' + "x" * (0x800 - 13) + "\r\n")
    assert connection.answer().status == 413


def test_a_session_stays_with_its_agent_whoever_is_named_in_between(start_proxy, raw_agent, client):
    agents = [raw_agent(echoing(name)).settings(name) for name in "abc"]
    rule = {"name": "all", "target": "pool:all", "match": {"type": "prefix", "pattern": "/"}}
    proxy = start_proxy({"agents": {"pools": {"all": {"agents": ["a", "b", "c"]}}}, "performance": {"workerThreads": 1}}, agents, [rule])

    def ask(**more):
        body = json.dumps({"message": "hi"} | more)
        return client(proxy).ask(post("/", body, JSON, "X-OpenClaw-Session-Key: s1")).get("X-Agent")

    first = ask()
    other = next(name for name in "abc" if name != first)
    for _ in range(4):
        assert ask(agent=other) == other
        assert ask() == first


def test_a_long_body_of_a_rule_without_meaning_goes_on_as_it_comes(start_proxy, raw_agent, client):
    begun = threading.Event()

    def handler(wire):
        head = wire.head()
        begun.set()
        wire.read_body(head)
        wire.send(ok())

    proxy = start_proxy({}, [raw_agent(handler).settings("a")], [{"name": "x", "target": "a", "match": {"type": "exact", "pattern": "/x"}}])
    body = '{"message": "' + "x" * 600_000 + '"}'
    connection = client(proxy)
    request = post("/x", body, JSON)
    connection.send(request[:100_000])
    assert begun.wait(5)
    connection.send(request[100_000:])
    assert connection.answer().status == 200
