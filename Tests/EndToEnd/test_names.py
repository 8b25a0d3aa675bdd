"""Agents that are written down by name: their addresses come from DNS, and are followed."""
import httpx
import pytest

from dns_server import DNSServer
from processes import eventually


@pytest.fixture
def dns(started):
    server = DNSServer()
    started.append(server)
    return server


def gateway(dns, **more):
    return {"agents": {"resolver": {"servers": [dns.address], "search": [], "timeout": "500ms", "attempts": 1, **more}}}


def named(agent, host):
    return {"id": agent.id, "endpoint": f"http://{host}:{agent.port}"}


def get(proxy):
    return httpx.get(proxy.url + "/echo", timeout=10, trust_env=False)


def test_an_agent_is_found_by_its_name(start_proxy, start_agent, dns):
    agent = start_agent("named")
    dns.set("agent.test", "A", ["127.0.0.1"])
    proxy = start_proxy(gateway(dns), [named(agent, "agent.test")])
    assert get(proxy).headers["x-agent"] == "named"
    assert dns.count("agent.test", "A", "udp") >= 1 and dns.count("agent.test", "AAAA", "udp") >= 1


def test_a_search_domain_is_tried_behind_a_short_name(start_proxy, start_agent, dns):
    agent = start_agent("named")
    dns.set("agent.cluster.test", "A", ["127.0.0.1"])
    proxy = start_proxy(gateway(dns, search=["cluster.test"]), [named(agent, "agent")])
    assert get(proxy).status_code == 200


def test_addresses_that_do_not_fit_come_over_tcp(start_proxy, start_agent, dns):
    agent = start_agent("named")
    dns.set("agent.test", "A", ["127.0.0.1"])
    dns.truncate("agent.test")
    proxy = start_proxy(gateway(dns), [named(agent, "agent.test")])
    assert get(proxy).status_code == 200
    assert dns.count("agent.test", "A", "tcp") >= 1


def test_an_agent_that_moved_is_found_when_its_time_is_over(start_proxy, start_agent, dns):
    agent = start_agent("named")
    # nobody listens there: 127.0.0.1 alone is what the agent has
    dns.set("agent.test", "A", ["127.0.0.77"], ttl=1)
    proxy = start_proxy(gateway(dns), [named(agent, "agent.test")])
    assert get(proxy).status_code in (502, 503)
    dns.set("agent.test", "A", ["127.0.0.1"], ttl=1)
    eventually(lambda: get(proxy).status_code == 200, what="the agent at its new address")


def test_an_agent_keeps_its_addresses_while_dns_fails(start_proxy, start_agent, dns):
    agent = start_agent("named")
    dns.set("agent.test", "A", ["127.0.0.1"], ttl=1)
    proxy = start_proxy(gateway(dns), [named(agent, "agent.test")])
    assert get(proxy).status_code == 200
    dns.fail(None)
    eventually(lambda: "a host is not found" in proxy.log, what="the warning")
    assert "SERVFAIL" in proxy.log
    assert get(proxy).status_code == 200
    dns.heal(None)
    eventually(lambda: "a host is found again" in proxy.log, what="that it is found again")
    assert proxy.log.count("a host is not found") == 1


def test_an_agent_whose_name_comes_later_is_found(start_proxy, start_agent, dns):
    agent = start_agent("named")
    proxy = start_proxy(gateway(dns), [named(agent, "agent.test")])
    assert get(proxy).status_code in (502, 503)
    dns.set("agent.test", "A", ["127.0.0.1"])
    eventually(lambda: get(proxy).status_code == 200, what="the agent")
