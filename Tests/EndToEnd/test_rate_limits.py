"""Limits of requests, tokens and concurrency: what is let through, what is told, and what comes back."""
import json
import re
import threading
import time

import pytest

from processes import eventually
from raw import answering, get, ok, post
from test_observing import page

RULE = {"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "demo"}


def limited(limit, **more):
    return {"http": {"rateLimit": limit}} | more


def statuses(connection, count, path="/ok", *fields):
    return [connection.ask(get(path, *fields)).status for _ in range(count)]


def left(answer):
    """Of `RateLimit`: name, what is left, seconds until all is."""
    return [(name, int(r), int(t)) for name, r, t in re.findall(r'"([^"]*)";r=(\d+);t=(\d+)', ", ".join(answer.all("RateLimit")))]


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
