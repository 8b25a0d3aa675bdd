"""Rules that ask who a request is from: API keys, tokens of issuers, a service that decides."""
import hashlib
import hmac
import itertools
import json
import threading
import time

import pytest

from control import start_edge  # noqa: F401
from identity import b64, bearer, error, guarded, issuer, metric, public_pem, rules, seen, service  # noqa: F401
from processes import eventually, run_command
from raw import Client, answering, get, ok, post


# API keys

KEYS = [
    {"name": "build", "tenant": "ci", "sha256": hashlib.sha256(b"key-of-build").hexdigest()},
    {"name": "cron", "key": "key-of-cron"},
]


def test_a_key_lets_its_bearer_in_and_is_consumed(guarded, client):
    proxy = guarded({"apiKeys": KEYS})
    headers = seen(client(proxy).ask(get("/x", "X-API-Key: key-of-build", "Authorization: Basic YWdlbnQ6cHc=")))
    assert "x-api-key" not in headers and headers["authorization"] == "Basic YWdlbnQ6cHc="
    line = eventually(proxy.access_lines)[0]
    assert (line["tenant"], line["credential"]) == ("ci", "build")
    assert "key-of" not in proxy.log
    assert metric(proxy, 'gateway_auth_total{kind="apiKey",result="admitted"}') == 1


@pytest.mark.parametrize("field", ["X-API-Key: wrong", "X-API-Key:", "X-API-Key: key-of-Build", "Authorization: Bearer key-of-build", "Other: 1"])
def test_other_keys_are_401(guarded, client, field):
    answer = client(guarded({"apiKeys": KEYS})).ask(get("/x", field))
    assert answer.status == 401
    assert answer.get("WWW-Authenticate") == 'ApiKey realm="clawproxy", header="X-API-Key"'


def test_keys_go_on_where_forward_says_so(guarded, client):
    headers = seen(client(guarded({"apiKeys": KEYS, "forward": True})).ask(get("/x", "X-API-Key: key-of-cron")))
    assert headers["x-api-key"] == "key-of-cron"


@pytest.mark.parametrize("target, left", [
    ("/x?api_key=key-of-build", "/x"), ("/x?a=1&api_key=key-of-build", "/x?a=1"), ("/x?api_key=key-of-build&b=2", "/x?b=2"),
    ("/x?a=1&api_key=key-of-build&b=2&api_key=other", "/x?a=1&b=2")])
def test_a_key_in_the_query_is_taken_out_of_it(raw_agent, start_proxy, client, target, left):
    agent = raw_agent(answering(ok()))
    proxy = start_proxy(
        {"auth": {"apiKeys": KEYS, "apiKeyQuery": "api_key"}}, [agent], [{**rules("apiKey")[0], "target": "raw"}])
    assert client(proxy).ask(get(target)).status == 200
    assert agent.requests[0].start == f"GET {left} HTTP/1.1"
    assert "key-of" not in proxy.log


def test_the_query_carries_no_key_unless_that_is_set(guarded, client):
    assert client(guarded({"apiKeys": KEYS})).ask(get("/x?api_key=key-of-build")).status == 401


# kinds


def test_kinds_that_a_rule_does_not_name_do_not_count(guarded, client):
    auth = {"apiKeys": KEYS, "tokens": [{"name": "t", "token": "token-of-t"}]}
    proxy = guarded(auth, ["token"])
    assert client(proxy).ask(get("/x", "X-API-Key: wrong")).status == 401
    answer = client(proxy).ask(get("/x", "X-API-Key: key-of-build"))
    assert answer.status == 403 and "apiKey" in error(answer)["message"] and "Authorization: Bearer" in error(answer)["hint"]
    assert client(proxy).ask(get("/x", "Authorization: Bearer token-of-t")).status == 200
    assert metric(proxy, 'gateway_auth_total{kind="apiKey",result="forbidden"}') == 1


def test_any_kind_suffices_where_true_is_asked(guarded, client):
    proxy = guarded({"apiKeys": KEYS, "tokens": [{"name": "t", "token": "token-of-t"}]})
    assert client(proxy).ask(get("/x", "X-API-Key: key-of-build", "Authorization: Bearer wrong")).status == 200
    assert client(proxy).ask(get("/x", "X-API-Key: wrong", "Authorization: Bearer token-of-t")).status == 200
    answer = client(proxy).ask(get("/x"))
    assert answer.get("WWW-Authenticate") == 'Bearer realm="clawproxy", ApiKey realm="clawproxy", header="X-API-Key"'


def test_an_unknown_kind_is_an_error_and_one_that_is_not_configured_stops_run(tmp_path):
    def checked(command, kinds):
        file = tmp_path / "gateway.json"
        file.write_text(json.dumps({"gateway": {
            "http": {"listen": "127.0.0.1:0"}, "admin": {"listen": "127.0.0.1:0"},
            "routing": {"rules": [{**rules(kinds)[0], "target": "a"}]},
            "agents": {"discovery": {"static": [{"id": "a", "endpoint": "http://127.0.0.1:1"}]}}}}))
        option = [file] if command == "check" else ["--config-file", file]
        return run_command(tmp_path, command, *option)

    wrong = checked("check", ["tokn"])
    assert wrong.returncode != 0 and "did you mean 'token'" in wrong.stdout + wrong.stderr
    assert checked("check", "jwt").returncode == 0
    refused = checked("run", "jwt")
    assert refused.returncode != 0 and "auth.jwt" in refused.stdout + refused.stderr


# tokens of issuers


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_signed_token_lets_its_bearer_in(issuer, guarded, client, algorithm):
    home = issuer("RS256", "ES256", "EdDSA")
    kid = next(kid for kid in home.keys if kid.startswith(algorithm))
    proxy = guarded({"jwt": home.settings(tenantClaim="org")})
    connection = client(proxy)
    for _ in range(3):
        headers = seen(connection.ask(get("/x", bearer(home.token(kid, org="acme")))))
        assert "authorization" not in headers
    line = eventually(proxy.access_lines)[0]
    assert (line["tenant"], line["credential"]) == ("acme", "ada")


def test_claims_reach_the_agent_and_nobody_else_can_say_them(issuer, guarded, client):
    home = issuer("ES256")
    proxy = guarded(
        {"jwt": [home.settings(claimsToHeaders={"sub": "X-User", "realm.roles": "X-Roles", "gone": "X-Gone"})]},
        extra=[{"name": "open", "match": {"type": "prefix", "pattern": "/open"}, "target": "demo"}],
        gateway={"http": {"allowUnderscores": True}})
    token = home.token(realm={"roles": ["a", "b"]})
    forged = ["X-User: root", "x-roles: all", "X_User: root", "X-Gone: 1"]
    headers = seen(client(proxy).ask(get("/x", bearer(token), *forged)))
    assert headers["x-user"] == "ada" and headers["x-roles"] == "a,b"
    assert "x-gone" not in headers and "x_user" not in headers
    open_headers = seen(client(proxy).ask(get("/open", *forged)))
    assert not {"x-user", "x-roles", "x_user", "x-gone"} & set(open_headers)


def attacks(home):
    """Tokens that let nobody in, by what is wrong with them."""
    kid = next(iter(home.keys))
    algorithm, key = home.keys[kid]
    good = home.token(kid)
    head, body, signature = good.split(".")
    now = int(time.time())

    def part(value):
        return b64(value if isinstance(value, bytes) else json.dumps(value).encode())

    def signed(header, claims):
        text = f"{part(header)}.{part(claims)}"
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding
        return text + "." + b64(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))

    claims = {"iss": home.name, "sub": "ada", "aud": "gateway", "exp": now + 600}
    header = {"alg": "RS256", "kid": kid}
    confused = f"{part({'alg': 'HS256', 'kid': kid})}.{body}"
    yield "none", f"{part({'alg': 'none'})}.{body}."
    yield "None", f"{part({'alg': 'None'})}.{body}.{signature}"
    yield "no algorithm", f"{part({'kid': kid})}.{body}.{signature}"
    yield "confusion", confused + "." + b64(hmac.new(public_pem(key), confused.encode(), hashlib.sha256).digest())
    yield "other algorithm", f"{part({'alg': 'RS512', 'kid': kid})}.{body}.{signature}"
    yield "empty signature", f"{head}.{body}."
    yield "two parts", f"{head}.{body}"
    yield "four parts", f"{good}.{signature}"
    yield "changed claims", f"{head}.{part({**claims, 'sub': 'root'})}.{signature}"
    yield "padding", f"{head}.{body}.{signature}=="
    yield "not base64", f"{head}.{body[:-2]}+/.{signature}"
    yield "own key", signed({**header, "jwk": {"kty": "oct", "k": "AA"}, "kid": "other"}, claims)
    for injected in ["../../dev/null", "' OR 1=1--", "a\u0000b", "x" * 300, 7, None]:
        yield f"kid {injected!r:.12}", signed({**header, "kid": injected}, claims)
    yield "crit", signed({**header, "crit": ["exp"]}, claims)
    yield "b64", signed({**header, "b64": False}, claims)
    yield "expired", signed(header, {**claims, "exp": now - 61})
    yield "no exp", signed(header, {name: claims[name] for name in ("iss", "sub", "aud")})
    yield "text exp", signed(header, {**claims, "exp": str(now + 600)})
    yield "huge exp", signed(header, {**claims, "exp": 1e300})
    yield "nbf", signed(header, {**claims, "nbf": now + 90})
    yield "iat", signed(header, {**claims, "iat": now + 90})
    yield "audience", signed(header, {**claims, "aud": "other"})
    yield "no audience", signed(header, {name: claims[name] for name in ("iss", "sub", "exp")})
    yield "audience object", signed(header, {**claims, "aud": {"gateway": 1}})
    yield "issuer", signed(header, {**claims, "iss": "https://issuer.test/"})
    yield "no issuer", signed(header, {name: claims[name] for name in ("aud", "sub", "exp")})
    yield "no name", signed(header, {name: claims[name] for name in ("aud", "iss", "exp")})
    yield "line break", signed(header, {**claims, "sub": "a\r\nX-Admin: 1"})
    double = json.dumps(claims)[:-1] + f', "sub": "root"}}'
    yield "twice", signed(header, double.encode())
    yield "twice in the head", signed((json.dumps(header)[:-1] + ', "alg": "none"}').encode(), claims)
    yield "claims list", signed(header, [claims])
    yield "deep", signed(header, (b'{"a":' + b"[" * 400 + b"]" * 400 + json.dumps(claims).encode().replace(b"{", b",", 1)))
    yield "giant", signed(header, {**claims, "pad": "x" * 9000})
    yield "not UTF-8", signed(header, json.dumps(claims).encode().replace(b"ada", b"a\xffa"))
    yield "json form", '{"payload":"' + body + '","signatures":[{"protected":"' + head + '","signature":"' + signature + '"}]}'


def test_no_attack_comes_in(issuer, guarded, client):
    home = issuer("RS256")
    proxy = guarded({"jwt": home.settings()})
    seen(client(proxy).ask(get("/x", bearer(home.token()))))
    for what, token in attacks(home):
        answer = client(proxy).ask(get("/x", bearer(token)))
        assert answer.status == 401, (what, answer.status, answer.body)
        assert answer.get("WWW-Authenticate").startswith("Bearer"), what
    seen(client(proxy).ask(get("/x", bearer(home.token()))))
    assert len(home.requests) <= 3, "unknown names of keys have the set read again once"
    assert metric(proxy, 'gateway_auth_total{kind="jwt",result="invalid"}') > 20


def test_a_token_in_time_within_the_skew_is_taken(issuer, guarded, client):
    home = issuer("ES256")
    proxy = guarded({"jwt": home.settings()})
    seen(client(proxy).ask(get("/x", bearer(home.token(exp=int(time.time()) - 30)))))
    seen(client(proxy).ask(get("/x", bearer(home.token(nbf=int(time.time()) + 30, aud=["a", "gateway"])))))


def test_a_verified_token_ends_with_its_time(issuer, guarded, client):
    home = issuer("ES256")
    proxy = guarded({"jwt": home.settings(clockSkew="0s")})
    token = home.token(exp=int(time.time()) + 3)
    seen(client(proxy).ask(get("/x", bearer(token))))
    answer = eventually(lambda: (lambda a: a if a.status == 401 else None)(client(proxy).ask(get("/x", bearer(token)))), seconds=8, every=0.2)
    assert 'error_description="expired"' in answer.get("WWW-Authenticate")


def test_who_lacks_a_claim_is_known_and_may_not_come_in(issuer, guarded, client):
    home = issuer("ES256")
    proxy = guarded({"jwt": home.settings(requiredClaims={"scope": ["agents"], "org": []})})
    seen(client(proxy).ask(get("/x", bearer(home.token(scope="mail agents", org="o")))))
    answer = client(proxy).ask(get("/x", bearer(home.token(scope="mail", org="o"))))
    assert answer.status == 403 and error(answer)["code"] == "forbidden"
    assert answer.get("WWW-Authenticate") == 'Bearer realm="clawproxy", error="insufficient_scope"'
    assert client(proxy).ask(get("/x", bearer(home.token(scope="agents")))).status == 403


def test_a_secret_works_where_it_is_asked_for_alone(guarded, client, tmp_path):
    import jwt

    secret = "a secret of thirty-two bytes or more"
    claims = {"iss": "own", "sub": "ada", "exp": int(time.time()) + 60}
    proxy = guarded({"jwt": {"issuer": "own", "secret": secret, "algorithms": ["HS256"]}})
    seen(client(proxy).ask(get("/x", bearer(jwt.encode(claims, secret, "HS256")))))
    assert client(proxy).ask(get("/x", bearer(jwt.encode(claims, secret + "x", "HS256")))).status == 401
    assert secret not in proxy.log
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps({"gateway": {"auth": {"jwt": {"issuer": "own", "secret": secret}}}}))
    found = run_command(tmp_path, "check", file)
    assert found.returncode != 0 and "HS256" in found.stdout + found.stderr and secret not in found.stdout + found.stderr


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_keys_in_pem_and_in_a_file(issuer, guarded, client, tmp_path, algorithm):
    home = issuer(algorithm)
    kid = next(iter(home.keys))
    pem, jwks = tmp_path / "key.pem", tmp_path / "jwks.json"
    pem.write_bytes(public_pem(home.keys[kid][1]))
    jwks.write_text(json.dumps(home.jwks()))
    for place in ({"keyFile": str(pem)}, {"jwksFile": str(jwks)}):
        proxy = guarded({"jwt": {"issuer": home.name, "audience": "gateway", **place}})
        seen(client(proxy).ask(get("/x", bearer(home.token()))))
    assert not home.requests


def test_run_refuses_a_key_that_is_not_there(tmp_path):
    file = tmp_path / "gateway.json"
    file.write_text(json.dumps({"gateway": {"auth": {"jwt": {"issuer": "i", "audience": "a", "keyFile": str(tmp_path / "none.pem")}}}}))
    assert run_command(tmp_path, "check", file).returncode == 0
    refused = run_command(tmp_path, "run", "--config-file", file)
    assert refused.returncode != 0 and "none.pem" in refused.stdout + refused.stderr


def test_keys_are_rotated_under_traffic(issuer, guarded, client):
    """The issuer has another key, signs with it at once, and withdraws the old one: nobody is turned away by mistake."""
    home = issuer("RS256")
    proxy = guarded({"jwt": home.settings(refresh="1s")})
    old = next(iter(home.keys))
    token = {"now": home.token(old)}
    wrong, count, stop = [], [0], threading.Event()

    def press():
        with client_of(proxy) as connection:
            while not stop.is_set():
                answer = connection.ask(get("/x", bearer(token["now"])))
                count[0] += 1
                if answer.status != 200:
                    wrong.append((answer.status, answer.body))

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    new = home.add("RS256", "fresh")
    time.sleep(1.5)
    token["now"] = home.token(new)
    time.sleep(0.5)
    withdrawn = home.token(old)
    seen(client(proxy).ask(get("/x", bearer(withdrawn))))
    del home.keys[old]
    eventually(lambda: client(proxy).ask(get("/x", bearer(withdrawn))).status == 401, seconds=5, every=0.1,
               what="the end of what the old key verified")
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    assert count[0] > 50


def client_of(proxy):
    return Client(proxy.port)


def test_a_new_key_is_fetched_for_the_first_token_that_names_it(issuer, guarded, client):
    home = issuer("ES256")
    proxy = guarded({"jwt": home.settings()})
    seen(client(proxy).ask(get("/x", bearer(home.token()))))
    fresh = home.add("EdDSA")
    seen(client(proxy).ask(get("/x", bearer(home.token(fresh)))))
    asked = len(home.requests)
    later = home.add("ES256")
    assert client(proxy).ask(get("/x", bearer(home.token(later)))).status == 401
    assert len(home.requests) == asked, "not again within thirty seconds"


def test_the_old_keys_stay_while_the_issuer_is_down(issuer, guarded, client):
    home = issuer("ES256")
    proxy = guarded({"jwt": home.settings(refresh="1s")})
    seen(client(proxy).ask(get("/x", bearer(home.token()))))
    home.fails = True
    eventually(lambda: metric(proxy, 'gateway_auth_key_reads_total{issuer="https://issuer.test",result="failed"}') > 0)
    seen(client(proxy).ask(get("/x", bearer(home.token(jti="another")))))
    eventually(lambda: "answers with 500" in proxy.log, what="the line")


def test_an_issuer_that_was_never_reached_is_503_and_not_401(issuer, guarded, client):
    home = issuer("ES256")
    home.fails = True
    proxy = guarded({"jwt": home.settings()})
    answer = client(proxy).ask(get("/x", bearer(home.token())))
    assert answer.status == 503 and error(answer)["code"] == "auth_unavailable" and answer.get("Retry-After")
    assert client(proxy).ask(get("/x")).status == 401
    home.fails = False
    eventually(lambda: client(proxy).ask(get("/x", bearer(home.token()))).status == 200, seconds=10, every=0.2)


def test_the_body_is_held_while_a_token_is_verified(issuer, guarded, client):
    home = issuer("ES256")
    home.delay = 0.4
    proxy = guarded({"jwt": home.settings()})
    answer = client(proxy).ask(post("/echo", "x" * 300_000, bearer(home.token())))
    assert answer.status == 200


def test_a_patch_drops_what_was_verified_at_once(issuer, start_agent, start_edge, client):  # noqa: F811
    home = issuer("ES256")
    edge = start_edge({"auth": {"jwt": [home.settings()]},
                       "agents": {"discovery": {"static": [start_agent().settings()]}},
                       "routing": {"rules": rules()}})
    token = home.token()
    seen(client(edge).ask(get("/x", bearer(token))))
    asked = len(home.requests)
    edge.admin.patch({"logging": {"level": "debug"}})
    seen(client(edge).ask(get("/x", bearer(token))))
    assert len(home.requests) == asked, "what did not change goes on as it was"
    edge.admin.patch({"auth": {"jwt": [home.settings(requiredClaims={"org": []})]}})
    assert client(edge).ask(get("/x", bearer(token))).status == 403
    edge.admin.patch({"auth": {"jwt": [home.settings(audience="elsewhere")]}})
    assert client(edge).ask(get("/x", bearer(token))).status == 401


# a service


def by_cookie(request):
    user = {"Bearer letmein": "ada", None: None}.get(request.headers.get("Authorization"))
    if "who=bob" in request.headers.get("Cookie", ""):
        user = "bob"
    if user:
        return 200, [("X-User", user), ("X-Tenant", "t-" + user), ("X-Other", "no")], b"fine"
    if request.headers.get("X-Forwarded-Uri", "").startswith("/page"):
        return 302, [("Location", "https://login.test/"), ("Set-Cookie", "state=1"), ("Content-Type", "text/html")], b"<a>"
    if request.headers.get("X-Forwarded-Uri", "").startswith("/never"):
        return 403, [("Content-Type", "text/plain"), ("X-Secret", "1")], b"never"
    return 401, [("WWW-Authenticate", 'Basic realm="own"'), ("Content-Type", "application/json")], b'{"own": true}'


def forwarded(service, **more):
    return {"forwardAuth": {"url": service.url + "/verify?a=b", "responseHeaders": ["X-User"], "tenantHeader": "X-Tenant", **more}}


def test_the_service_decides(service, guarded, client):
    asked = service(by_cookie)
    proxy = guarded(forwarded(asked))
    headers = seen(client(proxy).ask(get("/a/./b?c=d", bearer("letmein"), "X-User: root", "Accept: text/html")))
    assert headers["x-user"] == "ada" and "x-other" not in headers and "authorization" not in headers
    path, told = asked.requests[-1]
    assert path == "/verify?a=b" and told["Authorization"] == "Bearer letmein" and "Accept" not in told
    assert (told["X-Forwarded-Method"], told["X-Forwarded-Uri"], told["X-Forwarded-For"]) == ("GET", "/a/b?c=d", "127.0.0.1")
    assert told["X-Forwarded-Host"] and told["X-Forwarded-Proto"] == "http"
    assert seen(client(proxy).ask(get("/x", "Cookie: who=bob")))["cookie"] == "who=bob"
    lines = eventually(lambda: len(proxy.access_lines()) >= 2 and proxy.access_lines())
    assert {line["tenant"] for line in lines} == {"t-ada", "t-bob"}


def test_its_refusals_are_the_clients(service, guarded, client):
    proxy = guarded(forwarded(service(by_cookie)))
    answer = client(proxy).ask(get("/x"))
    assert (answer.status, answer.body, answer.get("WWW-Authenticate")) == (401, b'{"own": true}', 'Basic realm="own"')
    answer = client(proxy).ask(get("/never"))
    assert (answer.status, answer.body, answer.get("X-Secret")) == (403, b"never", None)
    answer = client(proxy).ask(get("/page", "Accept: text/html,*/*"))
    assert (answer.status, answer.get("Location"), answer.get("Set-Cookie")) == (302, "https://login.test/", "state=1")
    answer = client(proxy).ask(get("/page", "Accept: application/json"))
    assert answer.status == 401 and answer.get("Location") is None


def test_a_post_with_a_body_waits_for_its_word(service, guarded, client):
    asked = service(by_cookie)
    asked.delay = 0.3
    proxy = guarded(forwarded(asked))
    assert client(proxy).ask(post("/echo", "y" * 200_000, bearer("letmein"))).status == 200


def test_slow_is_504_down_is_503_and_neither_lets_in(service, guarded, client):
    asked = service(by_cookie)
    asked.delay = 6
    proxy = guarded(forwarded(asked, timeout="200ms"))
    began = time.monotonic()
    answer = client(proxy).ask(get("/x", bearer("letmein")))
    assert answer.status == 504 and error(answer)["code"] == "auth_unavailable" and time.monotonic() - began < 4
    asked.delay = 0
    seen(client(proxy).ask(get("/x", bearer("letmein"))))
    asked.handle = lambda _: (500, [], b"")
    assert client(proxy).ask(get("/x", bearer("letmein"))).status == 503
    asked.stop()
    for _ in range(12):
        assert client(proxy).ask(get("/x", bearer("letmein"))).status == 503
    assert "left alone" in proxy.log


def test_open_where_that_is_chosen(service, guarded, client):
    asked = service(by_cookie)
    proxy = guarded(forwarded(asked, failOpen=True))
    assert client(proxy).ask(get("/x")).status == 401
    asked.stop()
    assert "x-user" not in seen(client(proxy).ask(get("/x", "X-User: root")))


def test_what_it_said_is_kept_for_the_same_question(service, guarded, client):
    asked = service(by_cookie)
    proxy = guarded(forwarded(asked, cacheFor="30s"))
    for target, count in [("/x", 1), ("/x", 1), ("/y", 2), ("/x?z", 3), ("/x", 3)]:
        seen(client(proxy).ask(get(target, bearer("letmein"))))
        assert len(asked.requests) == count, target
    assert client(proxy).ask(get("/x")).status == 401
    assert client(proxy).ask(get("/x", bearer("other"))).status == 401
    seen(client(proxy).ask(get("/x", "Cookie: who=bob")))
    assert len(asked.requests) == 6


def test_what_it_said_is_kept_for_credentials(service, guarded, client):
    asked = service(by_cookie)
    proxy = guarded(forwarded(asked, cacheFor="30s", cacheByCredentials=True))
    for target in ("/x", "/y", "/z?1"):
        seen(client(proxy).ask(get(target, bearer("letmein"))))
    assert len(asked.requests) == 1


def test_many_who_ask_the_same_ask_once(service, guarded):
    asked = service(by_cookie)
    asked.delay = 0.5
    proxy = guarded(forwarded(asked, cacheFor="30s"))
    found = []

    def one():
        with client_of(proxy) as connection:
            found.append(connection.ask(get("/x", bearer("letmein"))).status)

    threads = [threading.Thread(target=one) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 20 and len(asked.requests) == 1


@pytest.mark.parametrize("by_credentials", [False, True])
def test_a_cookie_is_for_one_client_alone(service, guarded, by_credentials):
    number = itertools.count()
    asked = service(lambda _: (302, [("Location", "https://login.test/"), ("Set-Cookie", f"state={next(number)}")], b""))
    asked.delay = 0.5
    proxy = guarded(forwarded(asked, cacheFor="30s", cacheByCredentials=by_credentials))
    found = []

    def one():
        with client_of(proxy) as connection:
            found.append(connection.ask(get("/page", "Accept: text/html")).get("Set-Cookie"))

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 10 and None not in found


def test_what_the_cache_keeps_is_for_whom_the_agent_was_told(service, guarded, raw_agent, start_proxy, client):
    """The agent answers by a field that the service gave: nobody gets another's answer, though both have one tenant."""
    def same_tenant(request):
        user = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return (200, [("X-User", user), ("X-Tenant", "shared")], b"") if user else (401, [], b"")

    def handler(connection):
        while True:
            request = connection.request()
            body = request.get("X-User").encode()
            connection.send(
                f"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    agent = raw_agent(handler)
    proxy = start_proxy(
        {"auth": forwarded(service(same_tenant)), "cache": {"enabled": True, "layers": [{"type": "memory", "maxSize": 100}]}}, [agent],
        [{"name": "closed", "match": {"type": "prefix", "pattern": "/"}, "target": agent.settings()["id"], "requiresAuth": "forward"}])
    for user in (b"ada", b"bob", b"ada", b"bob"):
        assert client(proxy).ask(get("/x", bearer(user.decode()))).body == user
    assert len(agent.requests) == 2


# what operators see


def test_secrets_are_shown_to_nobody(service, start_agent, start_edge):  # noqa: F811
    secret = "a secret of thirty-two bytes or more"
    asked = service(by_cookie)
    edge = start_edge({
        "auth": {"apiKeys": KEYS, "jwt": [{"issuer": "own", "secret": secret, "algorithms": ["HS256"]}], **forwarded(asked)},
        "agents": {"discovery": {"static": [start_agent().settings()]}},
        "routing": {"rules": rules()}})
    shown = json.dumps(edge.admin.get())
    assert secret not in shown and "key-of-cron" not in shown and "__OPENCLAW_REDACTED__" in shown
