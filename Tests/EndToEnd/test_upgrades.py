"""Tunnels: WebSocket and what a rule names beside it; bytes pass as they are."""
import contextlib
import hashlib
import json
import os
import socket
import threading

import pytest
import websockets
from websockets.sync.client import connect

from processes import eventually
from raw import answering, get, ok

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
HANDSHAKE = ["Connection: Upgrade", "Upgrade: websocket", f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"]
MEBIBYTE = 1 << 20


def ws(proxy, path="/", **options):
    # deflate off: what is sent is what passes
    return connect(
        f"ws://127.0.0.1:{proxy.port}{path}", compression=None, max_size=64 * MEBIBYTE, open_timeout=10, proxy=None, **options)


def challenged(socket):
    challenge = json.loads(socket.recv(timeout=5))
    assert challenge["event"] == "connect.challenge" and challenge["payload"]["nonce"]
    return socket


def test_the_server_speaks_first_and_frames_come_back(shared_proxy):
    with ws(shared_proxy) as socket:
        challenged(socket)
        for message in ("hello", b"\0\1\2\xff", "", b"", "x" * 126, b"y" * 65_536):
            socket.send(message)
            assert socket.recv(timeout=5) == message


def test_fragments_stay_fragments(shared_proxy):
    with ws(shared_proxy) as socket:
        challenged(socket)
        socket.send(["one ", "two ", "three"])
        # the library ends such a message with an empty fragment
        assert list(socket.recv_streaming()) == ["one ", "two ", "three", ""]


def test_a_message_of_25_mebibytes_is_byte_exact(shared_proxy):
    message = os.urandom(25 * MEBIBYTE)
    with ws(shared_proxy) as socket:
        challenged(socket)
        socket.send(message)
        assert hashlib.sha256(socket.recv(timeout=60)).digest() == hashlib.sha256(message).digest()


def test_ping_and_pong_pass(shared_proxy):
    with ws(shared_proxy) as socket:
        challenged(socket)
        assert socket.ping(b"are you there").wait(5)


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1012, 4000])
def test_the_clients_close_code_comes_back(shared_proxy, code):
    with ws(shared_proxy) as socket:
        challenged(socket)
        socket.close(code, "because")
        assert (socket.protocol.close_rcvd.code, socket.protocol.close_rcvd.reason) == (code, "because")


@pytest.mark.parametrize("code", [1000, 1011, 1012, 4321])
def test_the_agents_close_code_arrives(shared_proxy, code):
    with ws(shared_proxy, f"/?close={code}") as socket:
        challenged(socket)
        socket.send("last")
        with pytest.raises(websockets.ConnectionClosed) as found:
            while True:
                socket.recv(timeout=5)
        assert found.value.rcvd.code == code


def test_subprotocol_query_and_origin_reach_the_agent(start_proxy, raw_agent, client):
    text = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: abc\r\nSec-WebSocket-Protocol: b\r\n\r\n"
    agent = raw_agent(answering(text))
    answer = client(start_proxy({}, [agent])).ask(get(
        "/chat?a=b", *HANDSHAKE, "Sec-WebSocket-Protocol: a, b", "Origin: https://ui.test", "Sec-WebSocket-Extensions: x"))
    head = agent.requests[0]
    assert head.start == "GET /chat?a=b HTTP/1.1" and head.get("Connection").lower() == "upgrade" and head.get("Upgrade") == "websocket"
    assert head.get("Sec-WebSocket-Protocol") == "a, b" and head.get("Sec-WebSocket-Key") == KEY
    assert head.get("Origin") == "https://ui.test" and head.get("Sec-WebSocket-Extensions") == "x"
    assert answer.status == 101 and answer.get("Connection").lower() == "upgrade" and answer.get("Upgrade") == "websocket"
    assert answer.get("Sec-WebSocket-Accept") == "abc" and answer.get("Sec-WebSocket-Protocol") == "b"


def test_many_sockets_at_once_do_not_mix(shared_proxy):
    with contextlib.ExitStack() as stack:
        sockets = [challenged(stack.enter_context(ws(shared_proxy))) for _ in range(50)]
        for index, socket in enumerate(sockets):
            socket.send(f"I am {index}")
        assert [socket.recv(timeout=5) for socket in sockets] == [f"I am {index}" for index in range(50)]


def test_a_refused_upgrade_is_an_ordinary_answer(start_agent, start_proxy, client):
    connection = client(start_proxy({}, [start_agent()]))
    answer = connection.ask(get("/", "Connection: Upgrade", "Upgrade: websocket"))
    assert answer.status == 400 and "invalid_upgrade" in answer.body.decode()
    assert connection.ask(get("/")).status == 200, "the connection goes on in HTTP"


def test_a_websocket_needs_auth_where_its_rule_does(start_agent, start_proxy):
    proxy = start_proxy(
        {"auth": {"tokens": [{"name": "a", "token": "letmein"}]}}, [start_agent()],
        [{"name": "r", "match": {"type": "default"}, "target": "demo", "requiresAuth": True}])
    with pytest.raises(websockets.InvalidStatus) as found:
        ws(proxy)
    assert found.value.response.status_code == 401
    with ws(proxy, additional_headers={"Authorization": "Bearer letmein"}) as socket:
        challenged(socket)


def test_bytes_sent_before_the_101_are_not_lost(start_proxy, raw_agent, client):
    def handler(wire):
        wire.head()
        wire.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst words")
        wire.send(b"echo: " + wire.exactly(5))
        wire.wait_closed(5)

    connection = client(start_proxy({}, [raw_agent(handler)]))
    connection.send(get("/", *HANDSHAKE) + "early")
    assert connection.head().status == 101
    assert connection.exactly(22) == b"first wordsecho: early"


RULES = [{"name": "r", "match": {"type": "default"}, "target": "demo", "upgrades": ["echo"]}]


def test_an_upgrade_that_the_rule_names_becomes_a_tunnel(start_agent, start_proxy, client):
    connection = client(start_proxy({}, [start_agent()], RULES))
    answer = connection.ask(get("/", "Connection: upgrade", "Upgrade: echo"))
    assert answer.status == 101 and answer.get("Upgrade") == "echo"
    data = os.urandom(3 * MEBIBYTE)
    threading.Thread(target=connection.send, args=(data,)).start()
    assert connection.exactly(len(data)) == data


@pytest.mark.parametrize("protocol", ["h2c", "echo", "websocket, echo", "TLS/1.0"])
def test_any_other_upgrade_is_not_asked_of_the_agent(start_proxy, raw_agent, client, protocol):
    agent = raw_agent(answering(ok("plain")))
    connection = client(start_proxy({}, [agent]))
    answer = connection.ask(get("/", "Connection: Upgrade, HTTP2-Settings", f"Upgrade: {protocol}", "HTTP2-Settings: AAMAAABkAAQAAP__"))
    assert answer.status == 200 and answer.body == b"plain"
    head = agent.requests[0]
    assert not head.all("Upgrade") and not head.all("HTTP2-Settings") and not head.all("Connection")


def test_h2c_cannot_be_allowed(tmp_path):
    from processes import run_command

    file = tmp_path / "h2c.json"
    file.write_text(json.dumps({"gateway": {"routing": {"rules": [RULES[0] | {"upgrades": ["h2c"]}]}}}))
    done = run_command(tmp_path, "check", file)
    assert done.returncode == 1 and "HTTP/2" in done.stdout


def test_the_preface_of_http_2_is_refused(shared_proxy, client):
    connection = client(shared_proxy)
    connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert connection.answer().status == 400


@pytest.mark.parametrize("side", ["client", "agent"])
def test_a_half_closed_tunnel_still_carries_the_other_direction(start_proxy, raw_agent, client, side):
    def handler(wire):
        wire.head()
        wire.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
        if side == "client":
            data, orderly = wire.rest()
            assert orderly
            wire.send(b"got " + data)
        else:
            wire.send("bye")
            wire.sock.shutdown(socket.SHUT_WR)
            late.append(wire.rest()[0])
            done.set()

    late, done = [], threading.Event()
    connection = client(start_proxy({}, [raw_agent(handler)], [RULES[0] | {"target": "raw"}]))
    assert connection.ask(get("/", "Connection: upgrade", "Upgrade: echo")).status == 101
    if side == "client":
        connection.send("all of it")
        connection.sock.shutdown(socket.SHUT_WR)
        assert connection.rest() == (b"got all of it", True)
    else:
        assert connection.rest() == (b"bye", True)
        connection.send("after your end")
        connection.sock.shutdown(socket.SHUT_WR)
        assert done.wait(5) and late == [b"after your end"]


def test_a_tunnels_end_is_counted_and_logged(start_agent, start_proxy, client):
    proxy = start_proxy({}, [start_agent()])
    with ws(proxy, "/talk") as socket:
        challenged(socket)
        socket.send("hi")
        socket.recv(timeout=5)
        page = client(proxy).ask(get("/metrics")).body.decode()
        assert "\ngateway_active_tunnels 1\n" in page and "\ngateway_tunnels_total 1\n" in page
    line = eventually(lambda: [line for line in proxy.access_lines() if line["path"] == "/talk"], what="its line")[0]
    assert line["status"] == 101 and line["bytes_in"] > 0 and line["bytes_out"] > 0
    assert "\ngateway_active_tunnels 0\n" in client(proxy).ask(get("/metrics")).body.decode()


@pytest.mark.slow
def test_a_tunnel_whose_reader_is_slow_does_not_grow_memory(start_agent, start_proxy, client):
    import time

    proxy = start_proxy({"performance": {"workerThreads": 1}}, [start_agent()], RULES)
    connection = client(proxy)
    assert connection.ask(get("/", "Connection: upgrade", "Upgrade: echo")).status == 101
    before, most = proxy.resident_bytes(), 0
    connection.sock.setblocking(False)
    end = time.monotonic() + 4
    while time.monotonic() < end:
        try:
            connection.sock.send(b"x" * 65_536)
        except BlockingIOError:
            time.sleep(0.01)
        most = max(most, proxy.resident_bytes())
    assert most - before < 8 * MEBIBYTE, f"grew by {(most - before) >> 10} KiB"
