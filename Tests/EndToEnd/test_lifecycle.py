"""From the first word of a start to the last of a stop."""
import json
import signal
import socket
import threading
import time

import pytest
import websockets

from processes import SHARED, can_connect, eventually, free_port, run_command
from raw import Client, Closed, answering, get, ok
from test_upgrades import challenged, ws

OWNER = SHARED / "owner-configs"


def write(folder, gateway, name="gateway.json"):
    file = folder / name
    file.write_text(gateway if isinstance(gateway, str) else json.dumps({"gateway": gateway}, indent=2))
    return file


# -- start --------------------------------------------------------------------------------------------------------------


def test_a_port_in_use_by_a_second_copy_is_an_error(start_agent, start_proxy, tmp_path):
    proxy = start_proxy({}, [start_agent()])
    file = write(tmp_path, {"http": {"listen": f"127.0.0.1:{proxy.port}"}, "admin": {"listen": f"127.0.0.1:{free_port()}"}})
    done = run_command(tmp_path, "run", "--config-file", file)
    assert done.returncode == 1
    assert f"127.0.0.1:{proxy.port}" in done.stderr and "already in use" in done.stderr and "not started" in done.stderr
    with Client(proxy.port) as client:
        assert client.ask(get("/")).status == 200, "the first copy goes on"


def test_a_port_in_use_by_anybody_is_an_error(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        file = write(tmp_path, {"http": {"listen": f"127.0.0.1:{other.getsockname()[1]}"}, "admin": {"listen": f"127.0.0.1:{free_port()}"}})
        done = run_command(tmp_path, "run", "--config-file", file)
    assert done.returncode == 1 and "already in use" in done.stderr


def test_an_admin_port_in_use_is_an_error(start_agent, start_proxy, tmp_path):
    proxy = start_proxy({}, [start_agent()])
    file = write(tmp_path, {"http": {"listen": f"127.0.0.1:{free_port()}"}, "admin": {"listen": f"127.0.0.1:{proxy.admin_port}"}})
    done = run_command(tmp_path, "run", "--config-file", file)
    assert done.returncode == 1 and str(proxy.admin_port) in done.stderr


def test_every_problem_is_told_with_its_place_and_nothing_starts(tmp_path):
    file = write(tmp_path, """{
  "gateway": {
    "http": {"listen": "nowhere", "timeouts": {"idle": 5}},
    "loadBalancing": {"strategy": "leastconn"},
    "routng": {}
  }
}""")
    for arguments in (["check", file], ["run", "--config-file", file]):
        done = run_command(tmp_path, *arguments)
        told = done.stdout + done.stderr
        assert done.returncode == 1, told
        assert f"{file}:3:" in told and f"{file}:4:" in told and f"{file}:5:" in told, told
        assert "http.listen" in told and "http.timeouts.idle" in told
        assert "did you mean 'least-connections'" in told and "did you mean 'routing'" in told


def test_a_file_that_is_no_json_is_told_with_its_place(tmp_path):
    file = write(tmp_path, '{"gateway": {\n  "http": [}\n}')
    done = run_command(tmp_path, "check", file)
    assert done.returncode == 1 and f"{file}:2:12" in done.stdout + done.stderr, done.stdout + done.stderr


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    done = run_command(tmp_path, "check", tmp_path / "missing.json")
    assert "missing.json" in done.stdout + done.stderr
    done = run_command(tmp_path, "run", "--config-file", tmp_path / "missing.json")
    assert done.returncode == 1 and "missing.json" in done.stderr


def test_wrong_flags_and_variables_are_told_by_their_name(tmp_path):
    done = run_command(tmp_path, "check", "--config.http.timeouts.idle=never")
    assert done.returncode == 1 and "--config.http.timeouts.idle" in done.stdout
    done = run_command(tmp_path, "check", env={"OPENCLAW_GATEWAY_HTTP_LISTEN": "never"})
    assert done.returncode == 1 and "OPENCLAW_GATEWAY_HTTP_LISTEN" in done.stdout


@pytest.mark.parametrize("document", sorted(path.name for path in OWNER.glob("*")) or ["MISSING"])
def test_the_owners_documents_are_right_as_they_stand(tmp_path, document):
    file = OWNER / document
    assert file.exists(), f"{OWNER}: no such folder; set CLAWPROXY_SHARED"
    done = run_command(tmp_path, "check", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "error:" not in done.stdout


@pytest.mark.parametrize(
    "gateway, word",
    [
        ({"http": {"tls": {"enabled": True, "cert": "/a", "key": "/b"}}}, "tls"),
        ({"auth": {"tokens": [{"name": "a", "token": "${NOT_SET_ANYWHERE}"}]}}, "NOT_SET_ANYWHERE"),
    ],
)
def test_what_this_version_cannot_protect_is_refused_by_run_alone(tmp_path, gateway, word):
    file = write(tmp_path, {**gateway, "admin": {"listen": f"127.0.0.1:{free_port()}"}})
    checked = run_command(tmp_path, "check", file)
    assert checked.returncode == 0 and word in checked.stdout and "warning" in checked.stdout, checked.stdout
    port = free_port()
    done = run_command(tmp_path, "run", "--config-file", file, f"--config.http.listen=127.0.0.1:{port}")
    assert done.returncode == 1 and word in done.stderr and "error" in done.stderr
    assert not can_connect(port)


def test_layers_flags_over_environment_over_files(start_agent, start_proxy, tmp_path, client):
    agent = start_agent()
    proxy = start_proxy(
        {"http": {"limits": {"headerCount": 50, "targetBytes": 200, "bodyBytes": 100}}}, [agent],
        env={"OPENCLAW_GATEWAY_HTTP_LIMITS_TARGET_BYTES": "300", "OPENCLAW_GATEWAY_HTTP_LIMITS_BODY_BYTES": "200"},
        flags=["--config.http.limits.bodyBytes=300"])
    assert client(proxy).ask(get("/" + "a" * 250)).status == 200 and client(proxy).ask(get("/" + "a" * 350)).status == 414
    assert client(proxy).ask(get("/", "Content-Length: 250", method="POST") + "x" * 250).status == 200
    assert client(proxy).ask(get("/", "Content-Length: 350", method="POST")).status == 413


# -- where it listens ---------------------------------------------------------------------------------------------------


def test_a_unix_socket_is_listened_on_and_removed(start_agent, start_proxy, tmp_path):
    path = tmp_path / "proxy.sock"
    proxy = start_proxy({}, [start_agent()], listen=lambda port: [f"127.0.0.1:{port}", f"unix:{path}"])
    with socket.socket(socket.AF_UNIX) as raw:
        raw.settimeout(5)
        raw.connect(str(path))
        raw.sendall(get("/over/unix").encode())
        assert b"/over/unix" in raw.recv(65536)
    proxy.signal(signal.SIGINT)
    assert proxy.wait(20) == 0 and not path.exists()


def test_a_unix_socket_left_by_a_crash_is_taken_over(start_agent, start_proxy, tmp_path):
    path = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    start_proxy({}, [start_agent()], listen=lambda port: [f"127.0.0.1:{port}", f"unix:{path}"])
    with socket.socket(socket.AF_UNIX) as raw:
        raw.connect(str(path))


def test_an_agent_may_serve_on_a_unix_socket(start_proxy, raw_agent, tmp_path, client):
    agent = raw_agent(answering(ok("by unix")), path=tmp_path / "agent.sock")
    connection = client(start_proxy({}, [agent]))
    for _ in range(3):
        assert connection.ask(get("/")).body == b"by unix"
    assert connection.ask(get("/", "Content-Length: 1", method="POST") + "x").body == b"by unix"


def test_all_addresses_of_a_list_are_listened_on(start_agent, start_proxy, client):
    second = free_port()
    proxy = start_proxy({}, [start_agent()], listen=lambda port: [f"127.0.0.1:{port}", f"127.0.0.1:{second}"])
    assert client(proxy.port).ask(get("/")).status == 200 and client(second).ask(get("/")).status == 200


def test_both_families_are_listened_on(start_agent, start_proxy):
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    proxy = start_proxy({}, [start_agent()], listen=lambda port: f"[::]:{port}")
    for host in ("127.0.0.1", "::1"):
        with socket.create_connection((host, proxy.port), 5) as raw:
            raw.sendall(get("/").encode())
            text = raw.recv(65536)
            assert text.startswith(b"HTTP/1.1 200") and f'"x-forwarded-for":"{host}"'.encode() in text.replace(b" ", b"")


# -- stop ---------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_drain_says_so_closes_the_door_and_lets_streams_end(start_agent, start_proxy, client):
    agent = start_agent()
    proxy = start_proxy({"http": {"timeouts": {"shutdown": "25s"}}}, [agent])
    stream = client(proxy, 30)
    stream.send(get("/sse?events=90&interval=100"))
    stream.head()
    stream.chunk()
    kept = client(proxy, 30)
    assert kept.ask(get("/")).status == 200
    proxy.terminate()
    health = eventually(lambda: (lambda found: found if found.status == 503 else None)(client(proxy).ask(get("/health"))), 3, what="draining")
    assert json.loads(health.body)["status"] == "draining"
    assert client(proxy).ask(get("/")).status == 200, "the door is open while others are told"
    assert kept.ask(get("/")).status == 200
    eventually(lambda: not can_connect(proxy.port), 10, what="the closed door")
    events = 1
    while stream.chunk():
        events += 1
    assert events == 90, "nothing that was accepted is cut short"
    assert kept.rest() == (b"", True), "idle connections are closed in order"
    assert proxy.wait(15) == 0


@pytest.mark.slow
def test_at_the_deadline_a_websocket_gets_1012_and_streams_are_cut(start_agent, start_proxy, client):
    agent = start_agent()
    proxy = start_proxy({"http": {"timeouts": {"shutdown": "7s"}}}, [agent])
    stream = client(proxy, 30)
    stream.send(get("/sse?events=100000&interval=50"))
    stream.head()
    with ws(proxy) as websocket, pytest.raises(websockets.ConnectionClosed) as found:
        challenged(websocket)
        start = time.monotonic()
        proxy.terminate()
        while True:
            websocket.recv(timeout=20)
    assert found.value.rcvd and found.value.rcvd.code == 1012
    assert 6 < time.monotonic() - start < 12
    with pytest.raises(Closed):
        while stream.chunk():
            pass
    assert proxy.wait(10) == 0


def test_a_second_signal_ends_at_once(start_agent, start_proxy, client):
    proxy = start_proxy({"http": {"timeouts": {"shutdown": "60s"}}}, [start_agent()])
    stream = client(proxy)
    stream.send(get("/sse?events=1000&interval=100"))
    stream.head()
    proxy.terminate()
    eventually(lambda: client(proxy).ask(get("/health")).status == 503, 3, what="draining")
    start = time.monotonic()
    proxy.terminate()
    proxy.wait(3)
    assert time.monotonic() - start < 2


def test_an_idle_proxy_ends_at_once_at_a_terminals_signal(start_agent, start_proxy, client):
    proxy = start_proxy({}, [start_agent()])
    client(proxy).ask(get("/"))
    start = time.monotonic()
    proxy.signal(signal.SIGINT)
    assert proxy.wait(10) == 0 and time.monotonic() - start < 5


@pytest.mark.slow
def test_no_request_is_lost_while_the_door_closes(start_agent, start_proxy):
    """New connections all through the drain: each one that is accepted gets its answer."""
    proxy = start_proxy({}, [start_agent()])
    lost, served, stop = [], [0], threading.Event()

    def knock():
        while not stop.is_set():
            try:
                connection = Client(proxy.port)
            except OSError:
                return
            with connection:
                try:
                    assert connection.ask(get("/", "Connection: close")).status == 200
                    served[0] += 1
                except (Closed, AssertionError, OSError) as error:
                    lost.append(repr(error))

    threads = [threading.Thread(target=knock) for _ in range(8)]
    for thread in threads:
        thread.start()
    eventually(lambda: served[0] > 50, what="requests")
    proxy.terminate()
    for thread in threads:
        thread.join(20)
    stop.set()
    assert proxy.wait(20) == 0
    assert not lost, f"{len(lost)} of {served[0]}: {lost[:3]}"


@pytest.mark.slow
def test_one_of_two_agents_killed_and_restarted_fails_no_idempotent_request(start_agent, start_proxy):
    agents = [start_agent("a"), start_agent("b")]
    proxy = start_proxy(
        {"agents": {"healthCheck": {"enabled": True, "interval": "500ms", "edgeInterval": "100ms"}},
         "loadBalancing": {"circuitBreaker": {"enabled": True}}, "logging": {"accessLog": False}}, agents)
    bad, served, stop = [], [0], threading.Event()

    def ask():
        with Client(proxy.port) as connection:
            while not stop.is_set():
                answer = connection.ask(get("/bytes/100"))
                served[0] += 1
                if answer.status != 200:
                    bad.append((answer.status, answer.body))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    current = agents[0]
    for _ in range(3):
        time.sleep(1)  # the rhythm of the failures is the test's input
        current.stop()
        time.sleep(1)
        current = start_agent("a", port=current.port)
    stop.set()
    for thread in threads:
        thread.join(10)
    assert not bad, f"{len(bad)} of {served[0]}: {bad[:3]}"
    assert served[0] > 1000
