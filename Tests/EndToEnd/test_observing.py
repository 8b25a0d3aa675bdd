"""What the proxy tells of itself: access log, metrics, health, the table of agents."""
import json
import re
import socket

import pytest

from processes import eventually, free_port, run_command
from raw import Client, get, post

LINE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.e+-]+|NaN|[+-]Inf)$')


def metrics(text):
    """The page as {(name, ((label, value), ...)): number}; a line that is not Prometheus' text form fails."""
    found, typed, helped = {}, {}, set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name not in typed, f"{name} twice"
            typed[name] = kind
        elif line.startswith("# HELP "):
            helped.add(line[7:].split(" ", 1)[0])
        else:
            match = LINE.match(line)
            assert match, f"no line of the text form: {line!r}"
            labels = tuple(re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
            assert (match[1], labels) not in found, f"twice: {line}"
            base = re.sub(r"_(bucket|sum|count)$", "", match[1])
            assert match[1] in typed or typed.get(base) == "histogram", f"no type: {line}"
            found[match[1], labels] = float(match[3])
    assert set(typed) == helped
    return found


def page(client, proxy):
    answer = client(proxy).ask(get("/metrics"))
    assert answer.status == 200 and answer.get("Content-Type").startswith("text/plain; version=0.0.4")
    return metrics(answer.body.decode())


def test_metrics_count_what_happened(start_agent, start_proxy, client):
    proxy = start_proxy(
        {}, [start_agent(), {"id": "dead", "endpoint": f"http://127.0.0.1:{free_port()}"}],
        [{"name": 'we"ird\\name', "match": {"type": "prefix", "pattern": "/w"}, "target": "demo"},
         {"name": "down", "match": {"type": "prefix", "pattern": "/down"}, "target": "dead"}])
    connection = client(proxy)
    for path in ["/w/1", "/w/2", "/w/3", "/down", "/none"]:
        connection.ask(get(path))
    connection.ask(post("/w/4", "12345"))
    found = page(client, proxy)
    weird = ("route", 'we\\"ird\\\\name')
    assert found["gateway_requests_total", (weird, ("status", "2xx"))] == 4
    assert found["gateway_requests_total", (("route", "down"), ("status", "5xx"))] == 1
    assert found["gateway_error_total", (("kind", "connect_failed"),)] == 1
    assert found["gateway_error_total", (("kind", "no_route"),)] == 1
    assert found["gateway_error_total", (("kind", "agent_reset"),)] == 0
    assert found["gateway_request_duration_seconds_count", (weird,)] == 4
    assert found["gateway_request_duration_seconds_bucket", (weird, ("le", "+Inf"))] == 4
    buckets = [value for (name, labels), value in found.items() if name.endswith("_bucket") and labels[0] == weird]
    assert buckets == sorted(buckets), "buckets are cumulative"
    assert found["gateway_agent_requests_total", (("agent", "demo"),)] == 4
    assert found["gateway_agent_up", (("agent", "demo"),)] == 1
    assert found["gateway_agent_in_flight", (("agent", "demo"),)] == 0
    assert found["gateway_active_connections", ()] == 2
    assert found["gateway_received_bytes_total", ()] >= 5
    assert found["gateway_event_loops", ()] == 2 and found["process_resident_memory_bytes", ()] > 1 << 20


def test_gauges_return_to_nothing(start_agent, start_proxy, client):
    agent = start_agent()
    proxy = start_proxy({}, [agent])
    connections = [client(proxy) for _ in range(5)]
    for connection in connections:
        connection.send(get("/slow/5000"))
    eventually(lambda: page(client, proxy)["gateway_agent_in_flight", (("agent", "demo"),)] == 5, what="five in flight")
    assert page(client, proxy)["gateway_active_requests", ()] >= 5
    for connection in connections:
        connection.close()

    def settled():
        with Client(proxy.port) as own:
            found = metrics(own.ask(get("/metrics", "Connection: close")).body.decode())
        return found["gateway_agent_in_flight", (("agent", "demo"),)] == 0 and found["gateway_active_requests", ()] <= 1 and found

    found = eventually(settled, what="nothing in flight")
    assert found["gateway_error_total", (("kind", "client_gone"),)] == 5


def test_loops_are_summed(start_agent, start_proxy, client):
    proxy = start_proxy({}, [start_agent()])
    for _ in range(40):
        connection = client(proxy)
        connection.ask(get("/"))
        connection.close()
    found = page(client, proxy)
    assert sum(value for (name, labels), value in found.items() if name == "gateway_requests_total" and dict(labels)["status"] == "2xx") >= 40


def test_metrics_stand_where_monitoring_puts_them(start_agent, start_proxy, client):
    own = free_port()
    agent = start_agent()
    proxy = start_proxy(
        {"monitoring": {"listen": f"127.0.0.1:{own}", "metrics": {"path": "/m"}, "healthCheck": {"path": "/h"}}}, [agent])
    assert client(own).ask(get("/m")).status == 200 and client(own).ask(get("/h")).status == 200
    assert client(own).ask(get("/anything")).status == 404, "no request reaches an agent from here"
    assert client(proxy).ask(get("/m")).get("X-Agent") == "demo", "the public listener has none of them"
    assert client(proxy).ask(get("/health")).get("X-Agent") == "demo"


def test_metrics_may_be_off(start_agent, start_proxy, client):
    proxy = start_proxy({"monitoring": {"metrics": {"enabled": False}}}, [start_agent()])
    assert client(proxy).ask(get("/metrics")).get("X-Agent") == "demo"


def test_health_is_short_unless_asked(shared_proxy, client):
    answer = client(shared_proxy).ask(get("/health"))
    assert answer.status == 200 and json.loads(answer.body) == {"status": "ok"} and answer.get("Cache-Control") == "no-store"
    detailed = json.loads(client(shared_proxy).ask(get("/health?detailed")).body)
    assert detailed["status"] == "ok" and detailed["agents"][0]["id"] == "demo" and detailed["generation"] >= 1
    assert client(shared_proxy).ask(post("/health", "x")).get("X-Agent") == "demo", "only GET and HEAD are ours"


def test_details_of_health_need_loopback_or_a_token(start_agent, start_proxy):
    """From an address that is not loopback; one of this machine's own stands in for it."""
    address = _own_address()
    if not address:
        pytest.skip("this machine has no address but loopback")
    proxy = start_proxy(
        {"auth": {"tokens": [{"name": "ops", "token": "opstoken"}]}, "monitoring": {"healthCheck": {"detailed": True}}},
        [start_agent()], listen=lambda port: f"0.0.0.0:{port}")

    def ask(*fields):
        with socket.create_connection((address, proxy.port), 5) as raw:
            raw.sendall(get("/health", "Connection: close", *fields).encode())
            text = b""
            while piece := raw.recv(65536):
                text += piece
            return text

    assert b"agents" not in ask() and b'"status":"ok"' in ask()
    assert b"agents" not in ask("X-Forwarded-For: 127.0.0.1") and b"agents" not in ask("Authorization: Bearer no")
    assert b"agents" in ask("Authorization: Bearer opstoken")


def _own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            address = probe.getsockname()[0]
        except OSError:
            return None
    return None if address.startswith("127.") else address


def test_every_request_is_one_access_line_of_json(start_agent, start_proxy, client):
    proxy = start_proxy({}, [start_agent()], [{"name": "r", "match": {"type": "prefix", "pattern": "/r"}, "target": "demo"}])
    connection = client(proxy)
    connection.ask(get('/r/a"b\\c?secret=1', "X-Request-Id: id-1"))
    connection.ask(post("/r/post", "12345", "X-Request-Id: id-2"))
    connection.ask(get("/none", "X-Request-Id: id-3", method="DELETE"))
    connection.ask(get("/r/bytes", "X-Request-Id: id-4", version="1.0"))
    client(proxy).ask("BAD\r\n\r\n")
    lines = eventually(lambda: (lambda found: found if len(found) == 5 else None)(proxy.access_lines()), what="five lines")
    by_id = {line["request_id"]: line for line in lines}
    first = by_id["id-1"]
    assert first["method"] == "GET" and first["path"] == '/r/a"b\\c' and first["status"] == 200 and first["route"] == "r"
    assert first["agent"] == "demo" and first["client"] == "127.0.0.1" and first["protocol"] == "HTTP/1.1" and first["attempts"] == 1
    assert first["bytes_out"] > 0 and first["duration_ms"] >= 0 and re.match(r"^\d{4}-\d\d-\d\dT.*Z$", first["time"])
    assert "secret" not in json.dumps(lines), "a query may hold secrets"
    assert by_id["id-2"]["bytes_in"] == 5
    assert by_id["id-3"]["status"] == 404 and by_id["id-3"]["error"] == "no_route"
    assert by_id["id-4"]["protocol"] == "HTTP/1.0"
    # each loop writes its own lines: their order among loops is not told
    assert [line["status"] for line in lines if line.get("error") == "bad_request"] == [400]


def test_the_access_log_may_go_to_a_file(start_agent, start_proxy, client, tmp_path):
    file = tmp_path / "access.log"
    proxy = start_proxy({"logging": {"outputs": [{"type": "file", "path": str(file)}]}}, [start_agent()])
    client(proxy).ask(get("/in-a-file"))
    eventually(lambda: file.exists() and "/in-a-file" in file.read_text(), what="the line in the file")
    for line in file.read_text().splitlines():
        json.loads(line)


def test_no_access_lines_where_they_are_off(start_agent, start_proxy, client):
    proxy = start_proxy({"logging": {"accessLog": False}}, [start_agent()])
    client(proxy).ask(get("/quiet"))
    proxy.signal(2)
    proxy.wait(15)
    assert "/quiet" not in proxy.log


def test_the_table_of_agents(start_agent, start_proxy, client, tmp_path):
    proxy = start_proxy(
        {"agents": {"healthCheck": {"enabled": True, "interval": "200ms", "edgeInterval": "100ms", "failThreshold": 1}}},
        [start_agent("up").settings(tags=["blue"], weight=7, maxConcurrent=3), {"id": "gone", "endpoint": f"http://127.0.0.1:{free_port()}"}])
    eventually(lambda: json.loads(client(proxy.admin_port).ask(get("/agents", host="localhost")).body)["agents"][1]["health"] == "down", what="the verdict")
    client(proxy).ask(get("/"))
    done = run_command(tmp_path, "agents", "--admin", f"127.0.0.1:{proxy.admin_port}")
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "AGENT" in rows and "blue" in rows["up"] and "0/3" in rows["up"] and "down" in rows["gone"]
    done = run_command(tmp_path, "agents", "--json", "--config-file", proxy.config_file)
    assert [agent["id"] for agent in json.loads(done.stdout)["agents"]] == ["up", "gone"]


def test_the_table_without_a_proxy_says_so(tmp_path):
    done = run_command(tmp_path, "agents", "--admin", f"127.0.0.1:{free_port()}")
    assert done.returncode == 1 and "no proxy answers" in done.stderr


def test_the_admin_listener_serves_no_agent_and_changes_nothing_by_get(shared_proxy, client):
    assert client(shared_proxy.admin_port).ask(get("/anything", host="localhost")).status == 404
    assert client(shared_proxy.admin_port).ask(post("/agents", "{}").replace("proxy.test", "localhost")).status in (404, 405)
    assert client(shared_proxy.port).ask(get("/agents")).get("X-Agent") == "demo", "the public listener has no such page"


@pytest.mark.parametrize("fields, host", [([], "evil.test"), (["Origin: https://evil.test"], "127.0.0.1"), (["Origin: http://203.0.113.9"], "127.0.0.1")])
def test_the_admin_listener_refuses_other_hosts_and_origins(shared_proxy, client, fields, host):
    """A web page that the operator visits must not read it by rebinding a name to loopback."""
    answer = client(shared_proxy.admin_port).ask(get("/agents", *fields, host=host))
    assert answer.status in (400, 403, 421)


def test_the_admin_listener_may_be_a_unix_socket(start_agent, start_proxy, tmp_path):
    path = tmp_path / "admin.sock"
    start_proxy({"admin": {"listen": f"unix:{path}"}}, [start_agent()])
    done = run_command(tmp_path, "agents", "--admin", f"unix:{path}")
    assert done.returncode == 0 and "demo" in done.stdout


def test_an_agents_health_follows_its_answers(start_agent, start_proxy, client):
    agent = start_agent()
    proxy = start_proxy(
        {"agents": {"healthCheck": {"enabled": True, "interval": "200ms", "edgeInterval": "100ms", "failThreshold": 2, "passThreshold": 2}}},
        [agent])
    state = lambda: json.loads(client(proxy.admin_port).ask(get("/agents", host="localhost")).body)["agents"][0]["health"]
    eventually(lambda: state() == "up", what="up")
    agent.control(healthy=False)
    eventually(lambda: state() == "down", what="down")
    answer = client(proxy).ask(get("/"))
    assert answer.status == 200 and "panic" in answer.get("Proxy-Status"), "the only one is asked all the same"
    agent.control(healthy=True)
    eventually(lambda: state() == "up", what="up again")


def test_the_openclaw_preset_asks_for_admission(start_agent, start_proxy, client):
    agent = start_agent("gw", "--starting", "700ms")
    proxy = start_proxy(
        {"agents": {"healthCheck": {"enabled": True, "preset": "openclaw", "interval": "200ms", "edgeInterval": "100ms", "failThreshold": 1}}},
        [agent])
    eventually(lambda: client(proxy).ask(get("/")).status == 503, 5, what="not yet started")
    eventually(lambda: client(proxy).ask(get("/")).status == 200, 5, what="started")
