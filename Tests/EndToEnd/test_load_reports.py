"""What agents say of their own load: by header, by health answer, by Prometheus page; and where operators see it."""
import json

import pytest

from processes import eventually, run_command
from raw import answering, get
from test_observing import page

HEADER = "endpoint-load-metrics"


def row(client, proxy, agent="demo"):
    rows = json.loads(client(proxy.admin_port).ask(get("/health", host="localhost")).body)["agents"]
    return next(row for row in rows if row["id"] == agent)


def metric(client, proxy, name, agent="demo"):
    return row(client, proxy, agent)["metrics"].get(name)


@pytest.mark.parametrize("form", ["text", "json", "bin"])
def test_a_header_is_read_in_each_form_and_kept_from_clients(start_agent, start_proxy, client, form):
    agent = start_agent("demo", "--cpu", "0.5", "--memory", "0.25", "--queue-depth", "3", "--report-load", form)
    proxy = start_proxy({}, [agent])
    answer = client(proxy).ask(get("/"))
    assert answer.status == 200 and answer.get(HEADER) is None
    found = row(client, proxy)["metrics"]
    assert {name: entry["value"] for name, entry in found.items()} == {"cpu": 0.5, "memory": 0.25, "queue_depth": 3}
    assert all(entry["source"] == "header" and entry["fresh"] and entry["ageMs"] < 3000 for entry in found.values())
    assert page(client, proxy)["gateway_agent_metric", (("agent", "demo"), ("metric", "queue_depth"))] == 3


def test_a_header_may_go_on_to_clients_and_be_left_unread(start_agent, start_proxy, client):
    agent = start_agent("demo", "--cpu", "0.5", "--report-load")
    proxy = start_proxy({"agents": {"loadReport": {"expose": True, "header": False}}}, [agent])
    assert client(proxy).ask(get("/")).get(HEADER).startswith("TEXT cpu_utilization=0.5")
    assert row(client, proxy)["metrics"] == {}


def test_a_broken_header_harms_nothing(raw_agent, start_proxy, client):
    broken = "HTTP/1.1 200 OK\r\nEndpoint-Load-Metrics: BIN !!!\r\nContent-Length: 2\r\n\r\nok"
    proxy = start_proxy({}, [raw_agent(answering(broken))])
    connection = client(proxy)
    for _ in range(3):
        assert connection.ask(get("/")).body == b"ok"


def test_stale_figures_are_shown_as_stale_and_leave_the_metrics(start_agent, start_proxy, client):
    agent = start_agent("demo", "--cpu", "0.5", "--report-load")
    proxy = start_proxy({}, [agent])
    client(proxy).ask(get("/"))
    assert metric(client, proxy, "cpu")["fresh"]
    stale = eventually(lambda: (lambda found: found if not found["fresh"] else None)(metric(client, proxy, "cpu")), 10, what="stale")
    assert stale["ageMs"] >= 3000
    assert not any(name == "gateway_agent_metric" for name, _ in page(client, proxy))


def test_health_answers_are_read(start_agent, start_proxy, client):
    agent = start_agent("demo", "--cpu", "0.4", "--memory", "0.6", "--queue-depth", "2")
    proxy = start_proxy({"agents": {"healthCheck": {"enabled": True, "interval": "200ms"}}}, [agent])
    found = eventually(lambda: row(client, proxy)["metrics"], what="a report")
    assert {name: (entry["value"], entry["source"]) for name, entry in found.items()} == {
        "cpu": (0.4, "health"), "memory": (0.6, "health"), "queue_depth": (2, "health")}
    agent.control(queueDepth=7)
    eventually(lambda: metric(client, proxy, "queue_depth")["value"] == 7, what="the new depth")


def test_prometheus_pages_are_fetched_where_a_path_is_given(start_agent, start_proxy, client):
    agent = start_agent("demo", "--memory", "0.6", "--slots", "1", "--service-time", "3s")
    proxy = start_proxy({"agents": {"loadReport": {"prometheus": {"path": "/metrics", "interval": "200ms"}}}}, [agent])
    found = eventually(lambda: row(client, proxy)["metrics"], what="a report")
    assert {name: (entry["value"], entry["source"]) for name, entry in found.items()} == {
        "cpu": (0, "prometheus"), "memory": (0.6, "prometheus"), "queue_depth": (0, "prometheus")}
    connections = [client(proxy) for _ in range(3)]
    for connection in connections:
        connection.send(get("/bytes/10"))
    eventually(lambda: metric(client, proxy, "queue_depth")["value"] == 2 and metric(client, proxy, "cpu")["value"] == 1, what="a full agent")
    assert agent.stats()["requests"] >= 4


def test_metrics_of_other_names_and_no_page_unless_asked(start_agent, start_proxy, client):
    agent = start_agent("demo", "--queue-depth", "4")
    other = start_agent("other")
    names = {"metrics": {"queueDepth": "no_such_metric", "cpu": ["neither", "agent_queue_depth"]}}
    proxy = start_proxy(
        {"agents": {"loadReport": {"prometheus": {"path": "/metrics", "interval": "200ms", **names}}}}, [agent])
    found = eventually(lambda: row(client, proxy)["metrics"], what="a report")
    assert found["cpu"]["value"] == 1 and "queue_depth" not in found
    start_proxy({}, [other])
    assert other.stats()["requests"] == 0


def test_the_view_shows_what_the_balancer_goes_by(start_agent, start_proxy, client, tmp_path):
    agents = [start_agent("demo", "--latency", "20ms", "--cpu", "0.5", "--report-load"), start_agent("other")]
    proxy = start_proxy({}, agents)
    connection = client(proxy)
    for _ in range(10):
        connection.ask(get("/"))
    found = row(client, proxy)
    other = row(client, proxy, "other")
    assert found["breaker"] == "closed" and found["slowStart"] == 1
    assert other["effectiveWeight"] == other["weight"] and found["effectiveWeight"] < found["weight"], "it says that it is half busy"
    assert 15 < found["firstByteMs"] < 500 and 15 < found["serviceMs"] < 500 and found["errorRate"] == 0
    assert found["score"] > other["score"] > 0
    samples = page(client, proxy)
    for name in ("score", "effective_weight", "slow_start", "breaker_state", "first_byte_seconds", "service_seconds", "error_rate"):
        assert (f"gateway_agent_{name}", (("agent", "demo"),)) in samples
    answer = run_command(tmp_path, "agents", "--json", "--admin", f"127.0.0.1:{proxy.admin_port}")
    rows = json.loads(answer.stdout)["agents"]
    assert {entry["id"] for entry in rows} == {"demo", "other"} and rows[0]["metrics"]["cpu"]["value"] == 0.5
