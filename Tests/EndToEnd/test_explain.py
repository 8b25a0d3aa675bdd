"""`explain --request`: what would become of a request, told without asking anybody, and true."""
import json

import pytest

from control import Edge, rule, start_edge  # noqa: F401
from processes import DemoAgent, eventually, free_port, merge
from raw import get

SECRET = "token-of-the-desk"
RULES = [
    {"name": "exact", "match": {"type": "exact", "pattern": "/api/one"}, "target": "a"},
    rule("api", "/api", target=[{"target": "a", "weight": 3}, {"target": "b", "weight": 1}], fallback="tag:spare",
         rewrite={"stripPrefix": "/api", "addPrefix": "/v2"}, timeouts={"firstByte": "7s"},
         headers={"request": {"set": {"X-Edge": "set-by-rule"}, "remove": ["X-Drop"]}, "response": {"set": {"X-Stamp": "s"}, "remove": ["X-Agent"]}}),
    {"name": "regex", "match": {"type": "regex", "pattern": "^/users/([0-9]+)$"}, "target": "b"},
    {"name": "posts", "match": {"type": "prefix", "pattern": "/only", "methods": ["POST"]}, "target": "a"},
    {"name": "hosted", "match": {"type": "prefix", "pattern": "/h", "hosts": ["*.example.com"]}, "target": "a"},
    {"name": "fielded", "match": {"type": "prefix", "pattern": "/f", "headers": {"X-Beta": "~^y"}}, "target": "a"},
    {"name": "queried", "match": {"type": "prefix", "pattern": "/q", "query": {"v": "2"}}, "target": "a"},
    rule("closed", "/closed", target="a", requiresAuth=True),
    {"name": "first", "match": {"type": "prefix", "pattern": "/api/urgent"}, "target": "b", "priority": 9},
    rule("nobody", "/nobody", target="missing"),
]


@pytest.fixture(scope="module")
def seen(tmp_path_factory, shared_started):
    """The agents, of which the third has a tag and the last cannot be reached."""
    folder = tmp_path_factory.mktemp("agents")
    agents = [DemoAgent(folder, name) for name in "abc"]
    shared_started.extend(agents)
    return agents


@pytest.fixture(scope="module")
def edge(tmp_path_factory, shared_started, seen):
    one, two, three = (agent.settings() for agent in seen)
    edge = Edge(tmp_path_factory.mktemp("edge"), {
        "agents": {"discovery": {"static": [one, {**two, "maxConcurrent": 1}, {**three, "tags": ["spare"]}]}},
        "auth": {"tokens": [{"name": "desk", "tenant": "house", "token": SECRET}]},
        "http": {"trustedProxies": ["10.9.0.0/16"], "limits": {"bodyBytes": 100}}, "routing": {"rules": RULES}})
    shared_started.append(edge)
    return edge


def explain(edge, target, **more):
    return edge.admin.rpc("explain.request", token=None, target=target, **more)


@pytest.mark.parametrize("params, name, kind", [
    ({"target": "/api/one"}, "exact", "exact"), ({"target": "/api/two?x=1"}, "api", "prefix"), ({"target": "/users/42"}, "regex", "regex"),
    ({"target": "/only/x", "method": "POST"}, "posts", "prefix"),
    ({"target": "/h/x", "headers": {"Host": "www.example.com:8443"}}, "hosted", "prefix"),
    ({"target": "/f", "headers": [["x-beta", "yes"]]}, "fielded", "prefix"), ({"target": "/q?a=1&v=2"}, "queried", "prefix"),
    ({"target": "/api/urgent/now"}, "first", "prefix"), ({"target": "/api//./two"}, "api", "prefix")])
def test_the_rule_that_wins_is_the_one_that_wins(edge, params, name, kind):
    found = explain(edge, **params)
    assert found["match"]["name"] == name and found["match"]["type"] == kind
    index = found["match"]["rule"]
    assert RULES[index]["name"] == name and found["match"]["key"] == f"gateway.routing.rules[{index}]"
    line = int(found["match"]["position"].split(":")[1])
    assert edge.text.splitlines()[line - 1].strip() == "{" and f'"{name}"' in edge.text.splitlines()[line], "where it is written"
    winners = [row for row in found["rules"] if row["wins"]]
    assert [row["name"] for row in winners] == [name] and found["rules"][0]["wins"]
    assert all(row["reason"] for row in found["rules"] if not row["wins"]) and len(found["rules"]) + found["more"] == len(RULES)


def test_each_that_loses_says_why(edge):
    reasons = {row["name"]: row["reason"] for row in explain(edge, "/only/x")["rules"]}
    assert "GET" in reasons["posts"] or "method" in reasons["posts"], reasons
    assert "host" in {row["name"]: row["reason"] for row in explain(edge, "/h/x")["rules"]}["hosted"].lower()
    assert "x-beta" in {row["name"]: row["reason"] for row in explain(edge, "/f", headers={"X-Beta": "no"})["rules"]}["fielded"].lower()
    assert "v" in {row["name"]: row["reason"] for row in explain(edge, "/q?v=1")["rules"]}["queried"]
    assert {row["name"]: row["reason"] for row in explain(edge, "/api/one")["rules"]}["api"], "a longer or exact match wins"


def test_what_no_rule_takes_is_told_as_404(edge):
    found = explain(edge, "/nothing/here")
    assert found["match"] is None and found["answer"]["status"] == 404 and found["target"] is None and found["forward"] is None


def test_the_pages_of_the_proxy_are_told(edge):
    found = explain(edge, "/metrics")
    assert found["page"]["name"] == "metrics" and found["match"] is None
    assert explain(edge, "/health")["page"]["key"] == "gateway.monitoring.healthCheck.path"


@pytest.mark.parametrize("params, status", [
    ({"target": "/a b"}, 400), ({"target": "/", "method": "BAD METHOD"}, 400), ({"target": "/", "headers": [["Host", "a"], ["Host", "b"]]}, 400),
    ({"target": "/", "headers": [["Content-Length", "1"], ["Transfer-Encoding", "chunked"]]}, 400), ({"target": "/" + "x" * 9000}, 414)])
def test_what_is_no_request_is_refused_as_a_connection_would(edge, params, status):
    found = explain(edge, **params)
    assert found["request"]["refused"]["status"] == status and found["match"] is None and found["rules"] == []


def test_targets_splits_and_candidates_with_their_state(edge, seen):
    target = explain(edge, "/api/two")["target"]
    assert [(row["target"], row["weight"], row["share"]) for row in target["splits"]] == [("a", 3, 0.75), ("b", 1, 0.25)]
    assert target["fallback"] == ["tag:spare"]
    roles = [(pool["named"], pool["role"], pool["reached"]) for pool in target["pools"]]
    assert [role for _, role, _ in roles] == ["target", "target", "fallback"] and [reached for *_, reached in roles] == [True, True, False]
    candidates = {row["id"]: row for pool in target["pools"] for row in pool["candidates"]}
    assert set(candidates) == {"a", "b", "c"} and candidates["b"]["cap"] == 1 and candidates["a"]["endpoint"] == seen[0].endpoint
    assert all(row["state"] == "available" and row["inFlight"] == 0 for row in candidates.values())


def test_a_busy_agent_is_shown_busy(edge, client):
    holder = client(edge)
    edge.admin.patch({"routing": {"rules": [rule("slow", "/slow", target="b")]}})
    holder.send(get("/slow/3000"))
    state = lambda: explain(edge, "/users/42")["target"]["pools"][0]["candidates"][0]
    eventually(lambda: state()["state"] == "busy", 2, what="busy")
    found = explain(edge, "/users/42")
    assert state()["inFlight"] == 1 and found["answer"] is None and found["queue"]["waits"] is True
    holder.close()
    edge.admin.unset("routing.rules.slow")
    eventually(lambda: state()["state"] == "available", 5, what="available")


def test_nobody_bears_a_name(edge):
    found = explain(edge, "/nobody")
    assert found["answer"]["status"] == 503 and found["target"]["pools"][0]["pool"] is None and found["target"]["pools"][0]["named"] == "missing"


def test_what_is_tried_again_and_how_long_it_may_take(edge):
    found = explain(edge, "/api/two")
    assert found["timeouts"]["firstByte"] == {"ms": 7000, "text": "7s", "key": "gateway.routing.rules[1].timeouts.firstByte"}
    assert found["timeouts"]["connect"]["key"] == "gateway.http.timeouts.connect" and found["timeouts"]["connect"]["ms"] == 10_000
    assert found["retry"]["onConnectFailure"] is True and found["retry"]["words"] and found["strategy"]["used"] == "round-robin"
    assert found["retry"]["onBrokenConnection"] is True, "a GET without a body"
    assert explain(edge, "/api/two", method="POST", body="x")["retry"]["onBrokenConnection"] is False
    assert all(found[row] is None for row in ("cache", "body", "scores", "models", "limits"))


def test_the_head_is_the_one_the_agent_gets(edge, seen, client):
    """Told, then sent: but for the id of the request they are the same lines."""
    fields = ["X-Drop: 1", "Connection: x-hop", "X-Hop: 1", "Accept: */*", "X-Forwarded-For: 1.2.3.4", "Cookie: a=b",
              f"Authorization: Bearer {SECRET}"]
    sent = {line.split(": ", 1)[0]: line.split(": ", 1)[1] for line in fields}
    found = explain(edge, "/api/two?x=1", headers={"Host": "edge.test", **sent})["forward"]
    assert found["path"].startswith("/v2/two") and found["rewritten"] is True and found["lines"][0] == "GET /v2/two?x=1 HTTP/1.1"
    answer = client(edge).ask(get("/api/two?x=1", *fields, host="edge.test"))
    real = [(name.lower(), value) for name, value in json.loads(answer.body)["rawHeaders"]]
    told = [(line.split(": ", 1)[0].lower(), line.split(": ", 1)[1]) for line in found["lines"][1:]]
    assert [name for name, _ in told] == [name for name, _ in real]
    assert "authorization" not in dict(real), "it is for the edge"
    for (name, word), (_, value) in zip(told, real):
        hidden = word.startswith("(") and word.endswith(")")
        assert hidden and value or word == value or name == "host", (name, word, value)
    assert ("x-edge", "(as the rule sets it)") in told or ("x-edge", "set-by-rule") in told
    assert {"X-Drop", "Connection", "X-Hop"} <= {name.title() for name in found["dropped"]} and "X-Stamp" in found["edits"]["response"]["set"]
    assert answer.get("X-Stamp") == "s"
    for line in found["answerAdds"]:
        assert answer.get(line.split(":")[0]) is not None


@pytest.mark.parametrize("given, admitted", [({}, False), ({"Authorization": "Bearer no"}, False), ({"Authorization": f"Bearer {SECRET}"}, True)])
def test_authorization_is_judged_and_never_shown(edge, given, admitted):
    found = explain(edge, "/closed", headers=given)
    assert found["match"]["requiresAuth"] is True and found["match"]["auth"]["admitted"] is admitted
    assert (found["answer"] is None) is admitted and (admitted or found["answer"]["status"] == 401)
    auth = found["match"]["auth"]
    assert SECRET not in json.dumps(found) and (not admitted or (auth["name"], auth["tenant"]) == ("desk", "house"))
    out = edge.cli("explain", "--request", "GET /closed", *(word for name, value in given.items() for word in ("-H", f"{name}: {value}"))).stdout
    assert SECRET not in out and ("admitted as desk" in out) is admitted


def test_bodies_clients_and_delimiters(edge):
    found = explain(edge, "/api/two", method="POST", body="x" * 101)
    assert found["request"]["bodyBytes"] == 101 and found["match"]["bodyLimit"]["exceeded"] is True and found["answer"]["status"] == 413
    assert explain(edge, "/", client="10.9.1.1")["request"]["trusted"] is True
    assert explain(edge, "/", client="10.8.1.1")["request"]["trusted"] is False
    found = explain(edge, "/api/a%2Fb")
    assert found["match"]["encodedDelimiter"] == {"found": True, "policy": "reject", "refused": True} and found["answer"]["status"] == 400
    assert explain(edge, "/api/x", headers={"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
                                            "Sec-WebSocket-Version": "13"})["match"]["upgrade"] == "websocket"


@pytest.mark.parametrize("params, word", [
    ({}, "target"), ({"target": "/", "metod": "GET"}, "metod"), ({"target": 1}, "target"), ({"target": "/", "client": "nowhere"}, "client"),
    ({"target": "/", "headers": "x"}, "headers"), ({"target": "/\r\nX: y"}, "target")])
def test_what_is_asked_wrongly_is_refused_by_name(edge, params, word):
    refusal = edge.admin.refusal("explain.request", **params)
    assert refusal.code == "INVALID_REQUEST" and word in refusal.message


MEANING = {
    "semantic": {"tiers": [{"name": "remote", "type": "endpoint", "url": "http://127.0.0.1:9/v1/embeddings", "model": "m"}]},
    "modelRouting": {"defaultModel": "mini", "rules": [{"name": "chinese", "condition": {"language": "zh"}, "model": "claude"}]},
    "modelFallback": {"primary": "claude", "fallbackChain": ["mini"], "maxRetries": 2},
    "routing": {"default": "a", "rules": [
        {"name": "code", "match": {"type": "semantic", "categories": ["code", "debug"], "threshold": 0.3}, "target": "b", "fallback": "a"},
        {"name": "math", "match": {"type": "semantic", "categories": ["math"]}, "target": "a"},
        {**rule("models", "/v1", target="tag:spare"), "kind": "llm"}]}}


@pytest.fixture(scope="module")
def meaning(tmp_path_factory, shared_started, seen):
    one, two, three = (agent.settings() for agent in seen)
    edge = Edge(tmp_path_factory.mktemp("meaning"), merge(
        {"agents": {"discovery": {"static": [one, two, {**three, "tags": ["spare"], "models": ["mini"]}]}}, "debugHeaders": True}, MEANING))
    shared_started.append(edge)
    return edge


def asked(meaning, target, body):
    return explain(meaning, target, method="POST", body=json.dumps(body))


def test_a_body_is_told_with_its_scores_and_what_it_is_near(meaning, client):
    found = asked(meaning, "/chat", {"message": "帮我写一个 Python 函数反转链表"})
    assert found["match"]["name"] == "code" and found["body"]["path"] == "message" and found["body"]["language"] == "zh"
    scores = {row["name"]: row for row in found["scores"]["rules"]}
    assert scores["code"]["wins"] and scores["code"]["score"] >= scores["code"]["threshold"] == 0.3 and scores["math"]["threshold"] == 0.75
    assert len(found["scores"]["nearest"]) == 5 and found["scores"]["tier"] == "builtin"
    body = json.dumps({"message": "帮我写一个 Python 函数反转链表"}).encode()
    answer = client(meaning).ask(b"POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    told = answer.get("X-ClawProxy-Route")
    assert told.startswith("code; score=") and abs(float(told.split("score=")[1].split(";")[0]) - scores["code"]["score"]) < 0.001, "told as it is decided"


def test_an_agent_that_is_named_is_the_one_that_is_asked(meaning):
    body = {"message": "write a function in Python", "agent": "a"}
    found = asked(meaning, "/chat", body)
    assert [row["id"] for pool in found["target"]["pools"] for row in pool["candidates"] if row["asked"]] == ["a"]
    found = asked(meaning, "/chat", {**body, "agent": "c"})
    assert found["answer"]["status"] == 400 and found["answer"]["code"] == "unknown_agent" and "a, b" in found["answer"]["hint"]


def test_models_are_told_rule_by_rule_with_the_chain(meaning):
    found = asked(meaning, "/v1/chat", {"messages": [{"role": "user", "content": "今天天气怎么样"}], "model": "auto"})["models"]
    assert [(row["rule"], row["decides"]) for row in found["rules"]] == [("chinese", True), (None, False)]
    assert found["model"] == "mini", "nobody serves claude, so the next of the chain"
    assert [(step["model"], step["agents"]) for step in found["fallback"]["chain"]] == [("claude", []), ("mini", ["c"])]


def test_the_command_prints_what_the_body_means(meaning):
    body = json.dumps({"messages": [{"role": "user", "content": "写一个快速排序的函数"}]}, ensure_ascii=False)
    done = meaning.cli("explain", "--request", "POST /chat", "--body", body)
    assert done.returncode == 0, done.stderr
    for words in ("rule code wins: semantic", "the body says", "messages[].content, 30 bytes: 写一个快速排序的函数", "language    zh", "complexity  ",
                  "semantic rules, by the built-in alone", "THRESHOLD", "none of them", "nearest examples", "scored "):
        assert words in done.stdout, (words, done.stdout)
    done = meaning.cli("explain", "--request", "POST /v1/chat", "--body", body)
    for words in ("model mini: chosen here", "chinese", "language holds (zh)", "served by nobody here", "each asked 3 times"):
        assert words in done.stdout, (words, done.stdout)
    done = meaning.cli("explain", "--request", "POST /chat", "--body", '{"other": 1}')
    assert "no text is judged: there is no text at messages[].content, message, input, prompt" in done.stdout


def test_nothing_is_sent_to_anybody(start_edge, raw_agent):
    agent = raw_agent(lambda wire: wire.request())
    edge = start_edge(merge({"agents": {"discovery": {"static": [agent.settings("a")]}}}, {"routing": {"rules": [rule("all")]}}))
    before = edge.admin.metrics()
    for number in range(20):
        explain(edge, f"/x/{number}", method="POST", body="hello")
    after = edge.admin.metrics()
    requests = [key for key in after if key[0].startswith("gateway_agent_")]
    assert agent.accepted == 0 and all(after[key] == before.get(key, 0) for key in requests)
    assert edge.admin.rpc("agents")["agents"][0]["served"] == 0 and not edge.access_lines()


def test_the_command_prints_it_readably(edge, tmp_path):
    (tmp_path / "body.json").write_text('{"a": 1}')
    done = edge.cli("explain", "--request", "POST /api/two?x=1", "-H", "Host: edge.test", "-H", "X-Drop: 1", "--body", f"@{tmp_path / 'body.json'}")
    assert done.returncode == 0, done.stderr
    for words in ("POST /api/two", "rule api wins: prefix /api", "routing.rules[1]", "tag:spare", "available", "75 %", "POST /v2/two?x=1 HTTP/1.1",
                  "rules that lose", "posts", "7s", "X-Edge"):
        assert words in done.stdout, (words, done.stdout)
    payload = json.loads(edge.cli("explain", "--request", "/api/two", "--json").stdout)
    assert payload["request"]["method"] == "GET" and payload["match"]["name"] == "api"
    done = edge.cli("explain", "--request", "too many words here")
    assert done.returncode == 1 and "expected a method and a target" in done.stderr


def test_an_agent_that_is_down_or_ejected_is_shown_so(start_edge, start_agent):
    dead = free_port()
    edge = start_edge({"agents": {
        "discovery": {"static": [start_agent("well").settings(), {"id": "dead", "endpoint": f"http://127.0.0.1:{dead}"}]},
        "healthCheck": {"enabled": True, "interval": "200ms", "edgeInterval": "100ms", "failThreshold": 1}}})
    states = lambda: {row["id"]: row for row in explain(edge, "/")["target"]["pools"][0]["candidates"]}
    eventually(lambda: states()["dead"]["state"] == "down", what="down")
    found = states()
    assert found["dead"]["asked"] is False and found["dead"]["why"] and found["well"]["asked"] is True
    assert explain(edge, "/")["match"]["key"] is None, "no rules: every agent"
