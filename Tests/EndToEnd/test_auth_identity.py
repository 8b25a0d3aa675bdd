"""Who a request is from, once that is known: in caches, limits, tunnels and streams; and what operators see of it."""
import hashlib
import json
import threading
import time

import pytest
from websockets.exceptions import InvalidStatus

from control import start_edge  # noqa: F401
from identity import bearer, error, guarded, issuer, metric, rules, seen, service  # noqa: F401
from processes import eventually, run_command
from raw import Client, answering, get, ok
from test_upgrades import HANDSHAKE, challenged, ws

KEYS = [{"name": "ada", "key": "key-of-ada"}, {"name": "bob", "key": "key-of-bob"}, {"name": "eve", "tenant": "ada", "key": "key-of-eve"}]
CACHE = {"cache": {"enabled": True, "layers": [{"type": "memory", "maxSize": 100}]}}


def counting(connection):
    """Answers that may be kept, each with its number."""
    while True:
        connection.request()
        body = str(len(connection.agent.requests)).encode()
        connection.send(f"HTTP/1.1 200 OK\r\nCache-Control: public, max-age=60\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def closed(agent, kinds=True, **more):
    return [{"name": "closed", "match": {"type": "prefix", "pattern": "/"}, "target": agent.settings()["id"], "requiresAuth": kinds, **more}]


# tenants


def test_tenants_share_no_answer_whatever_says_who_they_are(issuer, service, raw_agent, start_proxy, client):
    """The same name by a key, two issuers and a service: four tenants; the two keys of one tenant share."""
    home, other = issuer("ES256"), issuer("ES256", name="https://other.test")
    asked = service(lambda request: (200, [("X-Who", request.headers["Cookie"][4:])], b"") if "who=" in request.headers.get("Cookie", "") else (401, [], b""))
    agent = raw_agent(counting)
    proxy = start_proxy(
        {"auth": {"apiKeys": KEYS, "jwt": [home.settings(), other.settings(name="other")],
                  "forwardAuth": {"url": asked.url, "tenantHeader": "X-Who"}}, **CACHE}, [agent], closed(agent))
    def ask(*fields):
        return client(proxy).ask(get("/x", *fields))
    ways = {
        "ada": ["X-API-Key: key-of-ada"], "bob": ["X-API-Key: key-of-bob"], "home": [bearer(home.token(sub="ada"))],
        "home bob": [bearer(home.token(sub="bob"))], "other": [bearer(other.token(sub="ada"))]}
    first = {name: ask(*fields) for name, fields in ways.items()}
    assert all(answer.status == 200 for answer in first.values()), {name: answer.status for name, answer in first.items()}
    assert len({answer.body for answer in first.values()}) == len(ways), "each has an answer of its own"
    for name, fields in ways.items():
        assert ask(*fields).body == first[name].body, "and it was kept"
    assert ask("X-API-Key: key-of-eve").body == first["ada"].body, "two keys of one tenant"
    # a claim in another token of the same bearer is the same tenant
    assert ask(bearer(home.token(sub="ada", jti="2"))).body == first["home"].body
    assert len(agent.requests) == len(ways)


def test_nobody_is_served_from_the_cache_without_a_credential(raw_agent, start_proxy, client):
    agent = raw_agent(counting)
    proxy = start_proxy({"auth": {"apiKeys": KEYS}, **CACHE}, [agent], closed(agent))
    assert client(proxy).ask(get("/x", "X-API-Key: key-of-ada")).body == b"1"
    for fields in ([], ["X-API-Key: wrong"], ["Authorization: Bearer key-of-ada"]):
        answer = client(proxy).ask(get("/x", *fields))
        assert answer.status == 401 and b'"unauthorized"' in answer.body
        assert answer.get("Age") is None
    answer = client(proxy).ask(get("/x", "X-API-Key: key-of-ada"))
    assert answer.body == b"1" and answer.get("Age") is not None


def test_limits_count_tenants_and_bearers_apart(issuer, start_agent, start_proxy, client):
    home = issuer("ES256")
    auth = {"apiKeys": KEYS, "jwt": home.settings(tenantClaim="org")}
    def left(proxy, *fields):
        return [client(proxy).ask(get("/ok", *fields)).status for _ in range(3)].count(200)
    limit = {"requestsPerMinute": 1, "burst": 1}
    by_tenant = start_proxy({"auth": auth}, [start_agent()], rules(rateLimit={**limit, "key": "tenant"}))
    assert left(by_tenant, "X-API-Key: key-of-ada") == 1
    assert left(by_tenant, "X-API-Key: key-of-eve") == 0, "the same tenant"
    assert left(by_tenant, "X-API-Key: key-of-bob") == 1
    assert left(by_tenant, bearer(home.token(org="blue", sub="ada"))) == 1
    assert left(by_tenant, bearer(home.token(org="blue", sub="bob"))) == 0
    by_bearer = start_proxy({"auth": auth}, [start_agent("second")], rules(rateLimit={**limit, "key": "token"}, target="second"))
    assert left(by_bearer, "X-API-Key: key-of-ada") == 1
    assert left(by_bearer, "X-API-Key: key-of-eve") == 1, "another bearer"
    assert left(by_bearer, bearer(home.token(org="blue", sub="ada"))) == 1, "who is called the same is somebody else"
    assert left(by_bearer, bearer(home.token(org="red", sub="ada"))) == 1
    assert left(by_bearer, bearer(home.token(org="red", sub="ada", jti="2"))) == 0


def test_those_who_are_refused_use_up_nobodys_limit(start_agent, start_proxy, client):
    proxy = start_proxy(
        {"auth": {"apiKeys": KEYS}}, [start_agent()], rules(rateLimit={"requestsPerMinute": 1, "burst": 1, "key": "tenant"}))
    for _ in range(5):
        assert client(proxy).ask(get("/ok", "X-API-Key: wrong")).status == 401
    assert client(proxy).ask(get("/ok", "X-API-Key: key-of-ada")).status == 200


# issuers


def test_two_issuers_vouch_for_their_own_alone(issuer, guarded, client):
    home, other = issuer("RS256"), issuer("RS256", name="https://other.test")
    proxy = guarded({"jwt": [home.settings(), other.settings(name="other", audience="elsewhere")]})
    seen(client(proxy).ask(get("/x", bearer(home.token()))))
    seen(client(proxy).ask(get("/x", bearer(other.token(aud="elsewhere")))))
    kid = next(iter(home.keys))
    for what, token in {
            "the audience of the other": home.token(aud="elsewhere"),
            "another's name": home.token(iss=other.name, aud="elsewhere"),
            "a key of the same name": other.token(iss=home.name, headers={"kid": kid})}.items():
        answer = client(proxy).ask(get("/x", bearer(token)))
        assert answer.status == 401 and 'error="invalid_token"' in answer.get("WWW-Authenticate"), what
    lines = eventually(lambda: len(proxy.access_lines()) > 4 and proxy.access_lines())
    assert {line["tenant"] for line in lines if "tenant" in line} == {f"jwt:{home.name}#ada", f"jwt:{other.name}#ada"}


def test_one_issuer_that_is_down_takes_nothing_from_the_other(issuer, guarded, client):
    home, other = issuer("ES256"), issuer("ES256", name="https://other.test")
    token = other.token()
    other.stop()
    proxy = guarded({"jwt": [home.settings(), other.settings(name="other")]})
    seen(client(proxy).ask(get("/x", bearer(home.token()))))
    answer = client(proxy).ask(get("/x", bearer(token)))
    assert answer.status == 503 and error(answer)["code"] == "auth_unavailable"
    seen(client(proxy).ask(get("/x", bearer(home.token(jti="2")))))


def test_unknown_keys_do_not_have_an_issuer_asked_without_end(issuer, guarded):
    home = issuer("ES256")
    proxy = guarded({"jwt": home.settings()})
    other = issuer("ES256", name=home.name)
    statuses = []

    def press(number):
        with Client(proxy.port) as connection:
            for turn in range(20):
                other_kid = other.token(headers={"kid": f"k{number}-{turn}"})
                statuses.append(connection.ask(get("/x", bearer(other_kid))).status)

    threads = [threading.Thread(target=press, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [401] * 160
    assert len(home.requests) <= 2, "at the start, and once in thirty seconds"


def test_keys_that_are_no_keys_leave_those_of_before(issuer, guarded, client):
    home = issuer("ES256")
    proxy = guarded({"jwt": home.settings(refresh="1s")})
    seen(client(proxy).ask(get("/x", bearer(home.token()))))
    real = home.jwks
    for broken in ({"keys": []}, {"keys": 7}, [], {"keys": [{"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I", "alg": "HS256"}]},
                   {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}):
        home.jwks = lambda broken=broken: broken
        failed = metric(proxy, f'gateway_auth_key_reads_total{{issuer="{home.name}",result="failed"}}')
        eventually(lambda: metric(proxy, f'gateway_auth_key_reads_total{{issuer="{home.name}",result="failed"}}') > failed, seconds=10)
        seen(client(proxy).ask(get("/x", bearer(home.token(jti=str(broken)[:40])))))
    home.jwks = real
    assert metric(proxy, f'gateway_auth_keys{{issuer="{home.name}"}}') == 1


# tunnels and streams


def test_a_tunnel_asks_who_it_is_for(issuer, guarded):
    home = issuer("ES256")
    proxy = guarded({"jwt": home.settings(claimsToHeaders={"sub": "X-User"}), "apiKeys": KEYS})
    for headers in ({}, {"X-API-Key": "wrong"}, {"Authorization": f"Bearer {home.token(aud='other')}"}):
        with pytest.raises(InvalidStatus) as refused:
            ws(proxy, additional_headers=headers)
        answer = refused.value.response
        assert answer.status_code == 401 and "Bearer" in answer.headers["WWW-Authenticate"]
    for headers in ({"X-API-Key": "key-of-ada"}, {"Authorization": f"Bearer {home.token()}"}):
        with ws(proxy, additional_headers=headers) as socket:
            challenged(socket)
            socket.send("hello")
            assert socket.recv(timeout=5) == "hello"
    lines = eventually(lambda: len(proxy.access_lines()) >= 5 and proxy.access_lines())
    assert [line.get("credential") for line in lines if line["status"] == 101] == ["ada", "ada"]


def test_a_service_decides_about_tunnels_too(service, raw_agent, start_proxy, client):
    asked = service(lambda request: (200, [("X-User", "ada")], b"") if request.headers.get("Cookie") == "in" else (403, [], b"no"))
    asked.delay = 0.2
    agent = raw_agent(answering("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", close=True))
    proxy = start_proxy({"auth": {"forwardAuth": {"url": asked.url, "responseHeaders": ["X-User"]}}}, [agent], closed(agent))
    assert client(proxy).ask(get("/ws", *HANDSHAKE, "Cookie: out", "X-User: root")).status == 403
    assert not agent.requests
    assert client(proxy).ask(get("/ws", *HANDSHAKE, "Cookie: in", "X-User: root")).status == 101
    assert agent.requests[0].all("X-User") == ["ada"]
    for _, told in asked.requests:
        assert not {"Upgrade", "Connection", "Sec-WebSocket-Key"} & set(told), "what is between client and agent"


def test_a_stream_of_events_asks_who_it_is_for(issuer, raw_agent, start_proxy, client):
    home = issuer("EdDSA")

    def events(connection):
        connection.request()
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(3):
            connection.send(f"9\r\ndata: {number}\n\n\r\n")
            time.sleep(0.05)
        connection.send("0\r\n\r\n")

    agent = raw_agent(events)
    proxy = start_proxy({"auth": {"jwt": home.settings()}}, [agent], closed(agent))
    assert client(proxy).ask(get("/events", "Accept: text/event-stream")).status == 401
    answer = client(proxy).ask(get("/events", "Accept: text/event-stream", bearer(home.token())))
    assert answer.status == 200 and answer.body == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"


# what agents get


def test_nobody_says_who_they_are_in_trailers(issuer, raw_agent, start_proxy, client):
    home = issuer("ES256")
    agent = raw_agent(answering(ok()))
    proxy = start_proxy({"auth": {"jwt": home.settings(claimsToHeaders={"sub": "X-User"})}}, [agent], closed(agent))
    head = get("/x", bearer(home.token()), "Transfer-Encoding: chunked", "Trailer: X-User, X-Sum", method="POST")
    assert client(proxy).ask(head + "2\r\nhi\r\n0\r\nX-User: root\r\nX-Sum: 7\r\n\r\n").status == 200
    assert agent.requests[0].all("X-User") == ["ada"] and agent.requests[0].trailers == [("X-Sum", "7")]


def test_what_a_service_says_of_its_connection_goes_nowhere(service, raw_agent, start_proxy, client):
    def decide(request):
        fields = [("Connection", "X-User, keep-alive"), ("Keep-Alive", "timeout=7"), ("Proxy-Authenticate", "Basic"), ("X-Evil", "1"),
                  ("Upgrade", "h2c"), ("Trailer", "X"), ("Server", "own"), ("X-User", "ada")]
        return (200 if request.headers.get("Cookie") else 401), fields, b"words"

    agent = raw_agent(answering(ok()))
    asked = service(decide)
    proxy = start_proxy({"auth": {"forwardAuth": {"url": asked.url, "responseHeaders": ["X-User"]}}}, [agent], closed(agent))
    fields = ["Connection: Cookie2, close", "Proxy-Authorization: Basic eDp5", "Keep-Alive: 5", "TE: trailers", "X-Mine: 1", "Cookie: in"]
    assert client(proxy).ask(get("/x", *fields)).status == 200
    told = asked.requests[0][1]
    assert not {"Connection", "Proxy-Authorization", "Keep-Alive", "Te", "X-Mine"} & {name.title() for name in told} - {"Connection"}, told
    assert told.get("Connection", "").lower() in ("", "keep-alive")
    names = {name.lower() for name, _ in agent.requests[0].fields}
    assert "x-user" in names and not names & {"x-evil", "keep-alive", "proxy-authenticate", "proxy-authorization", "server", "upgrade"}
    refused = client(proxy).ask(get("/x"))
    names = {name.lower() for name, _ in refused.fields}
    assert refused.status == 401 and not names & {"x-evil", "keep-alive", "proxy-authenticate", "upgrade", "trailer", "x-user"}
    assert refused.get("Connection") is None and refused.get("Server") != "own"


def test_the_service_is_told_of_the_client_behind_a_trusted_proxy(service, guarded, client):
    asked = service(lambda request: (200 if request.headers["X-Forwarded-For"] == "203.0.113.9" else 403, [], b""))
    proxy = guarded({"forwardAuth": {"url": asked.url, "cacheFor": "30s"}}, gateway={"http": {"trustedProxies": ["127.0.0.1"]}})
    def status(address):
        return client(proxy).ask(get("/x", f"X-Forwarded-For: {address}")).status
    assert status("203.0.113.9") == 200
    assert status("203.0.113.10") == 403, "what was said of one address holds for no other"
    assert status("203.0.113.9") == 200 and len(asked.requests) == 2


def test_no_client_can_have_the_service_left_alone(service, start_agent, start_proxy, client):
    """What it makes of one request, a refusal to read it included, says nothing of others; and nobody passes by it."""
    asked = service(lambda request: (400 if request.headers.get("Cookie") == "odd" else 200, [], b""))
    for settings in ({}, {"failOpen": True}):
        proxy = start_proxy({"auth": {"forwardAuth": {"url": asked.url, **settings}}}, [start_agent()], rules())
        for _ in range(10):
            assert client(proxy).ask(get("/x", "Cookie: odd")).status == 503
        assert client(proxy).ask(get("/x", "Cookie: fine")).status == 200


def test_only_pages_for_people_are_sent_to_sign_in(service, guarded):
    """Two who ask the same at once, one of them a program."""
    asked = service(lambda _: (302, [("Location", "https://login.test/")], b""))
    asked.delay = 0.4
    proxy = guarded({"forwardAuth": {"url": asked.url, "cacheFor": "5s"}})
    found = {}

    def one(accept):
        with Client(proxy.port) as connection:
            found[accept] = connection.ask(get("/x", f"Accept: {accept}")).status

    threads = [threading.Thread(target=one, args=(accept,)) for accept in ("text/html", "application/json")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"text/html": 302, "application/json": 401}


# refusals


def test_a_refusal_says_what_to_do(issuer, guarded, client):
    home = issuer("ES256")
    proxy = guarded({"jwt": home.settings(), "apiKeys": KEYS, "tokens": [{"name": "t", "token": "token-of-t"}]})
    answer = client(proxy).ask(get("/x"))
    said = error(answer)
    assert answer.status == 401 and answer.get("Content-Type") == "application/json"
    assert "Authorization: Bearer" in said["hint"] and "X-API-Key" in said["hint"]
    assert all(kind in said["message"] for kind in ("token", "apiKey", "jwt"))
    expired = client(proxy).ask(get("/x", bearer(home.token(exp=int(time.time()) - 600))))
    assert 'error_description="expired"' in expired.get("WWW-Authenticate")
    assert client(proxy).ask(get("/x", method="HEAD")).status == 401


def test_a_credential_of_another_kind_is_403(issuer, service, guarded, client):
    home = issuer("ES256")
    auth = {"jwt": home.settings(), "apiKeys": KEYS, "tokens": [{"name": "t", "token": "token-of-t"}]}
    ways = {"jwt": bearer(home.token()), "apiKey": "X-API-Key: key-of-ada", "token": "Authorization: Bearer token-of-t"}
    for taken in ways:
        proxy = guarded(auth, taken)
        # until the keys of the issuer have been read, nobody's token is known for one
        eventually(lambda: client(proxy).ask(get("/x", ways["jwt"])).status in (200, 403), what="the issuer's keys")
        for kind, field in ways.items():
            answer = client(proxy).ask(get("/x", field))
            assert answer.status == (200 if kind == taken else 403), (taken, kind, answer.body)
            if kind != taken:
                assert error(answer)["code"] == "forbidden" and f"takes {taken}" in error(answer)["message"]
        for wrong in ("X-API-Key: wrong", "Authorization: Bearer wrong", bearer(home.token(aud="other")), "X-Other: 1"):
            assert client(proxy).ask(get("/x", wrong)).status == 401, (taken, wrong)


# operators


def test_no_credential_reaches_a_log(issuer, service, guarded, client):
    home = issuer("ES256")
    asked = service(lambda _: (401, [], b""))
    proxy = guarded(
        {"jwt": home.settings(), "apiKeys": KEYS, "apiKeyQuery": "key", "forwardAuth": {"url": asked.url}},
        gateway={"logging": {"level": "debug"}})
    token = home.token()
    bad = home.token(aud="other")
    for field in (bearer(token), bearer(bad), "X-API-Key: key-of-ada", "X-API-Key: wrong-key", "Cookie: secret-cookie", bearer("wrong-token")):
        client(proxy).ask(get("/x", field))
    client(proxy).ask(get("/x?key=key-of-bob"))
    client(proxy).ask(get("/x?key=wrong-key"))
    eventually(lambda: len(proxy.access_lines()) >= 8)
    for secret in (token, bad, token.split(".")[2], bad.split(".")[1], "key-of", "wrong-key", "secret-cookie", "wrong-token"):
        assert secret not in proxy.log, secret


def test_patches_change_who_may_come_in_at_once(service, start_agent, start_edge, client):  # noqa: F811
    asked = service(lambda _: (200, [], b""))
    edge = start_edge({"auth": {"apiKeys": [KEYS[0]]}, "agents": {"discovery": {"static": [start_agent().settings()]}}, "routing": {"rules": rules()}})
    connection = client(edge)
    def status(*fields):
        return connection.ask(get("/x", *fields)).status
    assert (status("X-API-Key: key-of-ada"), status("X-API-Key: key-of-bob")) == (200, 401)
    edge.admin.patch({"auth": {"apiKeys": [KEYS[1]]}})
    assert (status("X-API-Key: key-of-ada"), status("X-API-Key: key-of-bob")) == (200, 200)
    shown = edge.admin.get()
    assert "key-of" not in json.dumps(shown)
    edge.admin.patch({"auth": {"apiKeys": None}}, replacePaths=["gateway.auth.apiKeys"])
    assert status("X-API-Key: key-of-ada") == 401
    edge.admin.patch({"auth": {"forwardAuth": {"url": asked.url, "cacheFor": "60s"}}})
    assert status() == 200
    edge.admin.patch({"auth": {"forwardAuth": {"cacheFor": "0s"}}})
    asked.handle = lambda _: (403, [], b"")
    assert status() == 403, "what was kept under the settings of before does not hold"
    edge.admin.patch({"auth": {"forwardAuth": None}})
    assert status() == 401


def test_the_doctor_and_metrics_tell_of_issuers_and_the_service(issuer, service, start_agent, start_edge, client):  # noqa: F811
    home = issuer("ES256")
    home.fails = True
    asked = service(lambda _: (200, [], b""))
    edge = start_edge({
        "auth": {"jwt": home.settings(refresh="1s"), "forwardAuth": {"url": asked.url, "cacheFor": "60s"}},
        "agents": {"discovery": {"static": [start_agent().settings()]}}, "routing": {"rules": rules()}})
    eventually(lambda: metric(edge, f'gateway_auth_key_reads_total{{issuer="{home.name}",result="failed"}}') > 0)
    for _ in range(3):
        assert client(edge).ask(get("/x")).status == 200
    assert metric(edge, 'gateway_auth_forward_total{result="answered"}') == 1
    assert metric(edge, 'gateway_auth_forward_total{result="kept"}') == 2
    assert metric(edge, "gateway_auth_forward_kept") == 1
    assert metric(edge, 'gateway_auth_total{kind="forward",result="admitted"}') == 3
    asked.stop()
    assert client(edge).ask(get("/y")).status == 503
    told = edge.cli("doctor")
    assert "auth.jwt" in told.stdout and home.name in told.stdout and "answers with 500" in told.stdout
    assert "auth.forwardAuth" in told.stdout and asked.url in told.stdout
    home.fails = False
    eventually(lambda: "auth.jwt" not in edge.cli("doctor").stdout, seconds=10)


@pytest.mark.parametrize("auth, words", [
    ({"apiKeys": [{"name": "a", "key": "one"}, {"name": "b", "key": "one"}]}, ["auth.apiKeys[1]", "the same key as that of 'a'"]),
    ({"apiKeys": [{"name": "a", "key": "with blank"}]}, ["printable ASCII"]),
    ({"apiKeyHeader": "Content-Length"}, ["auth.apiKeyHeader", "choose another field"]),
    ({"jwt": {"issuer": "i", "audience": "a"}}, ["auth.jwt", "jwksUrl"]),
    ({"jwt": {"issuer": "i", "audience": "a", "jwksUrl": "https://i.test/", "algorithms": ["none"]}}, ["algorithm"]),
    ({"jwt": {"issuer": "i", "audience": "a", "jwksUrl": "https://i.test/", "algorithms": ["RS256", "HS256"]}}, ["HS256 goes with `secret`"]),
    ({"jwt": {"issuer": "i", "audience": "a", "jwksUrl": "ftp://i.test/"}}, ["auth.jwt", "jwksUrl"]),
    ({"jwt": [{"issuer": "i", "audience": "a", "jwksUrl": "https://i.test/"}] * 2}, ["the issuer 'i' stands here twice"]),
    ({"jwt": {"issuer": "i", "secret": "short", "algorithms": ["HS256"]}}, ["32 bytes"]),
    ({"jwt": {"issuer": "i", "audience": "a", "jwksUrl": "https://i.test/", "claimsToHeaders": {"sub": "Host"}}}, ["choose another field"]),
    ({"forwardAuth": {"url": "https://a.test/", "responseHeaders": ["Transfer-Encoding"]}}, ["Transfer-Encoding"]),
    ({"forwardAuth": {"url": "https://a.test/", "requestHeaders": ["Connection"]}}, ["Connection belongs to the request itself"]),
    ({"clientCertificates": {"names": [{"name": "a"}]}}, ["subject"]),
    ({"clientCertificates": {"names": [{"name": "a", "fingerprint": "ab"}]}}, ["openssl x509"]),
])
def test_mistakes_are_named(tmp_path, auth, words):
    file = tmp_path / "gateway.json"
    file.write_text(json.dumps({"gateway": {"auth": auth}}))
    found = run_command(tmp_path, "check", file)
    said = found.stdout + found.stderr
    assert found.returncode != 0, said
    for word in words:
        assert word in said, said
    assert "with blank" not in said and "short" not in said


def test_what_is_sent_in_the_clear_or_for_anybody_is_warned_of(tmp_path):
    file = tmp_path / "gateway.json"
    file.write_text(json.dumps({"gateway": {"auth": {
        "jwt": {"issuer": "i", "jwksUrl": "http://issuer.test/jwks"},
        "forwardAuth": {"url": "http://auth.test/", "failOpen": True}}}}))
    found = run_command(tmp_path, "check", file)
    said = found.stdout + found.stderr
    assert found.returncode == 0, said
    for word in ("asked in the clear", "every token of this issuer is taken", "everybody may come in"):
        assert word in said, said


def test_digests_of_keys_are_as_good_as_keys(guarded, client):
    proxy = guarded({"apiKeys": [{"name": "a", "sha256": hashlib.sha256(b"a-key").hexdigest().upper()}]})
    assert client(proxy).ask(get("/x", "X-API-Key: a-key")).status == 200
    assert client(proxy).ask(get("/x", "X-API-Key: " + hashlib.sha256(b"a-key").hexdigest())).status == 401
