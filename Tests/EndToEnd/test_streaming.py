"""Streams: nothing is held back, nobody can make the proxy hold much, and who leaves is noticed."""
import json
import socket
import threading
import time

import pytest

from processes import eventually
from raw import Client, get, ok


def test_events_arrive_one_by_one(start_proxy, raw_agent, client):
    """Each event is sent only when the one before has arrived at the client: what is held back would never come."""
    arrived = threading.Semaphore(0)

    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(20):
            assert arrived.acquire(timeout=5)
            event = f"data: {number}\n\n"
            wire.send(f"{len(event):x}\r\n{event}\r\n")
        wire.send("0\r\n\r\n")
        wire.wait_closed(5)

    connection = client(start_proxy({}, [raw_agent(handler)]))
    connection.send(get("/"))
    assert connection.head().get("Content-Type") == "text/event-stream", "the head comes before the first event"
    for number in range(20):
        arrived.release()
        assert connection.chunk() == f"data: {number}\n\n".encode()
    assert connection.chunk() == b""


def test_events_of_a_close_delimited_stream_arrive_one_by_one(start_proxy, raw_agent, client):
    arrived = threading.Semaphore(0)

    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for number in range(5):
            assert arrived.acquire(timeout=5)
            wire.send(f"data: {number}\n\n")

    connection = client(start_proxy({}, [raw_agent(handler)]))
    connection.send(get("/"))
    connection.head()
    for number in range(5):
        arrived.release()
        assert connection.chunk() == f"data: {number}\n\n".encode()
    assert connection.chunk() == b""


def test_a_requests_body_streams_piece_by_piece(start_proxy, raw_agent, client):
    got = threading.Semaphore(0)

    def handler(wire):
        wire.head()
        for number in range(10):
            assert wire.until(b"\r\n") == b"4\r\n" and wire.exactly(6) == b"%04d\r\n" % number
            got.release()
        assert wire.exactly(5) == b"0\r\n\r\n"
        wire.send(ok("thanks"))
        wire.wait_closed(5)

    connection = client(start_proxy({}, [raw_agent(handler)]))
    connection.send(get("/", "Transfer-Encoding: chunked", method="POST"))
    for number in range(10):
        connection.send(f"4\r\n{number:04d}\r\n")
        assert got.acquire(timeout=5), f"piece {number} was held back"
    connection.send("0\r\n\r\n")
    assert connection.answer().body == b"thanks"


def test_both_directions_stream_at_once(start_proxy, raw_agent, client):
    """The answer may begin before the request has ended."""

    def handler(wire):
        wire.head()
        wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while size := int(wire.until(b"\r\n"), 16):
            data = wire.exactly(size + 2)
            wire.send(b"%x\r\n" % size + data.upper())
        wire.exactly(2)
        wire.send("0\r\n\r\n")
        wire.wait_closed(5)

    connection = client(start_proxy({}, [raw_agent(handler)]))
    connection.send(get("/", "Transfer-Encoding: chunked", method="POST"))
    connection.send("3\r\nabc\r\n")
    assert connection.head().status == 200
    assert connection.chunk() == b"ABC"
    connection.send("2\r\nde\r\n")
    assert connection.chunk() == b"DE"
    connection.send("0\r\n\r\n")
    assert connection.chunk() == b""


# -- memory -------------------------------------------------------------------------------------------------------------

GIGABYTE = 1 << 30
MOST_GROWTH = 8 << 20


@pytest.mark.slow
@pytest.mark.parametrize("path", [f"/bytes/{GIGABYTE}", f"/bytes/{GIGABYTE}?close", f"/bytes/{GIGABYTE}?chunked"])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_slow_reader_of_a_gigabyte_does_not_grow_memory(start_agent, start_proxy, path, version):
    agent = start_agent()
    proxy = start_proxy({"performance": {"workerThreads": 1}}, [agent])
    with Client(proxy.port) as warm:
        warm.ask(get("/bytes/10000000"))
    before, most = proxy.resident_bytes(), 0
    with Client(proxy.port) as connection:
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.send(get(path, version=version))
        end = time.monotonic() + 4
        while time.monotonic() < end:
            connection.sock.recv(20_000)
            time.sleep(0.02)  # the slowness is what is tested
            most = max(most, proxy.resident_bytes())
    assert most - before < MOST_GROWTH, f"grew by {(most - before) >> 10} KiB"
    eventually(lambda: agent.stats()["active"] == 0, what="the agent being told that the client has gone")


@pytest.mark.slow
def test_a_slow_reader_of_an_answer_whose_agent_has_closed_does_not_grow_memory(start_proxy, raw_agent):
    """The agent sends what the sockets take and closes: the rest must wait there, not in the proxy."""
    size = 200 << 20

    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\n\r\n")
        block = b"x" * (1 << 20)
        wire.sock.settimeout(60)
        for _ in range(size >> 20):
            wire.send(block)

    proxy = start_proxy({"performance": {"workerThreads": 1}}, [raw_agent(handler)])
    with Client(proxy.port, 60) as warm:
        warm.send(get("/"))
        warm.head()
        for _ in range(100):
            warm.chunk()
    before, most = proxy.resident_bytes(), 0
    with Client(proxy.port, 60) as connection:
        connection.send(get("/"))
        end = time.monotonic() + 3
        while time.monotonic() < end:
            connection.sock.recv(20_000)
            time.sleep(0.02)
            most = max(most, proxy.resident_bytes())
        total = 0
        while data := connection.sock.recv(1 << 20):
            total += len(data)
            if data.endswith(b"0\r\n\r\n"):
                break
            most = max(most, proxy.resident_bytes())
    assert most - before < MOST_GROWTH, f"grew by {(most - before) >> 10} KiB"
    assert total > size - (4 << 20)


@pytest.mark.slow
def test_an_agent_that_reads_slowly_does_not_grow_memory(start_proxy, raw_agent):
    def handler(wire):
        wire.head()
        while True:
            wire.sock.recv(20_000)
            time.sleep(0.02)

    proxy = start_proxy({"performance": {"workerThreads": 1}, "http": {"limits": {"bodyBytes": "2GiB"}}}, [raw_agent(handler)])
    before, most, sent = proxy.resident_bytes(), 0, 0
    with Client(proxy.port) as connection:
        connection.send(get("/", f"Content-Length: {GIGABYTE}", method="POST"))
        connection.sock.setblocking(False)
        end = time.monotonic() + 4
        while time.monotonic() < end:
            try:
                sent += connection.sock.send(b"x" * 65536)
            except BlockingIOError:
                time.sleep(0.01)
            most = max(most, proxy.resident_bytes())
    assert most - before < MOST_GROWTH, f"grew by {(most - before) >> 10} KiB"
    assert sent < 32 << 20, "the client was slowed down"


# -- who leaves ---------------------------------------------------------------------------------------------------------


def test_a_client_that_leaves_before_the_first_byte_cancels(start_agent, start_proxy, client):
    agent = start_agent()
    proxy = start_proxy({}, [agent])
    connection = client(proxy)
    connection.send(get("/slow/20000"))
    eventually(lambda: agent.stats()["active"] == 1, what="the request at the agent")
    connection.close()
    eventually(lambda: agent.stats()["aborted"] == 1 and agent.stats()["active"] == 0, 3, what="the agent being told")


@pytest.mark.parametrize("begins", [False, True], ids=["before-its-answer", "within-its-answer"])
def test_a_request_that_is_given_up_leaves_no_port_in_time_wait(raw_agent, start_proxy, client, begins):
    asked, told = threading.Event(), []

    def handler(wire):
        wire.request()
        asked.set()
        if begins:
            wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        try:
            told.append(wire.sock.recv(1))
        except ConnectionResetError as error:
            told.append(error)

    proxy = start_proxy({}, [raw_agent(handler).settings()])
    connection = client(proxy)
    connection.send(get("/"))
    if begins:
        connection.head()
    assert asked.wait(5)
    connection.close()
    assert isinstance(eventually(lambda: told, 3)[0], ConnectionResetError)


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_client_that_leaves_a_stream_cancels(start_agent, start_proxy, client, reset):
    agent = start_agent()
    proxy = start_proxy({}, [agent])
    connection = client(proxy)
    connection.send(get("/sse?events=1000&interval=50"))
    connection.head()
    connection.chunk()
    connection.reset() if reset else connection.close()
    eventually(lambda: agent.stats()["aborted"] == 1, 3, what="the agent being told")
    line = eventually(lambda: proxy.access_lines(), what="an access line")[0]
    assert line["error"] == "client_gone" and line["status"] in (200, 499)


def test_a_client_that_leaves_a_silent_stream_cancels(start_agent, start_proxy, client):
    agent = start_agent()
    connection = client(start_proxy({}, [agent]))
    connection.send(get("/sse?events=2&interval=30000"))
    connection.head()
    connection.chunk()
    connection.close()
    eventually(lambda: agent.stats()["aborted"] == 1, 3, what="the agent being told")


def test_a_client_that_leaves_within_its_body_cancels(start_proxy, raw_agent, client):
    told = threading.Event()

    def handler(wire):
        wire.head()
        if wire.wait_closed(5):
            told.set()

    agent = raw_agent(handler)
    connection = client(start_proxy({}, [agent]))
    connection.send(get("/", "Content-Length: 1000", method="POST") + "x" * 10)
    eventually(lambda: agent.requests, what="the head at the agent")
    connection.close()
    assert told.wait(3)


def test_a_client_that_leaves_with_a_request_waiting_behind_cancels(start_agent, start_proxy, client):
    """Pipelined bytes in hand must not hide that the client has gone."""
    agent = start_agent()
    connection = client(start_proxy({}, [agent]))
    connection.send(get("/slow/20000") + get("/n/2"))
    eventually(lambda: agent.stats()["active"] == 1, what="the request at the agent")
    connection.close()
    eventually(lambda: agent.stats()["aborted"] == 1, 3, what="the agent being told")
    assert agent.stats()["requests"] == 1


def test_a_client_that_leaves_with_much_waiting_behind_cancels(start_agent, start_proxy, client):
    """Reading is paused then; the end must be noticed all the same."""
    agent = start_agent()
    connection = client(start_proxy({}, [agent]))
    connection.send(get("/slow/20000"))
    eventually(lambda: agent.stats()["active"] == 1, what="the request at the agent")
    connection.send(get("/n/2", "X: " + "x" * 4000) * 40)
    time.sleep(0.2)  # lets the proxy read what it will
    connection.reset()
    eventually(lambda: agent.stats()["aborted"] == 1, 3, what="the agent being told")


def test_a_client_that_leaves_while_an_agent_is_connected_to_is_forgotten(start_proxy, client):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        proxy = start_proxy(
            {"http": {"timeouts": {"connect": "10s"}}}, [{"id": "full", "endpoint": f"http://127.0.0.1:{full.getsockname()[1]}"}])
        connection = client(proxy)
        connection.send(get("/"))
        active = lambda: json.loads(client(proxy.admin_port).ask(get("/health", host="localhost")).body)["agents"][0]["inFlight"]
        eventually(lambda: active() == 1, what="the request in flight")
        connection.close()
        eventually(lambda: active() == 0, 3, what="its end")
        for filler in fillers:
            filler.close()


def test_a_tunnel_ends_with_its_client(start_agent, start_proxy, client):
    agent = start_agent()
    connection = client(start_proxy({}, [agent]))
    connection.send(get("/", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"))
    assert connection.head().status == 101
    eventually(lambda: agent.stats()["tunnels"] == 1, what="a tunnel")
    connection.close()
    eventually(lambda: agent.stats()["tunnels"] == 0, 3, what="its end")


def test_no_lease_is_lost_by_clients_that_leave(start_agent, start_proxy, client):
    agent = start_agent()
    proxy = start_proxy({}, [agent.settings(maxConcurrent=4)])
    for number in range(40):
        connection = client(proxy)
        connection.send(get(["/slow/5000", "/sse?events=100&interval=50", "/bytes/100000000", "/"][number % 4]))
        if number % 3:
            connection.sock.settimeout(0.05)
            try:
                connection.sock.recv(1000)
            except OSError:
                pass
        connection.close()
        eventually(lambda: json.loads(client(proxy.admin_port).ask(get("/health", host="localhost")).body)["agents"][0]["inFlight"] == 0, 5, what="no lease")
    # a client that has gone may still be on its way through the proxy: what counts is that it comes to nothing
    eventually(lambda: json.loads(client(proxy.admin_port).ask(get("/health", host="localhost")).body)["agents"][0]["inFlight"] == 0, 5, what="no lease")
    assert client(proxy).ask(get("/")).status == 200
