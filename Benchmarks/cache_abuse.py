#!/usr/bin/env python3
"""The cache under abuse: what it holds, whether many are one, and what a hit costs.

usage: cache_abuse.py [memory] [collapse] [latency] [--seconds 600] [--bound 256MiB] [--clients 1000] [--seed 1]
memory    answers of random sizes (100 B to 1 MiB, log-uniform), most of them asked for once, fill a layer again and again.
          Demanded: neither what the layer counts nor what the process holds beyond its start is above the bound by more
          than 5 %, and once full the layer is used to 90 %. Its start is the same load with nothing kept.
collapse  identical requests at once, on an agent that takes 200 ms, as JSON and as an event stream, by GET and by POST; then
          the same with the first client leaving half-way. Demanded: one request at the agent, whole and equal answers.
latency   hits at 1,000 a second, open loop: CPU a hit, and the time from the moment each was meant to leave to its last byte,
          of which most is the client's. Demanded: every request a hit, and at most 10 us of CPU in user space.
Without a name, all three. 10 minutes of `memory` are what counts; --seconds is for the impatient.
"""
import argparse, asyncio, http.client, json, math, os, pathlib, random, re, sys, time

from openload import OpenLoad, request
from stage import Stage, free_port, percentile

MIB = 1 << 20
MOST_OVER = 1.05
LEAST_USED = 0.9
TICKS = os.sysconf("SC_CLK_TCK")


class Bench:
    """A proxy with one memory layer before one demo agent."""

    def __init__(self, stage, bound, *flags, threads=2, **more):
        self.agent, self.admin = free_port(), free_port()
        stage.agent("demo", self.agent, *flags)
        self.port = stage.proxy({"demo": self.agent}, {
            "admin": {"listen": f"127.0.0.1:{self.admin}"},
            "performance": {"workerThreads": threads},
            "agents": {"discovery": {"static": [{"id": "demo", "endpoint": f"http://127.0.0.1:{self.agent}"}]},
                       "healthCheck": {"enabled": False}},
            "routing": {"rules": [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "demo", "kind": "llm",
                                   "cache": {"strategy": "exact", "ttl": "1h"}}]},
            "cache": {"layers": [{"name": "memory", "type": "memory", "maxBytes": bound}], **more}})
        self.process = stage.running[-1]

    def _json(self, port, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request(method, path, body and json.dumps(body), {"Host": "localhost", "Content-Type": "application/json"})
        data = connection.getresponse().read()
        connection.close()
        return data.decode("latin-1")

    def stats(self):
        return json.loads(self._json(self.admin, "POST", "/rpc", {"id": 1, "method": "cache.stats", "params": {}}))["payload"]

    def layer(self):
        return self.stats()["layers"][0]

    def asked(self):
        """Requests that the agent has had; asking is one itself."""
        self.askings = getattr(self, "askings", 0) + 1
        return json.loads(self._json(self.agent, "GET", "/stats"))["requests"] - self.askings

    def held(self):
        """Bytes of the process that are in no file."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) << 10

    def ticks(self):
        """User and system time, in seconds."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return int(fields[11]) / TICKS, int(fields[12]) / TICKS


async def read_answer(reader):
    """Status, head and body of the next answer, whatever its framing."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    status, low = int(head[9:12]), head.lower()
    if found := re.search(r"\r\ncontent-length: *(\d+)\r\n", low):
        return status, low, await reader.readexactly(int(found[1]))
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return status, low, body


# memory


async def fill(bench, end, dice, clients, wrong, *fields):
    """Clients that ask for answers of random sizes until `end`; some of them again."""
    recent = []

    async def one(number):
        reader, writer = await asyncio.open_connection("127.0.0.1", bench.port, limit=4 * MIB)
        count = 0
        while time.monotonic() < end:
            count += 1
            if recent and dice.random() < 0.3:
                size, name = dice.choice(recent)
            else:
                size, name = int(math.exp(dice.uniform(math.log(100), math.log(MIB - 4096)))), f"{number}-{count}"
                recent.append((size, name))
                if len(recent) > 200:
                    recent.pop(0)
            writer.write(request(f"/bytes/{size}?n={name}", *fields))
            status, _, body = await read_answer(reader)
            if status != 200 or len(body) != size:
                wrong.append(f"{status}, {len(body)} of {size} bytes")
        writer.close()
        return count

    return sum(await asyncio.gather(*(one(number) for number in range(clients))))


def memory(stage, options):
    bound = options.bound
    bench = Bench(stage, f"{bound // MIB}MiB", defaultTTL="1h")
    dice, wrong = random.Random(options.seed), []
    # what the same traffic takes without keeping anything: answers on their way, and the allocator's own
    asyncio.run(fill(bench, time.monotonic() + 5, dice, 16, wrong, "Cache-Control: no-store"))
    start, empty = bench.held(), bench.layer()
    assert empty["mostBytes"] == bound and empty["entries"] == 0, empty
    rounds = max(1, options.seconds // 15)
    print(f"memory: bound {bound // MIB} MiB, {start >> 20} MiB held under the same load without keeping; every {options.seconds / rounds:.0f} s:")
    most_counted = most_held = 0
    least_counted, asked = bound, 0
    for number in range(rounds):
        asked += asyncio.run(fill(bench, time.monotonic() + options.seconds / rounds, dice, 16, wrong))
        layer, held = bench.layer(), bench.held() - start
        most_counted, most_held = max(most_counted, layer["bytes"]), max(most_held, held)
        if layer["evictions"]:
            least_counted = min(least_counted, layer["bytes"])
        print(f"  {asked:8} asked, {layer['entries']:6} entries, counted {layer['bytes'] / MIB:7.2f} MiB, held {held / MIB:7.2f} MiB, "
              f"{layer['evictions']:7} evicted, hit ratio {layer['hitRatio']:.2f}", flush=True)
    print(f"  at most: counted {most_counted / bound:.3f}, held {most_held / bound:.3f} of the bound; "
          f"once full at least {least_counted / bound:.3f}")
    return [
        *wrong[:3],
        *(["the layer counts more than its bound"] if most_counted > bound else []),
        *(["the process holds more than 1.05 of the bound beyond its start"] if most_held > bound * MOST_OVER else []),
        *(["once full, less than 0.9 of the bound is used"] if least_counted < bound * LEAST_USED else []),
    ]


# collapse


def question(stream, number):
    body = json.dumps({"model": "m", "stream": stream, "messages": [{"role": "user", "content": f"question {number} of many"}]})
    return (f"POST /v1/chat/completions HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


async def rush(port, data, clients, leaver):
    """All connections are open before the first request leaves; with a leaver, one more asks first and goes half-way."""
    lines = [await asyncio.open_connection("127.0.0.1", port, limit=4 * MIB) for _ in range(clients)]
    first = await asyncio.open_connection("127.0.0.1", port) if leaver else None
    if first:
        first[1].write(data)
        await asyncio.sleep(0.05)
    began = time.monotonic()
    for _, writer in lines:
        writer.write(data)

    async def leave():
        # half-way: after the head where it streams, before it else
        await asyncio.sleep(0.25)
        first[1].transport.abort()

    leaving = [leave()] if first else []
    answers = await asyncio.gather(*(read_answer(reader) for reader, _ in lines), *leaving, return_exceptions=True)
    took = time.monotonic() - began
    for _, writer in lines:
        writer.close()
    return answers[:clients], took


def collapse(stage, options):
    bench = Bench(stage, "64MiB", "--latency", "200ms", "--tokens", "40", "--token-interval", "5ms", defaultTTL="1h")
    failures = []
    number = 0
    print(f"collapse: {options.clients} identical requests on an agent that takes 200 ms")
    for kind in ("GET", "POST", "POST, events"):
        for leaver in (False, True):
            number += 1
            data = request(f"/bytes/5000?n={number}") if kind == "GET" else question(kind != "POST", number)
            before = bench.asked()
            answers, took = asyncio.run(rush(bench.port, data, options.clients, leaver))
            asked = bench.asked() - before
            bad = [answer for answer in answers if isinstance(answer, BaseException) or answer[0] != 200]
            bodies = {answer[2] for answer in answers if not isinstance(answer, BaseException)}
            collapsed = sum("collapsed" in answer[1] for answer in answers if not isinstance(answer, BaseException))
            name = kind + (", the first leaves" if leaver else "")
            print(f"  {name:32} {asked} at the agent, {len(bodies)} different answers, {len(bad)} failed, {collapsed} collapsed, "
                  f"all after {took:.2f} s", flush=True)
            if asked != 1 or len(bodies) != 1 or bad:
                failures.append(f"{name}: expected one request, one answer and no failure; {bad[:1]}")
    return failures


# latency


def latency(stage, options):
    bench = Bench(stage, "64MiB", threads=1, defaultTTL="1h")
    connection = http.client.HTTPConnection("127.0.0.1", bench.port)
    for _ in range(200):
        connection.request("GET", "/bytes/1024", headers={"Host": "bench"})
        connection.getresponse().read()
    seconds, rate = 10, 1000
    before, user, system = bench.layer(), *bench.ticks()
    with OpenLoad(bench.port, rate, seconds, options.seed, (request("/bytes/1024"),)) as load:
        rows = load.rows()
    after, (user_after, system_after) = bench.layer(), bench.ticks()
    hits = after["hit"] - before["hit"]
    times = sorted((row.end - row.due) * 1e6 for row in rows)
    failed = [row.failure for row in rows if row.failure]
    cpu = ((user_after - user) / hits * 1e6, (system_after - system) / hits * 1e6)
    print(f"latency: {hits} hits of {len(rows)}, {len(failed)} failed; "
          f"CPU a hit {cpu[0]:.1f} us user, {cpu[1]:.1f} us system; "
          f"whole, with the client: p50 {percentile(times, 0.5):.0f}, p99 {percentile(times, 0.99):.0f} us")
    return [
        *failed[:3],
        *(["not every request was a hit"] if hits < len(rows) else []),
        *(["a hit takes more than 10 us of CPU in user space"] if cpu[0] > 10 else []),
    ]


def size(text):
    found = re.fullmatch(r"(\d+)MiB", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text}: expected a size such as 64MiB")
    return int(found[1]) * MIB


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="memory|collapse|latency")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--bound", type=size, default=256 * MIB)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    known = {"memory": memory, "collapse": collapse, "latency": latency}
    if unknown := [name for name in options.names if name not in known]:
        parser.error(f"{unknown[0]}: expected memory, collapse or latency")
    failures = []
    for name in options.names or known:
        with Stage() as stage:
            failures += known[name](stage, options)
    for failure in failures:
        print(f"failed: {failure}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
