#!/usr/bin/env python3
"""`adaptive` beside the best that HAProxy and nginx have, before agents that differ, degrade and restart.

Four demo agents of 8 slots work at speeds 1, 1, 0.5 and 0.25; a request takes 40 ms at speed 1 (mean; lognormal). Requests
come as a Poisson process at 60 % of what the four can do. In each round the first agent works at a tenth of its speed for a
fifth of the time; later the second is killed, is back a second later and starts cold. Every round is made with each proxy in
turn, with fresh agents and the same seeds. Failed: is no whole 200. Demanded: p99 at most 0.7 x the best peer's, and no more
failures than any peer has.

usage: adaptive.py [--rounds 3] [--seconds 25] [--load 0.6] [--report text|json|bin|none] [--only NAME,...] [--seed 1] [--json]
"""
import argparse, collections, json, sys, time, urllib.request

from openload import OpenLoad
from stage import Stage, free_port, percentile

SPEEDS = [1, 1, 0.5, 0.25]
SLOTS = 8
SERVICE_SECONDS = 0.04
SPREAD = 0.5
DEMANDED = 0.7
# the first seconds of a round are not counted: connections are opened, proxies learn
WARM_UP = 3
# what happens when, as shares of what is counted
DEGRADED, RESTORED, KILLED = 0.2, 0.4, 0.6
DOWN_SECONDS = 1
COLD_SECONDS = 5
# after failures an agent is tried again: as HAProxy does by two checks of a second each
AGAIN_SECONDS = 2
PHASES = ("steady", "degraded", "restored", "restarted")


def haproxy(stage, agents, balance):
    """Checked every second, back slowly, sent again elsewhere where no answer came: what it offers for the purpose."""
    port = free_port()
    servers = "\n".join(f"  server {name} 127.0.0.1:{at}" for name, at in agents.items())
    path = write(stage, "haproxy.cfg", f"""
global
  nbthread 1
  maxconn 8000
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  retries 3
  option redispatch 1
  retry-on conn-failure empty-response
  http-reuse always
frontend public
  bind 127.0.0.1:{port}
  default_backend agents
backend agents
  balance {balance}
  option httpchk GET /health
  default-server check inter 1s fall 2 rise 2 slowstart {COLD_SECONDS}s
{servers}
""")
    return stage.start("haproxy", ["haproxy", "-db", "-f", path], port), port


def nginx(stage, agents):
    port = free_port()
    servers = "\n".join(f"  server 127.0.0.1:{at} max_fails=3 fail_timeout={AGAIN_SECONDS}s;" for at in agents.values())
    path = write(stage, "nginx.conf", f"""
master_process off; daemon off; error_log {stage.folder}/nginx-errors.log; pid {stage.folder}/nginx.pid;
events {{ worker_connections 8192; }}
http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 3600s;
 client_body_temp_path {stage.folder}; proxy_temp_path {stage.folder}; fastcgi_temp_path {stage.folder};
 uwsgi_temp_path {stage.folder}; scgi_temp_path {stage.folder};
 upstream agents {{
  zone agents 64k;
  least_conn;
{servers}
  keepalive 512; keepalive_requests 100000000;
 }}
 server {{ listen 127.0.0.1:{port} backlog=4096;
  location / {{ proxy_pass http://agents; proxy_http_version 1.1; proxy_set_header Connection "";
   proxy_connect_timeout 2s; proxy_next_upstream error timeout; }} }} }}
""")
    return stage.start("nginx", ["nginx", "-e", f"{stage.folder}/nginx-errors.log", "-c", path], port), port


def clawproxy(stage, agents, strategy):
    port = stage.proxy(agents, {
        "performance": {"workerThreads": 1},
        "agents": {
            "discovery": {"static": [
                {"id": name, "endpoint": f"http://127.0.0.1:{at}", "tags": ["bench"]} for name, at in agents.items()]},
            "healthCheck": {"path": "/health", "interval": "1s", "failThreshold": 2, "passThreshold": 2}},
        "loadBalancing": {"strategy": strategy, "slowStart": {"duration": f"{COLD_SECONDS}s"},
                          "circuitBreaker": {"cooldown": f"{AGAIN_SECONDS}s"}}})
    return stage.running[-1], port


PROXIES = {
    "clawproxy": lambda stage, agents: clawproxy(stage, agents, "adaptive"),
    "haproxy-leastconn": lambda stage, agents: haproxy(stage, agents, "leastconn"),
    "haproxy-random2": lambda stage, agents: haproxy(stage, agents, "random(2)"),
    "nginx-least-conn": nginx,
    # not compared with, for those who look for the reason of a figure
    "clawproxy-least-connections": lambda stage, agents: clawproxy(stage, agents, "least-connections"),
}
USUAL = list(PROXIES)[:4]


def write(stage, name, text):
    with open(f"{stage.folder}/{name}", "w") as file:
        file.write(text)
    return file.name


def control(port, **change):
    question = urllib.request.Request(f"http://127.0.0.1:{port}/control", json.dumps(change).encode())
    with urllib.request.urlopen(question, timeout=5) as answer:
        return json.load(answer)


class Fleet:
    """The agents of one round."""

    def __init__(self, stage, options, seed):
        self.stage, self.options, self.seed = stage, options, seed
        self.ports = {f"agent-{number + 1}": free_port() for number in range(len(SPEEDS))}
        self.running = {name: self.start(number) for number, name in enumerate(self.ports)}

    def start(self, number, *more):
        name = f"agent-{number + 1}"
        report = [] if self.options.report == "none" else ["--report-load", self.options.report]
        return self.stage.agent(
            name, self.ports[name], "--slots", str(SLOTS), "--speed", str(SPEEDS[number]), "--spread", str(SPREAD),
            "--service-time", f"{SERVICE_SECONDS * 1e3:g}ms", "--seed", str(self.seed * 100 + number), *report, *more)

    def degrade(self):
        control(self.ports["agent-1"], speed=SPEEDS[0] / 10)

    def restore(self):
        control(self.ports["agent-1"], speed=SPEEDS[0])

    def restart_cold(self):
        self.stage.stop(self.running["agent-2"], 9)
        time.sleep(DOWN_SECONDS)
        self.running["agent-2"] = self.start(1, "--cold-start", f"{COLD_SECONDS}s")

    def stop(self):
        for process in self.running.values():
            self.stage.stop(process, 9)


def rate(options):
    return options.load * sum(SPEEDS) * SLOTS / SERVICE_SECONDS


def round_of(stage, name, options, seed):
    """The rows of one round with one proxy, each with its phase; those of the warm-up are left out."""
    fleet = Fleet(stage, options, seed)
    process, port = PROXIES[name](stage, fleet.ports)
    # health checks have passed once
    time.sleep(1)
    at = [WARM_UP + share * options.seconds for share in (DEGRADED, RESTORED, KILLED)]
    with OpenLoad(port, rate(options), WARM_UP + options.seconds, seed) as load:
        for moment, what in zip(at, (fleet.degrade, fleet.restore, fleet.restart_cold)):
            load.sleep_until(moment)
            what()
        rows = load.rows()
    stage.stop(process, 9)
    fleet.stop()
    counted = [row for row in rows if row.due >= load.begin + WARM_UP]
    return [(PHASES[sum(row.due - load.begin >= moment for moment in at)], row) for row in counted]


def own_delay(stage, options):
    """What the load generator and an idle agent add: the same pace, no proxy, no work."""
    port = free_port()
    process = stage.agent("agent-idle", port)
    with OpenLoad(port, rate(options), 5, options.seed) as load:
        rows = load.rows()
    stage.stop(process, 9)
    return sorted(row.end - row.due for row in rows)


def summary(rows):
    """A row of the table. What failed counts as long as it took; it is counted apart as well."""
    times = sorted(row.end - row.due for _, row in rows)
    phases = collections.defaultdict(list)
    for phase, row in rows:
        phases[phase].append(row.end - row.due)
    return {
        "requests": len(rows), "failed": sum(row.failure is not None for _, row in rows),
        **{f"p{share * 100:g}": percentile(times, share) for share in (0.5, 0.99, 0.999)},
        "phases": {phase: percentile(sorted(phases[phase]), 0.99) for phase in PHASES if phases[phase]},
        "failures": dict(collections.Counter(row.failure for _, row in rows if row.failure)),
        "shares": {agent: count / len(rows) for agent, count in sorted(collections.Counter(row.agent for _, row in rows).items())},
    }


def table(results, out):
    print(f"{'':28}{'p50':>8}{'p99':>8}{'p99.9':>8}{'failed':>8}{'requests':>10}   p99 while {', '.join(PHASES)}", file=out)
    for name, result in results.items():
        figures = "".join(f"{result[key] * 1e3:8.0f}" for key in ("p50", "p99", "p99.9"))
        phases = "".join(f"{value * 1e3:8.0f}" for value in result["phases"].values())
        print(f"{name:28}{figures}{result['failed']:8}{result['requests']:10}   {phases}", file=out)
        for failure, count in result["failures"].items():
            print(f"{'':28}  {count} x {failure}", file=out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=25)
    parser.add_argument("--load", type=float, default=0.6, help="share of the capacity of all agents")
    parser.add_argument("--report", default="text", choices=("text", "json", "bin", "none"), help="the agents' load reports")
    parser.add_argument("--only", type=lambda text: text.split(","), default=USUAL, help=f"of {', '.join(PROXIES)}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.only) - set(PROXIES):
        parser.error(f"--only: {', '.join(unknown)}: expected of {', '.join(PROXIES)}")
    progress = sys.stderr if options.json else sys.stdout
    rows = {name: [] for name in options.only}
    with Stage() as stage:
        delay = own_delay(stage, options)
        print(f"{rate(options):.0f} requests a second; the load generator itself: p50 {percentile(delay, 0.5) * 1e3:.1f} ms, "
              f"p99 {percentile(delay, 0.99) * 1e3:.1f} ms", file=progress, flush=True)
        for number in range(options.rounds):
            # in turn another one is first
            for name in options.only[number % len(options.only):] + options.only[:number % len(options.only)]:
                found = round_of(stage, name, options, options.seed + number)
                rows[name] += found
                print(f"  round {number + 1}, {name}: p99 {summary(found)['p99'] * 1e3:.0f} ms", file=progress, flush=True)
    results = {name: summary(found) for name, found in rows.items()}
    table(results, progress)
    peers = {name: result for name, result in results.items() if not name.startswith("clawproxy")}
    own, verdict = results.get("clawproxy"), {}
    if own and peers:
        best = min(peers, key=lambda name: peers[name]["p99"])
        verdict = {"best": best, "ratio": own["p99"] / peers[best]["p99"],
                   "failed": own["failed"], "fewestFailed": min(peer["failed"] for peer in peers.values())}
        print(f"p99 of clawproxy / {best}: {verdict['ratio']:.3f} (demanded: {DEMANDED}); "
              f"failed: {verdict['failed']}, fewest of a peer: {verdict['fewestFailed']}", file=progress)
    if options.json:
        print(json.dumps({"options": vars(options), "generator": {"p50": percentile(delay, 0.5), "p99": percentile(delay, 0.99)},
                          "results": results, **verdict}))
    sys.exit(bool(verdict) and (verdict["ratio"] > DEMANDED or verdict["failed"] > verdict["fewestFailed"]))


if __name__ == "__main__":
    main()
