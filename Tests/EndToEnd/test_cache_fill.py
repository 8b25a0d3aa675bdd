"""One fetch for all who ask for the same: who comes while it runs, who leaves, and what becomes of it."""
import socket
import threading
import time

import pytest

from caching import LAST, answer_of, cached, chunk, chunked, fresh, is_hit, outcome, reached, reason, scripted
from control import agents, start_edge  # noqa: F401
from processes import eventually
from raw import Client, Closed, get, ok

SSE = chunked("Content-Type: text/event-stream", "Cache-Control: max-age=60")
RULE = {"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "raw"}


def event(number):
    return chunk(f"data: {number}\n\n")


def together(proxy, requests):
    """Sends each request on a connection of its own at about the same time; the answers in their order."""
    connections = [Client(proxy.port, 15) for _ in requests]
    answers = [None] * len(requests)

    def take(index):
        answers[index] = connections[index].answer()

    for connection, request in zip(connections, requests):
        connection.send(request)
    threads = [threading.Thread(target=take, args=(index,)) for index in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for connection in connections:
        connection.close()
    return answers


class Gate:
    """Steps of an origin, taken when the test says so."""

    def __init__(self):
        self.steps = threading.Semaphore(0)

    def open(self, count=1):
        for _ in range(count):
            self.steps.release()

    def wait(self):
        if not self.steps.acquire(timeout=10):
            raise Closed("the test did not open the gate")


@pytest.fixture
def edge(start_proxy, raw_agent):
    def start(answer, cache=None, threads=2, **more):
        agent = raw_agent(scripted(answer))
        proxy = start_proxy(cached(cache, **{"performance": {"workerThreads": threads}, **more}), [agent], [RULE])
        proxy.origin = agent
        return proxy

    return start


@pytest.mark.parametrize("kind", ["json", "events"])
def test_a_hundred_identical_misses_are_one_request(edge, kind):
    def answer(request, count):
        time.sleep(0.2)
        if kind == "json":
            yield fresh('{"a": 1}', "Content-Type: application/json")
            return
        yield SSE
        for number in range(5):
            time.sleep(0.02)
            yield event(number)
        yield LAST

    proxy = edge(answer)
    answers = together(proxy, [get("/a")] * 100)
    assert reached(proxy.origin) == 1
    whole = b'{"a": 1}' if kind == "json" else b"".join(b"data: %d\n\n" % number for number in range(5))
    assert all(answer.status == 200 and answer.body == whole and not answer.is_cut for answer in answers)
    said = [outcome(answer) for answer in answers]
    assert all("hit" in one or "fwd" in one for one in said)
    assert sum("collapsed" in one for one in said) >= 90 and sum("fwd" in one and "collapsed" not in one for one in said) == 1


def test_who_comes_late_gets_what_has_come_and_follows(edge, client):
    gate = Gate()

    def answer(request, count):
        yield SSE
        for number in range(4):
            gate.wait()
            yield event(number)
        yield LAST

    proxy = edge(answer)
    first, late = client(proxy), client(proxy)
    first.send(get("/a"))
    first.head()
    gate.open(2)
    assert [first.chunk() for _ in range(2)] == [b"data: 0\n\n", b"data: 1\n\n"]
    late.send(get("/a"))
    late.head()
    got = b""
    while len(got) < 18:
        got += late.chunk()
    assert got == b"data: 0\n\ndata: 1\n\n", "at once, although the agent says nothing"
    for number in (2, 3):
        gate.open()
        assert first.chunk() == late.chunk() == b"data: %d\n\n" % number
    assert first.chunk() == late.chunk() == b""
    assert is_hit(client(proxy).ask(get("/a"))) and reached(proxy.origin) == 1


@pytest.mark.parametrize("how", ["closed", "reset"])
@pytest.mark.parametrize("when", ["before the head", "half-way"])
def test_the_first_ones_leaving_harms_nobody(edge, client, how, when):
    gate = Gate()

    def answer(request, count):
        gate.wait()
        yield SSE + event(0)
        gate.wait()
        yield event(1) + LAST

    proxy = edge(answer)
    first, others = client(proxy), [client(proxy) for _ in range(5)]
    first.send(get("/a"))
    eventually(lambda: reached(proxy.origin) == 1, what="the request at the agent")
    for other in others:
        other.send(get("/a"))
    if when == "half-way":
        gate.open()
        first.head()
        for other in others:
            other.head()
    else:
        time.sleep(0.1)  # lets the others join
    first.reset() if how == "reset" else first.close()
    time.sleep(0.1)  # lets the proxy notice
    gate.open(2)
    for other in others:
        if when != "half-way":
            other.head()
        body = b""
        while data := other.chunk():
            body += data
        assert body == b"data: 0\n\ndata: 1\n\n"
    assert reached(proxy.origin) == 1 and is_hit(client(proxy).ask(get("/a")))


def test_a_fetch_that_nobody_follows_any_more_ends(edge, client):
    def answer(request, count):
        yield SSE
        for number in range(10_000):
            yield event(number)
            time.sleep(0.02)

    proxy = edge(answer)
    connections = [client(proxy) for _ in range(3)]
    for connection in connections:
        connection.send(get("/a"))
    for connection in connections:
        connection.head()
        connection.chunk()
    for connection in connections:
        connection.close()
    eventually(lambda: proxy.origin.closed >= 1, 5, what="the agent being told")


def test_a_fetch_that_breaks_off_breaks_off_for_all_and_is_not_kept(edge, client):
    gate = Gate()

    def answer(request, count):
        if count > 1:
            yield fresh("whole")
            return
        yield SSE + event(0)
        gate.wait()
        yield None

    proxy = edge(answer)
    connections = [client(proxy) for _ in range(4)]
    connections[0].send(get("/a"))
    connections[0].head()
    for connection in connections[1:]:
        connection.send(get("/a"))
        connection.head()
    for connection in connections:
        assert connection.chunk() == b"data: 0\n\n"
    gate.open()
    for connection in connections:
        assert b"0\r\n\r\n" not in connection.rest()[0], "an end that is none must not look like one"
    assert client(proxy).ask(get("/a")).body == b"whole"


def test_a_failure_before_the_head_is_each_ones_own(edge):
    """Joiners do not fail for one who had bad luck: the next one leads."""
    def answer(request, count):
        time.sleep(0.1)
        return answer_of(500, "bad") if count == 1 else fresh("good")

    proxy = edge(answer)
    answers = together(proxy, [get("/a")] * 10)
    assert sum(answer.status == 200 and answer.body == b"good" for answer in answers) >= 9


def test_what_is_not_kept_is_waited_for_once_and_never_again(edge):
    """An answer that is somebody's own: after the first, all requests are at the agent at the same time."""
    barrier = threading.Barrier(4)

    def answer(request, count):
        if count > 4:
            barrier.wait(5)
        return ok(str(count), "Cache-Control: private")

    proxy = edge(answer)
    assert len({answer.body for answer in together(proxy, [get("/a")] * 4)}) == 4, "each has an answer of its own"
    assert len({answer.body for answer in together(proxy, [get("/a")] * 4)}) == 4


def test_nobody_waits_longer_than_the_setting_says(edge):
    def answer(request, count):
        time.sleep(6 if count == 1 else 0)
        return fresh(str(count))

    proxy = edge(answer, {"collapse": {"wait": "200ms"}})
    began = time.monotonic()
    answers = []
    first = threading.Thread(target=lambda: answers.extend(together(proxy, [get("/a")])))
    first.start()
    eventually(lambda: reached(proxy.origin) == 1, what="the first request")
    others = together(proxy, [get("/a")] * 3)
    assert time.monotonic() - began < 5 and all(answer.status == 200 for answer in others)
    first.join(10)
    assert answers[0].body == b"1"


def test_it_may_be_switched_off(edge):
    barrier = threading.Barrier(5)

    def answer(request, count):
        barrier.wait(5)
        return fresh("x")

    proxy = edge(answer, {"collapse": {"enabled": False}})
    answers = together(proxy, [get("/a")] * 5)
    assert [answer.body for answer in answers] == [b"x"] * 5 and reached(proxy.origin) == 5


def test_another_variants_fetch_is_not_shared(edge):
    def answer(request, count):
        time.sleep(0.2)
        return fresh(request.get("Accept-Language"), "Vary: Accept-Language")

    proxy = edge(answer)
    languages = ["de", "en", "fr"] * 4
    answers = together(proxy, [get("/a", f"Accept-Language: {language}") for language in languages])
    assert [answer.body.decode() for answer in answers] == languages


def test_a_joiners_own_wishes_are_kept(edge):
    """A HEAD, a condition and a part, while the whole is on its way."""
    def answer(request, count):
        time.sleep(0.3)
        return fresh("0123456789", 'ETag: "e"')

    proxy = edge(answer)
    threads, found = [], {}
    wishes = {"whole": get("/a"), "condition": get("/a", 'If-None-Match: "e"'), "part": get("/a", "Range: bytes=2-3"), "late": get("/a")}
    for name, request in wishes.items():
        threads.append(threading.Thread(target=lambda name=name, request=request: found.update({name: together(proxy, [request])[0]})))
        threads[-1].start()
        time.sleep(0.05)
    for thread in threads:
        thread.join(10)
    assert found["whole"].body == found["late"].body == b"0123456789"
    assert found["condition"].status == 304 or found["condition"].body == b"0123456789"
    assert found["part"].status in (200, 206) and found["part"].body == (b"23" if found["part"].status == 206 else b"0123456789")


def test_a_request_that_wants_no_kept_answer_does_not_join(edge, client):
    gate = Gate()

    def answer(request, count):
        if count == 1:
            gate.wait()
        return fresh(str(count))

    proxy = edge(answer)
    first = client(proxy)
    first.send(get("/a"))
    eventually(lambda: reached(proxy.origin) == 1, what="the first request")
    assert client(proxy).ask(get("/a", "Cache-Control: no-cache")).body == b"2"
    gate.open()
    assert first.answer().body == b"1"


def test_a_reader_that_stalls_does_not_hold_up_others(edge, client):
    """512 KiB wait for it; the others have everything at once."""
    body = "z" * (512 << 10)

    def answer(request, count):
        time.sleep(0.2)
        return fresh(body)

    proxy = edge(answer)
    stalled = client(proxy)
    stalled.send(get("/a"))
    answers = together(proxy, [get("/a")] * 4)
    assert all(answer.body.decode() == body for answer in answers)
    assert stalled.answer().body.decode() == body and reached(proxy.origin) == 1


@pytest.mark.slow
def test_a_slow_reader_of_a_long_answer_does_not_grow_memory(edge):
    """Longer than any layer takes, and allowed to be kept: what was read ahead is bounded all the same."""
    block = "x" * (1 << 20)

    def answer(request, count):
        yield f"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: {200 << 20}\r\n\r\n"
        for _ in range(200):
            yield block

    proxy = edge(answer, threads=1)
    with Client(proxy.port) as warm:
        warm.send(get("/warm"))
        warm.head()
        warm.exactly(10 << 20)
    before, most = proxy.resident_bytes(), 0
    with Client(proxy.port, 30) as connection:
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        connection.send(get("/a"))
        end = time.monotonic() + 3
        while time.monotonic() < end:
            connection.sock.recv(20_000)
            time.sleep(0.02)  # the slowness is what is tested
            most = max(most, proxy.resident_bytes())
    assert most - before < 12 << 20, f"grew by {(most - before) >> 10} KiB"


def test_a_fetch_survives_another_configuration(start_edge, raw_agent, client):
    """Who follows it goes on; who comes after joins or fetches anew, and gets a whole answer."""
    gate = Gate()

    def answer(request, count):
        yield SSE + event(0)
        gate.wait()
        yield event(1) + LAST

    agent = raw_agent(scripted(answer))
    edge = start_edge(cached(**agents(agent.settings()), routing={"rules": [RULE]}))
    first, late = client(edge), client(edge)
    first.send(get("/a"))
    first.head()
    first.chunk()
    edge.admin.patch({"gateway": {"debugHeaders": True}})
    late.send(get("/a"))
    gate.open(2)
    assert first.chunk() == b"data: 1\n\n" and first.chunk() == b""
    answer = late.answer()
    assert answer.body == b"data: 0\n\ndata: 1\n\n" and not answer.is_cut


# MARK: answers that are nobody else's pass as they would without a cache


OWN = "Cache-Control: private"


def test_the_head_of_an_answer_does_not_wait_for_its_body(edge, client):
    gate = Gate()

    def answer(request, count):
        yield chunked("Content-Type: text/event-stream", "Cache-Control: max-age=60" if request.target == "/kept" else OWN)
        gate.wait()
        yield event(0) + LAST

    proxy = edge(answer)
    for path in ("/kept", "/own"):
        connection = client(proxy, 5)
        connection.send(get(path))
        assert connection.head().status == 200, "before the first event"
        gate.open()
        assert connection.chunk() == b"data: 0\n\n" and connection.chunk() == b""


@pytest.mark.parametrize("said", [OWN, "Cache-Control: max-age=60"], ids=["own", "kept"])
def test_trailers_pass(edge, client, said):
    proxy = edge(lambda request, count: chunked(said, "Trailer: X-Sum") + chunk("abc") + "0\r\nX-Sum: 42\r\n\r\n")
    answer = client(proxy).ask(get("/a", "TE: trailers"))
    assert answer.body == b"abc" and answer.trailers == [("X-Sum", "42")]


@pytest.mark.parametrize("said", [OWN, "Cache-Control: max-age=60"], ids=["own", "kept"])
@pytest.mark.parametrize("has_length", [True, False], ids=["length", "chunked"])
def test_what_came_of_a_cut_answer_arrives(edge, client, said, has_length):
    """With an orderly end of the connection: RST would take bytes with it that are on their way."""
    text = f"HTTP/1.1 200 OK\r\n{said}\r\nContent-Length: 100\r\n\r\nshort" if has_length else chunked(said) + chunk("short")
    proxy = edge(lambda request, count: [text, None])
    connection = client(proxy)
    connection.send(get("/a"))
    connection.head()
    body, orderly = connection.rest()
    assert b"short" in body and b"0\r\n\r\n" not in body and orderly


def test_who_answered_is_told(edge, client):
    proxy = edge(lambda request, count: ok("x", OWN), debugHeaders=True)
    answer = client(proxy).ask(get("/a"))
    assert answer.get("X-ClawProxy-Agent") == "raw" and answer.get("X-ClawProxy-Route") == "all" and answer.get("X-ClawProxy-Attempts") == "1"
    line = eventually(lambda: proxy.access_lines(), what="an access line")[0]
    assert (line["agent"], line["route"], line["attempts"], line["bytes_out"]) == ("raw", "all", 1, 1)


def test_reasons_are_told(edge, client):
    def answer(request, count):
        return fresh("x")

    proxy = edge(answer)
    assert reason(client(proxy).ask(get("/a"))) == "uri-miss"
    assert reason(client(proxy).ask(get("/a", "Cache-Control: no-cache"))) == "request"
