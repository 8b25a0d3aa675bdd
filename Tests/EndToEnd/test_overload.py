"""What is done where there is too much of something: memory, descriptors, time, connections, and clients that are slow."""
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

import processes
from certificates import Authority
from processes import eventually, merge
from raw import Client, Closed, get
from tls_clients import TLSClient, over, trusting
from watching import cpu_seconds, descriptors, error, metric


@pytest.fixture
def few_descriptors(tmp_path, monkeypatch):
    """Proxies that start from now on may have 256 open files."""
    program = tmp_path / "limited"
    program.write_text(f'#!/bin/sh\nexec prlimit --nofile=256:256 "{processes.CLAWPROXY}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(processes, "CLAWPROXY", program)


def connect(port):
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex(("127.0.0.1", port))
    return sock


def test_descriptors_run_out_and_nothing_else_does(few_descriptors, start_agent, start_proxy, client):
    gateway = {"http": {"timeouts": {"header": "4s"}}, "monitoring": {"healthCheck": {"path": "/health"}}}
    proxy = start_proxy(gateway, [start_agent()])
    time.sleep(2.2)
    quiet = descriptors(proxy)
    crowd = [connect(proxy.port) for _ in range(500)]
    try:
        most, before, start = 0, cpu_seconds(proxy), time.monotonic()
        while time.monotonic() - start < 3:
            # operators are served whatever clients do
            with Client(proxy.admin_port, 2) as admin:
                assert admin.ask(get("/health", host="localhost")).status == 200
            most = max(most, descriptors(proxy))
            time.sleep(0.1)
        assert most < 240, "some are left for agents"
        assert cpu_seconds(proxy) - before < 1.5, "nothing spins"
        # and clients have their turn, as those who say nothing are closed
        for _ in range(3):
            assert client(proxy, 15).ask(get("/")).status == 200
        health = client(proxy, 15).ask(get("/health"))
        assert health.status == 200
        assert metric(proxy, "gateway_overload_accept_pauses_total") >= 1
        assert metric(proxy, "gateway_overload_idle_closed_total") >= 100
    finally:
        for sock in crowd:
            sock.close()
    eventually(lambda: descriptors(proxy) <= quiet + 12, 20, what=f"{quiet} descriptors again")
    for _ in range(50):
        with Client(proxy.port) as connection:
            assert connection.ask(get("/")).status == 200
    assert proxy.is_running and "EMFILE" not in proxy.log


def test_busy_clients_have_descriptors_for_their_agents(few_descriptors, start_agent, start_proxy):
    """As many as are let in at once are served, each by a connection of its own to the agent."""
    proxy = start_proxy({}, [start_agent("demo", "--latency", "300ms")])
    time.sleep(2.2)
    statuses = []

    def one():
        with Client(proxy.port, 30) as connection:
            statuses.append(connection.ask(get("/", "Connection: close")).status)

    threads = [threading.Thread(target=one) for _ in range(300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 300


class Honest:
    """Clients who ask again and again over connections that they keep; what went wrong stands in `wrong`."""

    def __init__(self, port, count=6, pause=0.05):
        self.answered, self.wrong, self.is_over = 0, [], False
        self.clients = [Client(port, 20) for _ in range(count)]
        for one in self.clients:
            assert one.ask(get("/")).status == 200
        self.threads = [threading.Thread(target=self._go_on, args=(one, pause)) for one in self.clients]

    def _go_on(self, one, pause):
        while not self.is_over:
            try:
                answer = one.ask(get("/"))
                if answer.status != 200:
                    self.wrong.append(answer.status)
                self.answered += 1
            except (Closed, OSError) as reason:
                self.wrong.append(repr(reason))
                return
            time.sleep(pause)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join()
        for one in self.clients:
            one.close()


class Crowd:
    """Connections, each of which does something at each step; where they are closed, others may come in their place."""

    def __init__(self, port, count, begin=b"", step=lambda sock: None, returns=False):
        self.port, self.begin, self.step, self.returns = port, begin, step, returns
        self.closed, self.is_over, self.begun = 0, False, set()
        self.socks = [self._come() for _ in range(count)]
        self.thread = threading.Thread(target=self._go_on)

    def _come(self):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", self.port))
        return sock

    def _go_on(self):
        while not self.is_over and self.socks:
            for at, sock in enumerate(self.socks):
                try:
                    if sock not in self.begun:
                        sock.send(self.begin)
                        self.begun.add(sock)
                    self.step(sock)
                except BlockingIOError:
                    continue
                except OSError:
                    self.closed += 1
                    sock.close()
                    self.socks[at] = self._come() if self.returns else None
            self.socks = [sock for sock in self.socks if sock]
            time.sleep(0.2)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()
        for sock in self.socks:
            sock.close()


def read_end(sock):
    """Raises where the other side has closed."""
    if not sock.recv(65536):
        raise OSError("end")


@pytest.mark.slow
def test_who_asks_is_served_while_a_crowd_takes_what_descriptors_there_are(few_descriptors, start_agent, start_proxy):
    """The crowd says nothing, and comes again as soon as it is closed."""
    proxy = start_proxy({}, [start_agent()])
    time.sleep(2.2)
    quiet = descriptors(proxy)
    with Honest(proxy.port) as honest:
        time.sleep(1)
        alone, before = honest.answered, cpu_seconds(proxy)
        time.sleep(2)
        alone, usual = honest.answered - alone, cpu_seconds(proxy) - before
        assert alone > 10
        with Crowd(proxy.port, 600, step=read_end, returns=True) as crowd:
            served, before, start = honest.answered, cpu_seconds(proxy), time.monotonic()
            while time.monotonic() - start < 8:
                with Client(proxy.admin_port, 5) as admin:
                    assert admin.ask(get("/health", host="localhost")).status == 200
                assert descriptors(proxy) < 250
                time.sleep(0.1)
            used, seconds = cpu_seconds(proxy) - before, time.monotonic() - start
            served = honest.answered - served
            # new clients have their turn as well, though the queue in front of them is long
            with Client(proxy.port, 30) as late:
                assert late.ask(get("/")).status == 200
        assert crowd.closed > 100
    assert not honest.wrong
    assert served > alone
    assert used / seconds < usual / 2 + 0.5, f"{used:.2f} s of {seconds:.2f} s; {usual:.2f} s of 2 s before"
    eventually(lambda: descriptors(proxy) <= quiet + 16, 20, what=f"{quiet} descriptors again")
    assert metric(proxy, "gateway_overload_level") == 0
    assert "EMFILE" not in proxy.log and proxy.is_running


def test_handshakes_that_do_not_go_on_make_room_for_those_that_do(few_descriptors, tmp_path, start_agent, start_proxy):
    """Within far less than a handshake may take."""
    ca = Authority(tmp_path)
    gateway = over(ca.issue(names=["DNS:localhost", "IP:127.0.0.1"], subject="edge"), handshakeTimeout="60s")
    proxy = start_proxy(gateway, [start_agent()])
    time.sleep(2.2)
    quiet = descriptors(proxy)
    with Crowd(proxy.port, 300, b"\x16\x03\x01"):
        eventually(lambda: descriptors(proxy) > quiet + 50, what="the crowd")
        for _ in range(3):
            with TLSClient(proxy, trusting(ca), seconds=30) as late:
                assert late.ask(get("/")).status == 200
        assert metric(proxy, "gateway_overload_idle_closed_total") >= 50
    eventually(lambda: descriptors(proxy) <= quiet + 16, 30, what=f"{quiet} descriptors again")


# --- clients that are slow


def drip(text):
    def step(sock):
        sock.send(text)
        read_end(sock)

    return step


def sip(sock):
    """Five bytes of an answer."""
    if not sock.recv(5):
        raise OSError("end")


SLOW = {
    "heads that never end": (b"GET / HTTP/1.1\r\nHost: proxy.test\r\n", drip(b"X-A: b\r\n")),
    "heads that begin and stop": (b"GET / HT", read_end),
    "connections that say nothing": (b"", read_end),
    "bodies that stop": (b"POST / HTTP/1.1\r\nHost: proxy.test\r\nContent-Length: 100000\r\n\r\nsome", read_end),
    "bodies byte by byte": (b"POST / HTTP/1.1\r\nHost: proxy.test\r\nContent-Length: 100000\r\n\r\n", drip(b"x")),
    "chunks byte by byte": (
        b"POST / HTTP/1.1\r\nHost: proxy.test\r\nTransfer-Encoding: chunked\r\n\r\n", drip(b"1\r\nx\r\n")),
    "answers that nobody reads": (b"GET /bytes/50000000 HTTP/1.1\r\nHost: proxy.test\r\n\r\n", lambda sock: None),
    "answers in sips": (b"GET /bytes/50000000 HTTP/1.1\r\nHost: proxy.test\r\n\r\n", sip),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SLOW)
def test_slow_clients_end_by_the_limits_and_others_notice_nothing(start_agent, start_proxy, kind):
    """Where bytes come all the time, `minRate` ends it, after ten seconds."""
    gateway = {"http": {"timeouts": {"header": "2s", "read": "2s", "write": "2s", "idle": "2s"}}}
    proxy = start_proxy(gateway, [agent := start_agent()])
    quiet = descriptors(proxy)
    begin, step = SLOW[kind]
    with Honest(proxy.port, 3) as honest, Crowd(proxy.port, 200, begin, step):
        eventually(lambda: descriptors(proxy) >= quiet + 150, what="the crowd")
        memory = proxy.resident_bytes()
        eventually(lambda: descriptors(proxy) <= quiet + 12, 25, what="its end")
        assert proxy.resident_bytes() < memory + 200 * 524_288, "a buffer or two for each"
    assert not honest.wrong and honest.answered > 20
    assert agent.stats()["active"] == 0, "nothing goes on behind their backs"


# --- memory

TASKS = [
    {"name": name, "match": {"type": "prefix", "pattern": f"/{name}"}, "target": "demo", "task": {"level": name}}
    for name in ("critical", "high", "low", "background")] + [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "demo"}]


def rewrite(proxy, change):
    proxy.config = merge(proxy.config, change)
    proxy.config_file.write_text(json.dumps({"gateway": proxy.config}))


def statuses(proxy):
    with Client(proxy.port) as connection:
        return {path: connection.ask(get(f"/{path}")).status for path in ("critical", "high", "", "low", "background", "health")}


def test_what_is_least_urgent_is_turned_away_first_when_memory_runs_out(start_agent, start_proxy, client):
    proxy = start_proxy({"performance": {"maxMemory": "8GB"}}, [start_agent()], TASKS)
    everybody = {"critical": 200, "high": 200, "": 200, "low": 200, "background": 200, "health": 200}
    assert statuses(proxy) == everybody
    limit = proxy.resident_bytes() * 2
    steps = [
        ({"shedLow": 0.3, "shedNormal": 0.9, "shedHigh": 0.95}, {**everybody, "low": 503, "background": 503}),
        ({"shedLow": 0.2, "shedNormal": 0.3, "shedHigh": 0.95}, {**everybody, "low": 503, "background": 503, "": 503}),
        ({"shedLow": 0.1, "shedNormal": 0.2, "shedHigh": 0.3},
         {**everybody, "low": 503, "background": 503, "": 503, "high": 503}),
    ]
    for level, (overload, expected) in enumerate(steps, 1):
        rewrite(proxy, {"performance": {"maxMemory": limit / 1e6, "overload": overload}})
        eventually(lambda: metric(proxy, "gateway_overload_level") == level, what=f"level {level}")
        eventually(lambda: statuses(proxy) == expected, what=f"{expected}")
    answer = client(proxy).ask(get("/"))
    assert answer.status == 503 and int(answer.get("Retry-After")) >= 1
    assert error(answer)["code"] == "overloaded" and "memory " in error(answer)["message"] and "MiB of " in error(answer)["message"]
    assert metric(proxy, "gateway_overload_shed_total") >= 6
    assert metric(proxy, 'gateway_overload_reason{resource="memory"}') == 1
    rewrite(proxy, {"performance": {"maxMemory": "8GB"}})
    eventually(lambda: metric(proxy, "gateway_overload_level") == 0, 15, what="level 0")
    eventually(lambda: statuses(proxy) == everybody, what="everybody served")
    lines = [json.loads(line) for line in proxy.log.splitlines() if line.startswith("{")]
    told = [line["overload"] for line in lines if "overload" in line]
    assert told[:3] == ["low", "most", "critical"] and told[-1] == "normal" and len(told) <= 8, "a line for each change"


def test_nothing_is_turned_away_where_that_is_off(start_agent, start_proxy):
    performance = {"maxMemory": "16MB", "overload": {"enabled": False}}
    proxy = start_proxy({"performance": performance}, [start_agent()], TASKS)
    assert statuses(proxy)[""] == 200


def test_a_warning_comes_at_nine_tenths_of_the_connections(start_agent, start_proxy, client):
    proxy = start_proxy({"http": {"limits": {"maxConnections": 20}}}, [start_agent()])
    held = [client(proxy) for _ in range(16)]
    for connection in held:
        assert connection.ask(get("/")).status == 200
    assert "90 %" not in proxy.log
    for _ in range(2):
        assert client(proxy).ask(get("/")).status == 200
    eventually(lambda: "90 %" in proxy.log, what="the warning")


def test_loops_that_are_late_again_and_again_turn_the_least_urgent_away(start_agent, start_proxy):
    """The process is stopped most of the time, so that each look at the clock is late."""
    proxy = start_proxy({"performance": {"overload": {"lag": "50ms"}}}, [start_agent()], TASKS)
    time.sleep(0.5)
    for _ in range(12):
        proxy.signal(signal.SIGSTOP)
        time.sleep(0.25)
        proxy.signal(signal.SIGCONT)
        time.sleep(0.03)
    found = statuses(proxy)
    assert found["background"] == 503 and found["critical"] == 200 and found["health"] == 200, found
    eventually(lambda: "event loops are" in proxy.log and "ms late" in proxy.log, what="the line")
    eventually(lambda: metric(proxy, "gateway_overload_level") == 0, 10, what="level 0")
    eventually(lambda: set(statuses(proxy).values()) == {200}, what="everybody served")


def test_a_control_group_limits_memory_where_nobody_else_does(tmp_path, monkeypatch, start_agent, start_proxy):
    """The files of the kernel are as two nested groups of version 2 have them, for this proxy alone."""
    if os.geteuid() or not shutil.which("unshare") or subprocess.run(["unshare", "-m", "true"]).returncode:
        pytest.skip("needs leave to mount")
    groups = tmp_path / "groups"
    (groups / "pod" / "proxy").mkdir(parents=True)
    (groups / "pod" / "memory.max").write_text("400000000\n")
    (groups / "pod" / "proxy" / "memory.max").write_text("max\n")
    (tmp_path / "cgroup").write_text("0::/pod/proxy\n")
    program = tmp_path / "grouped"
    program.write_text(
        "#!/bin/sh\n"
        f'exec unshare -m sh -c \'mount --bind "{tmp_path}/cgroup" /proc/$$/cgroup && mount --bind "{groups}" /sys/fs/cgroup && '
        f'exec "{processes.CLAWPROXY}" "$@"\' sh "$@"\n')
    program.chmod(0o755)
    monkeypatch.setattr(processes, "CLAWPROXY", program)
    proxy = start_proxy({}, [start_agent()])
    eventually(lambda: metric(proxy, "gateway_memory_limit_bytes") == 360_000_000, what="the group's limit")
    rewrite(proxy, {"performance": {"maxMemory": "300MB"}})
    eventually(lambda: metric(proxy, "gateway_memory_limit_bytes") == 300_000_000, what="the configured limit")
    rewrite(proxy, {"performance": {"maxMemory": None}})
    eventually(lambda: metric(proxy, "gateway_memory_limit_bytes") == 360_000_000, what="the group's again")
