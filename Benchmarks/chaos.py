#!/usr/bin/env python3
"""Kills and restarts an agent under load, and counts the requests that a client saw fail.

Two agents share the work. Every PERIOD seconds one of them is killed (SIGKILL) and, half a period later, started again
on its port. All the while RATE GET requests a second go over kept-alive connections. A request fails when its answer is
not a whole 200.

usage: chaos.py [--rate 2000] [--seconds 20] [--period 2] [--connections 64] [--latency 5ms] [--alternate]
"""
import argparse, asyncio, collections, re, signal, sys, time

from stage import Stage, free_port, percentile

TIMEOUT = 15
CODE = re.compile(rb'"code":"([a-z_]+)"')


class Tally:
    def __init__(self):
        self.sent = 0
        self.failures = collections.Counter()
        self.examples = {}
        self.seconds = []


async def exchange(reader, writer):
    """One request and its answer: nothing where all was well, else what was wrong, and whether the connection goes on."""
    writer.write(b"GET /echo HTTP/1.1\r\nHost: bench\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    status = head[9:12].decode("latin-1")
    fields = dict(line.split(b":", 1) for line in head.lower().split(b"\r\n")[1:-2])
    body = await reader.readexactly(int(fields[b"content-length"]))
    goes_on = fields.get(b"connection", b"").strip() != b"close"
    code = CODE.search(body)
    failure = f"status {status}" + (f" {code[1].decode()}" if code else "")
    return (None if status == "200" else failure), body, goes_on


async def client(port, number, options, tally, begin, end):
    """Sends at its own even pace; an answer that is late delays what follows, and the pace catches up."""
    pause = options.connections / options.rate
    due = begin + pause * number / options.connections
    reader = writer = None
    while due < end:
        await asyncio.sleep(max(0, due - time.monotonic()))
        due += pause
        tally.sent += 1
        started = time.monotonic()
        failure, body, goes_on = "connection refused", b"", False
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            failure, body, goes_on = await asyncio.wait_for(exchange(reader, writer), TIMEOUT)
        except asyncio.TimeoutError:
            failure = f"no answer within {TIMEOUT} s"
        except (OSError, asyncio.IncompleteReadError, ValueError, KeyError) as error:
            failure = f"connection broke ({type(error).__name__})"
        tally.seconds.append(time.monotonic() - started)
        if failure:
            tally.failures[failure] += 1
            tally.examples.setdefault(failure, body[:300].decode("utf-8", "replace").strip())
        if not goes_on and writer is not None:
            writer.close()
            writer = None
    if writer is not None:
        writer.close()


async def disturb(stage, agents, running, options, end):
    """Kills, waits half a period, starts again; the last kill leaves time to come back."""
    kills = 0
    names = list(agents)
    while time.monotonic() + options.period < end:
        name = names[kills % 2 if options.alternate else 0]
        stage.stop(running[name], signal.SIGKILL)
        kills += 1
        await asyncio.sleep(options.period / 2)
        running[name] = await asyncio.to_thread(stage.agent, name, agents[name], "--latency", options.latency)
        await asyncio.sleep(options.period / 2)
    return kills


async def measure(stage, options, tally):
    agents = {"agent-bench-001": free_port(), "agent-bench-002": free_port()}
    running = {name: stage.agent(name, port, "--latency", options.latency) for name, port in agents.items()}
    port = stage.proxy(agents)
    begin = time.monotonic() + 0.5
    end = begin + options.seconds
    clients = [client(port, number, options, tally, begin, end) for number in range(options.connections)]
    kills, *_ = await asyncio.gather(disturb(stage, agents, running, options, end), *clients)
    return kills


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--period", type=float, default=2)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--latency", default="5ms", help="of the agents, so that a kill meets requests that are under way")
    parser.add_argument("--alternate", action="store_true", help="kill the two agents in turn, not always the first")
    options = parser.parse_args()
    tally = Tally()
    with Stage() as stage:
        began = time.monotonic()
        kills = asyncio.run(measure(stage, options, tally))
        took = time.monotonic() - began
    failed = sum(tally.failures.values())
    tally.seconds.sort()
    print(f"{tally.sent} requests in {took:.1f} s, {kills} kills: {failed} failed idempotent requests; "
          f"p50 {percentile(tally.seconds, 0.5) * 1e3:.1f} ms, p99 {percentile(tally.seconds, 0.99) * 1e3:.1f} ms, "
          f"longest {tally.seconds[-1] * 1e3:.0f} ms")
    for failure, count in tally.failures.most_common():
        print(f"  {count} x {failure}: {tally.examples[failure]}")
    sys.exit(failed > 0)


main()
