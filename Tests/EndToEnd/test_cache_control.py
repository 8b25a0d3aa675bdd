"""The cache under its operators' hands: statistics, purges, warming, and what a change of the configuration leaves."""
import json
import re
import threading
import time

import pytest

from caching import LAST, cached, chunk, chunked, fresh, is_hit, reached, reason, scripted
from control import Refused, agents, rule, start_edge  # noqa: F401
from processes import eventually
from raw import get, ok
from test_cache_agents import BASE, content, say, speaking

NAME = re.compile(r"agent:response:([^:]*):([^:]*):([0-9a-f]{32})")


@pytest.fixture
def edge(start_edge, raw_agent):  # noqa: F811
    def start(answer=lambda request, count: fresh(f"{request.target} {count}"), cache=None, rules=None, **more):
        agent = raw_agent(scripted(answer))
        settings = cached(cache, **agents(agent.settings("raw")), routing={"rules": rules or [rule("all", "/", "raw")]}, **more)
        edge = start_edge(settings)
        edge.origin = agent
        return edge

    return start


def fill(edge, *paths):
    for path in paths:
        edge.ask(path)
        assert is_hit(edge.ask(path)), path


def entries(edge, path):
    return edge.admin.rpc("cache.get", url=f"http://proxy.test{path}")["entries"]


# MARK: looking


def test_statistics_tell_what_there_is_and_what_was_asked(edge):
    proxy = edge()
    fill(proxy, "/a", "/b")
    found = proxy.admin.rpc("cache.stats", token=None)
    assert found["enabled"] and found["requests"]["hit"] == 2 and found["requests"]["miss"] == 2 and found["hitRatio"] == 0.5
    assert found["stored"] == 2 and found["fills"] == 0
    layer, = found["layers"]
    assert (layer["name"], layer["type"], layer["entries"], layer["hit"], layer["miss"]) == ("memory", "memory", 2, 2, 2)
    assert 0 < layer["bytes"] < layer["mostBytes"] == 256 << 20


def test_statistics_tell_why_answers_were_not_kept(edge):
    proxy = edge(lambda request, count: ok("x", f"Cache-Control: {request.target[1:]}"))
    proxy.ask("/no-store")
    proxy.ask("/private")
    assert set(proxy.admin.rpc("cache.stats")["notStored"]) == {"no-store", "private"}


def test_the_page_of_metrics_tells_of_every_layer(edge):
    proxy = edge()
    fill(proxy, "/a")
    metric = proxy.admin.metric
    assert metric("gateway_cache_requests_total", layer="memory", outcome="hit") == 1
    assert metric("gateway_cache_requests_total", layer="memory", outcome="miss") == 1
    assert metric("gateway_cache_hit_ratio", layer="-") == 0.5
    assert metric("gateway_cache_entries", layer="memory") == 1 and metric("gateway_cache_bytes", layer="memory") > 0
    assert metric("gateway_cache_evictions_total", layer="memory") == 0 and metric("gateway_cache_stored_total") == 1


def test_an_entry_is_told_without_its_body(edge):
    proxy = edge(lambda request, count: fresh("the body", 'ETag: "e"', "Cache-Tag: one, two", "Vary: Accept"))
    fill(proxy, "/a?x=1")
    found, = entries(proxy, "/a?x=1")
    assert NAME.fullmatch(found["key"])[1] == "all" and found["layer"] == "memory" and found["status"] == 200
    assert found["url"] == "http://proxy.test/a?x=1" and found["etag"] == '"e"' and found["bodyBytes"] == 8
    assert 0 < found["freshFor"] <= 60 and found["tags"] == ["one", "two"] and found["vary"] == ["accept"]
    assert "the body" not in json.dumps(found)
    assert proxy.admin.rpc("cache.get", key=found["key"])["entries"] == proxy.admin.rpc("cache.get", key=found["key"])["entries"] != []
    assert entries(proxy, "/b") == []


@pytest.mark.parametrize("method,params", [("cache.purge", {"all": True}), ("cache.get", {"url": "http://proxy.test/a"}), ("cache.warm", {"urls": ["http://proxy.test/a"]})], ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_kept_is_for_the_tokens_bearer(edge, method, params):
    proxy = edge()
    fill(proxy, "/a")
    with pytest.raises(Refused) as found:
        proxy.admin.rpc(method, token=None, **params)
    assert found.value.status == 401 and is_hit(proxy.ask("/a"))


@pytest.mark.parametrize("method,params", [
    ("cache.purge", {}), ("cache.purge", {"key": "a", "tag": "b"}), ("cache.purge", {"url": "nonsense"}), ("cache.purge", {"all": False}),
    ("cache.get", {}), ("cache.get", {"pattern": "*"}), ("cache.warm", {}), ("cache.warm", {"urls": []}), ("cache.warm", {"urls": ["ftp://x/"]}),
    ("cache.stats", {"x": 1}),
], ids=str)
def test_a_method_says_what_it_expected(edge, method, params):
    proxy = edge()
    fill(proxy, "/a")
    refusal = proxy.admin.refusal(method, **params)
    assert refusal.code == "INVALID_REQUEST" and ("expected" in refusal.message or "unknown parameter" in refusal.message)
    assert is_hit(proxy.ask("/a"))


def test_without_a_cache_the_methods_say_so(edge):
    proxy = edge(cache={"layers": []})
    assert proxy.admin.rpc("cache.stats")["enabled"] is False
    assert "cache.layers" in proxy.admin.refusal("cache.purge", all=True).message


# MARK: removing


@pytest.mark.parametrize("how", ["url", "key", "prefix", "pattern", "tag", "all"])
def test_a_purge_removes_what_it_names_and_nothing_else(edge, how):
    proxy = edge(
        lambda request, count: fresh(f"{request.target} {count}", f"Cache-Tag: all, {request.target[1:2]}"),
        rules=[rule("one", "/a", "raw"), rule("two", "/b", "raw")])
    fill(proxy, "/a", "/b")
    key = entries(proxy, "/a")[0]["key"]
    params = {"url": {"url": "http://proxy.test/./a"}, "key": {"key": key}, "prefix": {"prefix": "agent:response:one:"},
              "pattern": {"pattern": "agent:response:one:*"}, "tag": {"tag": "a"}, "all": {"all": True}}[how]
    told = proxy.admin.rpc("cache.purge", **params)
    assert told["removed"] == (2 if how == "all" else 1) and told["soft"] is False
    assert proxy.ask("/a").body == b"/a 2"
    assert proxy.ask("/b").body == (b"/b 2" if how == "all" else b"/b 1")


def test_a_purge_removes_every_variant_and_every_tenants(edge):
    proxy = edge(lambda request, count: fresh(str(count), "Vary: Accept-Language"))
    for language in ("de", "en"):
        proxy.ask("/a", f"Accept-Language: {language}")
    assert len(entries(proxy, "/a")) == 2
    assert proxy.admin.rpc("cache.purge", url="http://proxy.test/a")["removed"] == 2
    assert not any(is_hit(proxy.ask("/a", f"Accept-Language: {language}")) for language in ("de", "en"))


def test_a_soft_purge_leaves_something_to_give(edge):
    """Stale from then on: asked about, or given while the agent fails where that is allowed."""
    state = {"fails": False}
    proxy = edge(lambda request, count: None if state["fails"] else fresh(str(count), 'ETag: "e"'), {"staleIfError": "60s"})
    fill(proxy, "/a")
    assert proxy.admin.rpc("cache.purge", url="http://proxy.test/a", soft=True)["soft"] is True
    state["fails"] = True
    assert proxy.ask("/a").body == b"1"
    state["fails"] = False
    answer = proxy.ask("/a")
    assert not is_hit(answer) and proxy.origin.requests[-1].get("If-None-Match") == '"e"'


def test_a_purge_while_it_is_fetched_is_not_undone_by_the_fetch(edge, client):
    """What an agent said before the purge is not kept after it."""
    gate = threading.Event()

    def answer(request, count):
        yield chunked("Cache-Control: max-age=60") + chunk(f"{count} ")
        if count == 1:
            gate.wait(10)
        yield LAST

    proxy = edge(answer)
    connection = client(proxy)
    connection.send(get("/a"))
    connection.head()
    proxy.admin.rpc("cache.purge", all=True)
    gate.set()
    connection.chunk()
    assert connection.chunk() == b""
    assert proxy.ask("/a").body == b"2 "


@pytest.mark.parametrize("network,allowed", [("127.0.0.0/8", True), ("10.0.0.0/8", False)])
def test_the_method_purge_is_for_networks_that_may(edge, network, allowed):
    proxy = edge(cache={"purge": {"allow": [network]}})
    fill(proxy, "/a", "/b")
    answer = proxy.ask("/a", method="PURGE")
    assert answer.status == (200 if allowed else 403)
    assert is_hit(proxy.ask("/a")) is not allowed and is_hit(proxy.ask("/b"))


def test_the_method_purge_is_one_like_any_other_where_nobody_may(edge):
    proxy = edge()
    fill(proxy, "/a")
    assert reason(proxy.ask("/a", method="PURGE")) == "method" and "PURGE" in [request.method for request in proxy.origin.requests]


def test_the_method_purge_on_the_admin_listener_wants_the_token(edge):
    proxy = edge()
    fill(proxy, "/a")
    assert proxy.admin.http("PURGE", "/a", None, token=None, host="proxy.test").status in (401, 403)
    assert is_hit(proxy.ask("/a"))
    assert proxy.admin.http("PURGE", "/a", None, host="proxy.test").status in (200, 403, 421)


def test_the_command_line_shows_and_removes(edge):
    proxy = edge()
    fill(proxy, "/a")
    shown = proxy.cli("cache", "stats")
    assert shown.returncode == 0 and "memory" in shown.stdout, shown.stderr
    got = proxy.cli("cache", "get", "http://proxy.test/a")
    assert got.returncode == 0 and "agent:response:all:" in got.stdout, got.stderr
    gone = proxy.cli("cache", "purge", "http://proxy.test/a")
    assert gone.returncode == 0 and not is_hit(proxy.ask("/a")), gone.stderr
    assert proxy.cli("cache", "purge").returncode != 0, "everything only when it is said"


# MARK: warming


def test_addresses_are_fetched_beforehand(edge):
    proxy = edge()
    told = proxy.admin.rpc("cache.warm", urls=["http://proxy.test/a", "http://proxy.test/b?x=1"])
    assert told["asked"] == told["stored"] == 2 and [row["status"] for row in told["urls"]] == [200, 200]
    assert is_hit(proxy.ask("/a")) and is_hit(proxy.ask("/b?x=1")) and reached(proxy.origin) == 2


def test_warming_tells_what_it_could_not_keep(edge):
    proxy = edge(lambda request, count: ok("x", "Cache-Control: no-store"))
    row, = proxy.admin.rpc("cache.warm", urls=["http://proxy.test/a"])["urls"]
    assert row["stored"] is False and row["reason"]


def test_the_command_line_warms_from_a_file(edge, tmp_path):
    proxy = edge()
    (tmp_path / "urls.txt").write_text("# the start page\nhttp://proxy.test/a\n\nhttp://proxy.test/b\n")
    done = proxy.cli("cache", "warm", "--file", tmp_path / "urls.txt")
    assert done.returncode == 0, done.stderr
    assert is_hit(proxy.ask("/a")) and is_hit(proxy.ask("/b"))


def test_addresses_of_the_configuration_are_fetched_at_the_start(edge):
    proxy = edge(cache={"warm": {"urls": ["http://proxy.test/a"]}})
    eventually(lambda: reached(proxy.origin, "/a") == 1, 5, what="the fetch")
    eventually(lambda: is_hit(proxy.ask("/a")), 5, what="a hit")


# MARK: changes


def test_entries_outlive_a_change_that_is_not_theirs(edge):
    proxy = edge(rules=[rule("one", "/a", "raw"), rule("two", "/b", "raw")])
    fill(proxy, "/a", "/b")
    proxy.admin.patch({"gateway": {"debugHeaders": True, "cache": {"staleIfError": "60s"}}})
    assert is_hit(proxy.ask("/a")) and is_hit(proxy.ask("/b"))


def test_a_changed_rule_drops_its_own_entries(edge):
    proxy = edge(rules=[rule("one", "/a", "raw"), rule("two", "/b", "raw")])
    fill(proxy, "/a", "/b")
    proxy.admin.patch({"gateway": {"routing": {"rules": [{"name": "one", "rewrite": {"addPrefix": "/new"}}]}}})
    assert proxy.ask("/a").body == b"/new/a 1" and is_hit(proxy.ask("/b"))


def test_a_changed_agent_drops_its_own_entries(edge, raw_agent):
    proxy = edge()
    fill(proxy, "/a")
    other = raw_agent(scripted(lambda request, count: fresh("other")))
    proxy.admin.patch({"gateway": {"agents": {"discovery": {"static": [{"id": "raw", "endpoint": other.endpoint}]}}}})
    assert proxy.ask("/a").body == b"other"


def test_a_smaller_bound_holds_at_once(edge):
    proxy = edge()
    for number in range(100):
        proxy.ask(f"/{number}")
    proxy.admin.patch({"gateway": {"cache": {"layers": [{"name": "memory", "maxSize": 10}]}}})
    eventually(lambda: proxy.admin.rpc("cache.stats")["layers"][0]["entries"] <= 10, 5, what="the new bound")
    assert proxy.ask("/0").status == 200


def test_switched_off_nothing_is_served_and_on_again_it_is(edge):
    proxy = edge()
    fill(proxy, "/a")
    proxy.admin.patch({"gateway": {"cache": {"enabled": False}}})
    assert proxy.ask("/a").body == b"/a 2"
    proxy.admin.patch({"gateway": {"cache": {"enabled": True}}})
    eventually(lambda: is_hit(proxy.ask("/a")), 5, what="a hit")


def test_shadow_counts_what_would_have_been(edge, client):
    proxy = edge(lambda request, count: fresh(str(count) if request.target == "/new" else "same"), {"shadow": True})
    for _ in range(3):
        proxy.ask("/new")
        proxy.ask("/same")
    count = lambda result: proxy.admin.metric("gateway_cache_shadow_total", result=result)
    eventually(lambda: (count("same"), count("different")) == (2, 2), what="two of each")
    assert reached(proxy.origin) == 6


def test_models_answers_are_purged_by_tag_and_pattern(edge, client):
    chat = {"name": "chat", "match": {"type": "prefix", "pattern": "/"}, "target": "raw", "kind": "llm",
            "cache": {"strategy": "exact", "tags": ["chats"]}}
    proxy = edge(speaking, rules=[chat])
    ask = lambda: content(client(proxy).ask(say(BASE)))
    assert [ask(), ask()] == ["answer 1", "answer 1"]
    assert proxy.admin.rpc("cache.purge", tag="chats")["removed"] == 1
    time.sleep(0.01)  # what is asked for in the millisecond of a purge is not kept
    assert [ask(), ask()] == ["answer 2", "answer 2"]
    assert proxy.admin.rpc("cache.purge", pattern="agent:response:chat:*")["removed"] == 1 and ask() == "answer 3"


def test_explain_tells_whether_the_cache_is_asked(edge):
    proxy = edge()
    fill(proxy, "/a")
    explain = lambda **request: proxy.admin.rpc("explain.request", target="/a", headers={"Host": "proxy.test"}, **request)["cache"]
    key = entries(proxy, "/a")[0]["key"]
    told = explain()
    assert told["layers"] == ["memory"] and told["name"].endswith("DIGEST") and key.startswith(told["name"][:-6])
    assert explain(method="POST")["asked"] is False and told["asked"] is True
