#!/usr/bin/env python3
"""An agent killed without warning under load, and its return.

Five equal agents; GET requests come as a Poisson process. One agent is killed (SIGKILL), and started again some seconds
later. Demanded, with each strategy: no request fails (an answer is a whole 200); the agent is set aside within 1 s; once it is
back its share of all requests rises in a straight line over slowStart.duration. The share is taken in fifths of that time, as
a part of what it is afterwards; it may differ from the line by 15 % of it, or by 4 points where that is more, as the requests
of so short a time are too few to tell.

usage: kill.py [--strategies round-robin,least-connections,adaptive] [--rate 800] [--duration 10] [--seed 1]
"""
import argparse, collections, http.client, json, sys, threading, time

from openload import OpenLoad
from stage import Stage, free_port

AGENTS = [f"agent-{number}" for number in range(1, 6)]
VICTIM = "agent-2"
EJECTED_WITHIN = 1.0
TOLERANCE, POINTS = 0.15, 0.04
FIRST_SHARE = 0.1
PARTS = 5
# when what happens, in seconds of the load
KILL, RETURN = 4, 7
COOLDOWN = "1s"
# whole shares are measured for so long after the rise; until it is noticed that the agent is back there may pass
AFTER, NOTICE = 5, 6


class Watch(threading.Thread):
    """What the admin page says of the victim: the moments at which its state changed."""

    def __init__(self, admin):
        super().__init__(daemon=True)
        self.admin, self.over, self.changes = admin, False, []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=5)
        while not self.over:
            connection.request("GET", "/health", headers={"Host": "localhost"})
            asked = time.monotonic()
            agents = json.load(connection.getresponse())["agents"]
            state = next(agent["state"] for agent in agents if agent["id"] == VICTIM)
            if not self.changes or self.changes[-1][1] != state:
                self.changes.append((asked, state))
            time.sleep(0.01)

    def first(self, since, wanted):
        """When it first was in a state for which `wanted` holds, after `since`; None: never."""
        before = [state for when, state in self.changes if when <= since]
        if before and wanted(before[-1]):
            return since
        return next((when for when, state in self.changes if when > since and wanted(state)), None)

    def last(self, since, state):
        """When it last came into a state, after `since`; None: it is in another one."""
        when, now = self.changes[-1]
        return when if when > since and now == state else None


def gateway(strategy, options, admin):
    return {
        "admin": {"listen": f"127.0.0.1:{admin}"},
        "performance": {"workerThreads": 1},
        "loadBalancing": {"strategy": strategy, "slowStart": {"duration": f"{options.duration:g}s"},
                          "circuitBreaker": {"cooldown": COOLDOWN}},
    }


def agents(ports):
    return {"discovery": {"static": [
                {"id": name, "endpoint": f"http://127.0.0.1:{port}", "tags": ["bench"]} for name, port in ports.items()]},
            "healthCheck": {"path": "/health", "interval": "500ms", "edgeInterval": "250ms", "failThreshold": 2,
                            "passThreshold": 2}}


def shares(rows, back, options):
    """The victim's share of the requests in each fifth of the rise, as a part of what it is afterwards."""
    def share(since, until):
        answers = [row.agent for row in rows if since <= row.due < until]
        return answers.count(VICTIM) / max(len(answers), 1)

    whole = share(back + options.duration, back + options.duration + AFTER)
    step = options.duration / PARTS
    return [share(back + part * step, back + (part + 1) * step) / max(whole, 1e-9) for part in range(PARTS)], whole


def expected(part):
    """The mean of max(FIRST_SHARE, t) over this part of the time, t from 0 to 1."""
    moments = [(part + (step + 0.5) / 100) / PARTS for step in range(100)]
    return sum(max(FIRST_SHARE, moment) for moment in moments) / 100


def trial(stage, strategy, options):
    """One strategy; what was wrong, as texts."""
    ports, admin = {name: free_port() for name in AGENTS}, free_port()
    flags = ["--service-time", "10ms", "--spread", "0.3"]
    running = {name: stage.agent(name, port, *flags) for name, port in ports.items()}
    port = stage.proxy(ports, {**gateway(strategy, options, admin), "agents": agents(ports)})
    proxy = stage.running[-1]
    watch = Watch(admin)
    watch.start()
    time.sleep(1)
    with OpenLoad(port, options.rate, RETURN + NOTICE + options.duration + AFTER, options.seed) as load:
        load.sleep_until(KILL)
        killed = time.monotonic()
        stage.stop(running[VICTIM], 9)
        load.sleep_until(RETURN)
        returned = time.monotonic()
        running[VICTIM] = stage.agent(VICTIM, ports[VICTIM], *flags)
        rows = load.rows()
    watch.over = True
    watch.join(10)
    for process in [proxy, *running.values()]:
        stage.stop(process, 9)
    return judge(rows, watch, killed, returned, strategy, options)


def judge(rows, watch, killed, returned, strategy, options):
    failures = collections.Counter(row.failure for row in rows if row.failure)
    wrong = [f"{count} x {failure}" for failure, count in failures.items()]
    ejected = watch.first(killed, lambda state: state != "available")
    if ejected is None or ejected - killed > EJECTED_WITHIN:
        wrong.append(f"not set aside within {EJECTED_WITHIN:g} s of the kill: {watch.changes}")
    back = watch.last(returned, "available")
    ejection = f"{(ejected - killed) * 1e3:.0f} ms" if ejected else "never"
    print(f"{strategy}: {len(rows)} requests, {sum(failures.values())} failed; set aside after {ejection}, "
          f"back after {f'{back - returned:.1f} s' if back else 'never'}")
    if back is None or back - returned > NOTICE:
        return wrong + [f"not back {NOTICE} s after its start: {watch.changes}"]
    measured, whole = shares(rows, back, options)
    print(f"  its share afterwards {whole * 100:.1f} %; of that, in fifths of {options.duration:g} s: "
          + " ".join(f"{value * 100:.0f}" for value in measured) + "  (expected "
          + " ".join(f"{expected(part) * 100:.0f}" for part in range(PARTS)) + ")", flush=True)
    for part, value in enumerate(measured):
        if abs(value - expected(part)) > max(TOLERANCE * expected(part), POINTS):
            wrong.append(f"fifth {part + 1}: {value * 100:.0f} % of the whole, expected {expected(part) * 100:.0f} %")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strategies", type=lambda text: text.split(","), default=["round-robin", "least-connections", "adaptive"])
    parser.add_argument("--rate", type=float, default=800)
    parser.add_argument("--duration", type=float, default=10, help="slowStart.duration in seconds")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong = []
    with Stage() as stage:
        for strategy in options.strategies:
            wrong += [f"{strategy}: {what}" for what in trial(stage, strategy, options)]
    for what in wrong:
        print(f"wrong: {what}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
