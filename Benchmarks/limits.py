#!/usr/bin/env python3
"""Presses on a limit of requests and counts what is let through: by one proxy, and by two that share a Redis.

    Benchmarks/limits.py [--seconds 60] [--connections 200] [--rate 1000] [--burst 100] [--only local|shared]

Prints for each: requests sent, admitted, what a limit of `burst + rate x time` allows, and the share of it that was used.
Fails where more was admitted than allowed, or less than 99 % of it. CLAWPROXY and DEMO_AGENT name the programs.
"""
import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Tests" / "EndToEnd"))
from processes import DemoAgent, Proxy, eventually  # noqa: E402
from redis_server import RedisServer  # noqa: E402

REQUEST = b"GET /ok HTTP/1.1\r\nHost: limits\r\n\r\n"


class Count:
    def __init__(self):
        self.sent = self.admitted = self.refused = self.other = 0
        self.first = self.last = None


async def press(port, end, count, pause):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.monotonic() < end:
            before = time.monotonic()
            count.first = before if count.first is None else min(count.first, before)
            writer.write(REQUEST)
            count.sent += 1
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
            if length:
                await reader.readexactly(length)
            status = int(head[9:12])
            count.last = time.monotonic()
            if status == 200:
                count.admitted += 1
            elif status == 429:
                count.refused += 1
            else:
                count.other += 1
            if pause:
                await asyncio.sleep(pause)
    finally:
        writer.close()


async def pressed(ports, options):
    count = Count()
    end = time.monotonic() + options.seconds
    await asyncio.gather(*(press(ports[i % len(ports)], end, count, options.pause) for i in range(options.connections)))
    return count


def run(name, proxies, options):
    count = asyncio.run(pressed([proxy.port for proxy in proxies], options))
    elapsed = count.last - count.first
    allowed = options.burst + options.rate / 60 * elapsed
    share = count.admitted / allowed
    verdict = "ok" if count.admitted <= allowed and share >= 0.99 and not count.other else "FAILED"
    print(f"{name}: {count.sent} sent over {options.connections} connections in {elapsed:.2f} s; {count.admitted} admitted, "
          f"{count.refused} refused, {count.other} other; allowed {allowed:.1f}; used {100 * share:.2f} %: {verdict}", flush=True)
    return verdict == "ok"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--rate", type=int, default=1000, help="requests a minute")
    parser.add_argument("--burst", type=int, default=100)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two requests of a connection")
    parser.add_argument("--only", choices=["local", "shared"])
    options = parser.parse_args()
    limit = {"enabled": True, "requestsPerMinute": options.rate, "burst": options.burst}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        things = [agent := DemoAgent(folder, "demo")]

        def proxy(more, of):
            config = {"agents": {"discovery": {"static": [agent.settings()]}}, "http": {"rateLimit": limit | more},
                      "logging": {"accessLog": False}} | of
            things.append(Proxy(folder, config))
            return things[-1]

        is_good = True
        try:
            if options.only != "shared":
                is_good = run("local", [proxy({}, {})], options)
            if options.only != "local":
                things.append(redis := RedisServer(folder))
                of = {"rateLimiting": {"redis": {"endpoint": redis.endpoint}}}
                replicas = [proxy({"shared": True}, of) for _ in range(2)]
                for replica in replicas:
                    eventually(lambda: "redis is in use" in replica.log, what="the connection to Redis")
                time.sleep(0.5)
                is_good = run("shared by two replicas", replicas, options) and is_good
        finally:
            for thing in reversed(things):
                thing.stop()
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
