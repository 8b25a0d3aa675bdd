"""Who a client is, who may ask, what browsers are told, and what is shed when there is too much."""
import json
import socket
import struct

import pytest

from processes import eventually
from raw import Client, Closed, get, ok

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def v2(family, block, command=0x21, vectors=b"", checksum=False):
    """A PROXY header of version 2; with `checksum` its CRC32C behind the other additions."""
    body = block + vectors + (b"\x03\x00\x04\0\0\0\0" if checksum else b"")
    head = SIGNATURE + bytes([command, family]) + struct.pack("!H", len(body)) + body
    return head[:-4] + struct.pack("!I", crc32c(head)) if checksum else head


def four(source, port=40000):
    return socket.inet_aton(source) + socket.inet_aton("10.0.0.1") + struct.pack("!HH", port, 443)


def six(source, port=40000):
    return socket.inet_pton(socket.AF_INET6, source) + socket.inet_pton(socket.AF_INET6, "::1") + struct.pack("!HH", port, 443)


@pytest.fixture
def seen(raw_agent):
    """An agent that keeps the heads that it got."""
    heads = []

    def handler(wire):
        while True:
            heads.append(wire.request())
            wire.send(ok())

    agent = raw_agent(handler)
    agent.heads = heads
    return agent


def logged(proxy, count):
    return eventually(lambda: (lambda lines: lines if len(lines) >= count else None)(proxy.access_lines()), what=f"{count} access lines")


# --- who a client is


@pytest.mark.parametrize(
    "field, expected",
    [
        ("X-Forwarded-For: 203.0.113.9", "203.0.113.9"),
        ("X-Forwarded-For: 6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.1.1.1", "203.0.113.9"),
        ("X-Forwarded-For: 203.0.113.9:4711", "203.0.113.9"),
        ("X-Forwarded-For: [2001:db8::7]:4711", "2001:db8::7"),
        ("X-Forwarded-For: ::ffff:203.0.113.9", "203.0.113.9"),
        ("X-Forwarded-For: 10.1.1.1", "10.1.1.1"),
        ("X-Forwarded-For: 203.0.113.9, rubbish, 10.1.1.1", "10.1.1.1"),
        ("X-Forwarded-For: rubbish", "127.0.0.1"),
        ("X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 10.1.1.1", "203.0.113.9"),
        ('Forwarded: for=203.0.113.9;proto=https, for="10.1.1.1:80"', "203.0.113.9"),
        ('Forwarded: For="[2001:db8::7]:4711";by=10.1.1.1', "2001:db8::7"),
        ("Forwarded: for=_hidden, for=10.1.1.1", "10.1.1.1"),
        ("Forwarded: for=unknown", "127.0.0.1"),
        ("Forwarded: for=203.0.113.9\r\nX-Forwarded-For: 203.0.113.8", "203.0.113.8"),
    ],
)
def test_the_client_is_the_first_address_that_is_not_trusted(seen, start_proxy, client, field, expected):
    proxy = start_proxy({"http": {"trustedProxies": ["127.0.0.0/8", "10.0.0.0/8"]}}, [seen])
    assert client(proxy).ask(get("/", field)).status == 200
    assert logged(proxy, 1)[0]["client"] == expected


def test_fields_of_strangers_say_nothing(seen, start_proxy, client):
    proxy = start_proxy({}, [seen])
    assert client(proxy).ask(get("/", "X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6")).status == 200
    assert logged(proxy, 1)[0]["client"] == "127.0.0.1"
    assert seen.heads[0].all("X-Forwarded-For") == ["127.0.0.1"] and seen.heads[0].all("Forwarded") == []


def test_one_field_alone_is_believed_where_it_is_named(seen, start_proxy, client):
    http = {"trustedProxies": ["127.0.0.1"], "forwardedField": "forwarded"}
    proxy = start_proxy({"http": http}, [seen])
    assert client(proxy).ask(get("/", "X-Forwarded-For: 6.6.6.6", "Forwarded: for=203.0.113.9")).status == 200
    assert logged(proxy, 1)[0]["client"] == "203.0.113.9"


def test_an_agent_learns_in_x_forwarded_for_what_forwarded_said(seen, start_proxy, client):
    proxy = start_proxy({"http": {"trustedProxies": ["127.0.0.1"]}}, [seen])
    assert client(proxy).ask(get("/", "Forwarded: for=203.0.113.9")).status == 200
    assert seen.heads[0].get("X-Forwarded-For") == "203.0.113.9, 127.0.0.1"


# --- the PROXY protocol


@pytest.mark.parametrize(
    "header, expected",
    [
        (b"PROXY TCP4 203.0.113.9 10.0.0.1 40000 443\r\n", "203.0.113.9"),
        (b"PROXY TCP6 2001:db8::7 ::1 40000 443\r\n", "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
        (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", "127.0.0.1"),
        (v2(0x11, four("203.0.113.9")), "203.0.113.9"),
        (v2(0x21, six("2001:db8::7")), "2001:db8::7"),
        (v2(0x11, four("203.0.113.9"), vectors=b"\x20\0\x05\x01\0\0\0\0" + b"\xea\0\x03aws"), "203.0.113.9"),
        (v2(0x11, four("203.0.113.9"), checksum=True), "203.0.113.9"),
        (v2(0x00, b"", command=0x20), "127.0.0.1"),
        (v2(0x00, b""), "127.0.0.1"),
        (v2(0x31, b"\0" * 216), "127.0.0.1"),
    ],
)
@pytest.mark.parametrize("pieces", [None, 1])
def test_a_proxy_header_says_who_the_client_is(seen, start_proxy, client, header, expected, pieces):
    proxy = start_proxy({"http": {"proxyProtocol": {"from": ["127.0.0.1"]}}}, [seen], listen=None)
    connection = client(proxy)
    request = header + get("/").encode()
    if pieces is None:
        connection.send(request)
    else:
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(request)):
            connection.send(request[at:at + 1])
    assert connection.answer().status == 200
    assert connection.ask(get("/again")).status == 200
    lines = logged(proxy, 2)
    assert [line["client"] for line in lines[:2]] == [expected] * 2
    assert seen.heads[0].get("X-Forwarded-For") == expected


@pytest.mark.parametrize(
    "header",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"PROXY TCP4 203.0.113.9 10.0.0.1 40000\r\n",
        b"PROXY TCP4 203.0.113.999 10.0.0.1 40000 443\r\n",
        b"PROXY TCP4 203.0.113.9 10.0.0.1 40000 443\n",
        b"PROXY UNKNOWN " + b"x" * 100,
        v2(0x11, four("203.0.113.9"), command=0x31),
        v2(0x12, four("203.0.113.9")),
        v2(0x11, b"\0" * 11),
        v2(0x11, four("203.0.113.9"), vectors=b"\x01\0\x09a"),
        v2(0x11, four("203.0.113.9"), vectors=b"\x03\0\x04abcd"),
        SIGNATURE + b"\x21\x11\xff\xff",
    ],
)
def test_a_wrong_proxy_header_closes_without_a_word(seen, start_proxy, client, header):
    proxy = start_proxy({"http": {"proxyProtocol": {"from": ["127.0.0.1"]}}}, [seen])
    connection = client(proxy)
    connection.send(header)
    assert connection.rest()[0] == b""
    assert not seen.heads
    assert metric(proxy, "gateway_proxy_headers_refused_total") >= 1


def test_who_is_not_named_may_not_send_a_proxy_header(seen, start_proxy, client):
    proxy = start_proxy({"http": {"proxyProtocol": {"from": ["192.0.2.0/24"]}}}, [seen])
    connection = client(proxy)
    try:
        connection.send(b"PROXY TCP4 203.0.113.9 10.0.0.1 40000 443\r\n" + get("/").encode())
        assert connection.rest()[0] == b""
    except ConnectionError:
        pass
    assert not seen.heads


def test_half_a_proxy_header_ends_with_the_header_timeout(seen, start_proxy, client):
    http = {"proxyProtocol": {"from": ["127.0.0.1"]}, "timeouts": {"header": "500ms"}}
    connection = client(start_proxy({"http": http}, [seen]))
    connection.send(b"PROXY TC")
    assert connection.wait_closed(3)


def metric(proxy, name):
    """A metric's value, by its whole name with labels; the sum of all lines that begin with it."""
    with Client(proxy.admin_port) as connection:
        lines = connection.ask(get("/metrics", host="localhost")).body.decode().splitlines()
    found = [float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name)]
    return sum(found) if found else None
