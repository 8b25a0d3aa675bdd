"""Fixtures: demo agents, agents made by hand, and the proxy in front of them. Everything ends with its test."""
import pytest

from processes import CLAWPROXY, DEMO_AGENT, DemoAgent, Proxy
from raw import Client, RawAgent


def pytest_sessionstart(session):
    for program in (CLAWPROXY, DEMO_AGENT):
        if not program.exists():
            raise pytest.UsageError(f"{program}: no such program; build first (swift build), or set CLAWPROXY and DEMO_AGENT")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Shows what the programs logged when a test fails."""
    report = (yield).get_result()
    if report.when == "call" and report.failed:
        for name in ("started", "shared_started"):
            for thing in item.funcargs.get(name, []):
                if hasattr(thing, "log"):
                    report.sections.append((f"log of {' '.join(thing.arguments)}", thing.log[-6000:]))


def _stop(things):
    for thing in reversed(things):
        thing.stop()


def _proxy_of(folder, started):
    def start(gateway=None, agents=(), rules=None, **options):
        config = {"agents": {"discovery": {"static": [agent if isinstance(agent, dict) else agent.settings() for agent in agents]}}}
        if rules is not None:
            config["routing"] = {"rules": rules}
        from processes import merge

        proxy = Proxy(folder, merge(config, gateway or {}), **options)
        started.append(proxy)
        return proxy

    return start


@pytest.fixture
def started():
    things = []
    yield things
    _stop(things)
    errors = [error for thing in things for error in getattr(thing, "errors", [])]
    assert not errors, f"an agent made by hand failed: {errors}"


@pytest.fixture
def start_proxy(tmp_path, started):
    """`start_proxy(gateway, agents=, rules=)` starts a proxy and returns it."""
    return _proxy_of(tmp_path, started)


@pytest.fixture
def start_agent(tmp_path, started):
    """`start_agent(id, *flags)` starts a demo agent and returns it."""

    def start(name="demo", *flags, port=0):
        agent = DemoAgent(tmp_path, name, *flags, port=port)
        started.append(agent)
        return agent

    return start


@pytest.fixture
def raw_agent(started):
    """`raw_agent(handler)` starts an agent that does as it is told."""

    def start(handler, path=None):
        agent = RawAgent(handler, path)
        started.append(agent)
        return agent

    return start


@pytest.fixture
def client():
    """`client(proxy)` opens a connection to the proxy."""
    opened = []

    def connect(proxy, seconds=10):
        opened.append(Client(getattr(proxy, "port", proxy), seconds))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture(scope="module")
def shared_started():
    things = []
    yield things
    _stop(things)


@pytest.fixture(scope="module")
def shared_agent(tmp_path_factory, shared_started):
    """One demo agent for all tests of a module."""
    agent = DemoAgent(tmp_path_factory.mktemp("agent"), "demo")
    shared_started.append(agent)
    return agent


@pytest.fixture(scope="module")
def shared_proxy(tmp_path_factory, shared_started, shared_agent):
    """One proxy before that agent, with no rules, for all tests of a module."""
    return _proxy_of(tmp_path_factory.mktemp("proxy"), shared_started)({}, [shared_agent])
