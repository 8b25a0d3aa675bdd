"""What is changed on the way: paths, fields, and who speaks for where a request comes from."""
import json

import pytest

from raw import answering, get, ok, post


def seen(answer):
    assert answer.status == 200, (answer.status, answer.body)
    return json.loads(answer.body)


def values(answer, name):
    return [value for known, value in seen(answer)["rawHeaders"] if known.lower() == name.lower()]


@pytest.mark.parametrize(
    "rewrite, path, expected",
    [
        ({"stripPrefix": "/api"}, "/api/v1/x?q=1", "/v1/x?q=1"),
        ({"stripPrefix": "/api"}, "/api", "/"),
        ({"addPrefix": "/v2"}, "/api/x", "/v2/api/x"),
        ({"stripPrefix": "/api", "addPrefix": "/v2"}, "/api/x", "/v2/x"),
        ({"replacePrefix": {"from": "/api", "to": "/new/base"}}, "/api/x", "/new/base/x"),
        ({"path": "/fixed"}, "/api/anything?keep=me", "/fixed?keep=me"),
    ],
)
def test_paths_are_rewritten(start_agent, start_proxy, client, rewrite, path, expected):
    proxy = start_proxy(
        {}, [start_agent()], [{"name": "r", "match": {"type": "prefix", "pattern": "/api"}, "target": "demo", "rewrite": rewrite}])
    assert seen(client(proxy).ask(get(path)))["target"] == expected


def test_groups_of_a_regex_make_the_path(start_agent, start_proxy, client):
    proxy = start_proxy(
        {}, [start_agent()],
        [{"name": "r", "match": {"type": "regex", "pattern": "^/u/([a-z]+)/([0-9]+)$"}, "target": "demo",
          "rewrite": {"path": "/users/$2/$1/$$"}}])
    assert seen(client(proxy).ask(get("/u/ada/7?x=1")))["target"] == "/users/7/ada/$?x=1"


def test_fields_are_set_and_removed_both_ways(start_proxy, raw_agent, client):
    agent = raw_agent(answering(ok("hi", "X-Secret: s", "Server: old", "Set-Cookie: a=1", "Set-Cookie: b=2")))
    proxy = start_proxy(
        {}, [agent],
        [{"name": "r", "match": {"type": "prefix", "pattern": "/"}, "target": "raw",
          "headers": {"request": {"set": {"X-Team": "red", "User-Agent": "edge"}, "remove": ["Cookie", "x-old"]},
                      "response": {"set": {"X-Frame-Options": "DENY", "Server": "new"}, "remove": ["x-secret"]}}}])
    answer = client(proxy).ask(get("/", "user-agent: curl", "COOKIE: a=b", "X-Old: 1", "X-Old: 2", "X-Team: blue"))
    head = agent.requests[0]
    assert head.get("X-Team") == "red" and head.get("User-Agent") == "edge"
    assert not head.all("Cookie") and not head.all("X-Old")
    assert answer.get("Server") == "new" and answer.get("X-Frame-Options") == "DENY" and not answer.all("X-Secret")
    assert answer.all("Set-Cookie") == ["a=1", "b=2"] and answer.body == b"hi"


def test_identity_that_a_client_claims_is_stripped_or_overwritten(shared_proxy, client):
    answer = client(shared_proxy).ask(get(
        "/", "Forwarded: for=6.6.6.6", "X-Real-IP: 6.6.6.6", "x-openclaw-scopes: admin", "X-Forwarded-For: 6.6.6.6",
        "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.test", "X-Forwarded-Port: 1", "X-Forwarded-Prefix: /evil",
        "X-Forwarded-Server: evil"))
    headers = seen(answer)["headers"]
    assert "6.6.6.6" not in json.dumps(headers) and "evil" not in json.dumps(headers)
    assert headers["x-forwarded-for"] == "127.0.0.1" and headers["x-forwarded-proto"] == "http"
    assert headers["x-forwarded-host"] == "proxy.test" and headers["host"] == "proxy.test"
    for name in ("forwarded", "x-real-ip", "x-openclaw-scopes", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-server"):
        assert name not in headers


@pytest.fixture
def trusting(start_agent, start_proxy):
    return start_proxy({"http": {"trustedProxies": ["127.0.0.0/8"]}}, [start_agent()])


def test_a_trusted_proxys_chain_is_kept_and_appended_to(trusting, client):
    answer = client(trusting).ask(get(
        "/", "X-Forwarded-For: 9.9.9.9, 8.8.8.8", "X-Forwarded-Proto: https", "X-Forwarded-Host: real.test"))
    assert values(answer, "X-Forwarded-For") == ["9.9.9.9, 8.8.8.8, 127.0.0.1"]
    assert values(answer, "X-Forwarded-Proto") == ["https"] and values(answer, "X-Forwarded-Host") == ["real.test"]


def test_a_trusted_proxys_chain_in_several_lines_is_kept_whole(trusting, client):
    """Lines of one name are one list, in their order (RFC 9110 5.3)."""
    answer = client(trusting).ask(get("/", "X-Forwarded-For: 9.9.9.9", "X-Forwarded-For: 8.8.8.8"))
    assert ", ".join(values(answer, "X-Forwarded-For")) == "9.9.9.9, 8.8.8.8, 127.0.0.1"


def test_scopes_are_stripped_even_from_a_trusted_proxy(trusting, client):
    assert "x-openclaw-scopes" not in seen(client(trusting).ask(get("/", "X-OpenClaw-Scopes: admin")))["headers"]


def test_via_is_appended_both_ways(start_proxy, raw_agent, client):
    agent = raw_agent(answering(ok("hi", "Via: 1.1 inner")))
    answer = client(start_proxy({}, [agent])).ask(get("/", "Via: 1.0 outer"))
    assert agent.requests[0].all("Via") == ["1.0 outer", "1.1 clawproxy"]
    assert answer.all("Via") == ["1.1 inner", "1.1 clawproxy"]


def test_a_request_has_one_id_on_both_sides(shared_proxy, client):
    connection = client(shared_proxy)
    answer = connection.ask(get("/"))
    assert len(answer.get("X-Request-Id")) == 32 and values(answer, "X-Request-Id") == [answer.get("X-Request-Id")]
    given = connection.ask(get("/", "X-Request-Id: abc-1.2_3"))
    assert given.get("X-Request-Id") == "abc-1.2_3" and values(given, "X-Request-Id") == ["abc-1.2_3"]
    assert connection.ask(get("/")).get("X-Request-Id") != answer.get("X-Request-Id")


@pytest.mark.parametrize("bad", ["a b", "x" * 129, 'q"uote', "<script>"])
def test_an_id_that_is_no_word_is_replaced(shared_proxy, client, bad):
    answer = client(shared_proxy).ask(get("/", f"X-Request-Id: {bad}"))
    assert answer.get("X-Request-Id") != bad and values(answer, "X-Request-Id") == [answer.get("X-Request-Id")]


def test_hop_by_hop_fields_stay_on_their_hop(start_proxy, raw_agent, client):
    agent = raw_agent(answering(ok("hi", "Connection: X-Inner", "X-Inner: 1", "Keep-Alive: timeout=9", "Proxy-Connection: a", "X-Kept: 1")))
    answer = client(start_proxy({}, [agent])).ask(get(
        "/", "Connection: close, X-Hop, Authorization, Host, X-Forwarded-For", "X-Hop: 1", "Authorization: Bearer t",
        "Keep-Alive: 5", "Proxy-Connection: x", "Proxy-Authorization: Basic x", "TE: gzip", "HTTP2-Settings: AAA", "X-Stays: 1"))
    head = agent.requests[0]
    for name in ("X-Hop", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization", "TE", "HTTP2-Settings", "Upgrade"):
        assert not head.all(name), name
    assert "close" not in (head.get("Connection") or "")
    # Connection can never take these away
    assert head.get("Authorization") == "Bearer t" and head.get("Host") and head.get("X-Forwarded-For") and head.get("X-Stays")
    for name in ("X-Inner", "Keep-Alive", "Proxy-Connection"):
        assert not answer.all(name), name
    assert answer.get("X-Kept") == "1"


def test_names_with_underscores_are_dropped_unless_allowed(shared_proxy, start_agent, start_proxy, client):
    assert "x_user" not in seen(client(shared_proxy).ask(get("/", "X_User: root", "X-Fine: 1")))["headers"]
    open_proxy = start_proxy({"http": {"allowUnderscores": True}}, [start_agent("own")])
    assert seen(client(open_proxy).ask(get("/", "X_User: root")))["headers"]["x_user"] == "root"


def test_the_body_arrives_as_it_was_sent(shared_proxy, client):
    import zlib

    body = "".join(chr(32 + index % 90) for index in range(300_000))
    answer = seen(client(shared_proxy).ask(post("/x", body)))
    assert answer["bodyLength"] == len(body) and answer["adler32"] == zlib.adler32(body.encode())


def test_an_absolute_target_goes_on_as_a_path(shared_proxy, client):
    answer = seen(client(shared_proxy).ask(get("http://proxy.test/a/b?c", host="proxy.test")))
    assert answer["target"] == "/a/b?c" and answer["headers"]["host"] == "proxy.test"
    assert seen(client(shared_proxy).ask(get("http://proxy.test?c", host="proxy.test")))["target"] == "/?c"


def test_debug_headers_tell_route_agent_and_attempts_only_when_on(shared_proxy, start_agent, start_proxy, client):
    assert not [name for name, _ in client(shared_proxy).ask(get("/")).fields if name.lower().startswith("x-clawproxy")]
    proxy = start_proxy({"debugHeaders": True}, [start_agent("own")], [{"name": "all", "match": {"type": "default"}, "target": "own"}])
    answer = client(proxy).ask(get("/"))
    assert [answer.get(f"X-ClawProxy-{name}") for name in ("Route", "Agent", "Attempts")] == ["all", "own", "1"]
