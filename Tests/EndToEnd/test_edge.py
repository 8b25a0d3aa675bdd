"""Who a client is, who may ask, and what browsers are told."""
import json
import socket
import ssl
import struct

import pytest

from certificates import Authority
from processes import SHARED, eventually
from raw import Client, Closed, get, ok
from tls_clients import V12, TLSClient, trusting
from watching import error, metric

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
        ('Forwarded: for=", for=203.0.113.9', "203.0.113.9"),
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


# --- who may ask


def from_address(proxy, source, text):
    """A request from another address of this machine."""
    sock = socket.socket()
    sock.settimeout(10)
    sock.bind((source, 0))
    sock.connect(("127.0.0.1", proxy.port))
    connection = object.__new__(Client)
    from raw import Wire

    Wire.__init__(connection, sock)
    with connection:
        return connection.ask(text)


def test_only_addresses_that_may_are_served(start_agent, start_proxy):
    proxy = start_proxy({"http": {"access": {"allow": ["127.0.0.0/28"], "deny": ["127.0.0.7"]}}}, [start_agent()])
    assert from_address(proxy, "127.0.0.1", get("/")).status == 200
    denied = from_address(proxy, "127.0.0.7", get("/"))
    assert denied.status == 403 and error(denied)["code"] == "access_denied" and "127.0.0.7" in error(denied)["message"]
    others = from_address(proxy, "127.0.0.99", get("/"))
    assert others.status == 403 and "not allowed" in error(others)["message"]
    # the list is for all that clients ask of this listener, and for none that operators do
    assert from_address(proxy, "127.0.0.99", get("/health")).status == 403
    assert metric(proxy, 'gateway_error_total{kind="access_denied"}') == 3


def test_the_list_goes_by_the_client_that_a_trusted_peer_brings(start_agent, start_proxy, client):
    http = {"trustedProxies": ["127.0.0.1"], "access": {"deny": ["203.0.113.0/24"]}}
    proxy = start_proxy({"http": http}, [start_agent()])
    connection = client(proxy)
    assert connection.ask(get("/", "X-Forwarded-For: 198.51.100.1")).status == 200
    answer = connection.ask(get("/", "X-Forwarded-For: 203.0.113.9"))
    assert answer.status == 403 and "203.0.113.9" in error(answer)["message"]
    assert connection.ask(get("/", "X-Forwarded-For: 198.51.100.1")).status == 200


def test_a_rule_has_a_list_of_its_own(start_agent, start_proxy):
    rules = [
        {"name": "inside", "match": {"type": "prefix", "pattern": "/inside"}, "target": "demo", "access": {"allow": ["127.0.0.1"]}},
        {"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "demo"}]
    proxy = start_proxy({}, [start_agent()], rules)
    assert from_address(proxy, "127.0.0.2", get("/")).status == 200
    assert from_address(proxy, "127.0.0.1", get("/inside")).status == 200
    answer = from_address(proxy, "127.0.0.2", get("/inside"))
    assert answer.status == 403 and error(answer)["code"] == "access_denied"


# --- browsers

CORS = {"allowedOrigins": ["https://miaoquai.com", "https://*.example.com"], "allowedMethods": ["GET", "POST", "OPTIONS"],
        "allowedHeaders": ["Content-Type", "Authorization"]}


def preflight(path, origin, method, *more):
    return get(path, f"Origin: {origin}", f"Access-Control-Request-Method: {method}", *more, method="OPTIONS")


def spoken(answer):
    return {name.lower(): value for name, value in answer.fields if name.lower().startswith("access-control-")}


def varies(answer):
    return {part.strip().lower() for value in answer.all("Vary") for part in value.split(",")}


@pytest.fixture
def talkative(raw_agent):
    """An agent that has its own mind about other sites, and says so."""
    heads = []

    def handler(wire):
        while True:
            heads.append(wire.request())
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nAccess-Control-Allow-Origin: *\r\n"
                      "Access-Control-Allow-Credentials: true\r\naccess-control-expose-headers: X-Any\r\nVary: Accept\r\n"
                      "X-Frame-Options: ALLOW\r\nReferrer-Policy: origin\r\n\r\nok")

    agent = raw_agent(handler)
    agent.heads = heads
    return agent


def test_preflights_are_answered_here_before_anybody_is_asked_who_they_are(talkative, start_proxy, client):
    rules = [{"name": "api", "match": {"type": "prefix", "pattern": "/", "methods": ["POST"]}, "target": "hand", "requiresAuth": True}]
    gateway = {"http": {"cors": {**CORS, "maxAge": "10m"}}, "auth": {"tokens": [{"name": "a", "token": "sesame"}]}}
    proxy = start_proxy(gateway, [talkative.settings("hand")], rules)
    connection = client(proxy)
    answer = connection.ask(preflight("/v1/chat", "https://miaoquai.com", "POST", "Access-Control-Request-Headers: content-type,authorization"))
    assert answer.status == 204 and answer.get("Content-Length") is None and answer.get("Content-Type") is None
    assert spoken(answer) == {
        "access-control-allow-origin": "https://miaoquai.com", "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "content-type, authorization", "access-control-max-age": "600"}
    assert varies(answer) == {"origin", "access-control-request-method", "access-control-request-headers"}
    for asked in (
        preflight("/", "https://evil.test", "POST"), preflight("/", "https://miaoquai.com", "DELETE"),
        preflight("/", "https://miaoquai.com", "POST", "Access-Control-Request-Headers: x-other"),
        preflight("/", "http://miaoquai.com", "POST"), preflight("/", "null", "POST")):
        answer = connection.ask(asked)
        assert answer.status == 403 and spoken(answer) == {} and "origin" in varies(answer), asked
        assert error(answer)["code"] == "origin_denied"
    assert connection.ask(preflight("/", "https://a.example.com", "POST")).status == 204
    assert not talkative.heads
    # what fails is told to the page too
    answer = connection.ask(get("/", "Origin: https://miaoquai.com", "Content-Length: 0", method="POST"))
    assert answer.status == 401 and spoken(answer) == {"access-control-allow-origin": "https://miaoquai.com"}
    answer = connection.ask(get("/", "Origin: https://miaoquai.com"))
    assert answer.status == 404 and spoken(answer) == {"access-control-allow-origin": "https://miaoquai.com"}
    assert metric(proxy, 'gateway_cors_preflights_total{result="allowed"}') == 2
    assert metric(proxy, 'gateway_cors_preflights_total{result="refused"}') == 5


def test_answers_say_what_the_edge_says_and_not_what_the_agent_does(talkative, start_proxy, client):
    proxy = start_proxy({"http": {"cors": {**CORS, "allowCredentials": True, "exposedHeaders": ["X-Request-Id"]}}}, [talkative.settings("hand")])
    connection = client(proxy)
    answer = connection.ask(get("/", "Origin: https://a.example.com"))
    assert spoken(answer) == {
        "access-control-allow-origin": "https://a.example.com", "access-control-allow-credentials": "true",
        "access-control-expose-headers": "X-Request-Id"}
    assert varies(answer) == {"accept", "origin"}
    for text in (get("/"), get("/", "Origin: https://evil.test"), get("/", "Origin: https://a.example.com.evil.test")):
        answer = connection.ask(text)
        assert answer.status == 200 and spoken(answer) == {} and varies(answer) == {"accept", "origin"}


def test_all_origins_are_a_star(talkative, start_proxy, client):
    answer = client(start_proxy({"http": {"cors": {"allowedOrigins": ["*"]}}}, [talkative.settings("hand")])).ask(
        get("/", "Origin: https://whoever.test"))
    assert spoken(answer) == {"access-control-allow-origin": "*"} and "origin" in varies(answer)


def test_a_rule_says_it_otherwise_or_not_at_all(talkative, start_proxy, client):
    rules = [
        {"name": "own", "match": {"type": "prefix", "pattern": "/own"}, "target": "hand", "cors": {"allowedOrigins": ["https://own.test"]}},
        {"name": "off", "match": {"type": "prefix", "pattern": "/off"}, "target": "hand", "cors": {"enabled": False}},
        {"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "hand"}]
    connection = client(start_proxy({"http": {"cors": CORS}}, [talkative.settings("hand")], rules))
    assert spoken(connection.ask(get("/own", "Origin: https://own.test"))) == {"access-control-allow-origin": "https://own.test"}
    assert spoken(connection.ask(get("/own", "Origin: https://miaoquai.com"))) == {}
    assert connection.ask(preflight("/own", "https://own.test", "POST")).status == 204
    assert connection.ask(preflight("/own", "https://miaoquai.com", "POST")).status == 403
    answer = connection.ask(get("/off", "Origin: https://miaoquai.com"))
    assert spoken(answer)["access-control-expose-headers"] == "X-Any", "the agent's own"
    assert connection.ask(preflight("/off", "https://miaoquai.com", "POST")).status == 200, "the agent answers"
    assert spoken(connection.ask(get("/", "Origin: https://miaoquai.com"))) == {"access-control-allow-origin": "https://miaoquai.com"}


def test_an_answer_that_is_kept_is_told_to_each_origin_as_its_own(raw_agent, start_proxy, client):
    count = []

    def handler(wire):
        while True:
            wire.request()
            count.append(1)
            wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Control: max-age=60\r\nAccess-Control-Allow-Origin: *\r\n\r\nok")

    gateway = {"http": {"cors": CORS}, "cache": {"enabled": True, "layers": [{"type": "memory"}]}}
    connection = client(start_proxy(gateway, [raw_agent(handler)]))
    for origin, allowed in [("https://miaoquai.com", True), ("https://a.example.com", True), ("https://evil.test", False), (None, False)]:
        answer = connection.ask(get("/", *([f"Origin: {origin}"] if origin else [])))
        assert answer.status == 200 and "origin" in varies(answer)
        assert spoken(answer) == ({"access-control-allow-origin": origin} if allowed else {})
    assert len(count) == 1


@pytest.mark.parametrize(
    "origin, status",
    [("https://miaoquai.com", 101), ("https://evil.test", 403), ("null", 403), ("http://proxy.test", 101), (None, 101)])
def test_a_websocket_of_a_foreign_page_is_refused(start_agent, start_proxy, client, origin, status):
    connection = client(start_proxy({"http": {"cors": CORS}}, [start_agent()]))
    answer = connection.ask(get(
        "/ws", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *([f"Origin: {origin}"] if origin else []), host="proxy.test"))
    assert answer.status == status
    if status == 403:
        assert error(answer)["code"] == "origin_denied"


@pytest.mark.parametrize(
    "http, words",
    [
        ({"cors": {"allowedOrigins": ["*"], "allowCredentials": True}}, "allows every origin"),
        ({"cors": {"allowedOrigins": ["https://a.test/"]}}, "slash"),
        ({"proxyProtocol": {"listen": ["127.0.0.1:1"]}}, "names no network"),
        ({"proxyProtocol": {"listen": ["127.0.0.1:1"], "from": ["10.0.0.0/8"]}}, "is not among http.listen"),
        ({"access": {"allow": ["10.0.0.1/8"]}}, "has bits set"),
    ])
def test_what_contradicts_itself_is_no_configuration(tmp_path, http, words):
    from processes import run_command

    file = tmp_path / "gateway.json"
    file.write_text(json.dumps({"gateway": {"http": http}}))
    found = run_command(tmp_path, "check", "--config-file", file)
    assert found.returncode != 0 and words in found.stdout + found.stderr


def test_security_headers_are_said_by_the_edge_once(talkative, start_proxy, client):
    headers = {"enabled": True, "referrerPolicy": "no-referrer", "contentSecurityPolicy": "default-src 'self'"}
    rules = [
        {"name": "framed", "match": {"type": "prefix", "pattern": "/framed"}, "target": "hand",
         "headers": {"response": {"set": {"X-Frame-Options": "SAMEORIGIN"}}}},
        {"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "hand"}]
    connection = client(start_proxy({"http": {"securityHeaders": headers}}, [talkative.settings("hand")], rules))
    for text, frame in [(get("/"), "DENY"), (get("/framed"), "SAMEORIGIN"), (get("/health"), "DENY")]:
        answer = connection.ask(text)
        assert answer.status == 200 and answer.get("X-Frame-Options") == frame
        assert answer.get("X-Content-Type-Options") == "nosniff" and answer.get("Referrer-Policy") == "no-referrer"
        assert answer.get("Content-Security-Policy") == "default-src 'self'"
    refused = connection.ask("BAD\r\n\r\n")
    assert refused.status == 400 and refused.get("X-Frame-Options") == "DENY"


def test_security_headers_are_off_unless_asked_for(start_agent, start_proxy, client):
    answer = client(start_proxy({}, [start_agent()])).ask(get("/"))
    assert answer.get("X-Frame-Options") is None and answer.get("X-Content-Type-Options") is None


# --- all of it


def test_the_owners_document_does_what_it_says(tmp_path, start_agent, start_proxy):
    """`owner-configs/http.json` but for where it listens, and where its certificate lies."""
    http = json.loads((SHARED / "owner-configs" / "http.json").read_text())["gateway"]["http"]
    http.pop("listen")
    ca = Authority(tmp_path)
    http["tls"]["cert"], http["tls"]["key"] = map(str, ca.issue(names=["DNS:localhost"], subject="edge"))
    proxy = start_proxy({"http": http}, [start_agent()])
    with pytest.raises(ssl.SSLError):
        TLSClient(proxy, trusting(ca, V12))
    connection = TLSClient(proxy, trusting(ca))
    origin = "https://miaoquai.com"
    answer = connection.ask(preflight("/", origin, "POST", "Access-Control-Request-Headers: content-type, authorization"))
    assert answer.status == 204 and spoken(answer) == {
        "access-control-allow-origin": origin, "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "content-type, authorization"}
    for asked in (
        preflight("/", "https://www.miaoquai.com", "POST"), preflight("/", "http://miaoquai.com", "POST"),
        preflight("/", origin, "DELETE"), preflight("/", origin, "GET", "Access-Control-Request-Headers: x-other")):
        answer = connection.ask(asked)
        assert answer.status == 403 and spoken(answer) == {} and "origin" in varies(answer)
    answer = connection.ask(get("/", f"Origin: {origin}"))
    assert answer.status == 200 and spoken(answer) == {"access-control-allow-origin": origin} and "origin" in varies(answer)
    assert answer.get("RateLimit-Policy") == '"default";q=1000;w=60'
    statuses = [connection.ask(get("/")).status for _ in range(130)]
    assert statuses.count(200) >= 90 and statuses.count(429) >= 10, "a burst of 100, and what comes back meanwhile"
    connection.close()


def test_what_is_said_here_changes_while_the_proxy_runs(talkative, start_proxy):
    proxy = start_proxy({}, [talkative.settings("hand")])

    def changed(http, is_so):
        proxy.config["http"].update(http)
        proxy.config_file.write_text(json.dumps({"gateway": proxy.config}))
        eventually(is_so, what=str(http))

    def asks(*fields, source="127.0.0.1", **more):
        return from_address(proxy, source, get("/", *fields, **more))

    assert spoken(asks("Origin: https://evil.test"))["access-control-allow-origin"] == "*", "the agent's own"
    changed({"cors": CORS}, lambda: spoken(asks("Origin: https://miaoquai.com")).get("access-control-allow-origin") == "https://miaoquai.com")
    changed({"cors": {"allowedOrigins": ["https://other.test"]}}, lambda: not spoken(asks("Origin: https://miaoquai.com")))
    assert spoken(asks("Origin: https://other.test")) == {"access-control-allow-origin": "https://other.test"}
    changed({"securityHeaders": {"enabled": True}}, lambda: asks().get("X-Frame-Options") == "DENY")
    changed({"securityHeaders": {"enabled": False}}, lambda: asks().get("X-Frame-Options") == "ALLOW")
    changed({"access": {"deny": ["127.0.0.9"]}}, lambda: asks(source="127.0.0.9").status == 403)
    assert asks().status == 200
    # who is refused by peer is told so before a trusted one brings somebody else
    changed({"trustedProxies": ["127.0.0.9"], "access": {"deny": ["203.0.113.1"]}}, lambda: asks(source="127.0.0.9").status == 200)
    assert asks("X-Forwarded-For: 203.0.113.1", source="127.0.0.9").status == 403
    assert asks("X-Forwarded-For: 203.0.113.1").status == 200, "nobody believes this one"
    changed({"access": {}, "proxyProtocol": {"from": ["127.0.0.9"]}}, lambda: not reaches(proxy))
    assert from_address(proxy, "127.0.0.9", "PROXY TCP4 198.51.100.1 10.0.0.1 1 2\r\n" + get("/")).status == 200


def reaches(proxy):
    """Whether a client without a PROXY header is served."""
    try:
        return from_address(proxy, "127.0.0.1", get("/")).status == 200
    except (Closed, ConnectionError):
        return False
