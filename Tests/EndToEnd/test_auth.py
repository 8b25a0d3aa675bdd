"""Rules that ask for a token."""
import hashlib
import json

import pytest

from processes import eventually
from raw import get

RULES = [
    {"name": "open", "match": {"type": "prefix", "pattern": "/open"}, "target": "demo"},
    {"name": "closed", "match": {"type": "prefix", "pattern": "/"}, "target": "demo", "requiresAuth": True},
]
TOKENS = [
    {"name": "ada", "tenant": "blue", "sha256": hashlib.sha256(b"let-me-in").hexdigest()},
    {"name": "bob", "token": "bobs-own-token"},
]


@pytest.fixture
def guarded(start_agent, start_proxy):
    return lambda **auth: start_proxy({"auth": {"tokens": TOKENS, **auth}}, [start_agent()], RULES)


def test_without_a_token_it_is_401_with_a_challenge(guarded, client):
    answer = client(guarded()).ask(get("/x"))
    assert answer.status == 401
    assert answer.get("WWW-Authenticate") == 'Bearer realm="clawproxy"'
    assert json.loads(answer.body)["error"]["code"] == "unauthorized"


@pytest.mark.parametrize(
    "credential", ["Bearer wrong", "Bearer ", "Basic bGV0LW1lLWlu", "let-me-in", "Bearer let-me-in2", "Bearer LET-ME-IN"])
def test_a_wrong_token_is_401(guarded, client, credential):
    answer = client(guarded()).ask(get("/x", f"Authorization: {credential}"))
    assert answer.status == 401 and answer.get("WWW-Authenticate").startswith("Bearer")


def test_two_authorization_fields_are_not_tried_in_turn(guarded, client):
    answer = client(guarded()).ask(get("/x", "Authorization: Bearer wrong", "Authorization: Bearer let-me-in"))
    assert answer.status in (400, 401)


@pytest.mark.parametrize("token", ["let-me-in", "bobs-own-token"])
def test_the_right_token_is_let_in_and_consumed_here(guarded, client, token):
    answer = client(guarded()).ask(get("/x", f"Authorization: Bearer {token}"))
    assert answer.status == 200
    assert token not in answer.body.decode() and "authorization" not in json.loads(answer.body)["headers"]


def test_the_token_goes_on_where_auth_forward_says_so(guarded, client):
    answer = client(guarded(forward=True)).ask(get("/x", "authorization: bearer let-me-in"))
    assert json.loads(answer.body)["headers"]["authorization"] == "bearer let-me-in"


def test_a_rule_without_auth_passes_the_agents_own_credentials_on(guarded, client):
    answer = client(guarded()).ask(get("/open", "Authorization: Basic YWdlbnQ6cHc="))
    assert json.loads(answer.body)["headers"]["authorization"] == "Basic YWdlbnQ6cHc="


@pytest.mark.parametrize("forward", [False, True])
def test_the_edges_own_credentials_reach_no_agent_of_an_open_rule(guarded, client, forward):
    keys = [{"name": "build", "key": "the-key-of-the-build"}]
    proxy = guarded(apiKeys=keys, apiKeyQuery="key", forward=forward)
    fields = ["Authorization: Bearer let-me-in", "X-API-Key: the-key-of-the-build"]
    headers = json.loads(client(proxy).ask(get("/open", *fields)).body)["headers"]
    assert ("authorization" in headers, "x-api-key" in headers) == (forward, forward)
    for query, kept in [("?a=1&key=the-key-of-the-build&b=2", "?a=1&b=2"), ("?key=of-the-agent", "?key=of-the-agent"),
                        ("?key=other&key=the-key-of-the-build", "")]:
        target = json.loads(client(proxy).ask(get("/open" + query)).body)["target"]
        assert target == "/open" + (query if forward else kept)
    headers = json.loads(client(proxy).ask(get("/open", "Authorization: Bearer of-the-agent", "X-API-Key: of-the-agent")).body)["headers"]
    assert headers["authorization"] == "Bearer of-the-agent" and headers["x-api-key"] == "of-the-agent"


def test_no_tokens_configured_is_always_401(start_agent, start_proxy, client):
    proxy = start_proxy({}, [start_agent()], RULES)
    assert client(proxy).ask(get("/x", "Authorization: Bearer let-me-in")).status == 401


def test_the_tenant_stands_in_the_access_log_and_the_token_nowhere(guarded, client):
    proxy = guarded()
    client(proxy).ask(get("/x", "Authorization: Bearer let-me-in"))
    client(proxy).ask(get("/y", "Authorization: Bearer bobs-own-token"))
    eventually(lambda: len(proxy.access_lines()) >= 2, what="two access lines")
    assert {line["path"]: line.get("tenant") for line in proxy.access_lines()} == {"/x": "blue", "/y": "bob"}
    assert "let-me-in" not in proxy.log and "bobs-own-token" not in proxy.log


def test_a_refused_request_is_answered_before_its_body_is_waited_for(guarded, client):
    connection = client(guarded())
    connection.send(get("/x", "Content-Length: 1000000", method="POST"))
    answer = connection.answer()
    assert answer.status == 401 and answer.get("Connection") == "close"
