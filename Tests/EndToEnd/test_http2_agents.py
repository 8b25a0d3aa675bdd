"""Agents that are reached over HTTP/2: what goes to them, what comes back, and what many exchanges on one connection mean."""
import collections
import contextlib
import json
import os
import random
import ssl
import threading
import time

import h2.errors
import h2.exceptions
import h2.settings
import pytest
from hyperframe.frame import SettingsFrame

from certificates import Authority
from control import Admin
from h2_agent import HTTP2Agent
from http2 import Client as HTTP2Client
from identity import bearer, issuer  # noqa: F401
from madness import MadAgent
from processes import eventually
from raw import Client, Closed, get
from raw import post as post_text
from watching import metric


def post(path, body, *fields):
    return post_text(path, body.decode(), *fields)


@pytest.fixture
def agent(started):
    def start(handler, **options):
        made = HTTP2Agent(handler, **options)
        started.append(made)
        return made

    return start


@pytest.fixture
def edge(start_proxy):
    """One loop, so that what is said of connections is exact."""

    def start(*agents, gateway=None, **more):
        from processes import merge

        base = {"performance": {"workerThreads": 1}}
        return start_proxy(merge(base, gateway or {}), [each.settings_of() for each in agents], **more)

    return start


def together(proxy, client, count, ask):
    """`count` requests at once, each over a connection of its own."""
    answers = [None] * count

    def one(at):
        answers[at] = client(proxy, 30).ask(ask(at))

    threads = [threading.Thread(target=one, args=(at,)) for at in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    return answers


class LateAgent(HTTP2Agent):
    """One that greets when it is told to."""

    def __init__(self, handler):
        self.came, self.go = threading.Event(), threading.Event()
        super().__init__(handler)

    def serve(self, sock):
        self.came.set()
        self.go.wait(10)
        super().serve(sock)


def test_who_waits_for_an_agent_that_is_taken_out_meanwhile_is_served_by_it(started, edge, client):
    late = LateAgent(lambda stream: stream.answer(b"late"))
    started.append(late)
    proxy = edge(late)
    found = []
    thread = threading.Thread(target=lambda: found.append(client(proxy, 8).ask(get("/"))))
    thread.start()
    assert late.came.wait(5)
    other = {"id": "other", "endpoint": "http://127.0.0.1:1"}
    admin = Admin(proxy.admin_port, lambda: (proxy.folder / ".openclaw" / "clawproxy.token").read_text().strip())
    admin.rpc("config.patch", raw=json.dumps({"agents": {"discovery": {"static": [other]}}}), baseHash=admin.rpc("config.get")["hash"],
              replacePaths=["agents.discovery.static"])
    late.go.set()
    thread.join(10)
    assert found and found[0].status == 200 and found[0].body == b"late"


# heads


def test_a_request_goes_as_fields_in_lower_case_without_those_of_a_connection(agent, edge, client):
    two = agent(lambda stream: stream.answer(b"hello", 200, ("x-own", "1")))
    answer = client(edge(two)).ask(
        "GET /a/b?c=1 HTTP/1.1\r\nHost: front.example\r\nX-Mixed: Value\r\nConnection: keep-alive, X-Gone\r\nX-Gone: 1\r\n"
        "Keep-Alive: timeout=5\r\nTE: trailers\r\nConnection: TE\r\n\r\n")
    assert answer.status == 200 and answer.body == b"hello" and answer.get("x-own") == "1"
    request = two.requests[0]
    names = [name for name, _ in request.fields]
    assert [request.field(name) for name in (":method", ":scheme", ":path", ":authority")] == [
        "GET", "http", "/a/b?c=1", "front.example"]
    assert request.field("x-mixed") == "Value" and request.field("te") == "trailers"
    assert not {"connection", "keep-alive", "x-gone", "host", "transfer-encoding", "upgrade"} & set(names)
    assert request.ended.wait(5) and request.body == b""


@pytest.mark.parametrize("field", ["x-a: " + "\\" * 7000, "`" * 12_000 + ": 1", "x-a: " + "^" * 9500], ids=["value", "name", "short"])
def test_a_head_that_fits_no_frame_spoils_nothing_for_others(agent, edge, client, field):
    """The codes of some bytes are longer than the bytes; who shares the connection is told apart as before."""
    two = agent(lambda stream: stream.answer((stream.field("x-user") or "").encode()))
    proxy = edge(two)
    # fields that seldom change are in the table of both sides
    for user in ("alice", "bob", "alice"):
        assert client(proxy).ask(get("/", f"X-User: {user}")).body == user.encode()
        answer = client(proxy).ask(get("/", f"X-User: {user}", field))
        assert answer.status == 431, answer.body
        assert client(proxy).ask(get("/", f"X-User: {user}")).body == user.encode()


def test_an_agent_is_told_who_asks_by_the_proxy_alone(agent, issuer, start_proxy, client):  # noqa: F811
    """Neither a field of the client's own says it, nor one behind the body."""
    home = issuer("ES256")
    two = agent(lambda stream: stream.answer(stream.read()))
    rules = [{"name": "closed", "match": {"type": "prefix", "pattern": "/"}, "target": two.settings_of()["id"], "requiresAuth": True}]
    proxy = start_proxy({"auth": {"jwt": home.settings(claimsToHeaders={"sub": "X-User"})}}, [two.settings_of()], rules)
    head = post("/x", b"", bearer(home.token()), "X-User: root").replace("Content-Length: 0", "Transfer-Encoding: chunked")
    answer = client(proxy).ask(head + "2\r\nhi\r\n0\r\nX-User: root\r\nX-Sum: 7\r\n\r\n")
    assert answer.status == 200 and answer.body == b"hi"
    request = two.requests[0]
    assert [value for name, value in request.fields if name == "x-user"] == ["ada"]
    assert request.field("authorization") is None
    assert request.ended.wait(5) and [tuple(each) for each in request.trailers] == [("x-sum", "7")]


def test_a_body_goes_with_its_length_and_comes_back(agent, edge, client):
    two = agent(lambda stream: stream.answer(stream.read()))
    proxy = edge(two)
    answer = client(proxy).ask(post("/echo", b"x" * 100_000))
    assert answer.status == 200 and answer.body == b"x" * 100_000
    assert two.requests[0].field("content-length") == "100000"


def test_an_answer_of_unknown_length_comes_as_chunks_with_its_trailers(agent, edge, client):
    def handler(stream):
        stream.head(200, ("content-type", "text/plain"))
        stream.data(b"one,")
        stream.data(b"two")
        stream.trail(("x-sum", "7"))

    answer = client(edge(agent(handler))).ask("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n")
    assert answer.status == 200 and answer.body == b"one,two"
    assert answer.get("transfer-encoding") == "chunked"


@pytest.mark.parametrize("method, status", [("HEAD", 200), ("GET", 204), ("GET", 304), ("GET", 200)])
def test_answers_without_a_body_end_with_their_head(agent, edge, client, method, status):
    two = agent(lambda stream: stream.head(status, end=True))
    connection = client(edge(two))
    for _ in range(2):
        answer = connection.ask(f"{method} / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert answer.status == status and answer.body == b""


@pytest.mark.parametrize("fields", [
    [("connection", "close")], [("transfer-encoding", "chunked")], [("x-a", "1\r\nX-Smuggled: 1")], [("x a", "1")],
    [("content-length", "3"), ("content-length", "4")], [("content-length", "-1")],
])
def test_a_malformed_head_is_a_502_and_costs_one_stream(agent, edge, client, fields):
    def handler(stream):
        if stream.field(":path") == "/bad":
            h = stream.connection.h
            h.config.validate_outbound_headers = False
            h.config.normalize_outbound_headers = False
            stream.head(200, *fields, end=True)
            h.config.validate_outbound_headers = True
            h.config.normalize_outbound_headers = True
        else:
            stream.answer()

    two = agent(handler)
    connection = client(edge(two))
    bad = connection.ask(get("/bad"))
    assert bad.status == 502 and json.loads(bad.body)["error"]["code"] == "bad_answer"
    assert connection.ask(get("/good")).status == 200
    assert len(two.connections) == 1


def test_more_or_less_than_content_length_is_an_answer_cut_short(agent, edge, client):
    def handler(stream):
        stream.head(200, ("content-length", "10"))
        h = stream.connection.h
        h.streams[stream.id]._expected_content_length = None
        stream.data(b"123", end=True)

    connection = client(edge(agent(handler)))
    assert connection.ask(get("/")).is_cut


# connections


def test_one_connection_serves_many_and_is_used_again(agent, edge, client):
    held = threading.Semaphore(0)

    def handler(stream):
        held.acquire(timeout=10)
        stream.answer()

    two = agent(handler)
    proxy = edge(two)
    results = []
    thread = threading.Thread(target=lambda: results.extend(together(proxy, client, 20, lambda at: get(f"/{at}"))))
    thread.start()
    eventually(lambda: len(two.requests) == 20, what="20 requests at once")
    for _ in range(20):
        held.release()
    thread.join(20)
    assert [answer.status for answer in results] == [200] * 20 and len(two.connections) == 1
    held.release()
    assert client(proxy).ask(get("/again")).status == 200 and len(two.connections) == 1


def test_beyond_the_agents_limit_another_connection_is_opened(agent, edge, client):
    held = threading.Semaphore(0)

    def handler(stream):
        held.acquire(timeout=10)
        stream.answer()

    two = agent(handler, settings={h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 2})
    proxy = edge(two)
    results = []
    thread = threading.Thread(target=lambda: results.extend(together(proxy, client, 6, lambda at: get(f"/{at}"))))
    thread.start()
    eventually(lambda: len(two.requests) == 6, what="6 requests at once")
    for _ in range(6):
        held.release()
    thread.join(20)
    assert [answer.status for answer in results] == [200] * 6
    assert len(two.connections) == 3 and all(len(each.streams) == 2 for each in two.connections)


def test_goaway_loses_nothing_and_what_it_left_out_goes_elsewhere_whatever_the_method(agent, edge, client):
    def handler(stream):
        if stream.connection is two.connections[0]:
            if stream.id >= 5:
                stream.connection.goaway(3)
                return
            stream.read()
            stream.ended.wait(5)
            time.sleep(0.2)
        stream.answer(stream.read())

    two = agent(handler)
    answers = together(edge(two), client, 6, lambda at: post(f"/{at}", b"body %d" % at))
    assert [answer.status for answer in answers] == [200] * 6
    assert [answer.body for answer in answers] == [b"body %d" % at for at in range(6)]
    assert len(two.connections) >= 2


def test_a_refused_stream_is_sent_again_at_no_cost(agent, edge, client):
    refused = []

    def handler(stream):
        if not refused:
            refused.append(stream)
            stream.kill(h2.errors.ErrorCodes.REFUSED_STREAM)
        else:
            stream.answer(stream.read())

    two = agent(handler)
    answer = client(edge(two)).ask(post("/", b"once"))
    assert answer.status == 200 and answer.body == b"once" and len(two.requests) == 2


def test_an_agent_that_always_refuses_is_a_502(agent, edge, client):
    two = agent(lambda stream: stream.kill(h2.errors.ErrorCodes.REFUSED_STREAM))
    answer = client(edge(two)).ask(post("/", b"never"))
    assert answer.status == 502 and json.loads(answer.body)["error"]["code"] == "agent_reset"
    assert 2 <= len(two.requests) <= 8


def test_a_reset_before_the_head_is_repeated_only_where_that_is_safe(agent, edge, client):
    two = agent(lambda stream: stream.kill(h2.errors.ErrorCodes.INTERNAL_ERROR))
    answer = client(edge(two)).ask(post("/", b"once"))
    assert answer.status == 502 and len(two.requests) == 1


def test_a_reset_within_the_answer_cuts_it_short(agent, edge, client):
    def handler(stream):
        stream.head(200)
        stream.data(b"some")
        time.sleep(0.1)
        stream.kill(h2.errors.ErrorCodes.INTERNAL_ERROR)

    connection = client(edge(agent(handler)))
    assert connection.ask(get("/")).is_cut


def test_a_client_that_leaves_cancels_its_stream_alone(agent, edge, client):
    begun = threading.Event()

    def handler(stream):
        if stream.field(":path") == "/long":
            stream.head(200)
            stream.data(b"x")
            begun.set()
            stream.wasReset.wait(10)
        else:
            stream.answer()

    two = agent(handler)
    proxy = edge(two)
    leaver = client(proxy)
    leaver.send(get("/long"))
    assert begun.wait(5)
    leaver.close()
    assert two.requests[0].wasReset.wait(5) and two.requests[0].reset == h2.errors.ErrorCodes.CANCEL
    assert client(proxy).ask(get("/next")).status == 200 and len(two.connections) == 1


def test_an_answer_may_end_before_its_request(agent, edge, client):
    def handler(stream):
        stream.piece()
        stream.answer(b"enough", 403)
        stream.kill(h2.errors.ErrorCodes.NO_ERROR)

    two = agent(handler)
    connection = client(edge(two))
    connection.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + b"x" * 10)
    answer = connection.answer()
    assert answer.status == 403 and answer.body == b"enough"


# flow control


def test_a_slow_client_holds_up_its_own_stream_alone(agent, edge, client):
    sent = [0]

    def handler(stream):
        if stream.field(":path") == "/large":
            stream.head(200)
            for _ in range(256):
                if not stream.data(b"x" * (1 << 16)):
                    return
                sent[0] += 1
            stream.data(b"", end=True)
        else:
            stream.answer()

    two = agent(handler)
    proxy = edge(two)
    slow = client(proxy, 60)
    slow.send(get("/large"))
    eventually(lambda: sent[0] > 0)
    time.sleep(1)
    stuck = sent[0]
    assert stuck < 192, "the proxy read on for a client that does not"
    assert client(proxy).ask(get("/quick")).status == 200
    answer = slow.answer()
    assert len(answer.body) == 16 << 20


def test_an_agent_that_takes_nothing_holds_up_its_client(agent, edge, client):
    two = agent(lambda stream: stream.wasReset.wait(10), acknowledges=False)
    connection = client(edge(two), 5)
    connection.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n")
    connection.sock.settimeout(1.5)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < 50_000_000:
            sent += connection.sock.send(b"x" * 65536)
    assert sent < 12_000_000
    eventually(lambda: two.requests and len(two.requests[0].body) == 65_535)


# TLS, and agents that do not speak it


def tls_context(ca, *protocols):
    certificate, key = ca.issue()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(list(protocols))
    return context


def test_over_tls_by_alpn(agent, edge, client, tmp_path):
    ca = Authority(tmp_path)
    two = agent(lambda stream: stream.answer(b"safe"), context=tls_context(ca, "h2"))
    answer = client(edge(two, gateway={"agents": {"tls": {"caFile": str(ca.file)}}})).ask(get("/"))
    assert answer.status == 200 and answer.body == b"safe" and two.requests[0].field(":scheme") == "https"


def test_an_agent_that_does_not_choose_h2_is_told_so(agent, edge, client, tmp_path):
    ca = Authority(tmp_path)
    two = agent(lambda stream: stream.answer(), context=tls_context(ca, "http/1.1"))
    answer = client(edge(two, gateway={"agents": {"tls": {"caFile": str(ca.file)}}})).ask(get("/"))
    error = json.loads(answer.body)["error"]
    assert answer.status == 502 and error["code"] == "tls_protocol" and "http1" in error["hint"], error


def test_an_agent_of_http1_is_told_so(start_agent, start_proxy, client):
    demo = start_agent()
    answer = client(start_proxy({}, [demo.settings(protocol="http2")])).ask(get("/"))
    error = json.loads(answer.body)["error"]
    assert answer.status == 502 and error["code"] == "connect_failed" and "SETTINGS" in error["message"], error


def test_upgrades_are_not_offered(agent, start_proxy, client):
    two = agent(lambda stream: stream.answer())
    proxy = start_proxy({}, [two.settings_of()])
    answer = client(proxy).ask(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    assert answer.status == 501 and b"HTTP/2" in answer.body


def test_connections_that_are_idle_too_long_are_closed(agent, edge, client):
    two = agent(lambda stream: stream.answer())
    proxy = edge(two, gateway={"agents": {"connectionPool": {"idleTimeout": "1s"}}})
    assert client(proxy).ask(get("/")).status == 200
    eventually(lambda: two.connections[0].over, what="the idle connection's end")
    assert client(proxy).ask(get("/")).status == 200 and len(two.connections) == 2


def test_a_connection_that_breaks_fails_its_streams_and_the_next_request_gets_another(agent, edge, client):
    def handler(stream):
        if stream.field(":path") == "/break":
            stream.connection.close()
        else:
            stream.answer()

    two = agent(handler)
    proxy = edge(two)
    assert client(proxy).ask(post("/break", b"x")).status == 502
    assert client(proxy).ask(get("/next")).status == 200


def test_a_head_that_fits_no_frame_is_431_and_costs_nothing_else(agent, edge, client):
    two = agent(lambda stream: stream.answer(stream.field("x-long")[-5:].encode()))
    proxy = edge(two)
    connection = client(proxy)
    assert connection.ask(f"GET / HTTP/1.1\r\nHost: a\r\nX-Long: {'x' * 14_000}\r\n\r\n").body == b"xxxxx"
    refused = connection.ask(f"POST / HTTP/1.1\r\nHost: a\r\nX-Long: {'x' * 20_000}\r\nContent-Length: 3\r\n\r\nabc")
    assert refused.status == 431 and "frame" in json.loads(refused.body)["error"]["message"]
    assert client(proxy).ask("GET / HTTP/1.1\r\nHost: a\r\nX-Long: short\r\n\r\n").status == 200
    assert len(two.requests) == 2 and len(two.connections) == 1


def test_bytes_that_are_no_utf8_are_taken_for_latin_1(agent, edge, client):
    two = agent(lambda stream: stream.answer(stream.field("x-name").encode()))
    connection = client(edge(two))
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-Name: J\xf6rg\r\n\r\n")
    assert connection.answer().body.decode() == "Jörg"
    connection.send("GET / HTTP/1.1\r\nHost: a\r\nX-Name: Jörg\r\n\r\n".encode())
    assert connection.answer().body.decode() == "Jörg"


def test_an_agent_that_takes_no_streams_is_told_so_and_not_pressed(agent, edge, client):
    two = agent(lambda stream: stream.answer(), settings={h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 0})
    refused = client(edge(two)).ask(get("/"))
    assert refused.status == 502 and "takes no streams" in json.loads(refused.body)["error"]["message"]
    assert len(two.connections) <= 3


def test_a_request_ends_though_its_window_has_been_made_negative(agent, edge, client):
    """RFC 9113 6.9.2. The end is an empty DATA frame, which no window concerns."""
    seen, frames = [], []

    def handler(stream):
        seen.append(stream.piece())
        # by hand, for hyper-h2 does not let its own windows shrink below what was taken
        stream.connection.sock.sendall(SettingsFrame(0, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 0}).serialize())
        assert stream.ended.wait(10)
        frames.extend(stream.trailers)
        stream.answer(b"done")

    running = agent(handler)
    proxy = edge(running)
    connection = client(proxy)
    connection.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    eventually(lambda: seen and running.connections[0].settled == 2)
    connection.send("0\r\n\r\n")
    assert connection.answer().body == b"done"
    assert seen == [b"hello"] and frames == [] and proxy.process.poll() is None



# whatever an agent sends


def torment(proxy, seed, seconds):
    """Asks in every way for so long; how many ends there were of each kind. Every request has one."""
    ends, ending, broken = collections.Counter(), time.monotonic() + seconds, []

    def old(dice):
        with Client(proxy.port, 20) as wire:
            wire.send(dice.choice([get("/a"), post("/b", b"hello"), get("/c", "Accept: text/event-stream"),
                                   "POST /d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"]))
            try:
                return wire.answer().status
            except Closed:
                return "closed"

    def new(dice):
        with HTTP2Client(proxy.port, 20) as wire:
            streams = [wire.request(f"/{at}", "POST" if body else "GET", body=body)
                       for at, body in enumerate(dice.choices([None, b"hello", b"x" * 30_000], k=4))]
            if dice.random() < 0.3:
                # it may be over by now
                with contextlib.suppress(h2.exceptions.StreamClosedError):
                    wire.h2.reset_stream(streams.pop(), 8)
                wire.push()
            replies = [wire.answer(stream) for stream in streams]
            return tuple("reset" if reply.reset is not None else reply.status for reply in replies)

    def run(number):
        dice = random.Random(seed * 31 + number)
        while time.monotonic() < ending and not broken:
            try:
                ends[dice.choice([old, new])(dice)] += 1
            except Exception as error:  # noqa: BLE001: shown by the test
                broken.append(f"seed {seed}, client {number}: {type(error).__name__}: {error}")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not broken, (proxy.process.poll(), broken)
    return ends


@pytest.mark.parametrize("seed", range(2))
def test_a_mad_agent_harms_nobody(start_proxy, start_agent, client, seed):
    """Seconds of it by MAD_SECONDS; more seeds by MAD_SEED, the first one."""
    seed += int(os.environ.get("MAD_SEED", "0"))
    mad, good = MadAgent(seed), start_agent("good")
    proxy = start_proxy(
        {"routing": {"rules": [{"name": "good", "match": {"type": "prefix", "pattern": "/good"}, "target": "good"},
                               {"name": "mad", "match": {"type": "prefix", "pattern": "/"}, "target": "mad"}]},
         "http": {"http2": {"cleartext": True}, "timeouts": {"firstByte": "1s", "read": "5s", "write": "2s", "streamGap": "1s"}},
         "loadBalancing": {"circuitBreaker": {"enabled": False}}, "agents": {"healthCheck": {"enabled": False}},
         "logging": {"accessLog": False}},
        [mad.settings_of(), {**good.settings(), "id": "good"}])
    try:
        ends = torment(proxy, seed, float(os.environ.get("MAD_SECONDS", "8")))
    finally:
        mad.stop()
    assert proxy.process.poll() is None
    assert sum(ends.values()) > 20 and 200 in ends, ends
    connection = client(proxy)
    connection.send(get("/good/a"))
    assert connection.answer().status == 200
    eventually(lambda: metric(proxy, "gateway_active_requests") <= 1, 10, what="the end of every request")
