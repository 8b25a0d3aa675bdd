#!/usr/bin/env python3
"""Changes the configuration again and again under load, and looks at every answer.

ROUNDS times config.patch, each from the hash that the one before answered, while RATE requests a second go over kept
connections and event streams and WebSockets are open. Each patch changes the field X-Stamp that the rule of all requests
sets, so that every answer names its generation. An answer is wrong when its generation was not in force at any moment
between the request's first byte and the answer's last: in particular a request that began after a patch was answered must
not have the generation before. Ends with 1 when anything failed, broke or was wrong, when memory does not come back to
its level, or when an old generation is still held.

usage: patches.py [--rounds 1000] [--rules 100] [--rate 2000] [--streams 100] [--websockets 100] [--connections 64] [--pause 20]
"""
import argparse, sys, time

from desk import Desk, cpu_seconds, resident_bytes, rules, stamp_patch
from stage import Stage, free_port, percentile
from traffic import Traffic

TOKEN = "token-of-the-bench"
# Patches before memory is measured for the first time.
WARMING = 60
# Of p99 from POST to answer, by the number of rules (the issue's own limits).
MOST_MS = {100: 50, 10_000: 250}


def begin(stage, options):
    agents = {f"agent-bench-00{number}": free_port() for number in (1, 2)}
    for name, port in agents.items():
        stage.agent(name, port)
    admin = free_port()
    port = stage.proxy(agents, {
        "admin": {"listen": f"127.0.0.1:{admin}", "token": TOKEN, "writesPerMinute": 0},
        "routing": {"rules": rules(options.rules, 0)},
        **({"performance": {"workerThreads": options.workers}} if options.workers else {})})
    return port, Desk(admin, TOKEN).ready()


def patch_all(desk, rounds, first, pause):
    """One patch after the other: for each when it was posted and when it was answered."""
    times = []
    base = desk.call("config.get", key="debugHeaders")["hash"]
    for stamp in range(first, first + rounds):
        data = desk.request("config.patch", {"raw": stamp_patch(stamp), "baseHash": base})
        posted = time.monotonic()
        desk.send(data)
        base = desk.answer()["hash"]
        times.append((posted, desk.arrived))
        time.sleep(pause)
    return times


def judge(tally, times):
    """Answers whose generation was not in force while the request was under way; and when each generation was first seen."""
    wrong, seen = [], {}
    for start, end, stamp in zip(tally.starts, tally.ends, tally.stamps):
        seen.setdefault(stamp, end)
        earliest = times[stamp - 1][0] if stamp > 0 else float("-inf")
        latest = times[stamp][1] if stamp < len(times) else float("inf")
        if end < earliest or start > latest:
            wrong.append((stamp, start, end))
    return wrong, seen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--rules", type=int, default=100)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--websockets", type=int, default=100)
    parser.add_argument("--interval", type=int, default=500, help="milliseconds between two events of a stream")
    parser.add_argument("--pause", type=float, default=20, help="milliseconds from an answer to the next patch")
    parser.add_argument("--workers", type=int, default=0, help="event loops; 0 is one for each core")
    parser.add_argument("--slow", action="store_true", help="a debug build: times are told, and are no failure")
    options = parser.parse_args()
    pause, warming = options.pause / 1000, min(WARMING, options.rounds)
    with Stage() as stage:
        port, desk = begin(stage, options)
        proxy = stage.running[-1]
        with Traffic(port, options) as traffic:
            time.sleep(1)
            warm = patch_all(desk, warming, 1, pause)
            time.sleep(2)
            before, busy, began = resident_bytes(proxy), cpu_seconds(proxy), time.monotonic()
            middle = options.rounds // 2
            times = patch_all(desk, middle, warming + 1, pause)
            halfway = resident_bytes(proxy)
            times += patch_all(desk, options.rounds - middle, warming + middle + 1, pause)
            took, busy = time.monotonic() - began, cpu_seconds(proxy) - busy
            time.sleep(2)
            after, held = resident_bytes(proxy), desk.call("status")["generations"]
            tally = traffic.stop()
        time.sleep(1)
        left = desk.call("status")["generations"]
        last = desk.call("status")["generation"]
    wrong, seen = judge(tally, warm + times)
    answered = sorted(end - start for start, end in times)
    first_seen = sorted(seen[stamp] - posted for stamp, (posted, _) in enumerate(times, warming + 1) if stamp in seen)
    failed, broken = sum(tally.failures.values()), sum(tally.broken.values())
    request = sorted(end - start for start, end in zip(tally.starts, tally.ends))
    ms = lambda values, share: percentile(values, share) * 1e3
    rate = len(request) / (max(tally.ends) - min(tally.starts))
    print(f"{options.rounds} patches of {options.rules} rules in {took:.1f} s, under {rate:.0f} requests/s, "
          f"{tally.open_streams} streams ({tally.events} events), {tally.open_sockets} WebSockets ({tally.echoes} echoes)")
    print(f"requests: {tally.sent} sent, {failed} failed, {len(wrong)} of no generation; p50 {ms(request, 0.5):.1f} ms, "
          f"p99 {ms(request, 0.99):.1f} ms, longest {request[-1] * 1e3:.0f} ms; broken streams: {broken}")
    print(f"patch to live (POST to answer): p50 {ms(answered, 0.5):.1f} ms, p99 {ms(answered, 0.99):.1f} ms, longest {answered[-1] * 1e3:.0f} ms; "
          f"first answer of the new generation after p50 {ms(first_seen, 0.5):.1f} ms; "
          f"{busy / options.rounds * 1e3:.1f} ms CPU of the proxy a patch, with the load's")
    print(f"memory: {before / 1e6:.1f} MB before, {halfway / 1e6:.1f} MB halfway, {after / 1e6:.1f} MB after; "
          f"generations held: {len(held)} at the end of the load, {len(left)} after it, {last} in all")
    for what, count in (tally.failures + tally.broken).most_common():
        print(f"  {count} x {what}")
    for stamp, start, end in wrong[:5]:
        next_posted, next_answered = (warm + times)[stamp] if stamp < len(warm + times) else (0, 0)
        print(f"  generation {stamp} answered a request of {(end - start) * 1e3:.1f} ms that began "
              f"{(start - next_answered) * 1e3:.1f} ms after the next was answered, posted {(next_answered - next_posted) * 1e3:.1f} ms before")
    complaints = [
        (failed, "requests failed"), (broken, "streams broke"), (wrong, "answers of no generation"),
        (after > before * 1.15 + 8e6, "memory did not come back"), (len(left) > 1, f"generations left: {left[:5]}"),
        (tally.open_streams < options.streams or tally.open_sockets < options.websockets, "streams did not open"),
        (not options.slow and ms(answered, 0.99) > MOST_MS.get(options.rules, float("inf")), "patch to live takes too long")]
    told = [text for is_wrong, text in complaints if is_wrong]
    print("wrong: " + "; ".join(told) if told else "all well")
    sys.exit(bool(told))


if __name__ == "__main__":
    main()
