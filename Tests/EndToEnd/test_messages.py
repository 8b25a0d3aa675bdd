"""Messages as HTTP/1.x frames them, both ways, one after the other."""
import json
import threading
import time
import zlib

import pytest

from processes import eventually
from raw import answering, get, ok, post


def test_a_chunked_request_arrives_chunked_and_whole(shared_proxy, client):
    pieces = ["a", "b" * 5000, "c" * 70_000]
    connection = client(shared_proxy)
    connection.send(get("/x", "Transfer-Encoding: chunked", method="POST"))
    for piece in pieces:
        connection.send(f"{len(piece):X};ext=\"v\"\r\n{piece}\r\n")
    connection.send("0\r\n\r\n")
    seen = json.loads(connection.answer().body)
    assert seen["bodyLength"] == 75_001 and seen["adler32"] == zlib.adler32("".join(pieces).encode())
    assert seen["headers"]["transfer-encoding"] == "chunked" and "content-length" not in seen["headers"]


@pytest.mark.parametrize("how, length", [("", "300000"), ("?chunked", None), ("?close", None)])
def test_an_answer_of_any_framing_arrives_whole(shared_proxy, client, how, length):
    connection = client(shared_proxy)
    answer = connection.ask(get(f"/bytes/300000{how}"))
    assert answer.get("Content-Length") == length
    assert answer.body == bytes(index % 251 for index in range(300_000)) and not answer.is_cut
    assert connection.ask(get("/")).status == 200, "the connection stays"


def test_a_close_delimited_answer_becomes_chunked_for_a_1_1_client(start_proxy, raw_agent, client):
    agent = raw_agent(answering("HTTP/1.1 200 OK\r\nX-A: b\r\n\r\nuntil the end", close=True))
    connection = client(start_proxy({}, [agent]))
    for _ in range(2):
        answer = connection.ask(get("/"))
        assert answer.get("Transfer-Encoding") == "chunked" and answer.body == b"until the end" and not answer.is_cut
        assert answer.get("Connection") is None


@pytest.mark.parametrize(
    "text", ["HTTP/1.0 200 OK\r\n\r\nold", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", "HTTP/1.0 200\r\nContent-Length: 3\r\n\r\nold"])
def test_an_agent_of_1_0_is_understood(start_proxy, raw_agent, client, text):
    agent = raw_agent(answering(text, close=True))
    connection = client(start_proxy({}, [agent]))
    for _ in range(2):
        answer = connection.ask(get("/"))
        assert (answer.version, answer.status, answer.body, answer.is_cut) == ("HTTP/1.1", 200, b"old", False)


@pytest.mark.parametrize("path", ["/bytes/5000", "/bytes/5000?chunked", "/bytes/5000?close"])
def test_a_client_of_1_0_gets_no_chunks_and_a_close(shared_proxy, client, path):
    connection = client(shared_proxy)
    answer = connection.ask(get(path, version="1.0", host=None))
    assert answer.status == 200 and answer.get("Transfer-Encoding") is None and len(answer.body) == 5000
    assert connection.rest() == (b"", True)


def test_a_client_of_1_0_may_keep_the_connection_where_the_length_is_known(shared_proxy, client):
    connection = client(shared_proxy)
    for _ in range(3):
        answer = connection.ask(get("/bytes/10", "Connection: keep-alive", version="1.0"))
        assert answer.get("Connection").lower() == "keep-alive" and len(answer.body) == 10
    chunked = connection.ask(get("/bytes/10?chunked", "Connection: keep-alive", version="1.0"))
    assert chunked.get("Connection") == "close" and len(chunked.body) == 10 and connection.rest() == (b"", True)


def test_a_request_of_1_0_goes_on_as_1_1_with_the_agents_authority(start_proxy, raw_agent, client):
    agent = raw_agent(answering(ok()))
    client(start_proxy({}, [agent])).ask(get("/", version="1.0", host=None))
    assert agent.requests[0].start == "GET / HTTP/1.1" and agent.requests[0].get("Host") == f"127.0.0.1:{agent.port}"


def test_connection_close_of_a_client_is_kept(shared_proxy, client):
    connection = client(shared_proxy)
    answer = connection.ask(get("/", "Connection: close"))
    assert answer.get("Connection") == "close" and connection.rest() == (b"", True)


@pytest.mark.parametrize("path, length", [("/bytes/1234", "1234"), ("/bytes/1234?chunked", None), ("/status/404", "14")])
def test_head_has_fields_and_no_body(shared_proxy, client, path, length):
    connection = client(shared_proxy)
    answer = connection.ask(get(path, method="HEAD"))
    assert answer.get("Content-Length") == length and answer.status in (200, 404)
    assert connection.ask(get("/bytes/3")).body == bytes(range(3)), "the next answer begins where it should"


def test_head_of_the_proxys_own_answers_has_no_body(shared_proxy, client):
    connection = client(shared_proxy)
    for path in ("/health", "/metrics", "/a%2Fb"):
        answer = connection.ask(get(path, method="HEAD"))
        assert int(answer.get("Content-Length")) > 0
    assert connection.ask(get("/bytes/3")).body == bytes(range(3))


@pytest.mark.parametrize(
    "text",
    [
        "HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\nETag: \"a\"\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_answers_without_a_body_leave_the_connection_usable(start_proxy, raw_agent, client, text):
    agent = raw_agent(answering(text))
    connection = client(start_proxy({"performance": {"workerThreads": 1}}, [agent]))
    for _ in range(3):
        answer = connection.ask(get("/"))
        assert answer.start.split(" ")[1] == text.split(" ")[1] and answer.body == b""
    assert agent.accepted == 1


def test_a_204_has_neither_length_nor_coding(start_proxy, raw_agent, client):
    """A server must not send them (RFC 9110 8.6, RFC 9112 6.1), whatever the agent did."""
    agent = raw_agent(answering("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"))
    answer = client(start_proxy({}, [agent])).ask(get("/"))
    assert answer.status == 204 and answer.get("Content-Length") is None and answer.get("Transfer-Encoding") is None


def test_repeated_fields_and_their_order_are_kept(start_proxy, raw_agent, client):
    agent = raw_agent(answering(ok("", "Set-Cookie: a=1", "X-B: 1", "Set-Cookie: b=2, c", "x-lower: Y", "Link: <a>", "Link: <b>")))
    answer = client(start_proxy({}, [agent])).ask(get("/", "Accept: a", "X-1: 1", "Accept: b", "Cookie: x=y; z=w"))
    assert answer.all("Set-Cookie") == ["a=1", "b=2, c"] and answer.all("Link") == ["<a>", "<b>"]
    names = [name for name, _ in answer.fields]
    assert names.index("X-B") < names.index("x-lower") < names.index("Link")
    assert agent.requests[0].all("Accept") == ["a", "b"] and agent.requests[0].get("Cookie") == "x=y; z=w"


def test_bytes_beyond_ascii_in_values_pass(start_proxy, raw_agent, client):
    agent = raw_agent(answering(ok("", "X-Bytes: caf\xe9 \x80\xff")))
    answer = client(start_proxy({}, [agent])).ask(get("/", "X-Sent: \xfcber"))
    assert answer.get("X-Bytes") == "caf\xe9 \x80\xff" and agent.requests[0].get("X-Sent") == "\xfcber"


def test_an_answer_gets_a_date_where_the_agent_gave_none(start_proxy, raw_agent, client):
    import email.utils

    given = "Sun, 06 Nov 1994 08:49:37 GMT"
    with_date, without = raw_agent(answering(ok("", f"Date: {given}"))), raw_agent(answering(ok()))
    proxy = start_proxy({}, [with_date.settings("a"), without.settings("b")], [
        {"name": "a", "match": {"type": "exact", "pattern": "/a"}, "target": "a"},
        {"name": "b", "match": {"type": "exact", "pattern": "/b"}, "target": "b"}])
    assert client(proxy).ask(get("/a")).get("Date") == given
    made = email.utils.parsedate_to_datetime(client(proxy).ask(get("/b")).get("Date"))
    assert abs(made.timestamp() - time.time()) < 5


# -- 100-continue, interim answers ----------------------------------------------------------------------------------------


def test_100_continue_is_relayed_both_ways(start_proxy, raw_agent, client):
    steps = []

    def handler(wire):
        head = wire.head()
        steps.append(head.get("Expect"))
        wire.sock.settimeout(0.3)
        try:
            wire._more()
            steps.append("body before 100")
        except TimeoutError:
            pass
        wire.sock.settimeout(10)
        wire.send("HTTP/1.1 100 Continue\r\n\r\n")
        steps.append(wire.exactly(5))
        wire.send(ok("done"))
        wire.wait_closed(5)

    connection = client(start_proxy({}, [raw_agent(handler)]))
    connection.send(get("/", "Content-Length: 5", "Expect: 100-continue", method="POST"))
    assert connection.head().status == 100
    connection.send("hello")
    assert connection.answer().body == b"done"
    assert steps == ["100-continue", b"hello"]


def test_a_refusal_in_place_of_100_is_passed_on(start_proxy, raw_agent, client):
    agent = raw_agent(lambda wire: (wire.head(), wire.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"), wire.wait_closed(5)))
    connection = client(start_proxy({}, [agent]))
    connection.send(get("/", "Content-Length: 5", "Expect: 100-continue", method="POST"))
    answer = connection.answer()
    assert answer.status == 417 and answer.interim == []


def test_interim_answers_pass_in_their_order(start_proxy, raw_agent, client):
    hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    agent = raw_agent(answering(hints + "HTTP/1.1 102 Processing\r\n\r\n" + ok("done")))
    connection = client(start_proxy({}, [agent]))
    for _ in range(2):
        answer = connection.ask(get("/"))
        assert [found.status for found in answer.interim] == [103, 102] and answer.interim[0].get("Link") == "</a.css>"
        assert answer.body == b"done"


def test_a_client_of_1_0_gets_no_interim_answer(start_proxy, raw_agent, client):
    agent = raw_agent(answering("HTTP/1.1 103 Early Hints\r\n\r\n" + ok("done")))
    answer = client(start_proxy({}, [agent])).ask(get("/", version="1.0"))
    assert answer.interim == [] and answer.body == b"done"


# -- trailers -----------------------------------------------------------------------------------------------------------

TRAILED = get("/", "Transfer-Encoding: chunked", "Trailer: X-Sum", method="POST") + "3\r\nabc\r\n0\r\nX-Sum: 42\r\nX-More: 1\r\n\r\n"


def test_a_requests_trailers_arrive_over_a_kept_and_over_a_new_connection(start_proxy, raw_agent, client):
    agent = raw_agent(answering(ok()))
    proxy = start_proxy({"performance": {"workerThreads": 1}}, [agent])
    connection = client(proxy)
    for _ in range(2):
        assert connection.ask(TRAILED).status == 200
    assert agent.accepted == 1
    assert agent.requests[1].trailers == [("X-Sum", "42"), ("X-More", "1")], "over a kept connection"
    assert agent.requests[0].trailers == [("X-Sum", "42"), ("X-More", "1")], "over a new connection"
    assert agent.requests[0].body == b"abc"


def test_trailers_cannot_say_what_a_head_should(start_proxy, raw_agent, client):
    agent = raw_agent(answering(ok()))
    connection = client(start_proxy({"performance": {"workerThreads": 1}}, [agent]))
    connection.ask(get("/"))
    fields = "Content-Length: 3\r\nHost: evil\r\nTransfer-Encoding: chunked\r\nAuthorization: Bearer x\r\nX-Forwarded-For: 6.6.6.6\r\nX-Ok: 1"
    connection.ask(get("/", "Transfer-Encoding: chunked", method="POST") + f"3\r\nabc\r\n0\r\n{fields}\r\n\r\n")
    assert agent.requests[1].trailers == [("X-Ok", "1")]


@pytest.mark.parametrize("fields, expected", [(["TE: trailers", "Connection: TE"], [("X-Sum", "42")]), ([], [])])
def test_an_answers_trailers_pass_to_a_client_that_takes_them(start_proxy, raw_agent, client, fields, expected):
    text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n"
    agent = raw_agent(answering(text))
    connection = client(start_proxy({}, [agent]))
    for _ in range(2):
        answer = connection.ask(get("/", *fields))
        assert answer.body == b"abc" and answer.trailers == expected


def test_te_trailers_reaches_the_agent_among_other_codings_too(start_proxy, raw_agent, client):
    agent = raw_agent(answering(ok()))
    connection = client(start_proxy({}, [agent]))
    connection.ask(get("/", "TE: trailers", "Connection: TE"))
    connection.ask(get("/", "TE: gzip;q=0.5, trailers", "Connection: TE"))
    assert [head.get("TE") for head in agent.requests] == ["trailers", "trailers"]


# -- one after the other ------------------------------------------------------------------------------------------------


def test_a_hundred_pipelined_requests_are_answered_in_order(shared_proxy, client):
    connection = client(shared_proxy)
    connection.send("".join(get(f"/n/{index}") if index % 3 else post(f"/n/{index}", "x" * index) for index in range(100)))
    for index in range(100):
        seen = json.loads(connection.answer().body)
        assert seen["path"] == f"/n/{index}" and seen["bodyLength"] == (0 if index % 3 else index)


def test_pipelined_requests_beyond_what_is_read_ahead_are_answered_too(shared_proxy, client):
    connection = client(shared_proxy, 30)
    filler = "X-Filler: " + "f" * 2000
    count = 300
    sender = threading.Thread(target=connection.send, args=("".join(get(f"/n/{index}", filler) for index in range(count)),))
    sender.start()
    for index in range(count):
        assert json.loads(connection.answer().body)["path"] == f"/n/{index}"
    sender.join(10)


def test_pipelined_requests_to_the_proxys_own_pages_and_errors_keep_their_place(shared_proxy, client):
    connection = client(shared_proxy)
    connection.send(get("/n/1") + get("/health") + get("/a%2Fb") + get("/n/2") + get("/metrics") + get("/n/3", "Connection: close") + get("/never"))
    answers = [connection.answer() for _ in range(6)]
    assert [answer.status for answer in answers] == [200, 200, 400, 200, 200, 200]
    assert [json.loads(answers[index].body)["path"] for index in (0, 3, 5)] == ["/n/1", "/n/2", "/n/3"]
    assert connection.rest() == (b"", True)


def test_a_bad_request_behind_a_good_one_does_not_cost_its_answer(shared_proxy, client):
    connection = client(shared_proxy)
    connection.send(get("/n/1") + "BAD REQUEST\r\n\r\n")
    assert json.loads(connection.answer().body)["path"] == "/n/1"
    assert connection.answer().status == 400 and connection.rest() == (b"", True)


def test_a_request_byte_by_byte_is_the_same_request(shared_proxy, client):
    import socket

    connection = client(shared_proxy)
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in get("/a/../b", "Transfer-Encoding: chunked", method="POST") + "5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n":
        connection.send(byte)
    seen = json.loads(connection.answer().body)
    assert seen["path"] == "/b" and seen["bodyLength"] == 5


def test_connections_to_an_agent_are_used_again(start_agent, start_proxy, client):
    agent = start_agent()
    proxy = start_proxy({"performance": {"workerThreads": 1}}, [agent])
    for _ in range(10):
        connection = client(proxy)
        for request_text in (get("/"), post("/", "x"), get("/bytes/100?chunked"), get("/", method="HEAD"), get("/sse?events=2&interval=1")):
            assert connection.ask(request_text).status == 200
        connection.close()
    stats = agent.stats()
    assert stats["requests"] == 50 and stats["accepted"] == 1


def test_no_more_idle_connections_are_kept_than_configured(start_agent, start_proxy, client):
    agent = start_agent()
    proxy = start_proxy(
        {"performance": {"workerThreads": 1}, "agents": {"connectionPool": {"maxIdleConnsPerHost": 2}}}, [agent])
    connections = [client(proxy) for _ in range(6)]
    for connection in connections:
        connection.send(get("/slow/300"))
    assert [connection.answer().status for connection in connections] == [200] * 6
    eventually(lambda: agent.stats()["connections"] <= 2, what="two idle connections")


def test_an_idle_connection_to_an_agent_is_closed_in_time(start_agent, start_proxy, client):
    agent = start_agent()
    proxy = start_proxy({"agents": {"connectionPool": {"idleTimeout": "500ms"}}}, [agent])
    client(proxy).ask(get("/"))
    eventually(lambda: agent.stats()["connections"] == 0, 4, what="the end of the idle connection")


def test_an_early_answer_is_passed_on_while_the_body_still_comes(start_proxy, raw_agent, client):
    def handler(wire):
        wire.head()
        wire.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nno!")
        wire.wait_closed(10)

    connection = client(start_proxy({}, [raw_agent(handler)]))
    connection.send(get("/", "Content-Length: 10000000", method="POST") + "x" * 1000)
    answer = connection.answer()
    assert answer.status == 413 and answer.body == b"no!"
    assert connection.wait_closed(6), "the rest of so long a body is not waited for"


def test_a_short_rest_of_an_unwanted_body_is_dropped_and_the_connection_stays(start_proxy, raw_agent, client):
    def handler(wire):
        wire.head()
        wire.send(ok("early"))
        wire.wait_closed(10)

    connection = client(start_proxy({}, [raw_agent(handler)]))
    connection.send(get("/", "Content-Length: 2000", method="POST") + "x" * 1000)
    assert connection.answer().body == b"early"
    connection.send("y" * 1000 + get("/"))
    assert connection.answer().body == b"early"
