"""Limits of requests, tokens and concurrency: what is let through, what is told, and what comes back."""
import asyncio
import codecs
import json
import re
import resource
import socket
import threading
import time

import pytest

from caching import cached
from control import Admin
from processes import eventually, run_command
from raw import Client, RawAgent, Wire, answering, get, ok, post
from redis_server import PROGRAM, RedisServer
from test_observing import page

RULE = {"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "demo"}


def limited(limit, **more):
    return {"http": {"rateLimit": limit}} | more


def statuses(connection, count, path="/ok", *fields):
    return [connection.ask(get(path, *fields)).status for _ in range(count)]


def left(answer):
    """Of `RateLimit`: name, what is left, seconds until all is."""
    return [(name, int(r), int(t)) for name, r, t in re.findall(r'"([^"]*)";r=(\d+);t=(\d+)', ", ".join(answer.all("RateLimit")))]


class Caller(Client):
    """A client of a loopback address of its own."""

    def __init__(self, host, port, seconds=10, source=None):
        Wire.__init__(self, socket.create_connection((host, port), seconds, (source, 0) if source else None), seconds)


def control(proxy):
    token = proxy.folder / ".openclaw" / "clawproxy.token"
    return Admin(proxy.admin_port, lambda: token.read_text().strip())


def patch(proxy, change):
    admin = control(proxy)
    admin.rpc("config.patch", raw=json.dumps(change), baseHash=admin.rpc("config.get")["hash"])


def together(press, count, arguments=(None,)):
    threads = [threading.Thread(target=press, args=[] if argument is None else [argument]) for argument in arguments for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# MARK: by address


def test_a_burst_passes_and_then_the_rate(start_proxy, start_agent, client):
    proxy = start_proxy(limited({"requestsPerMinute": 600, "burst": 5}), [start_agent()])
    connection = client(proxy)
    begun = time.monotonic()
    first = connection.ask(get("/ok"))
    assert first.status == 200
    assert first.get("RateLimit-Policy") == '"default";q=600;w=60'
    assert left(first) == [("default", 4, 1)]
    admitted = 1
    while time.monotonic() < begun + 1.5:
        answer = connection.ask(get("/ok"))
        if answer.status == 200:
            admitted += 1
        else:
            assert answer.status == 429
            assert json.loads(answer.body)["error"]["code"] == "rate_limited"
            assert answer.get("Retry-After") == "1"
            assert left(answer)[0][1] == 0
        elapsed = time.monotonic() - begun
    assert 0.95 * (5 + 10 * elapsed) - 2 <= admitted <= 5 + 10 * elapsed


def test_addresses_are_counted_apart(start_proxy, start_agent, client):
    proxy = start_proxy(limited({"requestsPerMinute": 6, "burst": 2}), [start_agent()])
    assert statuses(client(proxy), 3) == [200, 200, 429]
    with Caller("127.0.0.1", proxy.port, source="127.0.0.2") as other:
        assert [other.ask(get("/ok")).status for _ in range(3)] == [200, 200, 429]


def test_an_ipv6_network_of_64_bits_is_one_client(start_proxy, start_agent):
    try:
        probe = socket.socket(socket.AF_INET6)
        probe.bind(("::1", 0))
        probe.close()
    except OSError:
        pytest.skip("no IPv6 here")
    proxy = start_proxy(limited({"requestsPerMinute": 6, "burst": 2}), [start_agent()], listen=lambda port: f"[::]:{port}")
    with Caller("::1", proxy.port) as connection:
        assert [connection.ask(get("/ok")).status for _ in range(3)] == [200, 200, 429]
    status = control(proxy).rpc("limits.status")
    assert status["rates"][0]["busiest"][0]["key"] == "0:0:0:0::/64"


def test_own_pages_do_not_count(start_proxy, start_agent, client):
    proxy = start_proxy(limited({"requestsPerMinute": 6, "burst": 1}), [start_agent()])
    connection = client(proxy)
    for _ in range(5):
        assert connection.ask(get("/health")).status == 200 and connection.ask(get("/metrics")).status == 200
    assert statuses(connection, 2) == [200, 429]
    assert connection.ask(get("/metrics")).get("RateLimit") is None


# MARK: other keys


def test_a_header_may_be_the_key_and_its_absence_the_address(start_proxy, start_agent, client):
    proxy = start_proxy(limited({"rate": "1r/h", "burst": 1, "key": "header:X-User"}), [start_agent()])
    connection = client(proxy)
    assert statuses(connection, 2, "/ok", "X-User: a") == [200, 429]
    assert statuses(connection, 2, "/ok", "X-User: b") == [200, 429]
    assert statuses(connection, 2, "/ok") == [200, 429]


def test_tenants_are_counted_by_their_tokens(start_proxy, start_agent, client):
    tokens = [{"name": name, "token": f"secret-{name}", "tenant": tenant} for name, tenant in (("a", "x"), ("b", "x"), ("c", "y"))]
    proxy = start_proxy(limited({"rate": "1r/h", "burst": 2, "key": "tenant"}, auth={"tokens": tokens}), [start_agent()],
                        [RULE | {"requiresAuth": True}])
    connection = client(proxy)
    seen = [connection.ask(get("/ok", f"Authorization: Bearer secret-{name}")).status for name in "abac"]
    assert seen == [200, 200, 429, 200]
    # who is nobody is refused before that, and takes nothing
    assert statuses(connection, 3) == [401, 401, 401]


def test_a_rule_has_a_limit_besides(start_proxy, start_agent, client):
    rules = [{"name": "slow", "match": {"type": "prefix", "pattern": "/slow"}, "target": "demo", "rateLimit": {"rate": "2r/h", "burst": 2}}, RULE]
    proxy = start_proxy(limited({"requestsPerMinute": 6, "burst": 5}), [start_agent()], rules)
    connection = client(proxy)
    answer = connection.ask(get("/slow"))
    assert [name for name, _, _ in left(answer)] == ["default", "slow"]
    assert answer.all("RateLimit-Policy") == ['"default";q=6;w=60', '"slow";q=2;w=3600']
    # what a rule refuses costs the other limit nothing
    assert statuses(connection, 4, "/slow") == [200, 429, 429, 429]
    assert statuses(connection, 4) == [200, 200, 200, 429]
    assert page(client, proxy)["gateway_ratelimit_refused_total", (("policy", "rule:slow"),)] == 3


def test_fields_may_be_left_out(start_proxy, start_agent, client):
    proxy = start_proxy(limited({"rate": "1r/h", "burst": 1, "headers": False}), [start_agent()])
    connection = client(proxy)
    first, second = connection.ask(get("/ok")), connection.ask(get("/ok"))
    assert (first.status, second.status) == (200, 429)
    assert first.get("RateLimit") is None and second.get("RateLimit") is None and second.get("Retry-After") == "3600"


def test_it_is_told_in_log_and_metrics(start_proxy, start_agent, client):
    proxy = start_proxy(limited({"rate": "1r/h", "burst": 1}), [start_agent()])
    assert statuses(client(proxy), 3) == [200, 429, 429]
    eventually(lambda: len(proxy.access_lines()) >= 3)
    assert [line.get("error") for line in proxy.access_lines()[:3]] == [None, "rate_limited", "rate_limited"]
    seen = page(client, proxy)
    assert seen["gateway_ratelimit_checked_total", (("policy", "http"),)] == 3 and seen["gateway_ratelimit_refused_total", (("policy", "http"),)] == 2
    status = control(proxy).rpc("limits.status")
    assert status["rates"][0] | {"busiest": None} == {
        "policy": "http", "rate": "1r/h", "unit": "requests", "burst": 1, "key": "address", "shared": False, "checked": 3, "refused": 2,
        "keys": 1, "busiest": None}
    assert status["rates"][0]["busiest"][0]["key"] == "127.0.0.1" and status["rates"][0]["busiest"][0]["remaining"] == 0


def test_many_at_once_never_exceed_it(start_proxy, start_agent):
    proxy = start_proxy(limited({"rate": "1r/h", "burst": 300}), [start_agent()])
    seen = []

    def press():
        with Caller("127.0.0.1", proxy.port) as connection:
            for _ in range(50):
                seen.append(connection.ask(get("/ok")).status)

    together(press, 40)
    assert seen.count(200) == 300 and seen.count(429) == 1700


async def at_once(ports, count):
    """So many requests that are all under way before one is answered; the answers' statuses."""

    async def opened(port):
        return await asyncio.open_connection("127.0.0.1", port)

    wires = []
    for start in range(0, count, 500):
        wires += await asyncio.gather(*(opened(ports[at % len(ports)]) for at in range(start, min(start + 500, count))))
    for _, writer in wires:
        writer.write(get("/ok").encode())

    async def status(reader, writer):
        line = await reader.readline()
        writer.close()
        return int(line.split()[1])

    return await asyncio.wait_for(asyncio.gather(*(status(*wire) for wire in wires)), 120)


@pytest.mark.parametrize("replicas", [1, 2])
def test_ten_thousand_at_once_do_not_exceed_it_by_one(start_proxy, start_agent, request, replicas):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < 12_000:
        pytest.skip(f"{hard} descriptors are not enough")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(12_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0]), hard))
    agent, limit = start_agent(), {"rate": "1r/h", "burst": 777}
    # as many connections are most of the descriptors that some machines allow, of which idle ones would be closed; and the
    # first of them waits until the last one is there
    def patient(config):
        config["performance"] = {"overload": {"enabled": False, "closeIdle": False}}
        config["http"] |= {"limits": {"maxConnections": 12_000}, "timeouts": {"header": "100s"}}
        return config

    if replicas == 1:
        proxies = [start_proxy(patient(limited(limit)), [agent])]
    else:
        redis = request.getfixturevalue("start_redis")()
        config = patient(shared(redis, limit))
        # on a machine that has two cores for all of this
        config["rateLimiting"]["redis"]["timeout"] = "5s"
        proxies = [start_proxy(config, [agent]) for _ in range(2)]
        warm(proxies, redis)
    seen = asyncio.run(at_once([proxy.port for proxy in proxies], 10_000))
    assert {status: seen.count(status) for status in set(seen)} == {200: 777, 429: 9_223}


def test_ten_a_second_with_a_burst_of_twenty(start_proxy, start_agent, client):
    proxy = start_proxy(limited({"rate": "10r/s", "burst": 20}), [start_agent()])
    connection = client(proxy)
    begun = time.monotonic()
    seen = []
    while time.monotonic() < begun + 3:
        seen.append(connection.ask(get("/ok")).status)
    assert seen[:20] == [200] * 20 and 20 + 28 <= seen.count(200) <= 20 + 10 * (time.monotonic() - begun)
    answer = connection.ask(get("/ok"))
    assert answer.get("RateLimit-Policy") == '"default";q=10;w=1' and left(answer)[0][2] == 2


def test_repetitions_and_hedges_count_once(start_proxy, raw_agent, client):
    failing = ok("no").replace("200 OK", "503 No")
    proxy = start_proxy(limited({"rate": "1r/h", "burst": 3}), [raw_agent(answering(failing)).settings("bad", tags=["t"]),
                                                               raw_agent(answering(failing)).settings("worse", tags=["t"])],
                        [RULE | {"target": "tag:t"}])
    connection = client(proxy)
    answers = [connection.ask(get("/ok")) for _ in range(4)]
    assert [answer.status for answer in answers] == [503, 503, 503, 429]
    assert [left(answer)[0][1] for answer in answers] == [2, 1, 0, 0]


def test_a_change_of_the_configuration_forgets_nothing(start_proxy, start_agent, client):
    proxy = start_proxy(limited({"rate": "10r/h", "burst": 4}), [start_agent()])
    connection = client(proxy)
    assert statuses(connection, 3) == [200] * 3
    patch(proxy, {"http": {"timeouts": {"idle": "77s"}}})
    assert statuses(connection, 2) == [200, 429]
    # a larger burst: four are taken of it
    patch(proxy, {"http": {"rateLimit": {"burst": 6}}})
    assert statuses(connection, 3) == [200, 200, 429]
    patch(proxy, {"http": {"rateLimit": None}})
    assert statuses(connection, 3) == [200] * 3
    assert connection.ask(get("/ok")).get("RateLimit") is None


# MARK: shared by replicas


@pytest.fixture
def start_redis(tmp_path, started):
    if PROGRAM is None:
        pytest.skip("redis-server is not installed")

    def start(*options, **more):
        server = RedisServer(tmp_path, *options, **more)
        started.append(server)
        return server

    return start


def shared(redis, limit):
    return {"http": {"rateLimit": limit | {"shared": True}}, "rateLimiting": {"redis": {"endpoint": redis.endpoint}}}


def test_two_replicas_share_one_limit(start_proxy, start_agent, start_redis):
    redis, agent = start_redis(), start_agent()
    replicas = [start_proxy(shared(redis, {"requestsPerMinute": 600, "burst": 50}), [agent]) for _ in range(2)]
    warm(replicas, redis)
    seen = []
    begun = time.monotonic()

    def press(proxy):
        with Caller("127.0.0.1", proxy.port) as connection:
            while time.monotonic() < begun + 4:
                seen.append(connection.ask(get("/ok")).status)
                if seen[-1] == 429:
                    time.sleep(0.002)

    together(press, 10, replicas)
    elapsed = time.monotonic() - begun
    assert seen.count(200) <= 50 + 10 * elapsed
    assert seen.count(200) >= 0.97 * (50 + 10 * 4) - 1
    # keys go away by themselves
    (key,) = redis.ask("KEYS", "clawproxy:limit:*")
    assert 0 < redis.ask("PTTL", key) <= 8000


def warm(replicas, redis):
    """Until each replica's loops have their connection."""
    redis_status = lambda proxy: control(proxy).rpc("limits.status").get("redis")
    for proxy in replicas:
        eventually(lambda: proxy.log.count("redis is in use") >= 1, what="the connection to Redis")
        assert redis_status(proxy) == "in use"
    time.sleep(0.3)
    redis.ask("FLUSHALL")


@pytest.mark.parametrize("how", ["pause", "kill"])
def test_a_redis_that_fails_stops_nobody_and_no_limit(start_proxy, start_agent, start_redis, client, how):
    redis, agent = start_redis(), start_agent()
    proxy = start_proxy(shared(redis, {"rate": "20r/h", "burst": 20}), [agent])
    warm([proxy], redis)
    connection = client(proxy)
    assert statuses(connection, 5) == [200] * 5
    getattr(redis, how)()
    begun = time.monotonic()
    # this replica goes on from what it has heard last
    assert statuses(connection, 20) == [200] * 15 + [429] * 5
    assert time.monotonic() - begun < 3
    failures = page(client, proxy)["gateway_ratelimit_redis_failures_total", ()]
    assert failures >= 15
    assert control(proxy).rpc("limits.status")["redis"] != "in use"
    # it comes back, and is asked again
    redis.go() if how == "pause" else redis.start()
    patch(proxy, {"http": {"rateLimit": {"key": "header:X-User"}}})

    def is_asked():
        # of every loop, each of which has a connection of its own to Redis
        before = page(client, proxy)["gateway_ratelimit_redis_failures_total", ()]
        for _ in range(20):
            assert client(proxy).ask(get("/ok", f"X-User: {time.monotonic()}")).status == 200
        return (page(client, proxy)["gateway_ratelimit_redis_failures_total", ()] == before
                and control(proxy).rpc("limits.status")["redis"] == "in use")

    eventually(is_asked, 20, what="no more failures")
    assert redis.ask("KEYS", "clawproxy:limit:http:header:x-user:*")


def test_a_shared_limit_survives_another_rate(start_proxy, start_agent, start_redis, client):
    redis, agent = start_redis(), start_agent()
    proxy = start_proxy(shared(redis, {"rate": "10r/h", "burst": 10}), [agent])
    warm([proxy], redis)
    connection = client(proxy)
    assert statuses(connection, 6) == [200] * 6
    # six are taken of the new one, too
    patch(proxy, {"http": {"rateLimit": {"rate": "36r/h", "burst": 10}}})
    assert statuses(connection, 5) == [200] * 4 + [429]
    patch(proxy, {"http": {"rateLimit": {"rate": "10r/h", "burst": 12}}})
    answer = connection.ask(get("/ok"))
    assert (answer.status, left(answer)[0][1]) == (200, 1)


def test_a_redis_that_has_forgotten_the_script_is_told_it(start_proxy, start_agent, start_redis, client):
    redis, agent = start_redis(), start_agent()
    proxy = start_proxy(shared(redis, {"rate": "20r/h", "burst": 20}), [agent])
    warm([proxy], redis)
    connection = client(proxy)
    assert statuses(connection, 2) == [200, 200]
    redis.ask("SCRIPT", "FLUSH")
    answer = connection.ask(get("/ok"))
    assert answer.status == 200 and left(answer)[0][1] == 17
    assert page(client, proxy)["gateway_ratelimit_redis_failures_total", ()] == 0 and "NOSCRIPT" not in proxy.log


def test_shared_without_a_redis_does_not_run(tmp_path):
    file = tmp_path / "gateway.json"
    file.write_text(json.dumps({"gateway": {"http": {"rateLimit": {"rate": "1r/s", "shared": True}}}}))
    done = run_command(tmp_path, "check", "--config-file", file)
    assert done.returncode == 0 and "rateLimiting.redis.endpoint" in done.stdout + done.stderr
    done = run_command(tmp_path, "run", "--config-file", file)
    assert done.returncode != 0 and "http.rateLimit" in done.stderr and "rateLimiting.redis.endpoint" in done.stderr


# MARK: models

LLM = RULE | {"target": "pool:llm", "kind": "llm"}


@pytest.fixture
def start_models(start_proxy):
    def start(agent, limits, **gateway):
        member = agent.settings("a", pool="llm", kind="llm") if isinstance(agent, RawAgent) else agent.settings(pool="llm", kind="llm")
        return start_proxy({"agents": {"pools": {"llm": {"kind": "llm", "agents": []}}}, "rateLimiting": limits} | gateway, [member], [LLM])
    return start


def chat(model="m", text="hello", **more):
    return post("/v1/chat/completions", json.dumps({"model": model, "messages": [{"role": "user", "content": text}]} | more),
                "Content-Type: application/json")


def completion(prompt, answer, said="yes"):
    body = json.dumps({"choices": [{"message": {"content": said}, "finish_reason": "stop"}],
                       "usage": {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}})
    return ok(body, "Content-Type: application/json")


def tokens_left(proxy, policy="global:tokens"):
    found = {row["policy"]: row for row in control(proxy).rpc("limits.status")["rates"]}[policy]
    return found["busiest"][0]["remaining"] if found["busiest"] else found["burst"]


def tokens_spent(proxy):
    return control(proxy).rpc("limits.status")["tokensSpent"]


def test_requests_of_a_model_and_of_all_are_limited(start_models, raw_agent, client):
    proxy = start_models(raw_agent(answering(completion(1, 1))), {
        "global": {"requestsPerMinute": 5}, "perModel": {"small": {"requestsPerMinute": 2}}, "answerTokens": 1})
    connection = client(proxy)
    assert [connection.ask(chat("small")).status for _ in range(3)] == [200, 200, 429]
    # what the model's limit refused costs nothing of all
    assert [connection.ask(chat("other")).status for _ in range(4)] == [200, 200, 200, 429]
    refused = connection.ask(chat("small"))
    assert "'global'" in json.loads(refused.body)["error"]["message"] and refused.get("Retry-After") == "12"


def test_what_asks_no_model_is_not_limited(start_proxy, raw_agent, client):
    proxy = start_proxy({"rateLimiting": {"global": {"requestsPerMinute": 1}}}, [raw_agent(answering(ok())).settings("demo")], [RULE])
    connection = client(proxy)
    assert statuses(connection, 3) == [200] * 3
    assert [connection.ask(post("/x", '{"text": "hi"}', "Content-Type: application/json")).status for _ in range(3)] == [200] * 3
    # a model that is named makes it one, whatever the agent is
    assert [connection.ask(chat()).status for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("fields, mark", [
    (["Connection: Upgrade", "Upgrade: websocket", "Content-Type: application/json"], ""),
    (["Content-Type: application/octet-stream"], ""), ([], ""), (["Content-Type: application/vnd.chat+json"], ""),
    (["Content-Type: application/json"], "\ufeff")], ids=["upgrade", "octets", "nothing", "other", "mark"])
@pytest.mark.parametrize("kind", ["llm", "openclaw"])
def test_no_form_of_the_request_escapes_the_limit_of_its_model(start_proxy, raw_agent, client, kind, fields, mark):
    agent = raw_agent(answering(completion(1, 1)))
    proxy = start_proxy({"rateLimiting": {"perModel": {"m": {"requestsPerMinute": 1}}}}, [agent.settings("demo", kind=kind)], [RULE])
    body = mark + json.dumps({"model": "m", "messages": [{"role": "user", "content": "hello"}]})
    text = post("/v1/chat/completions", body.encode().decode("latin-1"), *fields)
    assert [client(proxy).ask(text).status for _ in range(2)] == [200, 429]


def test_limits_by_model_refuse_what_only_agents_could_read(start_models, raw_agent, client):
    proxy = start_models(raw_agent(answering(completion(1, 1))), {"perModel": {"m": {"requestsPerMinute": 1}}})
    texts = [json.dumps({"model": "m"}).encode(encoding) for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")]
    for text in [*texts, codecs.BOM_UTF16_BE + texts[2], codecs.BOM_UTF32_LE + texts[3], codecs.BOM_UTF32_BE + texts[4]]:
        body = text.decode("latin-1")
        answer = client(proxy).ask(post("/v1/chat/completions", body, "Content-Type: application/json"))
        assert answer.status == 400 and "UTF-8" in json.loads(answer.body)["error"]["message"], text


def test_limits_by_model_leave_media_alone(start_proxy, raw_agent, client):
    proxy = start_proxy({"rateLimiting": {"perModel": {"m": {"requestsPerMinute": 1}}}}, [raw_agent(answering(ok())).settings("demo")], [RULE])
    for kind in ("video/mp4", "application/octet-stream"):
        assert client(proxy).ask(post("/upload", "\0\0\0 ftypisom" + "x" * 5000, f"Content-Type: {kind}")).status == 200


def test_a_prompt_that_an_agent_has_had_costs_its_tokens_where_answers_are_kept_too(start_proxy, raw_agent, client):
    def handler(wire):
        wire.request()
        time.sleep(3)

    agent = raw_agent(handler)
    limits = {"global": {"tokensPerMinute": 100_000}}
    proxy = start_proxy(
        cached(None, agents={"pools": {"llm": {"kind": "llm", "agents": []}}}, rateLimiting=limits),
        [agent.settings("a", pool="llm", kind="llm")], [LLM | {"cache": {"strategy": "exact", "ttl": "60s"}}])
    connection = client(proxy)
    connection.send(chat(text="word " * 1000, temperature=0))
    eventually(lambda: agent.requests)
    connection.sock.close()
    assert 900 < eventually(lambda: tokens_spent(proxy)) < 1500


def test_what_a_tenant_is_refused_costs_its_address_nothing(start_proxy, start_agent, client):
    tokens = [{"name": name, "token": name * 20} for name in "ab"]
    rule = RULE | {"requiresAuth": True, "rateLimit": {"requestsPerMinute": 1, "burst": 1, "key": "tenant"}}
    proxy = start_proxy(limited({"requestsPerMinute": 1, "burst": 3}, auth={"tokens": tokens}), [start_agent("demo")], [rule])
    connection = client(proxy)
    assert statuses(connection, 5, "/ok", "Authorization: Bearer " + "a" * 20) == [200] + [429] * 4
    assert statuses(connection, 1, "/ok", "Authorization: Bearer " + "b" * 20) == [200]


def test_the_limit_of_all_requests_comes_before_a_body_that_names_the_rule(start_proxy, start_agent, client):
    rules = [{"name": "code", "match": {"type": "semantic", "categories": ["code"]}, "target": "demo"}, RULE | {"match": {"type": "default"}}]
    proxy = start_proxy(limited({"requestsPerMinute": 1, "burst": 2}), [start_agent("demo")], rules)
    connection = client(proxy)
    asks = post("/ok", '{"message": "write a function in Python"}', "Content-Type: application/json")
    # it is counted once, though it is asked before the rule is known
    assert [connection.ask(asks).status for _ in range(2)] == [200, 200]
    connection.send("POST /ok HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
    assert connection.until(b"\r\n").startswith(b"HTTP/1.1 429")


def test_a_field_that_says_who_somebody_is_is_no_key(tmp_path):
    config = tmp_path / "gateway.json"
    config.write_text(json.dumps({"gateway": {
        "http": {"rateLimit": {"requestsPerMinute": 5, "key": "header:X-User"}},
        "auth": {"jwt": [{"issuer": "https://a.test", "audience": "b", "jwksUrl": "https://a.test/jwks", "claimsToHeaders": {"sub": "X-User"}}]}}}))
    found = run_command(tmp_path, "check", "--config-file", config)
    assert found.returncode != 0 and "use token or tenant" in found.stdout + found.stderr
    config.write_text(json.dumps({"gateway": {
        "http": {"rateLimit": {"requestsPerMinute": 5, "key": "header:X-Client-Identity"}, "tls": {"identityHeader": "X-Client-Identity"}}}}))
    found = run_command(tmp_path, "check", "--config-file", config)
    assert found.returncode != 0 and "use token or tenant" in found.stdout + found.stderr


def test_tokens_are_set_apart_and_settled_by_the_usage(start_models, raw_agent, client):
    proxy = start_models(raw_agent(answering(completion(100, 400))), {"global": {"tokensPerMinute": 1200}})
    connection = client(proxy)
    first = connection.ask(chat(max_tokens=300))
    name, after, _ = left(first)[0]
    assert name == "global:tokens" and 880 <= after <= 900
    assert first.get("RateLimit-Policy") == '"global:tokens";q=1200;w=60;qu="tokens"'
    eventually(lambda: 695 <= tokens_left(proxy) <= 720)
    assert connection.ask(chat(max_tokens=600)).status == 200
    # 1000 are spent: what does not fit is refused
    refused = connection.ask(chat(max_tokens=600))
    assert refused.status == 429 and 19 <= int(refused.get("Retry-After")) <= 21
    # a debt is made where an answer was longer than what was set apart
    assert connection.ask(chat(max_tokens=100)).status == 200
    assert eventually(lambda: tokens_spent(proxy) == 1500)
    assert connection.ask(chat(max_tokens=1)).status == 429
    assert tokens_left(proxy) == 0


def events(*pieces, usage=None, done=True):
    text = "".join("data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": piece}}]}) + "\n\n" for piece in pieces)
    if usage:
        text += "data: " + json.dumps({"choices": [], "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1],
                                                                "total_tokens": sum(usage)}}) + "\n\n"
    return text + ("data: [DONE]\n\n" if done else "")


def streaming(text, more=None, cut=False):
    """Sends an event stream in two parts; with `more` None the second never comes."""

    def handler(wire):
        while True:
            wire.request()
            wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            wire.send(f"{len(text):x}\r\n{text}\r\n")
            if cut:
                return wire.close()
            if more is None:
                wire.wait_closed(10)
                return
            wire.send(f"{len(more):x}\r\n{more}\r\n0\r\n\r\n" if more else "0\r\n\r\n")

    return handler


def test_a_stream_is_settled_by_its_last_usage(start_models, raw_agent, client):
    proxy = start_models(raw_agent(streaming(events(*[" word"] * 20, done=False), events(usage=(30, 20)))), {"global": {"tokensPerMinute": 10000}})
    assert client(proxy).ask(chat(stream=True)).status == 200
    eventually(lambda: tokens_spent(proxy) == 50)


def test_a_stream_that_says_nothing_is_estimated(start_models, raw_agent, client):
    proxy = start_models(raw_agent(streaming(events(*[" word"] * 200), "")), {"global": {"tokensPerMinute": 10000}})
    assert client(proxy).ask(chat(text="word " * 100, stream=True)).status == 200
    assert eventually(lambda: 0.98 * 300 <= tokens_spent(proxy) <= 1.05 * 300)


@pytest.mark.parametrize("ending", ["client", "agent"])
def test_a_stream_that_is_cut_short_costs_what_was_sent(start_models, raw_agent, client, ending):
    agent = raw_agent(streaming(events(*[" house"] * 300, done=False), cut=ending == "agent"))
    proxy = start_models(agent, {"global": {"tokensPerMinute": 10000, "concurrentRequests": 1}})
    connection = client(proxy)
    connection.send(chat(text="word " * 100, stream=True, max_tokens=5000))
    connection.until(b"\r\n\r\n")
    if ending == "client":
        connection.until(b"house")
        time.sleep(0.2)
        connection.close()
    assert eventually(lambda: 0.98 * 400 <= tokens_spent(proxy) <= 1.02 * 400 + 3), tokens_spent(proxy)
    status = control(proxy).rpc("limits.status")
    assert status["tokensReserved"] == 0 and status["concurrent"][0]["running"] == 0


@pytest.mark.parametrize("answer", [ok("no", "X: y").replace("200 OK", "500 No"), ok("no").replace("200 OK", "429 No"), None])
def test_what_failed_before_an_answer_costs_nothing(start_models, raw_agent, client, answer):
    def closing(wire):
        wire.request()
        wire.close()

    proxy = start_models(raw_agent(answering(answer) if answer else closing), {"global": {"tokensPerMinute": 1000, "concurrentRequests": 1}})
    assert client(proxy).ask(chat(max_tokens=900)).status >= 429
    eventually(lambda: tokens_left(proxy) == 1000)
    status = control(proxy).rpc("limits.status")
    assert status["tokensReserved"] == 0 and status["concurrent"][0]["running"] == 0 and status["tokensSpent"] == 0


def test_tokens_are_right_after_streams_that_end_abort_and_fail(start_proxy, start_agent, raw_agent, client):
    """JSON and event streams by a demo agent that reports its usage, streams that clients leave, streams that an agent breaks
    off: what is spent is within 2 % of what was used. A demo agent takes words for tokens, which the proxy learns from those
    answers that say so."""
    demo = start_agent("demo", "--token-interval", "2ms")
    broken = raw_agent(streaming(events(*[" house"] * 300, done=False), cut=True))
    rules = [LLM | {"name": "broken", "match": {"type": "prefix", "pattern": "/broken"}, "target": "raw"}, LLM | {"target": "demo"}]
    proxy = start_proxy({"rateLimiting": {"global": {"tokensPerMinute": 1_000_000}}}, [demo.settings(kind="llm"), broken.settings("raw", kind="llm")], rules)
    used, kinds = 0, [0] * 5
    for turn in range(50):
        words = 40 + 13 * turn % 160
        text = " ".join(WORDS[at % len(WORDS)] for at in range(words))
        kinds[turn % 5] += 1
        with Caller("127.0.0.1", proxy.port) as connection:
            match turn % 5:
                case 0:
                    usage = json.loads(connection.ask(chat(text=text)).body)["usage"]
                    used += usage["total_tokens"]
                case 1:
                    answer = connection.ask(chat(text=text, stream=True, stream_options={"include_usage": True}))
                    used += max(int(found) for found in re.findall(rb'"total_tokens":\s*(\d+)', answer.body))
                case 2:
                    answer = connection.ask(chat(text=text, stream=True))
                    used += words + said(answer.body)
                case 3:
                    # leaves in the middle
                    connection.send(chat(text=text, stream=True, stream_options={"include_usage": True}))
                    got = b""
                    while said(got) < words // 2:
                        got += connection.sock.recv(65536)
                    used += words + said(got)
                case 4:
                    answer = connection.ask(chat(text=text, stream=True).replace("/v1/", "/broken/"))
                    assert answer.is_cut
                    used += words + 300
    eventually(lambda: control(proxy).rpc("limits.status")["tokensReserved"] == 0)
    spent = tokens_spent(proxy)
    assert 0.98 * used <= spent <= 1.02 * used, (spent, used)
    seen = page(client, proxy)
    assert seen["gateway_ratelimit_tokens_total", ()] == spent and seen["gateway_ratelimit_tokens_reserved", ()] == 0


WORDS = "Nobody expected that these remarkable instructions would be repeated quite so often in one long afternoon".split()


def said(stream):
    """Pieces of an event stream that have words."""
    return len(re.findall(rb'"content":\s*"[^"]', stream))


def test_tokens_survive_a_change_of_the_configuration(start_models, raw_agent, client):
    proxy = start_models(raw_agent(answering(completion(100, 500))), {"global": {"tokensPerMinute": 1000}})
    began = time.monotonic()
    assert client(proxy).ask(chat()).status == 200
    eventually(lambda: tokens_spent(proxy) == 600)
    patch(proxy, {"rateLimiting": {"global": {"tokensPerMinute": 2000}}})
    # 600 are spent; 17 come back in a second, and then 33
    assert 1390 <= tokens_left(proxy) <= 1401 + 34 * (time.monotonic() - began)


def test_a_reservation_that_spans_a_change_is_settled_once(start_models, raw_agent, client):
    go = threading.Event()

    def handler(wire):
        while True:
            wire.request()
            go.wait(10)
            wire.send(completion(100, 100))

    proxy = start_models(raw_agent(handler), {"global": {"tokensPerMinute": 6000, "concurrentRequests": 2}})
    connection = client(proxy)
    connection.send(chat(max_tokens=3000))
    eventually(lambda: control(proxy).rpc("limits.status")["tokensReserved"] >= 3000)
    patch(proxy, {"rateLimiting": {"global": {"tokensPerMinute": 6060}}})
    go.set()
    assert connection.answer().status == 200
    eventually(lambda: tokens_left(proxy) >= 5800)
    status = control(proxy).rpc("limits.status")
    assert status["tokensReserved"] == 0 and status["concurrent"][0]["running"] == 0


def test_requests_at_once_are_limited_in_every_ending(start_models, raw_agent, client):
    go = threading.Event()

    def handler(wire):
        while True:
            wire.request()
            go.wait(10)
            wire.send(completion(1, 1))

    proxy = start_models(raw_agent(handler), {"global": {"concurrentRequests": 3}, "perModel": {"one": {"concurrentRequests": 1}}})
    waiting = [client(proxy) for _ in range(3)]
    for connection, model in zip(waiting, ("one", "two", "three")):
        connection.send(chat(model))
    running = lambda: control(proxy).rpc("limits.status")["concurrent"][0]["running"]
    eventually(lambda: running() == 3)
    refused = client(proxy).ask(chat("four"))
    assert refused.status == 429 and refused.get("Retry-After") == "1" and "requests at once" in json.loads(refused.body)["error"]["message"]
    # a client that leaves gives its place back
    waiting[1].close()
    eventually(lambda: running() == 2)
    assert client(proxy).ask(chat("one")).status == 429
    assert running() == 2
    go.set()
    assert waiting[0].answer().status == 200 and waiting[2].answer().status == 200
    eventually(lambda: running() == 0)
    assert client(proxy).ask(chat("one")).status == 200


def test_the_next_model_of_a_chain_stands_in_where_a_limit_is_reached(start_models, raw_agent, client):
    proxy = start_models(raw_agent(answering(completion(1, 1))), {"perModel": {"first": {"requestsPerMinute": 1}, "second": {"requestsPerMinute": 1}}},
                         modelFallback={"primary": "first", "fallback_chain": ["second"], "timeout_ms": 1000})
    connection = client(proxy)
    assert connection.ask(chat("first")).get("X-ClawProxy-Model") is None
    assert connection.ask(chat("first")).get("X-ClawProxy-Model") == "second"
    assert connection.ask(chat("first")).status in (429, 503)


def test_answers_from_the_cache_cost_no_tokens(start_models, raw_agent, client):
    proxy = start_models(raw_agent(answering(completion(100, 400))), {"global": {"tokensPerMinute": 5000}},
                         cache={"layers": [{"name": "memory", "type": "memory"}], "requestCache": {"enabled": True}})
    connection = client(proxy)
    answers = [connection.ask(chat(temperature=0)) for _ in range(3)]
    assert [answer.status for answer in answers] == [200] * 3
    assert "hit" in answers[2].get("Cache-Status")
    eventually(lambda: tokens_spent(proxy) == 500)
    assert control(proxy).rpc("limits.status")["tokensReserved"] == 0


def settled(proxy):
    """What was set apart has been given back, and Redis has been told of it."""
    eventually(lambda: control(proxy).rpc("limits.status")["tokensReserved"] == 0, what="the settlement")
    time.sleep(0.2)


def test_tokens_are_shared_by_replicas(start_models, start_redis, raw_agent, client):
    redis = start_redis()
    agent = raw_agent(answering(completion(100, 400)))
    limits = {"global": {"tokensPerMinute": 1200}, "shared": True, "redis": {"endpoint": redis.endpoint}}
    replicas = [start_models(agent, limits) for _ in range(2)]
    warm(replicas, redis)
    began = time.monotonic()
    assert client(replicas[0]).ask(chat(max_tokens=100)).status == 200
    settled(replicas[0])
    second = client(replicas[1]).ask(chat(max_tokens=100))
    # 500 are spent, and 100 set apart; 20 come back in a second
    assert second.status == 200 and 590 <= left(second)[0][1] <= 601 + 20 * (time.monotonic() - began)
    settled(replicas[1])
    assert client(replicas[0]).ask(chat(max_tokens=600)).status == 429


# MARK: agents that refuse


def test_agents_that_answer_429_are_left_alone_longer_each_time(start_proxy, raw_agent, client):
    hits = []

    def busy(wire):
        while True:
            wire.request()
            hits.append(time.monotonic())
            wire.send(ok("busy").replace("200 OK", "429 Too Many Requests"))

    proxy = start_proxy({"rateLimiting": {"backoff": {"strategy": "exponential", "initial_delay_ms": 400, "max_delay_ms": 1600, "multiplier": 2}}},
                        [raw_agent(busy).settings("busy", tags=["t"]), raw_agent(answering(ok())).settings("idle", tags=["t"]),
                         raw_agent(answering(ok())).settings("idle2", tags=["t"])], [RULE | {"target": "tag:t"}])
    connection = client(proxy)
    end = time.monotonic() + 5
    while time.monotonic() < end:
        connection.ask(get("/ok"))
        time.sleep(0.005)
    gaps = [later - earlier for earlier, later in zip(hits, hits[1:])]
    assert len(gaps) >= 3
    for gap, expected in zip(gaps, (0.4, 0.8, 1.6, 1.6)):
        assert expected - 0.05 <= gap <= expected + 0.4, gaps
