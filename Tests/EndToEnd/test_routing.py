"""Rules: which of them takes a request, and who then answers it."""
import collections
import json

import httpx
import pytest

from raw import get, post
from processes import eventually, free_port


@pytest.fixture(scope="module")
def routed(tmp_path_factory, shared_started):
    """One agent for each rule, so that the answer's X-Agent names the rule that won."""
    from conftest import _proxy_of
    from processes import DemoAgent

    names = ["exact", "short", "long", "regex", "high", "host", "wild", "method", "header", "query", "rest"]
    agent_folder = tmp_path_factory.mktemp("agents")
    agents = {name: DemoAgent(agent_folder, name) for name in names}
    shared_started.extend(agents.values())

    def rule(target, **match):
        priority = match.pop("priority", 0)
        return {"name": target, "match": match, "target": target, "priority": priority}

    rules = [
        rule("short", type="prefix", pattern="/api"),
        rule("long", type="prefix", pattern="/api/v1/*"),
        rule("exact", type="exact", pattern="/api/v1/status"),
        rule("regex", type="regex", pattern="^/files/[0-9]+$"),
        rule("regex", type="regex", pattern="^/api/v1/never") | {"name": "regex-late"},
        rule("high", type="regex", pattern="^/api/v1/first$", priority=10),
        rule("host", type="prefix", pattern="/", hosts=["chat.example.com"]),
        rule("wild", type="prefix", pattern="/", hosts=["*.example.org"]),
        rule("method", type="prefix", pattern="/verbs", methods=["POST", "DELETE"]),
        rule("header", type="prefix", pattern="/conditions", headers={"x-tier": "gold"}),
        rule("query", type="prefix", pattern="/conditions", query={"beta": "1"}),
        rule("rest", type="default"),
    ]
    return _proxy_of(tmp_path_factory.mktemp("proxy"), shared_started)({}, list(agents.values()), rules)


@pytest.mark.parametrize(
    "path, winner",
    [
        ("/api/v1/status", "exact"),
        ("/api/v1/status/", "long"),
        ("/api/v1/other", "long"),
        ("/api/v1", "long"),
        ("/api/v1?x=/api", "long"),
        ("/api/v12", "short"),
        ("/api", "short"),
        ("/apis", "rest"),
        ("/API/v1/status", "rest"),
        ("/files/12", "regex"),
        ("/files/12a", "rest"),
        ("/api/v1/never", "long"),
        ("/api/v1/first", "high"),
        ("/x/../api//v1/./status", "exact"),
        ("/%61pi/v1/status", "exact"),
        ("/nowhere", "rest"),
    ],
)
def test_exact_then_longest_prefix_then_regex_then_default(routed, client, path, winner):
    assert client(routed).ask(get(path)).get("X-Agent") == winner


@pytest.mark.parametrize(
    "request_text, winner",
    [
        (get("/a", host="chat.example.com"), "host"),
        (get("/a", host="CHAT.Example.Com:8080"), "host"),
        (get("/a", host="example.com"), "rest"),
        (get("/a", host="a.b.example.org"), "wild"),
        (get("/a", host="example.org"), "rest"),
        (get("http://chat.example.com/a", host="chat.example.com"), "host"),
        (post("/verbs", "x"), "method"),
        (get("/verbs"), "rest"),
        (get("/verbs", method="DELETE"), "method"),
        (get("/conditions", "X-Tier: gold"), "header"),
        (get("/conditions", "X-Tier: silver"), "rest"),
        (get("/conditions?a=2&beta=1"), "query"),
        (get("/conditions?beta=12"), "rest"),
    ],
)
def test_hosts_methods_fields_and_query_narrow_a_rule(routed, client, request_text, winner):
    assert client(routed).ask(request_text).get("X-Agent") == winner


def test_what_was_matched_is_what_is_forwarded(routed, client):
    seen = json.loads(client(routed).ask(get("/x/../api//v1/./a%7Eb?q=/../%41")).body)
    assert seen["target"] == "/api/v1/a~b?q=/../%41"


@pytest.mark.parametrize("path", ["/a%2Fb", "/a%5cb", "/a%00b", "/a%zz", "/a%"])
def test_encoded_delimiters_in_a_path_are_400(routed, client, path):
    answer = client(routed).ask(get(path))
    assert answer.status == 400
    assert json.loads(answer.body)["error"]["code"] == "encoded_delimiter"


def test_encoded_delimiters_pass_where_the_rule_keeps_them(start_agent, start_proxy, client):
    proxy = start_proxy(
        {}, [start_agent()],
        [{"name": "r", "match": {"type": "prefix", "pattern": "/", "encodedDelimiters": "keep"}, "target": "demo"}])
    assert json.loads(client(proxy).ask(get("/a%2fb%5Cc")).body)["path"] == "/a%2Fb%5Cc"


def test_rules_but_none_that_fits_is_404_in_json(start_agent, start_proxy, client):
    proxy = start_proxy({}, [start_agent()], [{"name": "a", "match": {"type": "exact", "pattern": "/a"}, "target": "demo"}])
    answer = client(proxy).ask(get("/b"))
    assert answer.status == 404 and answer.get("Content-Type") == "application/json"
    error = json.loads(answer.body)["error"]
    assert error["code"] == "no_route" and "/b" in error["message"] and error["hint"]
    assert error["requestId"] == answer.get("X-Request-Id")


def test_without_rules_every_agent_serves(start_agent, start_proxy):
    proxy = start_proxy({}, [start_agent("a"), start_agent("b")])
    served = collections.Counter(httpx.get(proxy.url + "/x", trust_env=False).headers["x-agent"] for _ in range(20))
    assert set(served) == {"a", "b"}


def test_a_split_sends_its_share_to_the_canary(start_agent, start_proxy):
    proxy = start_proxy(
        {"logging": {"accessLog": False}}, [start_agent("old").settings(tags=["stable"]), start_agent("new").settings(tags=["canary"])],
        [{"name": "split", "match": {"type": "prefix", "pattern": "/"},
          "target": [{"target": "tag:stable", "weight": 80}, {"target": "tag:canary", "weight": 20}]}])
    with httpx.Client(trust_env=False) as session:
        served = collections.Counter(session.get(proxy.url + "/x").headers["x-agent"] for _ in range(600))
    # 120 expected, standard deviation 10: six of them
    assert 60 <= served["new"] <= 180, served


@pytest.mark.parametrize("target", ["agent-1", "tag:blue", "pool:main", "main", "blue"])
def test_a_target_is_an_agent_a_tag_or_a_pool(start_agent, start_proxy, client, target):
    agent = start_agent("agent-1").settings(tags=["blue"], pool="main")
    other = {"id": "other", "endpoint": "http://127.0.0.1:1"}
    proxy = start_proxy({}, [agent, other], [{"name": "r", "match": {"type": "prefix", "pattern": "/"}, "target": target}])
    for _ in range(4):
        assert client(proxy).ask(get("/")).get("X-Agent") == "agent-1"


def test_the_fallback_serves_when_the_target_is_down(start_agent, start_proxy, client):
    agents = [start_agent("main"), start_agent("spare")]
    proxy = start_proxy(
        {"agents": {"healthCheck": {"enabled": True, "interval": "200ms", "edgeInterval": "100ms", "failThreshold": 2}}}, agents,
        [{"name": "r", "match": {"type": "prefix", "pattern": "/"}, "target": "main", "fallback": "spare"}])
    assert client(proxy).ask(get("/")).get("X-Agent") == "main"
    agents[0].control(healthy=False)
    eventually(lambda: client(proxy).ask(get("/")).get("X-Agent") == "spare", what="the fallback's turn")
    agents[0].control(healthy=True)
    eventually(lambda: client(proxy).ask(get("/")).get("X-Agent") == "main", what="the target's return")


def test_nobody_at_all_is_503_that_names_the_target(start_agent, start_proxy, client):
    agents = [start_agent("main")]
    proxy = start_proxy(
        {"agents": {"healthCheck": {"enabled": True, "interval": "200ms", "edgeInterval": "100ms", "failThreshold": 1, "preset": "openclaw"}}},
        agents,
        [{"name": "r", "match": {"type": "prefix", "pattern": "/down"}, "target": "main"},
         {"name": "ghost", "match": {"type": "prefix", "pattern": "/ghost"}, "target": "tag:nobody"}])
    answer = client(proxy).ask(get("/ghost"))
    assert answer.status == 503 and "nobody" in json.loads(answer.body)["error"]["message"]
    assert answer.get("Retry-After") and "destination_unavailable" in answer.get("Proxy-Status")
    agents[0].control(starting="60s")
    answer = eventually(lambda: (lambda found: found if found.status == 503 else None)(client(proxy).ask(get("/down"))), what="503")
    assert "main" in json.loads(answer.body)["error"]["message"]


def test_a_refused_connection_goes_to_the_fallback_free_of_charge(start_agent, start_proxy, client):
    """Nothing was sent, so a POST may go on too."""
    proxy = start_proxy(
        {}, [{"id": "dead", "endpoint": f"http://127.0.0.1:{free_port()}"}, start_agent("spare")],
        [{"name": "r", "match": {"type": "prefix", "pattern": "/"}, "target": "dead", "fallback": "spare"}])
    answer = client(proxy).ask(post("/x", "hello"))
    assert answer.status == 200 and answer.get("X-Agent") == "spare"
    assert json.loads(answer.body)["bodyLength"] == 5
