#!/usr/bin/env python3
"""What clients notice of a Redis that fails: a proxy with a small memory layer and a Redis layer under an open load, while a
real Redis is killed, put to sleep, cut off, filled up, locked, and while what is between has 200 ms, resets or stalls.

Each fault has a run of its own: undisturbed, then the fault, then undisturbed again. Printed are answers that were no whole
200, p99 before, during and after, how long after the fault's end the Redis layer served again, and the log's lines. The run
fails when a client saw an error, the fault added more than 25 ms to p99, or recovery took more than 2 s.

usage: redis_faults.py [--rate 5000] [--calm 4] [--fault 5] [--only kill,latency] [--seed 1]
"""
import argparse, json, os, pathlib, re, shutil, signal, socket, sys, time

import openload
from stage import Stage, free_port, percentile

PATHS = 1000
MOST_ADDED, MOST_RECOVERY = 0.025, 2.0
SHARED = pathlib.Path(os.environ.get("CLAWPROXY_SHARED", pathlib.Path(__file__).resolve().parents[2] / "shared"))
# an answer's row tells by it who gave it
openload.AGENT = re.compile(rb"\r\ncache-status: *([^\r]+)\r\n", re.I)


class Redis:
    """A real one; behind `toxic.py` where the network between is to be made bad."""

    def __init__(self, stage, is_behind):
        self.stage, self.port = stage, free_port()
        self.program = shutil.which("redis-server", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/bin")
        if not self.program:
            sys.exit("redis-server: not installed (apt-get install redis-server)")
        self.start()
        self.front = free_port() if is_behind else self.port
        self.way = self.toxic() if is_behind else None

    def start(self):
        self.process = self.stage.start("redis", [
            self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir",
            self.stage.folder, "--enable-debug-command", "local"], self.port)

    def toxic(self, *faults):
        command = [sys.executable, str(SHARED / "faults" / "toxic.py"), f"127.0.0.1:{self.front}", f"127.0.0.1:{self.port}"]
        return self.stage.start("toxic", [*command, *faults], self.front)

    def other_way(self, *faults):
        self.stage.stop(self.way, signal.SIGKILL)
        self.way = self.toxic(*faults)

    def ask(self, *words, password=None):
        commands = ([("AUTH", password)] if password else []) + [words]
        text = "".join(f"*{len(c)}\r\n" + "".join(f"${len(str(w))}\r\n{w}\r\n" for w in c) for c in commands)
        with socket.create_connection(("127.0.0.1", self.port), 20) as sock:
            sock.sendall(text.encode())
            replies = sock.makefile("rb")
            for _ in commands:
                # none of them is answered with more than a line
                replies.readline()


def kill(redis, seconds):
    redis.stage.stop(redis.process, signal.SIGKILL)
    time.sleep(seconds)
    redis.start()


def sleep(redis, seconds):
    redis.ask("DEBUG", "SLEEP", seconds)


def pause(redis, seconds):
    redis.process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    redis.process.send_signal(signal.SIGCONT)


def client_kill(redis, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        redis.ask("CLIENT", "KILL", "TYPE", "normal")
        time.sleep(0.2)


def maxmemory(redis, seconds):
    redis.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    redis.ask("CONFIG", "SET", "maxmemory", 1)
    # what is there must go, or nobody would store anything
    redis.ask("FLUSHALL")
    time.sleep(seconds)
    redis.ask("CONFIG", "SET", "maxmemory", 0)


def password(redis, seconds):
    redis.ask("CONFIG", "SET", "requirepass", "other")
    redis.ask("CLIENT", "KILL", "TYPE", "normal", password="other")
    time.sleep(seconds)
    redis.ask("CONFIG", "SET", "requirepass", "", password="other")


def network(*faults):
    def disturb(redis, seconds):
        redis.other_way(*faults)
        time.sleep(seconds)
        redis.other_way()

    return disturb


NETWORK = {
    "latency": network("latency_ms=200"), "resets": network("reset_after=20000"),
    "stalls": network("blackhole_after=20000"), "refused": network("refuse=1"),
}
FAULTS = {
    "none": lambda redis, seconds: time.sleep(seconds),
    "kill": kill, "debug-sleep": sleep, "pause": pause, "client-kill": client_kill, "maxmemory": maxmemory,
    "password": password, **NETWORK,
}


def requests(first):
    """All paths, each half of the load beginning elsewhere."""
    return [openload.request(f"/bytes/1000?n={(first + n * 7) % PATHS}") for n in range(PATHS)]


def measure(stage, name, options):
    redis = Redis(stage, name in NETWORK)
    agent = free_port()
    stage.agent("agent", agent)
    port = stage.proxy({"agent": agent}, {
        "cache": {"defaultTTL": "10m", "layers": [
            {"name": "memory", "type": "memory", "maxSize": PATHS // 20},
            {"name": "redis", "type": "redis", "endpoint": f"redis://127.0.0.1:{redis.front}", "ttl": "10m"}]},
        "logging": {"level": "notice", "accessLog": False}})
    seconds = options.calm * 2 + options.fault + 1
    # warm: every path once, so that all are in Redis
    with openload.OpenLoad(port, 2000, PATHS / 1000, 0, requests(0)) as load:
        load.rows()
    with openload.OpenLoad(port, options.rate / 2, seconds, options.seed, requests(0)) as one, \
            openload.OpenLoad(port, options.rate / 2, seconds, options.seed + 1, requests(PATHS // 2)) as two:
        one.sleep_until(options.calm)
        began = time.monotonic()
        FAULTS[name](redis, options.fault)
        ended = time.monotonic()
        rows = sorted(one.rows() + two.rows())
    lines = (pathlib.Path(stage.folder) / "clawproxy.log").read_text(errors="replace").splitlines()
    told = [json.loads(line) for line in lines if '"redis ' in line]
    return rows, began, ended, told


def shares(rows, begin, end):
    """Of the answers to requests that were due then: sorted times, and the share that came from the Redis layer."""
    found = [row for row in rows if begin <= row.due < end]
    times = sorted(row.end - row.due for row in found) or [0]
    return times, sum("detail=redis" in row.agent for row in found) / max(len(found), 1)


def recovery(rows, ended, usual):
    """Seconds from the fault's end until half of what usually comes from Redis does; None: never."""
    step, at = 0.1, ended
    last = rows[-1].due
    while at + step < last:
        if shares(rows, at, at + step)[1] >= usual / 2:
            return at - ended
        at += step
    return None


def report(name, rows, began, ended, told):
    failures = [row for row in rows if row.failure]
    before, usual = shares(rows, rows[0].due + 1, began)
    during, _ = shares(rows, began, ended)
    after, _ = shares(rows, ended + MOST_RECOVERY, rows[-1].due)
    added = percentile(during, 0.99) - percentile(before, 0.99)
    back = recovery(rows, ended, usual)
    is_well = not failures and added <= MOST_ADDED and back is not None and back <= MOST_RECOVERY and usual > 0.3
    print(f"{name:12} {len(rows):7} {len(failures):6} {usual * 100:6.0f} % {percentile(before, 0.99) * 1e3:8.1f} "
          f"{percentile(during, 0.99) * 1e3:8.1f} {percentile(after, 0.99) * 1e3:8.1f} {added * 1e3:8.1f} "
          f"{'never' if back is None else f'{back:.1f}':>8} {len(told):6}  {'' if is_well else 'NOT WELL'}", flush=True)
    for row in failures[:3]:
        print(f"    {row.failure}")
    for line in told[:6]:
        print(f"    {line['message']}" + (f": {line['reason']}" if "reason" in line else ""))
    return is_well


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--calm", type=float, default=4, help="seconds before and after the fault")
    parser.add_argument("--fault", type=float, default=5, help="seconds that it lasts")
    parser.add_argument("--only", help=f"of {','.join(FAULTS)}")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(FAULTS)
    print(f"{options.rate} requests a second, open loop; times in ms, recovery in s")
    print(f"{'fault':12} {'answers':>7} {'wrong':>6} {'redis':>8} {'p99':>8} {'during':>8} {'after':>8} {'added':>8} "
          f"{'recovery':>8} {'lines':>6}")
    is_well = True
    for name in names:
        with Stage() as stage:
            is_well = report(name, *measure(stage, name, options)) and is_well
    sys.exit(not is_well)


main()
