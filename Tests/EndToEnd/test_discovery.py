"""Agents that nobody wrote down: found by DNS, by a file, in Kubernetes; and what operators do to agents by hand."""
import json
import threading
import time

import pytest

from api_server import APIServer, endpoint
from certificates import Authority
from control import agents, start_edge  # noqa: F401
from dns_server import DNSServer
from processes import DEMO_AGENT, DemoAgent, Program, eventually, free_port, merge
from raw import Client, Closed, get


class Replica(DemoAgent):
    """A demo agent on any address of this machine."""

    def __init__(self, folder, name, host, port, *flags):
        self.id, self.host = name, host
        Program.__init__(
            self, [DEMO_AGENT, "--listen", f"{host}:{port}", "--id", name, *flags], folder / f"{name}-{time.monotonic_ns()}.log")
        self.port = self._read_port()
        self.endpoint = f"http://{host}:{self.port}"


@pytest.fixture
def start_replica(tmp_path, started):
    def start(name, host, port, *flags):
        replica = Replica(tmp_path, name, host, port, *flags)
        started.append(replica)
        return replica

    return start


@pytest.fixture
def dns(started):
    server = DNSServer()
    started.append(server)
    return server


class Load:
    """Clients that ask one after the other over kept connections, until it is stopped."""

    def __init__(self, port, clients=4, path="/echo"):
        self.port, self.path = port, path
        self.answered, self.failed, self.served_by = 0, [], set()
        self._is_over = False
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def _run(self):
        client = None
        while not self._is_over:
            try:
                client = client or Client(self.port)
                answer = client.ask(get(self.path))
                failure = None if answer.status == 200 else f"{answer.status} {answer.body[:200]}"
            except (OSError, Closed) as error:
                answer, failure, client = None, repr(error), None
            with self._lock:
                self.answered += 1
                if failure:
                    self.failed.append(failure)
                elif answer:
                    self.served_by.add(answer.get("X-Agent"))
                if answer and answer.get("Connection") == "close":
                    client = None

    def serves(self, *names, seconds=15):
        """Waits until exactly these serve."""

        def look():
            with self._lock:
                self.served_by = set()
            time.sleep(0.4)
            return self.served_by == set(names)

        eventually(look, seconds, what=f"service by {names}, last {self.served_by}")

    def end(self):
        self._is_over = True
        for thread in self._threads:
            thread.join(20)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


def named(dns, name="gateways.test", more=None, **source):
    """A configuration whose agents are the addresses of a name; asked often."""
    found = {
        "agents": {
            "resolver": {"servers": [dns.address], "search": [], "timeout": "300ms", "attempts": 1},
            "discovery": {"method": "dns", "dns": {"name": name, "minTTL": "200ms", "maxTTL": "1s", **source}}}}
    return merge(found, more or {})


def ids(edge):
    return sorted(agent["id"] for agent in edge.admin.rpc("agents")["agents"])


def source(edge, index=0):
    return edge.admin.rpc("status")["discovery"][index]


# -- dns ----------------------------------------------------------------------------------------------------------------


def test_replicas_of_a_name_appear_and_vanish_under_load_and_nothing_fails(start_edge, start_replica, dns):
    port = free_port()
    first = start_replica("one", "127.0.0.1", port, "--latency", "5ms")
    dns.set("gateways.test", "A", ["127.0.0.1"], ttl=0)
    edge = start_edge(named(dns, port=port))
    assert ids(edge) == [f"gateways.test-127.0.0.1:{port}"]
    with Load(edge.port) as load:
        load.serves("one")
        start_replica("two", "127.0.0.2", port, "--latency", "5ms")
        third = start_replica("three", "127.0.0.3", port, "--latency", "5ms")
        dns.set("gateways.test", "A", ["127.0.0.1", "127.0.0.2", "127.0.0.3"], ttl=0)
        load.serves("one", "two", "three")
        dns.set("gateways.test", "A", ["127.0.0.1", "127.0.0.2"], ttl=0)
        load.serves("one", "two")
        third.stop()
        dns.set("gateways.test", "A", ["127.0.0.2"], ttl=0)
        load.serves("two")
        first.stop()
        time.sleep(0.5)
    assert load.end().failed == [] and load.answered > 200
    assert ids(edge) == [f"gateways.test-127.0.0.2:{port}"]


def test_a_stream_from_an_agent_that_vanishes_comes_to_its_end(start_edge, start_replica, dns, client):
    port = free_port()
    start_replica("one", "127.0.0.1", port, "--tokens", "30", "--token-interval", "100ms")
    start_replica("two", "127.0.0.2", port)
    dns.set("gateways.test", "A", ["127.0.0.1"], ttl=0)
    edge = start_edge(named(dns, port=port))
    stream = client(edge, 20)
    body = '{"message":"hello","stream":true}'
    stream.send(get("/api/v1/chat/stream", f"Content-Length: {len(body)}", method="POST") + body)
    assert stream.head().get("X-Agent") == "one"
    dns.set("gateways.test", "A", ["127.0.0.2"], ttl=0)
    eventually(lambda: ids(edge) == [f"gateways.test-127.0.0.2:{port}"], what="the other address")
    assert edge.ask("/echo").get("X-Agent") == "two"
    text = b""
    while piece := stream.chunk():
        text += piece
    assert b'"done":true' in text


def test_a_failing_server_keeps_whom_it_named_and_is_told_once(start_edge, start_replica, dns):
    port = free_port()
    start_replica("one", "127.0.0.1", port)
    dns.set("gateways.test", "A", ["127.0.0.1"], ttl=0)
    edge = start_edge(named(dns, port=port))
    dns.fail("gateways.test")
    eventually(lambda: source(edge)["errors"] >= 3, what="three failures")
    assert "SERVFAIL" in source(edge)["error"].upper() and source(edge)["agents"] == 1
    assert edge.ask("/echo").status == 200
    assert len(edge.told("discovery failed", level="error")) == 1
    doctor = edge.cli("doctor")
    assert doctor.returncode == 1 and "the agent known before stays" in doctor.stdout and "agents.resolver" in doctor.stdout
    assert "fails since" in edge.cli("status").stdout
    assert edge.admin.metric("gateway_discovery_errors_total", source=f"dns:gateways.test:{port}") >= 3
    assert edge.admin.metric("gateway_discovery_agents", source=f"dns:gateways.test:{port}") == 1
    dns.heal("gateways.test")
    eventually(lambda: source(edge)["error"] is None, what="health")
    eventually(lambda: edge.told("discovery works again"), what="the line")
    assert edge.admin.metric("gateway_discovery_last_success_timestamp_seconds", source=f"dns:gateways.test:{port}") > time.time() - 60


def test_a_silent_server_keeps_whom_it_named(start_edge, start_replica, dns):
    port = free_port()
    start_replica("one", "127.0.0.1", port)
    dns.set("gateways.test", "A", ["127.0.0.1"], ttl=0)
    edge = start_edge(named(dns, port=port))
    dns.silence("gateways.test")
    eventually(lambda: source(edge)["errors"] >= 2, 15, what="two failures")
    assert edge.ask("/echo").status == 200


def test_a_name_that_is_gone_twice_leaves_nobody_and_comes_back(start_edge, start_replica, dns):
    port = free_port()
    start_replica("one", "127.0.0.1", port)
    dns.set("gateways.test", "A", ["127.0.0.1"], ttl=0)
    edge = start_edge(named(dns, port=port))
    asked = dns.count("gateways.test", "A")
    dns.remove("gateways.test")
    eventually(lambda: ids(edge) == [], what="nobody")
    assert dns.count("gateways.test", "A") >= asked + 2, "one answer is not enough"
    assert edge.ask("/echo").status == 503
    assert edge.told("discovery finds no agents", level="warning")
    assert "finds no agents" in edge.cli("doctor").stdout
    dns.set("gateways.test", "A", ["127.0.0.1"], ttl=0)
    eventually(lambda: edge.ask("/echo").status == 200, what="the agent again")


def test_services_bring_their_ports_and_weights(start_edge, start_agent, dns):
    one, two = start_agent("one"), start_agent("two")
    dns.set("a.gateways.test", "A", ["127.0.0.1"])
    dns.set("b.gateways.test", "A", ["127.0.0.1"])
    dns.set("_http._tcp.gateways.test", "SRV", [(10, 30, one.port, "a.gateways.test"), (10, 10, two.port, "b.gateways.test")], ttl=0)
    edge = start_edge(named(dns, "_http._tcp.gateways.test", type="srv", more={"loadBalancing": {"strategy": "weighted-round-robin"}}))
    assert {agent["id"]: agent["weight"] for agent in edge.admin.rpc("agents")["agents"]} == {
        f"_http._tcp.gateways.test-a.gateways.test:{one.port}": 30, f"_http._tcp.gateways.test-b.gateways.test:{two.port}": 10}
    served = [edge.ask("/echo").get("X-Agent") for _ in range(40)]
    assert abs(served.count("one") - 30) <= 3


def test_a_start_without_an_answer_waits_warns_and_finds_them_later(start_edge, start_replica, dns):
    port = free_port()
    start_replica("one", "127.0.0.1", port)
    dns.set("gateways.test", "A", ["127.0.0.1"], ttl=0)
    dns.fail("gateways.test")
    began = time.monotonic()
    edge = start_edge(named(dns, port=port))
    assert 4 < time.monotonic() - began < 15
    assert edge.ask("/echo").status == 503
    dns.heal("gateways.test")
    eventually(lambda: edge.ask("/echo").status == 200, 20, what="the agent")


def test_written_agents_stand_beside_found_ones_and_a_patch_changes_both(start_edge, start_agent, start_replica, dns):
    port = free_port()
    start_replica("found", "127.0.0.1", port)
    written = start_agent("written")
    dns.set("gateways.test", "A", ["127.0.0.1"], ttl=0)
    edge = start_edge(merge(
        named(dns, port=port, tags=["chat"]), merge(agents(written.settings()), {
            "routing": {"rules": [
                {"name": "new", "match": {"type": "prefix", "pattern": "/new"}, "target": "tag:new"},
                {"name": "rest", "match": {"type": "default"}, "target": "tag:chat"}]}})))
    id = f"gateways.test-127.0.0.1:{port}"
    assert ids(edge) == sorted([id, "written"])
    check = edge.cli("check", str(edge.config_file), names_file=False)
    assert check.returncode == 0 and "nobody serves" not in check.stdout + check.stderr, check.stdout
    before, hash, versions = edge.admin.generation, edge.admin.hash(), len(edge.admin.history())
    assert edge.ask("/").get("X-Agent") == "found" and edge.ask("/new").status == 503
    start_replica("late", "127.0.0.2", port)
    dns.set("gateways.test", "A", ["127.0.0.1", "127.0.0.2"], ttl=0)
    eventually(lambda: len(ids(edge)) == 3, what="another replica")
    assert edge.admin.generation > before, "found agents are a generation of their own"
    assert edge.admin.hash() == hash and len(edge.admin.history()) == versions, "but no change of the configuration"
    found = edge.document()["gateway"]["agents"]["discovery"]["dns"]
    edge.admin.patch({"agents": {"discovery": {"dns": {**found, "tags": ["chat", "new"]}}}})
    assert edge.ask("/new").status == 200
    assert {agent["source"] for agent in edge.admin.rpc("agents")["agents"] if agent["id"] != "written"} == {f"dns:gateways.test:{port}"}
    assert "FOUND BY" in edge.cli("agents").stdout


# -- file ---------------------------------------------------------------------------------------------------------------


def listed(edge, names, what="the file's agents"):
    eventually(lambda: ids(edge) == sorted(names), what=what)


def test_a_file_of_agents_is_followed(start_edge, start_agent, tmp_path):
    one, two = start_agent("one"), start_agent("two")
    file = tmp_path / "agents.json"
    file.write_text(json.dumps([one.settings(tags=["x"])]))
    edge = start_edge({"agents": {"discovery": {"method": "file", "file": {"path": str(file)}}}})
    assert ids(edge) == ["one"] and edge.ask("/echo").get("X-Agent") == "one"
    file.write_text(json.dumps({"agents": [one.settings(), two.settings(weight=7)]}))
    listed(edge, ["one", "two"])
    file.write_text(json.dumps({"agents": [one.settings(), {"id": "two", "endpoint": "nowhere"}]}, indent=1))
    eventually(lambda: source(edge)["error"], what="an error")
    assert "agents.json:" in source(edge)["error"] and "agents[1].endpoint" in source(edge)["error"]
    assert len(eventually(lambda: edge.told("discovery failed", level="error"), what="the line")) == 1
    assert ids(edge) == ["one", "two"] and edge.ask("/echo").status == 200
    assert "correct" in edge.cli("doctor").stdout
    file.unlink()
    eventually(lambda: "no such file" in (source(edge)["error"] or ""), what="the missing file")
    assert ids(edge) == ["one", "two"]
    file.write_text(json.dumps([two.settings()]))
    listed(edge, ["two"])
    assert source(edge)["error"] is None and edge.ask("/echo").get("X-Agent") == "two"


def test_a_yaml_file_of_agents_and_a_name_at_once(start_edge, start_agent, start_replica, tmp_path, dns):
    port = free_port()
    start_replica("found", "127.0.0.1", port)
    one = start_agent("one")
    dns.set("gateways.test", "A", ["127.0.0.1"], ttl=0)
    file = tmp_path / "agents.yaml"
    file.write_text(f"- id: one\n  endpoint: {one.endpoint}\n  metadata: {{rack: r1}}\n")
    edge = start_edge(named(dns, port=port, more={"agents": {"discovery": {"method": ["dns", "file"], "file": {"path": str(file)}}}}))
    assert ids(edge) == [f"gateways.test-127.0.0.1:{port}", "one"]


# -- kubernetes ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def cluster(tmp_path, started):
    """An API server, and the section that finds it."""
    authority = Authority(tmp_path / "pki")
    api = APIServer(*authority.issue())
    started.append(api)
    token = tmp_path / "token"
    token.write_text("t0ken\n")
    settings = {
        "namespace": "prod", "service": "gateways", "server": api.url, "caFile": str(authority.file), "tokenFile": str(token)}
    return api, settings, token


def watching(settings, **more):
    return {"agents": {"discovery": {"method": "k8s", "k8s": {**settings, **more}}}}


def test_pods_are_listed_and_watched(start_edge, start_replica, cluster):
    api, settings, _ = cluster
    port = free_port()
    start_replica("one", "127.0.0.1", port)
    start_replica("two", "127.0.0.2", port)
    api.put("gw-a", [endpoint("127.0.0.1", "pod-1", zone="z1")], port=port)
    api.put("other", [endpoint("127.0.0.9", "pod-9")], service="other")
    edge = start_edge(watching(settings, tags=["chat"]))
    assert ids(edge) == ["pod-1"] and edge.ask("/echo").get("X-Agent") == "one"
    assert edge.admin.rpc("agents")["agents"][0]["zone"] == "z1"
    eventually(lambda: api.watches == 1, what="a watch")
    with Load(edge.port) as load:
        api.put("gw-b", [endpoint("127.0.0.2", "pod-2")], port=port)
        load.serves("one", "two")
        api.put("gw-a", [endpoint("127.0.0.1", "pod-1", ready=False, serving=True, terminating=True)], port=port)
        load.serves("two")
        assert source(edge)["note"] == "1 terminating"
        api.remove("gw-a")
        eventually(lambda: source(edge)["note"] is None, what="its end")
    assert load.end().failed == []
    assert [request.verb for request in api.requests] == ["list", "watch"]
    assert api.requests[1].query["allowWatchBookmarks"] == "true" and api.requests[0].token == "t0ken"


def test_a_broken_watch_goes_on_where_it_was_and_an_old_version_is_listed_anew(start_edge, cluster):
    api, settings, _ = cluster
    api.put("gw-a", [endpoint("10.0.0.1", "pod-1")])
    edge = start_edge(watching(settings))
    eventually(lambda: api.watches == 1, what="a watch")
    api.bookmark()
    bookmarked = api._version
    time.sleep(0.3)
    api.drop()
    eventually(lambda: len(api.requests) >= 3 and api.watches == 1, what="another watch")
    assert api.requests[2].verb == "watch" and api.requests[2].query["resourceVersion"] == str(bookmarked)
    # while it is away the versions that it knows are thrown away
    api.drop()
    api.put("gw-b", [endpoint("10.0.0.2", "pod-2")])
    api.bookmark()
    api.compact()
    listed(edge, ["pod-1", "pod-2"])
    # and the same, told within a watch
    eventually(lambda: api.watches == 1, what="a watch")
    before = len(api.requests)
    api.expire()
    eventually(lambda: [request.verb for request in api.requests[before:]] == ["list", "watch"], what="list and watch")
    api.put("gw-b", [])
    listed(edge, ["pod-1"])
    assert not edge.told("discovery failed"), "none of this is a failure"


def test_an_api_server_that_is_away_changes_nothing_and_is_found_again(start_edge, cluster):
    api, settings, _ = cluster
    api.put("gw-a", [endpoint("10.0.0.1", "pod-1")])
    edge = start_edge(watching(settings))
    eventually(lambda: api.watches == 1, what="a watch")
    api.pause()
    eventually(lambda: source(edge)["error"], 20, what="a failure")
    assert "cannot be reached" in source(edge)["error"] and ids(edge) == ["pod-1"]
    api.put("gw-b", [endpoint("10.0.0.2", "pod-2")])
    api.resume()
    eventually(lambda: ids(edge) == ["pod-1", "pod-2"], 40, what="both pods")
    assert source(edge)["error"] is None


@pytest.mark.parametrize("verb", ["list", "watch"])
def test_a_missing_permission_is_loud(start_edge, cluster, verb):
    api, settings, _ = cluster
    api.put("gw-a", [endpoint("10.0.0.1", "pod-1")])
    api.forbid(verb)
    edge = start_edge(watching(settings))
    error = eventually(lambda: source(edge)["error"], what="an error")
    assert error.startswith(f"{verb} endpointslices in namespace prod is forbidden (403): give the service account a Role with get, list, watch")
    assert f"cannot {verb} resource" in error, "the API server's own words are told too"
    assert ids(edge) == ([] if verb == "list" else ["pod-1"])
    eventually(lambda: edge.told("discovery failed", "is forbidden", level="error"), what="the line")
    doctor = edge.cli("doctor").stdout
    assert "is forbidden" in doctor and "kubectl auth can-i" in doctor
    api.forbid()
    eventually(lambda: source(edge)["error"] is None and ids(edge) == ["pod-1"], 30, what="health")


def test_a_permission_that_is_taken_away_leaves_what_was_known(start_edge, cluster):
    api, settings, _ = cluster
    api.put("gw-a", [endpoint("10.0.0.1", "pod-1")])
    edge = start_edge(watching(settings))
    eventually(lambda: api.watches == 1, what="a watch")
    api.forbid("list", "watch")
    api.expire()
    eventually(lambda: "is forbidden" in (source(edge)["error"] or ""), 20, what="an error")
    assert ids(edge) == ["pod-1"]


def test_a_rotated_token_is_read_again(start_edge, cluster):
    api, settings, token = cluster
    api.put("gw-a", [endpoint("10.0.0.1", "pod-1")])
    edge = start_edge(watching(settings))
    eventually(lambda: api.watches == 1, what="a watch")
    api.tokens = {"second"}
    api.drop()
    eventually(lambda: "is unauthorized (401)" in (source(edge)["error"] or ""), 20, what="an error")
    token.write_text("second")
    eventually(lambda: source(edge)["error"] is None, 20, what="health")
    assert api.requests[-1].token == "second" and ids(edge) == ["pod-1"]


def test_a_server_of_another_ca_is_not_believed(start_edge, cluster, tmp_path):
    api, settings, _ = cluster
    api.put("gw-a", [endpoint("10.0.0.1", "pod-1")])
    other = Authority(tmp_path / "other")
    edge = start_edge(watching(settings, caFile=str(other.file)))
    error = eventually(lambda: source(edge)["error"], what="an error")
    assert "certificate" in error and api.requests == [] and ids(edge) == []


def test_pages_selectors_and_ports(start_edge, cluster):
    api, settings, _ = cluster
    api.page = 2
    for number in range(5):
        api.put(f"gw-{number}", [endpoint(f"10.0.0.{number + 1}", f"pod-{number}")], labels={"app": "edge"})
    del settings["service"]
    edge = start_edge(watching(settings, selector="app=edge", port=7777, scheme="http", weight=5))
    found = edge.admin.rpc("agents")["agents"]
    assert [(agent["id"], agent["endpoint"], agent["weight"]) for agent in sorted(found, key=lambda agent: agent["id"])] == [
        (f"pod-{number}", f"http://10.0.0.{number + 1}:7777", 5) for number in range(5)]
    assert [request.verb for request in api.requests][:3] == ["list"] * 3


# -- by hand ------------------------------------------------------------------------------------------------------------


def states(edge):
    return {agent["id"]: agent for agent in edge.admin.rpc("agents")["agents"]}


def test_an_agent_is_drained_by_hand_and_that_outlives_a_patch(start_edge, start_agent):
    one, two = start_agent("one"), start_agent("two")
    edge = start_edge(agents(one.settings(), two.settings()))
    with Load(edge.port) as load:
        load.serves("one", "two")
        done = edge.cli("agents", "drain", "one")
        assert done.returncode == 0 and "one: drained" in done.stdout, done.stderr
        load.serves("two")
        edge.admin.patch({"debugHeaders": True})
        edge.admin.patch({"agents": {"discovery": {"static": [{"id": "one", "weight": 70}]}}})
        assert states(edge)["one"]["state"] == "drained"
        load.serves("two")
        assert "drained by hand since " in edge.cli("agents").stdout
        assert edge.admin.rpc("status")["agents"]["drained"] == 1
        assert "agents ready one" in edge.cli("doctor").stdout
        assert edge.cli("agents", "undrain", "one").returncode == 0
        load.serves("one", "two")
    assert load.end().failed == []


def test_a_weight_by_hand_stands_before_the_configured_one(start_edge, start_agent):
    one, two = start_agent("one"), start_agent("two")
    edge = start_edge(merge(agents(one.settings(), two.settings()), {"loadBalancing": {"strategy": "weighted-round-robin"}}))
    assert edge.cli("agents", "weight", "one", "300").returncode == 0
    assert states(edge)["one"]["handWeight"] == 300 and "300 by hand since" in edge.cli("agents").stdout
    served = [edge.ask("/echo").get("X-Agent") for _ in range(80)]
    assert abs(served.count("one") - 60) <= 8, served.count("one")
    edge.admin.patch({"debugHeaders": True})
    assert states(edge)["one"]["handWeight"] == 300
    done = edge.cli("agents", "weight", "one", "--reset")
    assert done.returncode == 0 and "weight 100" in done.stdout and "handWeight" not in states(edge)["one"]


def test_what_is_done_by_hand_is_refused_with_words(start_edge, start_agent):
    edge = start_edge(agents(start_agent("agent-chat-001").settings()))
    done = edge.cli("agents", "drain", "agent-chat-01")
    assert done.returncode == 1 and "did you mean 'agent-chat-001'" in done.stderr
    refused = edge.admin.refusal("agents.weight", id="agent-chat-001", weight=-1)
    assert "weight" in refused.message
    assert edge.admin.http("POST", "/agents/agent-chat-001/drain", token=None).status == 401
    assert edge.admin.http("GET", "/agents/agent-chat-001/drain").status == 405
    assert edge.admin.http("POST", "/agents/agent-chat-001/explode").status == 404
    assert states(edge)["agent-chat-001"]["state"] != "drained"
    answer = edge.admin.http("POST", "/agents/agent-chat-001/drain", "{}")
    assert answer.status == 200 and json.loads(answer.body)["drained"] is True
    assert "nobody in it gets new requests" in json.loads(answer.body)["warnings"][0]
    assert edge.ask("/echo").status == 503
    assert edge.admin.http("POST", "/agents/agent-chat-001/ready").status == 200
    answer = edge.admin.http("POST", "/agents/agent-chat-001/weight", '{"weight": 3}')
    assert json.loads(answer.body)["handWeight"] == 3
    assert edge.ask("/echo").status == 200


def test_an_agent_that_vanishes_and_returns_is_still_drained(start_edge, start_replica, dns):
    port = free_port()
    start_replica("one", "127.0.0.1", port)
    start_replica("two", "127.0.0.2", port)
    dns.set("gateways.test", "A", ["127.0.0.1", "127.0.0.2"], ttl=0)
    edge = start_edge(named(dns, port=port))
    id = f"gateways.test-127.0.0.1:{port}"
    assert edge.cli("agents", "drain", id).returncode == 0
    dns.set("gateways.test", "A", ["127.0.0.2"], ttl=0)
    eventually(lambda: len(ids(edge)) == 1, what="its absence")
    dns.set("gateways.test", "A", ["127.0.0.1", "127.0.0.2"], ttl=0)
    eventually(lambda: len(ids(edge)) == 2, what="its return")
    assert states(edge)[id]["state"] == "drained"
    assert {edge.ask("/echo").get("X-Agent") for _ in range(10)} == {"two"}


def test_a_restart_forgets_what_was_done_by_hand(start_edge, start_agent):
    edge = start_edge(agents(start_agent("one").settings()))
    edge.admin.rpc("agents.drain", id="one")
    edge.restart()
    assert states(edge)["one"]["state"] == "available"
