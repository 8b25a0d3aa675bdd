"""Requests that wait for a place with an agent: who is next, who is told to come back later, and that nobody is forgotten."""
import json
import threading
import time

import pytest

from control import Admin, start_edge  # noqa: F401
from processes import eventually
from raw import Closed, get, ok, post
from test_limits import error

SOURCES = {"c": "critical", "h": "high", "n": "normal", "l": "low", "b": "background"}
TRUSTED = {"http": {"trustedProxies": ["127.0.0.0/8"]}, "taskPriority": {"sourceMapping": SOURCES}}


class Gate:
    """An agent's handler that answers one request for each `open()`, and knows how many were with it at once."""

    def __init__(self, seconds=None):
        self.seconds = seconds
        self.permits = threading.Semaphore(0)
        self.lock = threading.Lock()
        self.running = self.most = 0
        self.came = []

    def __call__(self, wire):
        while True:
            request = wire.request()
            with self.lock:
                self.came.append(request)
                self.running += 1
                self.most = max(self.most, self.running)
            if self.seconds is None:
                assert self.permits.acquire(timeout=20), "nobody opened the gate"
            else:
                time.sleep(self.seconds)
            with self.lock:
                self.running -= 1
            wire.send(ok(request.target))

    def open(self, count=1):
        self.permits.release(count)

    @property
    def paths(self):
        return [request.target for request in self.came]


def waiting(proxy):
    """Requests in all queues."""
    return sum(value for (name, _), value in Admin(proxy.admin_port).metrics().items() if name == "gateway_queue_waiting")


def refused(proxy, reason, pool="*"):
    return Admin(proxy.admin_port).metric("gateway_queue_refused_total", pool=pool, reason=reason)


@pytest.fixture
def line_up(client):
    """`line_up(proxy, gate, "l n c")`: one request is with the agent, and then these wait in the order of their coming."""

    def start(proxy, gate, sources, *fields, paths=None):
        first = client(proxy, 30)
        first.send(get("/first"))
        eventually(lambda: gate.running == 1, what="the first request")
        connections = []
        for index, source in enumerate(sources.split()):
            connection = client(proxy, 30)
            connection.send(get(paths[index] if paths else f"/{source}", f"x-task-source: {source[0]}", *fields))
            connections.append(connection)
            eventually(lambda: waiting(proxy) == index + 1, what=f"{index + 1} requests in the queue")
        return first, connections

    return start


def test_levels_are_served_in_their_order_whenever_they_came(raw_agent, start_proxy, line_up):
    gate = Gate()
    proxy = start_proxy(TRUSTED, [raw_agent(gate).settings(maxConcurrent=1)])
    first, connections = line_up(proxy, gate, "b1 l1 n1 n2 h1 c1")
    gate.open(7)
    assert [connection.answer().status for connection in [first, *connections]] == [200] * 7
    assert gate.paths == ["/first", "/c1", "/h1", "/n1", "/n2", "/l1", "/b1"]
    assert gate.most == 1 and waiting(proxy) == 0
    assert gate.came[1].get("x-task-source") == "c", "a trusted peer's word goes on"
    metrics = Admin(proxy.admin_port).metrics()
    assert metrics[("gateway_queue_wait_seconds_count", (("pool", "*"), ("level", "critical")))] == 1


def test_nobody_can_claim_a_level_for_itself(raw_agent, start_proxy, line_up):
    gate = Gate()
    proxy = start_proxy({"taskPriority": {"sourceMapping": SOURCES}}, [raw_agent(gate).settings(maxConcurrent=1)])
    first, connections = line_up(proxy, gate, "b1 l1 c1 h1")
    gate.open(5)
    assert [connection.answer().status for connection in [first, *connections]] == [200] * 5
    assert gate.paths == ["/first", "/b1", "/l1", "/c1", "/h1"], "all are of the usual level"
    assert all(request.get("x-task-source") is None for request in gate.came), "the claim is not passed on"


def test_rules_and_paths_say_the_level_where_no_peer_does(raw_agent, start_proxy, line_up):
    gate = Gate()
    rules = [
        {"name": "urgent", "match": {"type": "prefix", "pattern": "/urgent"}, "target": "raw", "task": {"level": "high"}},
        {"name": "cron", "match": {"type": "prefix", "pattern": "/cron"}, "target": "raw", "task": {"source": "cron_job"}},
        {"name": "rest", "match": {"type": "default"}, "target": "raw"}]
    task = {"sourceMapping": {"cron_job": "low", "batch": "background"}, "paths": {"/batch": "batch", "/batch/now": "critical"}}
    proxy = start_proxy({"taskPriority": task}, [raw_agent(gate).settings(maxConcurrent=1)], rules)
    paths = ["/batch/x", "/cron/x", "/chat", "/urgent/x", "/batch/now"]
    first, connections = line_up(proxy, gate, "x x x x x", paths=paths)
    gate.open(6)
    assert [connection.answer().status for connection in [first, *connections]] == [200] * 6
    assert gate.paths == ["/first", *reversed(paths)]


def test_clients_take_turns_within_a_level(raw_agent, start_proxy, client):
    gate = Gate()
    proxy = start_proxy(TRUSTED, [raw_agent(gate).settings(maxConcurrent=1)])
    first = client(proxy, 30)
    first.send(get("/first"))
    eventually(lambda: gate.running == 1, what="the first request")
    connections = []
    for index, (name, address) in enumerate([("a1", "10.0.0.1"), ("a2", "10.0.0.1"), ("a3", "10.0.0.1"), ("b1", "10.0.0.2"), ("c1", "10.0.0.3")]):
        connection = client(proxy, 30)
        # what a client claims stands before what the peer says
        connection.send(get(f"/{name}", f"X-Forwarded-For: 1.2.3.{index}, {address}"))
        connections.append(connection)
        eventually(lambda: waiting(proxy) == index + 1, what="the queue")
    gate.open(6)
    assert [connection.answer().status for connection in [first, *connections]] == [200] * 6
    assert gate.paths.index("/b1") < gate.paths.index("/a3") and gate.paths.index("/c1") < gate.paths.index("/a3"), gate.paths


def test_a_full_queue_answers_429_and_a_critical_request_pushes_out_the_youngest(raw_agent, start_proxy, line_up, client):
    gate = Gate()
    agent = raw_agent(gate).settings(maxConcurrent=1)
    proxy = start_proxy({**TRUSTED, "loadBalancing": {"queue": {"size": 3}}}, [agent])
    first, (older, youngest, high) = line_up(proxy, gate, "l1 l2 h1")
    answer = client(proxy).ask(get("/h2", "x-task-source: h"))
    assert answer.status == 429 and error(answer)["code"] == "queue_full" and 1 <= int(answer.get("Retry-After")) <= 600
    critical = client(proxy, 30)
    critical.send(get("/c1", "x-task-source: c"))
    answer = youngest.answer()
    assert answer.status == 429 and error(answer)["code"] == "queue_full" and 1 <= int(answer.get("Retry-After")) <= 600
    assert "more urgent" in error(answer)["message"]
    gate.open(4)
    assert [connection.answer().status for connection in (first, critical, high, older)] == [200] * 4
    assert gate.paths == ["/first", "/c1", "/h1", "/l1"], "what ran was left alone"
    assert refused(proxy, "full") == 1 and refused(proxy, "pushed-out") == 1
    gate.open()
    assert youngest.ask(get("/again")).status == 200, "its connection is good"


def test_who_waits_longer_than_its_level_does_is_429(raw_agent, start_proxy, line_up):
    gate = Gate()
    waits = {"normal": "2s", "low": "20s"}
    proxy = start_proxy({**TRUSTED, "loadBalancing": {"queue": {"waits": waits}}}, [raw_agent(gate).settings(maxConcurrent=1)])
    start = time.monotonic()
    first, (low, normal) = line_up(proxy, gate, "l1 n1")
    answer = normal.answer()
    assert answer.status == 429 and error(answer)["code"] == "queue_timeout" and int(answer.get("Retry-After")) >= 1
    assert 2 <= time.monotonic() - start < 7
    assert refused(proxy, "timeout") == 1
    gate.open(2)
    assert first.answer().status == 200 and low.answer().status == 200
    assert gate.paths == ["/first", "/l1"]


def test_a_client_that_leaves_frees_its_place_at_once(raw_agent, start_proxy, line_up, client):
    gate = Gate()
    proxy = start_proxy({"loadBalancing": {"queue": {"size": 2}}}, [raw_agent(gate).settings(maxConcurrent=1)])
    first, (one, two) = line_up(proxy, gate, "n1 n2")
    one.close()
    eventually(lambda: waiting(proxy) == 1, 2, what="the place of the one that left")
    # one that leaves within its body, which is not read meanwhile
    three = client(proxy, 30)
    three.send(get("/n3", "Content-Length: 1000000", method="POST") + "x" * 1000)
    eventually(lambda: waiting(proxy) == 2, what="a request whose body is on its way")
    three.reset()
    eventually(lambda: waiting(proxy) == 1, 2, what="the place of the one that broke off")
    gate.open(2)
    assert first.answer().status == 200 and two.answer().status == 200
    assert gate.paths == ["/first", "/n2"], "the agent never heard of them"


def test_a_body_waits_with_its_request_and_arrives_whole(raw_agent, start_proxy, line_up, client):
    gate = Gate()
    proxy = start_proxy({}, [raw_agent(gate).settings(maxConcurrent=1)])
    first, _ = line_up(proxy, gate, "")
    text = "0123456789" * 200_000
    sender = client(proxy, 30)
    thread = threading.Thread(target=sender.send, args=(post("/long", text),))
    thread.start()
    eventually(lambda: waiting(proxy) == 1, what="the queue")
    gate.open(2)
    assert first.answer().status == 200 and sender.answer().status == 200
    thread.join(10)
    assert gate.came[1].body.decode() == text


def test_200_clients_at_once_never_exceed_a_cap_and_all_are_served(raw_agent, start_proxy, client):
    gates = [Gate(seconds=0.005), Gate(seconds=0.02)]
    agents = [raw_agent(gate).settings(f"raw-{index}", maxConcurrent=2) for index, gate in enumerate(gates)]
    proxy = start_proxy({"performance": {"workerThreads": 4}}, agents)
    statuses = []

    def ask(index):
        connection = client(proxy, 30)
        for turn in range(3):
            statuses.append(connection.ask(get(f"/{index}/{turn}")).status)

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [200] * 600, {status: statuses.count(status) for status in set(statuses)}
    assert [gate.most for gate in gates] == [2, 2]
    assert waiting(proxy) == 0


def test_pools_that_share_an_agent_share_its_places_by_urgency(raw_agent, start_proxy, line_up):
    gate = Gate()
    agent = raw_agent(gate).settings(maxConcurrent=1, tags=["t"])
    rules = [
        {"name": "tagged", "match": {"type": "prefix", "pattern": "/tag"}, "target": "tag:t"},
        {"name": "pooled", "match": {"type": "prefix", "pattern": "/pool"}, "target": "pool:p"},
        {"name": "rest", "match": {"type": "default"}, "target": "raw"}]
    proxy = start_proxy({**TRUSTED, "agents": {"pools": {"p": {"agents": ["raw"]}}}}, [agent], rules)
    paths = ["/tag/low", "/pool/normal", "/high", "/tag/critical"]
    first, connections = line_up(proxy, gate, "l n h c", paths=paths)
    gate.open(5)
    assert [connection.answer().status for connection in [first, *connections]] == [200] * 5
    assert gate.paths == ["/first", *reversed(paths)] and gate.most == 1


def test_another_configuration_loses_nobody_who_waits(raw_agent, start_edge, line_up):
    gate = Gate()
    agent = raw_agent(gate)
    static = [agent.settings(maxConcurrent=1)]
    edge = start_edge({
        "agents": {"discovery": {"static": static}, "healthCheck": {"enabled": False}}, **TRUSTED,
        "performance": {"workerThreads": 2}})
    first, connections = line_up(edge, gate, "l1 n1 h1 n2")
    # levels by other names and numbers, another size: the same requests wait on
    edge.admin.patch({"taskPriority": {"levels": {"high": 3, "normal": 5, "low": 9}, "sourceMapping": {"c": None, "b": None},
                                       "preemption": {"allowPreemptLevels": ["high"]}},
                      "loadBalancing": {"queue": {"size": 1}}})
    assert waiting(edge) == 4
    # more places than there were: who waits gets them without anybody giving one back
    edge.admin.patch({"agents": {"discovery": {"static": [{"id": "raw", "maxConcurrent": 3}]}}})
    eventually(lambda: gate.running == 3, 3, what="three requests with the agent")
    # the two new places are given at once, on loops of their own: which of the two arrives first is open
    assert gate.paths[0] == "/first" and set(gate.paths[1:3]) == {"/h1", "/n1"}
    gate.open()
    eventually(lambda: len(gate.came) == 4, what="the fourth")
    assert gate.paths[3] == "/n2"
    gate.open(4)
    assert [connection.answer().status for connection in [first, *connections]] == [200] * 5
    assert gate.paths[4] == "/l1" and gate.most == 3 and waiting(edge) == 0


def test_a_proxy_that_stops_serves_those_that_wait(raw_agent, start_proxy, line_up):
    gate = Gate()
    proxy = start_proxy({"http": {"timeouts": {"shutdown": "15s"}}}, [raw_agent(gate).settings(maxConcurrent=1)])
    first, connections = line_up(proxy, gate, "n1 n2 n3")
    proxy.terminate()
    eventually(lambda: "draining" in proxy.log, what="the drain")
    gate.open(4)
    assert [connection.answer().status for connection in [first, *connections]] == [200] * 4
    assert gate.paths == ["/first", "/n1", "/n2", "/n3"]


def test_an_empty_pool_is_503_and_keeps_nobody_waiting(start_proxy, client):
    rules = [{"name": "all", "match": {"type": "default"}, "target": "pool:none"}]
    proxy = start_proxy({"agents": {"pools": {"none": {"agents": []}}}}, [], rules)
    answer = client(proxy).ask(get("/"))
    assert answer.status == 503 and error(answer)["code"] == "no_agent"


def test_a_fallback_with_a_place_serves_before_anybody_waits(raw_agent, start_proxy, client):
    gates = [Gate(), Gate(seconds=0)]
    agents = [raw_agent(gate).settings(f"raw-{index}", maxConcurrent=1) for index, gate in enumerate(gates)]
    rules = [{"name": "all", "match": {"type": "default"}, "target": "raw-0", "fallback": ["raw-1"]}]
    proxy = start_proxy({}, agents, rules)
    first = client(proxy, 30)
    first.send(get("/first"))
    eventually(lambda: gates[0].running == 1, what="the first request")
    assert client(proxy).ask(get("/second")).status == 200 and gates[1].paths == ["/second"]
    gates[0].open()
    assert first.answer().status == 200


def test_an_adaptive_limit_makes_requests_wait_without_a_configured_cap(raw_agent, start_proxy, client):
    gate = Gate()
    proxy = start_proxy({"loadBalancing": {"concurrency": {"adaptive": True, "initial": 6, "min": 1}}}, [raw_agent(gate)])
    limit = lambda: Admin(proxy.admin_port).metric("gateway_agent_concurrency_limit", agent="raw")
    connections = [client(proxy, 30) for _ in range(10)]
    for index, connection in enumerate(connections):
        connection.send(get(f"/{index}"))
    eventually(lambda: waiting(proxy) == 8, what="those beyond the limit in the queue")
    eventually(lambda: gate.running == 2, what="a third of what it begins with, while nothing is known")
    assert gate.most == 2 and limit() == 2
    gate.open(10)
    assert [connection.answer().status for connection in connections] == [200] * 10
    # answers come at once now: more are let through
    gate.open(400)
    for _ in range(400):
        assert connections[0].ask(get("/more")).status == 200
    assert limit() >= 6
