"""HTTP/2 towards clients, without TLS: requests, windows, limits, WebSockets, the end."""
import json
import os
import random
import re
import signal
import socket
import struct
import threading
import time

import httpx
import pytest
from h2.settings import SettingCodes
from hyperframe.frame import ContinuationFrame, HeadersFrame, PingFrame, SettingsFrame

from http2 import ENHANCE_YOUR_CALM, PREFACE, Client, Reply
from madness import mad_client
from processes import eventually
from raw import answering, get, ok
from raw import Client as OldClient

H2C = {"http": {"http2": {"cleartext": True}}}
MEBIBYTE = 1 << 20


@pytest.fixture
def h2proxy(start_proxy):
    def start(agents, gateway=None, **options):
        from processes import merge

        return start_proxy(merge(H2C, gateway or {}), agents, **options)

    return start


@pytest.fixture(scope="module")
def shared(tmp_path_factory, shared_started, shared_agent):
    from conftest import _proxy_of

    return _proxy_of(tmp_path_factory.mktemp("h2"), shared_started)(H2C, [shared_agent])


def metrics(proxy):
    text = httpx.get(proxy.admin_url + "/metrics", trust_env=False).text
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if not line.startswith("#")}


# requests and answers


def test_a_request_reaches_the_agent_as_http1(shared):
    with Client(shared.port) as client:
        reply = client.ask("/some/path?q=1", fields=[("cookie", "a=1"), ("cookie", "b=2"), ("x-test", "yes")])
    seen = json.loads(reply.body)
    assert reply.status == 200
    assert seen["target"] == "/some/path?q=1" and seen["version"] == "HTTP/1.1"
    assert seen["headers"]["host"] == "proxy.test" and seen["headers"]["cookie"] == "a=1; b=2"
    assert seen["headers"]["via"] == "2.0 clawproxy" and seen["headers"]["x-test"] == "yes"
    names = [name for name, _ in reply.fields]
    assert names == [name.lower() for name in names] and not {"connection", "transfer-encoding", "keep-alive"} & set(names)
    assert reply.get("via") == "1.1 clawproxy" and len(reply.get("x-request-id")) == 32


def test_httpx_speaks_it(shared):
    with httpx.Client(http1=False, http2=True, trust_env=False) as client:
        answer = client.post(f"http://127.0.0.1:{shared.port}/x", content=b"hello")
    assert answer.http_version == "HTTP/2" and answer.json()["bodyLength"] == 5


def test_http1_clients_are_served_on_the_same_port(shared, client):
    old = client(shared)
    assert old.ask(get("/one")).status == 200
    assert old.ask(get("/two", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__")).status == 200


@pytest.mark.parametrize("cut", [1, 3, 14, 23])
def test_a_preface_in_pieces_is_understood(shared, cut):
    with socket.create_connection(("127.0.0.1", shared.port), 5) as sock:
        sock.sendall(PREFACE[:cut])
        time.sleep(0.05)
        sock.sendall(PREFACE[cut:] + SettingsFrame(0).serialize())
        sock.settimeout(5)
        assert sock.recv(9)[3] == 4, "no SETTINGS came"


def test_a_head_in_pieces_that_begins_like_the_preface_is_http1(shared, client):
    old = client(shared)
    old.send("P")
    time.sleep(0.05)
    old.send("OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
    assert old.answer().status == 200


def test_without_the_setting_the_preface_is_refused(start_proxy, shared_agent):
    proxy = start_proxy({}, [shared_agent])
    with OldClient(proxy.port) as old:
        old.send(PREFACE)
        assert old.answer().status == 400


def test_a_hundred_streams_at_once(shared):
    with Client(shared.port) as client:
        client.until(lambda: client.h2.remote_settings.max_concurrent_streams == 100)
        streams = [client.request(f"/{number}") for number in range(100)]
        for number, stream in enumerate(streams):
            assert json.loads(client.answer(stream).body)["path"] == f"/{number}"


def test_a_crowd_of_requests_in_one_read_is_served_whole(shared):
    """Their beginnings take turns: the rest of each body comes while many of them still wait."""
    with Client(shared.port) as client:
        client.until(lambda: client.h2.remote_settings.max_concurrent_streams == 100)
        streams = [begun(client, f"/crowd/{number}", b"begin") for number in range(100)]
        client.push()
        for stream in streams[::-1]:
            client.h2.send_data(stream, b"and end", end_stream=True)
        client.push()
        for number, stream in enumerate(streams):
            reply = json.loads(client.answer(stream).body)
            assert (reply["path"], reply["bodyLength"]) == (f"/crowd/{number}", 12)


def test_requests_that_are_taken_back_while_they_wait_are_accounted_for(h2proxy, start_agent):
    proxy = h2proxy([start_agent()])
    with Client(proxy.port) as client:
        assert client.ask().status == 200
        streams = [begun(client, "/taken-back", b"x" * (number % 3)) for number in range(40)]
        client.push()
        for stream in streams:
            client.h2.reset_stream(stream, 8)
        client.push()
        assert client.ask().status == 200
    lines = eventually(lambda: [line for line in proxy.access_lines() if line["path"] == "/taken-back"][39:])
    assert lines
    assert {line["status"] for line in proxy.access_lines() if line["path"] == "/taken-back"} == {499}
    eventually(lambda: metrics(proxy)["gateway_active_requests"] <= 1)


def test_who_waits_when_the_proxy_stops_is_answered_or_may_ask_again(h2proxy, start_agent):
    proxy = h2proxy([start_agent()])
    with Client(proxy.port) as client:
        assert client.ask().status == 200
        streams = [begun(client, "/last", b"x", ends=True) for _ in range(100)]
        client.push()
        proxy.process.send_signal(signal.SIGTERM)
        client.until(lambda: all(client.replies[stream].ended or client.replies[stream].reset == 7 for stream in streams))
        assert {client.replies[stream].status for stream in streams} <= {200, None}


@pytest.mark.parametrize("size", [0, 1, 16384, 300_000])
def test_bodies_of_any_length_and_without_one_stated(shared, size):
    body = os.urandom(size)
    with Client(shared.port) as client:
        for fields in ([], [("content-length", str(size))]):
            assert json.loads(client.ask("/up", "POST", fields, body=body).body)["bodyLength"] == size


def test_head_and_bodiless_answers_end_with_their_head(h2proxy, raw_agent):
    def handler(wire):
        while True:
            head = wire.request()
            if head.method == "HEAD":
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
            elif head.target == "/empty":
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            else:
                wire.send(f"HTTP/1.1 {head.target[1:]} X\r\n\r\n")

    proxy = h2proxy([raw_agent(handler).settings()])
    with Client(proxy.port) as client:
        for method, path, status in (("HEAD", "/", 200), ("GET", "/204", 204), ("GET", "/304", 304), ("GET", "/empty", 200)):
            reply = client.ask(path, method)
            assert (reply.status, reply.body, reply.data_frames) == (status, b"", 0)


def test_trailers_pass_both_ways(h2proxy, raw_agent):
    def handler(wire):
        while True:
            wire.request()
            wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 42\r\n\r\n")

    agent = raw_agent(handler)
    proxy = h2proxy([agent.settings()])
    with Client(proxy.port) as client:
        stream = client.request("/", "POST", [("te", "trailers")], end=False)
        client.send(stream, b"body", end=False)
        client.h2.send_headers(stream, [("x-check", "7")], end_stream=True)
        client.push()
        reply = client.answer(stream)
    assert reply.trailers == [("x-sum", "42")] and reply.body == b"hi"
    assert agent.requests[0].trailers == [("x-check", "7")]


def test_interim_answers_pass(h2proxy, raw_agent):
    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + ok())
        wire.rest()

    proxy = h2proxy([raw_agent(handler).settings()])
    with Client(proxy.port) as client:
        reply = client.ask()
    assert dict(reply.interim[0])[":status"] == "103" and dict(reply.interim[0])["link"].startswith("</a.css>")
    assert reply.status == 200


def test_an_event_stream_is_not_held_back(h2proxy, raw_agent):
    go_on = threading.Event()

    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n")
        assert go_on.wait(10)
        wire.send("9\r\ndata: 2\n\n\r\n0\r\n\r\n")

    proxy = h2proxy([raw_agent(handler).settings()])
    with Client(proxy.port) as client:
        stream = client.request()
        client.until(lambda: client.replies[stream].body == b"data: 1\n\n")
        go_on.set()
        assert client.answer(stream).body == b"data: 1\n\ndata: 2\n\n"


def test_an_answer_that_is_cut_short_is_reset(h2proxy, raw_agent):
    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    proxy = h2proxy([raw_agent(handler).settings()])
    with Client(proxy.port) as client:
        reply = client.ask()
        assert reply.reset == 2 and not reply.ended
        assert client.ask("/again").reset == 2, "the connection goes on"


def test_an_early_answer_ends_and_then_the_request_is_stopped(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent], {"http": {"limits": {"bodyBytes": 1000}}})
    with Client(proxy.port) as client:
        stream = client.request("/", "POST", [("content-length", "5000000")], end=False)
        client.until(lambda: client.replies[stream].reset is not None)
        reply = client.replies[stream]
        assert (reply.status, reply.ended, reply.reset) == (413, True, 0)
        assert client.ask("/next").status == 200


def test_a_client_that_leaves_ends_the_agents_request(h2proxy, raw_agent):
    left = threading.Event()

    def handler(wire):
        wire.request()
        if wire.wait_closed(10):
            left.set()

    agent = raw_agent(handler)
    proxy = h2proxy([agent.settings()])
    with Client(proxy.port) as client:
        stream = client.request()
        eventually(lambda: agent.requests)
        client.h2.reset_stream(stream, 8)
        client.push()
        assert left.wait(5)
        # and so does a connection that ends
        left.clear()
        client.request()
        eventually(lambda: len(agent.requests) == 2)
    assert left.wait(5)


# what is malformed


@pytest.mark.parametrize("fields", [
    [("X-Upper", "1")], [("connection", "close")], [("transfer-encoding", "chunked")], [("te", "gzip")], [("upgrade", "h2c")],
    [("keep-alive", "1")], [("proxy-connection", "1")], [("x", "a\r\nb: c")], [("x", "a\nb")], [("x", "a\0b")], [("x", " a")], [("x", "a\t")],
    [("a b", "1")], [("a:b", "1")], [("a\r\nb", "1")], [("host", "other.test")], [(":path", "/late")], [("x", b"\xe9")],
    [("content-length", "5")]])
def test_a_malformed_head_resets_its_stream_alone(shared, fields):
    with Client(shared.port) as client:
        reply = client.ask("/", fields=fields)
        assert reply.reset == 1 and reply.status is None
        assert client.ask("/after").status == 200


def test_an_answer_that_is_there_at_once_goes_out_though_the_client_has_stopped_speaking(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent])
    with Client(proxy.port) as client:
        # all of it is here when the proxy looks: what came, and that no more will
        proxy.process.send_signal(signal.SIGSTOP)
        stream = client.request("/", "TRACE")
        client.sock.shutdown(socket.SHUT_WR)
        proxy.process.send_signal(signal.SIGCONT)
        assert client.answer(stream).status == 405


@pytest.mark.parametrize("pseudo, status", [
    ([(":method", "GET x"), (":scheme", "http"), (":path", "/"), (":authority", "a")], None),
    ([(":method", "GET"), (":scheme", "http"), (":path", "/ HTTP/1.1\r\nX: y"), (":authority", "a")], None),
    ([(":method", "GET"), (":scheme", "http"), (":path", ""), (":authority", "a")], None),
    ([(":method", "GET"), (":scheme", "http"), (":path", "x"), (":authority", "a")], None),
    ([(":method", "GET"), (":scheme", "http"), (":path", "http://b/"), (":authority", "a")], None),
    ([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a\r\nb: c")], None),
    ([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a"), (":authority", "a")], None),
    ([(":method", "GET"), (":path", "/"), (":authority", "a")], None),
    ([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":status", "200")], None),
    ([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":protocol", "websocket"), (":authority", "a")], None),
    ([(":method", "GET"), (":scheme", "http"), (":path", "/")], 400),
    ([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "user@a")], 400),
    ([(":method", "GET"), (":scheme", "http"), (":path", "/#x"), (":authority", "a")], 400),
    ([(":method", "CONNECT"), (":authority", "a:443")], 405),
    ([(":method", "CONNECT"), (":scheme", "http"), (":path", "/"), (":authority", "a:443")], None),
    ([(":method", "TRACE"), (":scheme", "http"), (":path", "/"), (":authority", "a")], 405)])
def test_pseudo_fields_are_checked(shared, pseudo, status):
    with Client(shared.port) as client:
        stream = client.h2.get_next_available_stream_id()
        client.replies[stream] = Reply()
        client.h2.send_headers(stream, pseudo, end_stream=True)
        client.push()
        reply = client.answer(stream)
        assert (reply.status, reply.reset) == ((status, None) if status else (None, 1))


def test_a_body_must_be_as_long_as_stated(shared):
    with Client(shared.port) as client:
        for body in (b"1234", b"123456"):
            stream = client.request("/", "POST", [("content-length", "5")], end=False)
            client.send(stream, body)
            assert client.answer(stream).reset == 1


def test_a_head_that_is_too_large_is_431_and_the_connection_goes_on(shared):
    with Client(shared.port) as client:
        # until a client has acknowledged the SETTINGS, the library holds it to 16 KiB
        assert client.ask("/").status == 200
        assert client.ask("/", fields=[(f"x-{number}", "v" * 4000) for number in range(9)]).status == 431
        assert client.ask("/", fields=[(f"x-{number}", "v") for number in range(120)]).status == 431
        assert client.ask("/" + "p" * 9000).status == 414
        assert client.ask("/").status == 200


# windows


def test_100_mebibytes_pass_both_ways(shared):
    with Client(shared.port, 30) as client:
        body = os.urandom(MEBIBYTE) * 40
        seen = json.loads(client.answer(client.request("/up", "POST", body=body), 60).body)
        assert seen["bodyLength"] == len(body)
        client.h2.increment_flow_control_window(8 * MEBIBYTE)
        reply = client.answer(client.request(f"/bytes/{40 * MEBIBYTE}"), 60)
        assert len(reply.body) == 40 * MEBIBYTE


def pouring(size):
    """An agent that sends as fast as it may, and tells how much it could."""
    state = {"sent": 0, "done": False}

    def handler(wire):
        head = wire.request()
        if head.target != "/pour":
            wire.send(ok("small"))
            return
        wire.send(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n")
        wire.sock.settimeout(60)
        piece = b"x" * 65536
        while state["sent"] < size:
            wire.send(piece)
            state["sent"] += len(piece)
        state["done"] = True

    return handler, state


def test_a_client_that_makes_no_room_holds_its_agent_back_and_nobody_else(h2proxy, raw_agent):
    size = 256 * MEBIBYTE
    handler, state = pouring(size)
    proxy = h2proxy([raw_agent(handler).settings()])
    with Client(proxy.port, grants=False) as client:
        slow = client.request("/pour")
        # the stream's window is used up; that of the connection must not be
        client.h2.increment_flow_control_window(8 * MEBIBYTE)
        client.push()
        client.until(lambda: len(client.replies[slow].body) == 65535)
        before = -1
        while before != state["sent"]:
            before = state["sent"]
            time.sleep(0.5)
        assert state["sent"] < 16 * MEBIBYTE
        assert client.ask("/quick").body == b"small"
        client.h2.increment_flow_control_window(MEBIBYTE, slow)
        client.push()
        client.until(lambda: len(client.replies[slow].body) == 65535 + MEBIBYTE)


def test_an_agent_that_does_not_read_holds_its_client_back_and_nobody_else(h2proxy, raw_agent):
    go_on = threading.Event()

    def handler(wire):
        head = wire.head()
        if head.target == "/slow":
            wire.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            assert go_on.wait(30)
        wire.read_body(head)
        wire.send(ok(str(len(head.body))))

    proxy = h2proxy([raw_agent(handler).settings()])
    with Client(proxy.port, 1) as client:
        stream = client.request("/slow", "POST", end=False)
        sent, idle = 0, 0
        while idle < 3:
            room = min(client.h2.local_flow_control_window(stream), 16384)
            if room:
                client.h2.send_data(stream, b"x" * room)
                client.push()
                sent, idle = sent + room, 0
            else:
                idle += not client.take(0.3)
        assert sent < 16 * MEBIBYTE
        assert client.ask("/quick", "POST", body=b"hello").body == b"5"
        go_on.set()
        client.send(stream, b"", end=True)
        assert client.answer(stream).body == str(sent).encode()


def test_an_answer_ends_though_its_window_has_been_made_negative(h2proxy, raw_agent):
    """RFC 9113 6.9.2. The end is an empty DATA frame, which no window concerns."""
    mayEnd = threading.Event()

    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        mayEnd.wait(10)
        wire.send("0\r\n\r\n")

    proxy = h2proxy([raw_agent(handler).settings()])
    with Client(proxy.port) as client:
        reply = client.replies[client.request()]
        client.until(lambda: reply.body == b"hello")
        # by hand, for hyper-h2 does not let its own windows shrink below what was taken
        client.raw(SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 0}).serialize())
        # what comes after the settings is answered after they were taken
        other = client.replies[client.request("/other")]
        client.until(lambda: other.status == 200)
        mayEnd.set()
        client.until(lambda: reply.ended)
        assert reply.body == b"hello" and reply.trailers == [] and reply.data_frames == 2
        assert proxy.process.poll() is None


def test_a_stream_whose_client_makes_no_room_ends_after_the_write_timeout(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent], {"http": {"timeouts": {"write": "1s"}}})
    with Client(proxy.port, grants=False, settings={SettingCodes.INITIAL_WINDOW_SIZE: 0}) as client:
        streams = [client.request(path) for path in ["/bytes/100000"] * 9 + ["/health"]]
        client.until(lambda: all(client.replies[stream].reset is not None for stream in streams), 10)
        assert {client.replies[stream].reset for stream in streams} == {8}


def test_a_body_that_stays_away_is_408(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent], {"http": {"timeouts": {"read": "1s"}}})
    with Client(proxy.port) as client:
        stream = client.request("/", "POST", [("content-length", "10")], end=False)
        assert client.answer(stream).status == 408


def test_connections_that_say_nothing_or_no_more_are_closed(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent], {"http": {"timeouts": {"header": "1s", "idle": "1s"}}})
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
        sock.sendall(PREFACE)
        sock.settimeout(5)
        while sock.recv(4096):
            pass
    with Client(proxy.port) as client:
        assert client.ask().status == 200
        assert client.wait_closed() and client.gone == [(0, 1)]


# limits


def reason(proxy, name):
    return metrics(proxy)[f'gateway_http2_connections_closed_total{{reason="{name}"}}']


def calm(proxy, client, name):
    assert client.wait_closed(), "the connection was left open"
    assert client.gone and client.gone[0][0] == ENHANCE_YOUR_CALM, client.gone
    eventually(lambda: reason(proxy, name) == 1, what=f"the count of {name}")
    with Client(proxy.port) as other:
        assert other.ask().status == 200


def test_rapid_resets_close_the_connection(h2proxy, start_agent):
    agent = start_agent("slow", "--latency", "5s")
    proxy = h2proxy([agent])
    with Client(proxy.port) as client:
        for _ in range(80):
            stream = client.request()
            client.h2.reset_stream(stream, 8)
        client.push()
        assert client.wait_closed() and client.gone[0][0] == ENHANCE_YOUR_CALM
    eventually(lambda: reason(proxy, "rapid-reset") == 1)
    eventually(lambda: metrics(proxy)["gateway_active_requests"] <= 1)


@pytest.mark.parametrize("count, closes", [(80, True), (40, False)])
def test_a_client_that_has_the_proxy_reset_its_requests_is_as_one_that_resets_them(h2proxy, start_agent, count, closes):
    """CVE-2025-8671: a window is made larger by nothing, which RFC 9113 6.9 has the proxy answer with a reset."""
    proxy = h2proxy([start_agent("slow", "--latency", "5s")])
    with Client(proxy.port) as client:
        streams = []
        for _ in range(count):
            streams.append(client.request())
            client.raw(struct.pack(">HBBBII", 0, 4, 8, 0, streams[-1], 0))
        if closes:
            assert client.wait_closed() and client.gone[0][0] == ENHANCE_YOUR_CALM
            eventually(lambda: reason(proxy, "rapid-reset") == 1)
        else:
            client.until(lambda: all(client.replies[stream].reset is not None for stream in streams))
            assert client.ask("/health").status == 200
    eventually(lambda: metrics(proxy)["gateway_active_requests"] <= 1)


def begun(client, path, body, ends=False):
    """A request, and the beginning of its body, that go out with whatever `push` sends next."""
    stream = client.h2.get_next_available_stream_id()
    client.replies[stream] = Reply()
    client.h2.send_headers(stream, [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "proxy.test")])
    client.h2.send_data(stream, body, end_stream=ends)
    return stream


def together(client, path, fields=(), body=b"", trailers=(), taken_back=False):
    """A request whose frames go out with whatever `push` sends next."""
    stream = client.h2.get_next_available_stream_id()
    client.replies[stream] = Reply()
    heads = [(":method", "POST" if body else "GET"), (":scheme", "http"), (":path", path), (":authority", "proxy.test"), *fields]
    client.h2.send_headers(stream, heads, end_stream=not body)
    if body:
        client.h2.send_data(stream, body, end_stream=not trailers)
    if trailers:
        client.h2.send_headers(stream, trailers, end_stream=True)
    if taken_back:
        client.h2.reset_stream(stream, 8)
    return stream


def test_requests_taken_back_at_once_reach_no_agent(h2proxy, start_agent):
    agent = start_agent()
    proxy = h2proxy([agent])
    with Client(proxy.port) as client:
        # from the second read on, all that has come is read at once
        assert client.ask().status == 200
        before = agent.stats()["requests"]
        for body in (b"", b"x", b"yy"):
            for trailers in ((), (("x-sum", "1"),)) if body else ((),):
                together(client, "/taken-back", body=body, trailers=trailers, taken_back=True)
        client.push()
        assert client.ask().status == 200
        assert agent.stats()["requests"] == before + 1
    lines = eventually(lambda: [line for line in proxy.access_lines() if line["path"] == "/taken-back"] or None)
    assert len(lines) == 5 and {line["status"] for line in lines} == {499}
    eventually(lambda: metrics(proxy)["gateway_active_requests"] <= 1)


def test_a_request_that_comes_whole_in_one_read_reaches_the_agent_whole(h2proxy, raw_agent):
    agent = raw_agent(answering(ok("hi")))
    proxy = h2proxy([agent.settings()])
    with Client(proxy.port) as client:
        assert client.ask().status == 200
        streams = [
            together(client, "/a", body=b"first", trailers=[("x-check", "7")]),
            together(client, "/b", body=b"second"),
            together(client, "/c", [("content-length", "5")], body=b"third"),
        ]
        client.push()
        assert [client.answer(stream).status for stream in streams] == [200] * 3
    seen = {request.target: request for request in agent.requests}
    assert [seen[path].body for path in ("/a", "/b", "/c")] == [b"first", b"second", b"third"]
    assert seen["/a"].trailers == [("x-check", "7")]


def test_a_client_that_takes_back_a_few_is_served(shared):
    with Client(shared.port) as client:
        for _ in range(40):
            client.h2.reset_stream(client.request(), 8)
        client.push()
        assert client.ask().status == 200


def test_too_many_continuation_frames_close_the_connection(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent])
    with Client(proxy.port) as client:
        first = HeadersFrame(1, b"\x82\x84\x86")
        client.raw(first.serialize() + b"".join(ContinuationFrame(1, b"\x00\x01a\x01b").serialize() for _ in range(50)))
        calm(proxy, client, "continuation")


@pytest.mark.parametrize("frame", [PingFrame(0, b"12345678"), SettingsFrame(0, {SettingCodes.MAX_FRAME_SIZE: 20000})])
def test_floods_of_control_frames_close_the_connection(h2proxy, shared_agent, frame):
    proxy = h2proxy([shared_agent])
    with Client(proxy.port) as client:
        client.raw(frame.serialize() * 2000)
        calm(proxy, client, "control-frames")


def test_a_flood_whose_answers_are_not_read_takes_no_memory(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent])
    with Client(proxy.port, 2, receive_buffer=4096) as client:
        for _ in range(2000):
            client.raw(PingFrame(0, b"12345678").serialize() * 500)
            if client.closed:
                break
        assert client.closed or client.wait_closed(15)


def test_empty_frames_close_the_connection(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent])
    with Client(proxy.port) as client:
        stream = client.request("/", "POST", end=False)
        client.raw(struct.pack(">BHBBI", 0, 0, 0, 0, stream) * 300)
        calm(proxy, client, "empty-frames")


def test_tiny_steps_of_a_window_close_the_connection(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent])
    with Client(proxy.port, grants=False, settings={SettingCodes.INITIAL_WINDOW_SIZE: 0}) as client:
        stream = client.request("/bytes/100000")
        client.until(lambda: client.replies[stream].status == 200)
        for _ in range(3000):
            client.h2.increment_flow_control_window(1, stream)
        client.push()
        assert client.wait_closed() and client.gone[-1][0] == ENHANCE_YOUR_CALM
        eventually(lambda: reason(proxy, "window-updates") == 1)


def test_malformed_requests_without_end_close_the_connection(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent], {"http": {"http2": {"malformed": 20}}})
    with Client(proxy.port) as client:
        for _ in range(60):
            client.request("/", fields=[("connection", "x")])
        assert client.wait_closed() and client.gone[0][0] == ENHANCE_YOUR_CALM
        assert reason(proxy, "malformed") == 1


def test_a_bomb_of_references_is_refused(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent])
    with Client(proxy.port) as client:
        # one long field is put into the table, and then named again and again by one byte
        value = b"v" * 3900
        literal = b"\x40\x01x" + b"\x7f" + bytes([0x80 | (len(value) - 127) & 0x7f, (len(value) - 127) >> 7]) + value
        client.raw(HeadersFrame(1, b"\x82\x84\x86" + literal + b"\xbe" * 8000, flags=["END_HEADERS", "END_STREAM"]).serialize())
        assert client.wait_closed() and client.gone
    with Client(proxy.port) as other:
        assert other.ask().status == 200
    rss = int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{proxy.process.pid}/status").read()).group(1))
    assert rss < 400_000


def test_more_streams_than_allowed_are_refused(h2proxy, start_agent):
    proxy = h2proxy([start_agent("slow", "--latency", "1s")], {"http": {"http2": {"maxConcurrentStreams": 3}}})
    with Client(proxy.port) as client:
        # before its SETTINGS were seen, a client knows of no limit
        heads = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a")]
        for stream in (1, 3, 5, 7):
            client.replies[stream] = Reply()
            client.h2.send_headers(stream, heads, end_stream=True)
        client.push()
        client.until(lambda: client.replies[7].reset == 7)
        assert [client.answer(stream).status for stream in (1, 3, 5)] == [200] * 3


@pytest.mark.parametrize("window, served", [(1, 10), (1023, 10), (1024, 12)])
def test_a_client_with_hardly_any_window_gets_few_answers_at_once(shared, window, served):
    with Client(shared.port, settings={SettingCodes.INITIAL_WINDOW_SIZE: window}, grants=False) as client:
        streams = [client.request("/bytes/3000") for _ in range(12)]
        client.until(lambda: all(
            client.replies[stream].reset == 7 or len(client.replies[stream].body) == window for stream in streams))
        assert [client.replies[stream].reset for stream in streams] == [None] * served + [7] * (12 - served)
        for stream in streams[:served]:
            client.h2.increment_flow_control_window(3000, stream)
        client.push()
        assert [len(client.answer(stream).body) for stream in streams[:served]] == [3000] * served


# RFC 8441


def websocket(client, path="/", fields=()):
    return client.request(
        path, "CONNECT", [("sec-websocket-version", "13"), *fields], end=False, pseudo=[(":protocol", "websocket")])


def frame(payload, opcode=2):
    head = bytes([0x80 | opcode])
    length = len(payload)
    head += bytes([0x80 | length]) if length < 126 else b"\xfe" + struct.pack(">H", length) if length < 65536 else b"\xff" + struct.pack(">Q", length)
    return head + b"\0\0\0\0" + payload


def test_a_websocket_over_a_stream(shared):
    with Client(shared.port) as client:
        client.until(lambda: client.h2.remote_settings.enable_connect_protocol == 1)
        stream = websocket(client)
        reply = client.replies[stream]
        client.until(lambda: b"connect.challenge" in reply.body)
        assert reply.status == 200 and reply.get("sec-websocket-accept") is None and reply.get("upgrade") is None
        reply.body = b""
        client.send(stream, frame(b"hello"), end=False)
        client.until(lambda: reply.body == b"\x82\x05hello")
        # other requests pass beside it
        assert client.ask("/beside").status == 200
        big = os.urandom(600_000)
        reply.body = b""
        client.send(stream, frame(big), end=False)
        client.until(lambda: len(reply.body) == len(big) + 10)
        assert reply.body[10:] == big
        client.send(stream, frame(struct.pack(">H", 1000), 8), end=False)
        client.until(lambda: reply.body.endswith(b"\x88\x02\x03\xe8"))
        client.until(lambda: reply.ended)
        client.h2.end_stream(stream)
        client.push()
    eventually(lambda: metrics(shared)["gateway_active_tunnels"] == 0)


def test_a_refused_websocket_is_the_agents_refusal(h2proxy, raw_agent):
    agent = raw_agent(answering("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"))
    proxy = h2proxy([agent.settings()])
    with Client(proxy.port) as client:
        reply = client.answer(websocket(client))
        assert (reply.status, reply.body) == (403, b"no")
    head = agent.requests[0]
    assert head.start == "GET / HTTP/1.1" and head.get("Upgrade") == "websocket" and len(head.get("Sec-WebSocket-Key")) == 24


def test_an_agent_that_ignores_the_upgrade_grants_no_tunnel(h2proxy, raw_agent):
    proxy = h2proxy([raw_agent(answering(ok())).settings()])
    with Client(proxy.port) as client:
        assert client.answer(websocket(client)).status == 502


def test_a_protocol_that_no_rule_follows_is_501(shared):
    with Client(shared.port) as client:
        stream = client.request("/", "CONNECT", end=False, pseudo=[(":protocol", "connect-udp")])
        assert client.answer(stream).status == 501


def test_a_reset_ends_the_agents_side(h2proxy, raw_agent):
    ended = threading.Event()

    def handler(wire):
        wire.request()
        wire.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        if wire.wait_closed(10):
            ended.set()

    proxy = h2proxy([raw_agent(handler).settings()])
    with Client(proxy.port) as client:
        stream = websocket(client)
        client.until(lambda: client.replies[stream].status == 200)
        client.h2.reset_stream(stream, 8)
        client.push()
        assert ended.wait(5)


# the end


def test_a_drain_says_so_in_two_steps_and_lets_requests_end(h2proxy, start_agent):
    agent = start_agent("slow", "--latency", "2s")
    proxy = h2proxy([agent])
    with Client(proxy.port) as client:
        stream = client.request("/last")
        eventually(lambda: agent.stats()["active"] == 1)
        proxy.signal(signal.SIGTERM)
        reply = client.answer(stream, 20)
        assert reply.status == 200
        client.wait_closed(15)
    assert [code for code, _ in client.gone] == [0, 0]
    assert client.gone[0][1] == 0x7FFFFFFF and client.gone[1][1] == stream
    assert proxy.wait(20) == 0


def test_a_websocket_is_told_1012_when_the_time_is_over(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent], {"http": {"timeouts": {"shutdown": "1s"}}})
    with Client(proxy.port) as client:
        stream = websocket(client)
        reply = client.replies[stream]
        client.until(lambda: b"connect.challenge" in reply.body)
        proxy.signal(signal.SIGTERM)
        client.until(lambda: reply.body.endswith(b"\x88\x02\x03\xf4"), 25)
    proxy.wait(20)


def test_access_lines_and_counts(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent])
    with Client(proxy.port) as client:
        client.ask("/logged")
        assert metrics(proxy)["gateway_active_connections"] >= 1
    line = eventually(lambda: next((line for line in proxy.access_lines() if line.get("path") == "/logged"), None))
    assert line["protocol"] == "HTTP/2" and line["status"] == 200
    eventually(lambda: metrics(proxy)["gateway_http2_connections_total"] == 1)


@pytest.mark.parametrize("cut", [0, 24, 33])
def test_a_connection_that_ends_at_once_is_not_counted_any_more(h2proxy, shared_agent, cut):
    proxy = h2proxy([shared_agent])
    whole = PREFACE + SettingsFrame(0).serialize() + struct.pack(">BHBBI", 0, 5, 0, 0, 0) + b"wrong"
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
            if cut:
                sock.sendall(whole[:cut])
                time.sleep(0.002)
            sock.sendall(whole[cut:])
            if cut == 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # that of the question itself
    eventually(lambda: metrics(proxy)["gateway_active_connections"] <= 1)
    eventually(lambda: reason(proxy, "protocol") <= 50)


def test_connections_of_one_address_are_limited(h2proxy, shared_agent):
    proxy = h2proxy([shared_agent], {"http": {"limits": {"connectionsPerAddress": 1}}})
    # the connection that found out whether the proxy listens may be counted for a moment
    time.sleep(0.3)
    with Client(proxy.port) as client:
        assert client.ask().status == 200
        with socket.create_connection(("127.0.0.1", proxy.port), 5) as sock:
            sock.sendall(PREFACE)
            sock.settimeout(5)
            assert sock.recv(100).startswith(b"HTTP/1.1 503")
    time.sleep(0.3)
    with Client(proxy.port) as client:
        assert client.ask().status == 200


# whatever a client sends


@pytest.mark.parametrize("seed", range(2))
def test_mad_clients_harm_nobody(h2proxy, start_agent, seed):
    """Seconds of it by MAD_SECONDS; more seeds by MAD_SEED, the first one."""
    seed += int(os.environ.get("MAD_SEED", "0"))
    proxy = h2proxy([start_agent()], {"logging": {"accessLog": False}, "http": {"timeouts": {"write": "2s", "read": "2s"}}})
    paths = ["/bytes/10", "/bytes/70000", "/bytes/300000", "/sse?events=3&interval=20", "/sse?events=20&interval=2", "/slow/50", "/echo"]
    ending, broken = time.monotonic() + float(os.environ.get("MAD_SECONDS", "8")), []

    def torment(number):
        dice = random.Random(seed * 31 + number)
        while time.monotonic() < ending and not broken:
            try:
                mad_client(proxy.port, dice, paths)
            except OSError as error:
                broken.append(f"seed {seed}, client {number}: {error}")

    threads = [threading.Thread(target=torment, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    while time.monotonic() < ending and not broken:
        with Client(proxy.port) as client:
            reply = client.ask("/bytes/1000")
            assert (reply.status, len(reply.body)) == (200, 1000)
    for thread in threads:
        thread.join()
    assert not broken, (proxy.process.poll(), broken)
    eventually(lambda: metrics(proxy)["gateway_active_requests"] <= 1, 10)
