"""What becomes of requests when few agents are left, and what breakers, Retry-After and slow start do to real traffic."""
import collections
import time

from processes import eventually
from raw import Client, answering, get, post

CHECKED = {"agents": {"healthCheck": {"enabled": True, "interval": "200ms", "edgeInterval": "50ms", "failThreshold": 2}}}


def agents_of(proxy, count, request=None):
    with Client(proxy.port) as client:
        answers = [client.ask(request or get("/")) for _ in range(count)]
    return answers, collections.Counter(answer.get("x-agent") for answer in answers)


def states(proxy):
    import httpx

    found = httpx.get(f"{proxy.admin_url}/agents", trust_env=False).json()["agents"]
    return {agent["id"]: agent["state"] for agent in found}


def test_below_34_percent_all_are_used_and_the_answer_says_so(start_agent, start_proxy):
    fleet = [start_agent(f"a{n}") for n in range(4)]
    proxy = start_proxy(CHECKED, fleet)
    for agent in fleet[:2]:
        agent.control(healthy=False)
    eventually(lambda: list(states(proxy).values()).count("down") == 2, what="two agents down")
    answers, counts = agents_of(proxy, 20)
    assert set(counts) == {"a2", "a3"} and not any(answer.get("proxy-status") for answer in answers)
    fleet[2].control(healthy=False)
    eventually(lambda: list(states(proxy).values()).count("down") == 3, what="three agents down")
    answers, counts = agents_of(proxy, 40)
    assert len(counts) == 4, counts
    assert all("panic" in answer.get("proxy-status") for answer in answers)


def test_the_ratio_opens_a_breaker_and_a_probe_closes_it(start_agent, start_proxy):
    bad, good = start_agent("bad"), start_agent("good")
    proxy = start_proxy(
        {"loadBalancing": {"circuitBreaker": {"enabled": True, "cooldown": "1s", "minRequests": 10}, "slowStart": {"enabled": False}}},
        [bad, good])
    bad.control(errorRate=1.0, errorStatus=500)
    agents_of(proxy, 40)
    assert states(proxy)["bad"] == "ejected"
    _, counts = agents_of(proxy, 20)
    assert set(counts) == {"good"}
    bad.control(errorRate=0.0)
    eventually(lambda: states(proxy)["bad"] == "probing", what="the breaker's time to be over")
    agents_of(proxy, 4)
    assert states(proxy)["bad"] == "available"
    _, counts = agents_of(proxy, 20)
    assert counts["bad"] == 10


def test_retry_after_sets_an_agent_aside_for_that_long(start_proxy, start_agent, raw_agent):
    busy = raw_agent(answering("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nX-Agent: busy\r\nContent-Length: 0\r\n\r\n"))
    proxy = start_proxy({}, [busy.settings("busy"), start_agent("free")])
    answers, counts = agents_of(proxy, 12, post("/", "x"))
    assert counts["busy"] == 1, counts
    assert states(proxy)["busy"] == "aside"
    eventually(lambda: states(proxy)["busy"] != "aside", what="the end of its pause")


def test_an_agent_that_joins_begins_with_little(start_agent, start_proxy):
    from control import Admin

    old, new = start_agent("old"), start_agent("new")
    proxy = start_proxy({"loadBalancing": {"slowStart": {"duration": "4s"}}, "admin": {"token": "t0ken", "writesPerMinute": 0}}, [old])
    admin = Admin(proxy.admin_port, "t0ken")
    admin.patch({"agents": {"discovery": {"static": [new.settings()]}}})
    begun = time.monotonic()
    shares, at = [], 0
    while at < 4.5:
        before = at
        _, counts = agents_of(proxy, 60)
        at = time.monotonic() - begun
        shares.append((before, at, counts["new"] / 60))

    def due(at):
        return min(at / 4, 1) / 2

    early = [share for _, at, share in shares if at < 0.6]
    late = [share for before, _, share in shares if before > 4.2]
    assert all(share <= 0.12 for share in early) and min(late, default=0.5) >= 0.45, shares
    assert all(due(before) - 0.1 < share < due(at) + 0.1 for before, at, share in shares), shares
