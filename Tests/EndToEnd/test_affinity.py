"""Which requests stay with one agent: sessions by header, query, body, cookie, response; and what becomes of them when it goes."""
import json
import time

import pytest

from control import start_edge  # noqa: F401
from processes import eventually
from raw import Client, get, post

AGENTS = 4


def by(answer):
    return answer.get("x-agent")


@pytest.fixture
def fleet(start_agent):
    return [start_agent(f"agent-{n}") for n in range(AGENTS)]


def seen(proxy, requests):
    """The agents that served these requests."""
    with Client(proxy.port) as client:
        answers = [client.ask(request) for request in requests]
    assert all(answer.status == 200 for answer in answers), [answer.status for answer in answers]
    return [by(answer) for answer in answers]


def chat(body, *fields):
    return post("/v1/chat/completions", json.dumps(body), "Content-Type: application/json", *fields)


def test_a_session_key_stays_with_one_agent_by_default(fleet, start_proxy):
    proxy = start_proxy({}, fleet)
    for name in ("X-OpenClaw-Session-Key", "x-session-key"):
        for session in range(12):
            assert len(set(seen(proxy, [get("/", f"{name}: s{session}")] * 6))) == 1
    everybody = set(seen(proxy, [get("/", f"x-session-key: s{n}") for n in range(40)]))
    assert len(everybody) == AGENTS
    assert len(set(seen(proxy, [get("/")] * 8))) == AGENTS, "without a key it is the strategy's choice"


def test_two_proxies_agree_without_talking(fleet, start_proxy):
    requests = [get("/", f"x-session-key: s{n}") for n in range(30)]
    assert seen(start_proxy({}, fleet), requests) == seen(start_proxy({}, list(reversed(fleet))), requests)


@pytest.mark.parametrize("key, ask", [
    ("query:session", lambda n: get(f"/x?a=1&session=s{n}&b=2")),
    ("cookie:sid", lambda n: get("/", f"Cookie: a=b; sid=s{n}; c=d")),
    ("header:x-tenant", lambda n: get("/", f"X-Tenant: s{n}")),
    ("path", lambda n: get(f"/tenant/{n}")),
    ("host", lambda n: get("/", host=f"t{n}.test")),
    ("body:user", lambda n: chat({"messages": [{"role": "user", "content": "hi", "user": "not me"}], "user": f"s{n}"})),
])
def test_keys_may_stand_anywhere(fleet, start_proxy, key, ask):
    proxy = start_proxy({"loadBalancing": {"affinity": {"keys": [key]}}}, fleet)
    owners = [set(seen(proxy, [ask(n)] * 4)) for n in range(20)]
    assert all(len(owner) == 1 for owner in owners), owners
    assert len(set.union(*owners)) == AGENTS


def test_a_body_in_pieces_is_passed_on_whole(fleet, start_proxy):
    proxy = start_proxy({"loadBalancing": {"affinity": {"keys": ["openclaw"]}}}, fleet)
    body = json.dumps({"messages": [{"role": "user", "content": "x" * 200_000}], "user": "late"}).encode()
    head = (f"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    owners = set()
    for _ in range(3):
        with Client(proxy.port) as client:
            client.send(head)
            for start in range(0, len(body), 50_000):
                client.send(body[start:start + 50_000])
                time.sleep(0.02)  # pieces that come apart are what is tested
            answer = client.answer()
            assert answer.status == 200 and body[:100] in answer.body or answer.body
            owners.add(by(answer))
    assert len(owners) == 1


def test_a_client_that_waits_for_100_gets_it_while_the_key_is_looked_for(fleet, start_proxy):
    proxy = start_proxy({"loadBalancing": {"affinity": {"keys": ["body:user"]}}}, fleet)
    body = json.dumps({"messages": [{"role": "user", "content": "hi"}], "user": "u"}).encode()
    with Client(proxy.port) as client:
        client.send((f"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
                     f"Content-Length: {len(body)}\r\n\r\n").encode())
        assert client.head().status == 100
        client.send(body)
        assert client.answer().status == 200


def test_x_user_id_counts_from_trusted_peers_alone(fleet, start_proxy):
    affinity = {"loadBalancing": {"affinity": {"keys": ["header:x-user-id"]}}}
    requests = [get("/", "X-User-Id: alice")] * 8
    assert len(set(seen(start_proxy(affinity, fleet), requests))) == AGENTS
    trusting = {**affinity, "http": {"trustedProxies": ["127.0.0.1/32"]}}
    assert len(set(seen(start_proxy(trusting, fleet), requests))) == 1


def test_a_signed_cookie_binds_a_client_and_a_forged_one_does_not(fleet, start_proxy):
    proxy = start_proxy({"loadBalancing": {"affinity": {"cookie": {"name": "claw", "maxAge": "1h"}}}}, fleet)
    with Client(proxy.port) as client:
        first = client.ask(get("/"))
        line = first.get("set-cookie")
        assert line.startswith("claw=") and "HttpOnly" in line and "Max-Age=3600" in line and "Path=/" in line
        cookie = line.split(";")[0]
        for _ in range(8):
            again = client.ask(get("/", f"Cookie: x=y; {cookie}"))
            assert by(again) == by(first) and again.get("set-cookie") is None
        digit = "0" if cookie[-1] != "0" else "1"
        forged = client.ask(get("/", f"Cookie: {cookie[:-1]}{digit}"))
        assert forged.get("set-cookie") is not None


def test_the_secret_of_replicas_makes_their_cookies_one(fleet, start_proxy):
    shared = {"secrets": {"hmac": "a secret of all replicas"}, "loadBalancing": {"affinity": {"cookie": {"name": "claw"}}}}
    one, other = start_proxy(shared, fleet), start_proxy(shared, fleet)
    with Client(one.port) as client:
        first = client.ask(get("/"))
    cookie = first.get("set-cookie").split(";")[0]
    assert set(seen(other, [get("/", f"Cookie: {cookie}")] * 6)) == {by(first)}


def test_a_response_is_continued_where_it_was_given(start_proxy, raw_agent):
    count = [0]

    def agent(name):
        def handle(wire):
            while True:
                wire.request()
                count[0] += 1
                body = json.dumps({"id": f"resp_{name}_{count[0]}", "object": "response"}).encode()
                wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Agent: %s\r\nContent-Length: %d\r\n\r\n%s"
                          % (name.encode(), len(body), body))
        return handle

    agents = [raw_agent(agent(f"g{n}")).settings(f"g{n}") for n in range(3)]
    proxy = start_proxy({"loadBalancing": {"affinity": {"keys": ["openclaw"]}}}, agents)
    with Client(proxy.port) as client:
        for _ in range(6):
            answer = client.ask(post("/v1/responses", json.dumps({"input": "hi"}), "Content-Type: application/json"))
            owner, last = by(answer), json.loads(answer.body)["id"]
            for _ in range(4):
                answer = client.ask(post(
                    "/v1/responses", json.dumps({"input": "on", "previous_response_id": last}), "Content-Type: application/json"))
                assert by(answer) == owner
                last = json.loads(answer.body)["id"]


def test_sessions_stay_when_agents_join_and_only_those_of_a_leaver_move(fleet, start_agent, start_edge):
    edge = start_edge({"routing": {"rules": [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "pool:main"}]},
                       "agents": {"pools": {"main": {"agents": [agent.id for agent in fleet]}},
                                  "discovery": {"static": [agent.settings() for agent in fleet]}}})
    requests = [get("/", f"x-session-key: s{n}") for n in range(200)]
    before = seen(edge, requests)
    edge.admin.patch({"routing": {"rules": [{"name": "other", "match": {"type": "exact", "pattern": "/other"}, "target": "agent-0"}]}})
    assert seen(edge, requests) == before, "an unrelated rule moves nobody"
    newcomer = start_agent("agent-new")
    edge.admin.patch({"agents": {"discovery": {"static": [newcomer.settings()]}}})
    edge.admin.patch({"agents": {"pools": {"main": {"agents": [*[agent.id for agent in fleet], "agent-new"]}}}})
    assert seen(edge, requests) == before, "a newcomer gets new sessions alone"
    edge.admin.patch({"agents": {"pools": {"main": {"agents": [*[agent.id for agent in fleet[1:]], "agent-new"]}}}},
                     replacePaths=["agents.pools.main.agents"])
    after = seen(edge, requests)
    moved = [n for n in range(200) if after[n] != before[n]]
    assert moved == [n for n in range(200) if before[n] == "agent-0"]


def test_reject_answers_503_where_the_agent_of_a_session_is_gone(fleet, start_proxy):
    proxy = start_proxy({"loadBalancing": {"affinity": {"onMissing": "reject"}},
                         "agents": {"healthCheck": {"enabled": True, "interval": "200ms", "edgeInterval": "100ms"}}}, fleet)
    request = get("/", "x-session-key: mine")
    owner = seen(proxy, [request])[0]
    next(agent for agent in fleet if agent.id == owner).stop()
    with Client(proxy.port) as client:
        def gone():
            answer = client.ask(request)
            return answer.status == 503 and b"session_agent_gone" in answer.body
        eventually(gone, what="503 for the session of a dead agent")
        assert client.ask(get("/", "x-session-key: another-one")).status in (200, 503)


def test_a_draining_gateway_gets_no_new_session_and_its_own_wait_for_it(fleet, start_proxy):
    proxy = start_proxy({"loadBalancing": {"affinity": {"wait": "10s"}}}, fleet)
    request = get("/", "x-session-key: mine")
    owner = seen(proxy, [request])[0]
    agent = next(agent for agent in fleet if agent.id == owner)
    agent.control(drain=True)
    with Client(proxy.port) as client:
        answer = client.ask(get("/", "x-session-key: mine"))
    fresh = set(seen(proxy, [get("/", f"x-session-key: new{n}") for n in range(40)]))
    assert owner not in fresh, (answer.status, fresh)
