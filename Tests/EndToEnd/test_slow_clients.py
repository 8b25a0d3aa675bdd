"""Clients that take their answers slowly get all of them, however the connection ends; those that take nothing are let go."""
import socket
import time

import pytest

from processes import eventually
from raw import Client, Wire, ok
from watching import metric

#: What waits on a client that reads nothing: some in the kernel, which takes 64 KiB, and the end in the proxy, which does
#: not hold the agent up for so little.
SIZE = 200_000


class SlowClient(Client):
    """The kernel holds little for it."""

    def __init__(self, port, request):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", port))
        Wire.__init__(self, sock, seconds=30)
        self.send(request)


@pytest.fixture
def slow_client():
    """`slow_client(proxy, request)` sends it, and reads nothing by itself."""
    opened = []

    def connect(proxy, request=""):
        opened.append(SlowClient(proxy.port, request))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def open_connections(proxy):
    """The one that asks is there, too."""
    return metric(proxy, "gateway_active_connections ")


def sized(wire):
    """As many bytes as the path says."""
    while True:
        size = int(wire.request().target.lstrip("/"))
        wire.send(ok("x" * size))


def whole(wire, size):
    answer = wire.answer()
    return answer.status == 200 and answer.body == b"x" * size


@pytest.mark.parametrize("version,fields", [("1.1", "Connection: close\r\n"), ("1.0", ""), ("1.1", "")], ids=["close", "1.0", "kept"])
def test_the_end_of_an_answer_waits_for_a_client_that_pauses(start_proxy, raw_agent, slow_client, version, fields):
    """Longer than a closing connection, or one on which nothing is asked, is kept open."""
    proxy = start_proxy({"http": {"timeouts": {"idle": "1s"}}}, [raw_agent(sized)])
    wire = slow_client(proxy, f"GET /{SIZE} HTTP/{version}\r\nHost: a.test\r\n{fields}\r\n")
    time.sleep(4)
    assert whole(wire, SIZE)
    assert wire.wait_closed(6)


def test_who_takes_nothing_is_closed_after_the_time_to_write_and_no_later(start_proxy, raw_agent, slow_client):
    agent = raw_agent(sized)
    proxy = start_proxy({"http": {"timeouts": {"write": "3s"}}}, [agent])
    for count, fields in enumerate(("Connection: close\r\n", ""), 1):
        began = time.monotonic()
        slow_client(proxy, f"GET /{SIZE} HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n")
        eventually(lambda: len(agent.requests) == count and open_connections(proxy) == 2, what="its beginning")
        eventually(lambda: open_connections(proxy) == 1, seconds=5, what="its end")
        assert time.monotonic() - began > 2.5


def test_comments_of_ours_do_not_keep_who_takes_nothing(start_proxy, raw_agent, slow_client):
    def handler(wire):
        wire.request()
        event = "data: " + "x" * 998 + "\n\n"
        wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(SIZE // len(event)):
            wire.send(f"{len(event):x}\r\n{event}\r\n")
            # one in each read, so that the last one that is taken is whole
            time.sleep(0.003)
        wire.wait_closed(20)

    proxy = start_proxy({"http": {"timeouts": {"write": "3s"}}, "streams": {"heartbeat": "500ms"}}, [raw_agent(handler)])
    slow_client(proxy, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
    eventually(lambda: open_connections(proxy) == 2, what="its beginning")
    eventually(lambda: open_connections(proxy) == 1, seconds=10, what="its end")


@pytest.mark.slow
def test_a_drain_waits_for_a_client_that_is_slow(start_proxy, raw_agent, slow_client):
    agent = raw_agent(sized)
    proxy = start_proxy({"http": {"timeouts": {"shutdown": "20s"}}}, [agent])
    wire = slow_client(proxy, f"GET /{SIZE} HTTP/1.1\r\nHost: a.test\r\n\r\n")
    eventually(lambda: agent.requests, what="its beginning")
    time.sleep(0.2)
    proxy.terminate()
    time.sleep(12)
    assert whole(wire, SIZE)
    assert proxy.process.wait(15) == 0


@pytest.mark.parametrize("path", ["/none", "/65536"])
def test_requests_are_not_taken_from_who_takes_no_answers(start_proxy, raw_agent, slow_client, path):
    rules = [{"name": "sized", "match": {"type": "regex", "pattern": "^/[0-9]+$"}, "target": "raw"}]
    proxy = start_proxy({}, [raw_agent(sized)], rules)
    wire = slow_client(proxy)
    wire.sock.setblocking(False)
    before = proxy.resident_bytes()
    requests = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode() * 1000
    sent, end, progressed = 0, time.monotonic() + 60, time.monotonic()
    while time.monotonic() < progressed + 2:
        assert time.monotonic() < end, f"{sent} bytes of requests were taken, and more are"
        try:
            sent += wire.sock.send(requests[sent % len(requests):])
            progressed = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
    assert sent < 8_000_000 and proxy.resident_bytes() - before < 30_000_000
    # whoever reads again is served on, in order
    wire.sock.setblocking(True)
    wire.sock.settimeout(10)
    for _ in range(200):
        assert wire.answer().status == (404 if path == "/none" else 200)


def test_the_end_of_a_tunnel_waits_for_a_client_that_pauses(start_proxy, raw_agent, slow_client):
    """Both sides have ended, and the client has not taken all yet."""
    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + "x" * SIZE)
        wire.sock.shutdown(socket.SHUT_WR)
        time.sleep(2)

    proxy = start_proxy({}, [raw_agent(handler)])
    wire = slow_client(proxy, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    eventually(lambda: metric(proxy, "gateway_active_tunnels") == 1, what="the tunnel")
    wire.sock.shutdown(socket.SHUT_WR)
    time.sleep(4)
    assert wire.until(b"\r\n\r\n").startswith(b"HTTP/1.1 101")
    assert wire.exactly(SIZE) == b"x" * SIZE


@pytest.mark.parametrize("first", ["agent", "client"])
def test_the_end_of_a_tunnel_waits_for_an_agent_that_pauses(start_proxy, raw_agent, client, first):
    got = []

    def handler(wire):
        wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.request()
        wire.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        if first == "agent":
            wire.sock.shutdown(socket.SHUT_WR)
        time.sleep(1.5)
        if first == "client":
            wire.sock.shutdown(socket.SHUT_WR)
        time.sleep(1.5)
        got.append(wire.rest())

    proxy = start_proxy({}, [raw_agent(handler)])
    wire = client(proxy)
    wire.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    wire.until(b"\r\n\r\n")
    time.sleep(0.3)
    wire.send("y" * 120_000)
    wire.sock.shutdown(socket.SHUT_WR)
    eventually(lambda: got, seconds=15)
    assert got[0] == (b"y" * 120_000, True)
