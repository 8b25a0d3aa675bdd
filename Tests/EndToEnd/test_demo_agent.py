"""The demo agent's ways of working, which measurements of balancing rest on."""
import json
import threading
import time

import pytest

from processes import eventually
from raw import get


def ask_together(client, agent, count, path="/bytes/10"):
    """So many requests at once, one a connection; when each was answered, in seconds from the first, in their order."""
    connections = [client(agent) for _ in range(count)]
    began = time.monotonic()
    ends = [0.0] * count

    def wait(index):
        assert connections[index].answer().status == 200
        ends[index] = time.monotonic() - began

    for connection in connections:
        connection.send(get(path))
        time.sleep(0.005)
    threads = [threading.Thread(target=wait, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return ends


def test_slots_limit_what_is_worked_on_and_the_rest_waits_in_order(start_agent, client):
    agent = start_agent("demo", "--slots", "2", "--service-time", "500ms")
    ends = ask_together(client, agent, 6)
    assert max(ends) >= 1.49, "three rounds of two"
    assert max(ends[:2]) < min(ends[2:4]) and max(ends[2:4]) < min(ends[4:])


def test_the_load_is_the_real_one_where_slots_are_limited(start_agent, client):
    agent = start_agent("demo", "--slots", "2", "--service-time", "5s", "--cpu", "0.1", "--report-load", "json")
    connections = [client(agent) for _ in range(5)]
    for connection in connections:
        connection.send(get("/bytes/10"))
    asker = client(agent)
    health = lambda: json.loads(asker.ask(get("/health")).body)
    eventually(lambda: (health()["cpu"], health()["queue_depth"]) == (1, 3), what="a full agent")
    assert "agent_queue_depth 3\n" in asker.ask(get("/metrics")).body.decode()
    assert '"queue_depth":3' in asker.ask(get("/health")).get("endpoint-load-metrics")
    for connection in connections[1:]:
        connection.close()
    eventually(lambda: (health()["cpu"], health()["queue_depth"]) == (0.5, 0), what="those that left are not waited for")


def test_speed_cold_start_and_pauses_stretch_the_work(start_agent, client):
    agent = start_agent("demo", "--service-time", "20ms", "--speed", "0.2")
    connection = client(agent)

    def took():
        began = time.monotonic()
        connection.ask(get("/bytes/10"))
        return time.monotonic() - began

    assert took() >= 0.1
    agent.control(speed=1, coldStart="30s")
    assert took() >= 0.18, "a tenth of the speed at first"
    agent.control(coldStart="0s", pauseEvery="2s", pauseFor="1500ms")
    assert max(took() for _ in range(30)) >= 1.4, "nothing is done in a pause"


def test_service_times_are_drawn_by_the_seed(start_agent, client):
    def times(name, seed):
        # of three runs the quickest: what a busy machine adds is never less than nothing
        connections = [client(start_agent(f"{name}{run}", "--service-time", "20ms", "--spread", "1.5", "--seed", seed)) for run in range(3)]
        return [min(_timed(connection) for connection in connections) for _ in range(6)]

    one, same, other = times("one", "7"), times("same", "7"), times("other", "8")
    assert all(abs(a - b) < 0.03 for a, b in zip(one, same))
    assert any(abs(a - b) > 0.005 for a, b in zip(one, other))


def _timed(connection):
    began = time.monotonic()
    connection.ask(get("/bytes/10"))
    return time.monotonic() - began


def test_a_draining_agent_refuses_work_and_closes_its_websockets(start_agent, client):
    agent = start_agent("demo")
    upgrade = ("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==")
    socket = client(agent)
    socket.send(get("/ws", *upgrade))
    assert socket.head().status == 101
    assert agent.control(drain="3s")["drain"] == "3s"
    said = socket.until(b"\x88\x02\x03\xf4")
    assert b'"event":"shutdown","payload":{"restartExpectedMs":3000}' in said, "before the close with 1012"
    for path in ("/startupz", "/bytes/10"):
        answer = client(agent).ask(get(path))
        assert answer.status == 503 and json.loads(answer.body)["status"] == "draining"
    assert client(agent).ask(get("/health")).status == 200
    assert client(agent).ask(get("/ws", *upgrade)).status == 503
    agent.control(drain=False)
    assert client(agent).ask(get("/bytes/10")).status == 200


@pytest.mark.parametrize("change", [{"slots": -1}, {"speed": 0}, {"reportLoad": "xml"}, {"drain": "soon"}, {"spread": 9}])
def test_what_cannot_be_is_refused(start_agent, client, change):
    agent = start_agent("demo")
    assert list(change)[0] in agent._ask("POST", "/control", change)["error"]["message"]
