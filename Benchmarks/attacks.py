#!/usr/bin/env python3
"""What clients who behave notice of those who do not: one attack after the other, each on a proxy of its own.

500 requests a second go over HTTP/1.1 all the while; where the attack is one of TLS or HTTP/2, half of them over that. First
nobody disturbs them (--quiet), then the attack goes on (--seconds; 5,000 TLS connections are made first), then nobody
again (--settle). An attack has failed when no honest request did, when p99 of each kind was at most three times what it was
just before, and when the proxy's memory (RssAnon) at the end is within 5 % or 5 MB of what it was. Where descriptors run
out, the proxy must not take half a core more than before either. Ends with 1 when an attack succeeded or was not run.

Slow headers, bodies and reads are by slowhttptest(1) with 2,000 connections, or by our own sockets where it is not
installed (or --own); everything else is by frames and handshakes made by hand (attackers.py). --peer haproxy shows what
that one makes of it. `cut` is how many connections of the attackers the proxy ended.

usage: attacks.py [--only NAME,...] [--seconds 20] [--quiet 6] [--settle 15] [--rounds 1]
                  [--rate 500] [--without tls,h2] [--peer haproxy] [--over clear|tls]
                  [--own] [--json] [--list]
"""
import argparse, collections, json, multiprocessing, os, resource, sys, time

import attackers
from attackers import ATTACKS
from desk import cpu_seconds, resident_bytes
from stage import ROOT, Stage, free_port, percentile
from steady import Part, Steady

sys.path.append(str(ROOT / "Tests" / "EndToEnd"))
from certificates import Authority  # noqa: E402

MOST_RATIO, MOST_SHARE, MOST_BYTES = 3, 0.05, 5e6
# Of a core, beyond what was used before.
MOST_SPINNING = 0.5
CONNECTIONS = 16
# Seconds of load before anything is measured: connections are made, and what is learnt once is learnt.
WARMING = 2
HONEST = "/bytes/200"
# `be_elsewhere`, for a program
ELSEWHERE = ["chrt", "--idle", "0", "taskset", "--cpu-list", str(max(os.sched_getaffinity(0)))]
Target = collections.namedtuple("Target", "clear tls flood folder")


class Side:
    """The proxy of one attack, or the peer in its place."""

    def __init__(self, stage, attack, options):
        features = set(attack.needs) | ({"tls"} if options.over == "tls" and "h2" in attack.needs else set())
        self.stage, self.clear, self.tls = stage, free_port(), free_port()
        # what the attackers ask for has an agent of its own, behind everybody else too: it is the proxy that is measured
        self.agents, self.attacked = [free_port(), free_port()], free_port()
        self.certificate, self.key = Authority(stage.folder, "Bench CA").issue() if "tls" in features else (None, None)
        self.ca = os.path.join(stage.folder, "Bench-CA", "ca.pem") if self.certificate else None
        for number, port in enumerate(self.agents, 1):
            stage.agent(f"agent-bench-00{number}", port)
        stage.start("attacked", [*ELSEWHERE, stage.demo_agent, "--listen", f"127.0.0.1:{self.attacked}", "--id", "attacked"], self.attacked)
        wrap = ["prlimit", f"--nofile={attack.descriptors}"] if attack.descriptors else []
        self.process = self.haproxy(features, wrap) if options.peer else self.clawproxy(features, wrap)
        over = ("h2", self.tls) if "tls" in features else ("h2c", self.clear)
        self.honest = [("http1", self.clear) if kind == "http1" else over if kind == "h2" else ("tls", self.tls) for kind in attack.honest]
        self.target = Target(self.clear, self.tls, (over[1], over[0] == "h2"), stage.folder)

    def clawproxy(self, features, wrap):
        secure = {"enabled": True, "cert": str(self.certificate), "key": str(self.key), "listen": [f"127.0.0.1:{self.tls}"]}
        document = {
            "http": {"listen": [f"127.0.0.1:{self.clear}"] + ([f"127.0.0.1:{self.tls}"] if "tls" in features else []),
                     **({"tls": secure} if "tls" in features else {}),
                     **({"http2": {"enabled": True, "cleartext": True}} if "h2" in features else {})},
            "admin": {"listen": f"127.0.0.1:{free_port()}"},
            "agents": {"discovery": {"method": "static", "static": [
                {"id": f"agent-{at}", "endpoint": f"http://127.0.0.1:{at}", "tags": ["bench" if at in self.agents else "attacked"]}
                for at in [*self.agents, self.attacked]]}},
            "loadBalancing": {"strategy": "round-robin"},
            "routing": {"rules": [
                {"name": "honest", "match": {"type": "exact", "pattern": HONEST}, "target": "tag:bench"},
                {"name": "others", "match": {"type": "prefix", "pattern": "/"}, "target": "tag:attacked"}]},
            "logging": {"level": "error", "accessLog": False}}
        return self.stage.run_proxy(document, self.tls if "tls" in features else self.clear, *wrap)

    def haproxy(self, features, wrap):
        pem = os.path.join(self.stage.folder, "both.pem")
        if self.certificate:
            with open(pem, "w") as file:
                file.write(self.certificate.read_text() + self.key.read_text())
        secure = f"bind 127.0.0.1:{self.tls} ssl crt {pem} alpn h2,http/1.1" if self.certificate else ""
        path = os.path.join(self.stage.folder, "haproxy.cfg")
        with open(path, "w") as file:
            file.write(f"""
global
  nbthread 2
defaults
  mode http
  timeout connect 10s
  timeout http-request 10s
  timeout client 30s
  timeout server 60s
frontend f
  {'' if wrap else 'maxconn 10000'}
  bind 127.0.0.1:{self.clear}
  {secure}
  use_backend honest if {{ path {HONEST} }}
  default_backend others
backend others
  server s 127.0.0.1:{self.attacked}
backend honest
""" + "".join(f"  server s{at} 127.0.0.1:{at}\n" for at in self.agents))
        return self.stage.start("haproxy", [*wrap, "haproxy", "-db", "-f", path], self.clear)


def be_elsewhere():
    """Attackers compute on other machines. Here they get what one core has left: what they do in user space must not
    keep the proxy, or the load that measures, from a core. (Where all cores are busy, though only with what anybody may
    preempt, the kernel looks for no idle one when a thread wakes: it waits behind another for up to 4 ms, whoever the
    proxy is.)
    """
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _attack(run, target, seconds, pipe):
    be_elsewhere()
    # what they need, and the proxy does not give
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    tally = collections.Counter()
    try:
        run(target, seconds, tally)
        pipe.send((tally, None))
    except Exception as error:  # noqa: BLE001: told in the table
        pipe.send((tally, f"{type(error).__name__}: {error}"))
    pipe.close()


class Watch:
    """Memory and processor time of a process from one look to the next."""

    def __init__(self, process):
        self.process, self.most = process, 0

    def look(self):
        return resident_bytes(self.process), cpu_seconds(self.process), time.monotonic()

    def through(self, seconds, until=None):
        """Looks every quarter of a second, for so long or until something is so; the most memory that there was."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None and not (until and until()):
            self.most = max(self.most, resident_bytes(self.process))
            time.sleep(0.25)


def attack(side, run, options):
    """Tally of the attackers, rows of the honest, the three moments and the three looks at the process."""
    parts = [Part(kind, port, options.rate / len(side.honest), CONNECTIONS) for kind, port in side.honest]
    watch = Watch(side.process)
    with Steady(parts, side.ca, HONEST.encode()) as load:
        time.sleep(WARMING)
        looks = [watch.look()]
        watch.through(options.quiet)
        looks.append(watch.look())
        watch.most = 0
        context = multiprocessing.get_context("fork")
        pipe, other = context.Pipe(duplex=False)
        process = context.Process(target=_attack, args=(run, side.target, options.seconds, other), daemon=False)
        process.start()
        other.close()
        # what takes its time to come up may take three minutes
        watch.through(options.seconds + 180, lambda: not process.is_alive())
        tally, trouble = pipe.recv() if pipe.poll() else (collections.Counter(), "the attackers did not end")
        if process.is_alive():
            process.terminate()
        process.join(10)
        looks.append(watch.look())
        time.sleep(options.settle)
        looks.append(watch.look())
        rows = load.stop()
    return tally, trouble, rows, looks, watch.most


def judge(name, side, tally, trouble, rows, looks, most):
    """The figures of one attack, and everything that is wrong with them."""
    (_, cpu0, t0), (level, cpu1, t1), (_, cpu2, t2), (after, _, t3) = looks
    kinds = {}
    for kind, _ in side.honest:
        mine = [row for row in rows if row.kind == kind]
        quiet = sorted(row.end - row.begin for row in mine if t0 <= row.begin < t1) or [0]
        during = sorted(row.end - row.begin for row in mine if t1 <= row.begin < t2) or [0]
        p99 = percentile(quiet, 0.99), percentile(during, 0.99)
        kinds[kind] = {"requests": len(during), "quiet_p99_ms": round(p99[0] * 1e3, 2), "p99_ms": round(p99[1] * 1e3, 2),
                       "longest_ms": round(during[-1] * 1e3, 1), "ratio": round(p99[1] / p99[0], 2) if p99[0] else 0}
    failures = collections.Counter(f"{row.kind}: {row.failure}" for row in rows if row.failure)
    cpu = (cpu1 - cpu0) / (t1 - t0), (cpu2 - cpu1) / (t2 - t1)
    wrong = [f"{count} x {what}" for what, count in failures.most_common(4)]
    wrong += [f"{kind}: nothing was measured" for kind, row in kinds.items() if not row["requests"]]
    if side.process.poll() is not None:
        wrong.append(f"the proxy ended with {side.process.returncode}")
    elif after - level > max(MOST_SHARE * level, MOST_BYTES):
        wrong.append(f"memory stays {(after - level) / 1e6:.1f} MB above its level")
    if name == "descriptors" and cpu[1] - cpu[0] > MOST_SPINNING:
        wrong.append(f"{cpu[1] - cpu[0]:.2f} of a core more than before")
    if trouble:
        wrong.append(f"the attack broke off: {trouble}")
    elif not tally["opened"]:
        wrong.append("the attack opened no connection")
    return {"attack": name, "kinds": kinds, "errors": sum(failures.values()), "opened": tally["opened"], "cut": tally["cut"],
            "refused": tally["refused"], "held": tally["held"], "frames": tally["frames"], "seconds": round(t2 - t1, 1),
            "memory_mb": [round(value / 1e6, 1) for value in (level, most, after)], "cpu_cores": [round(value, 2) for value in cpu],
            "wrong": wrong}


def typical(found):
    """Of the rounds of one attack: the latencies of the middle one by its ratio, all that went wrong in any of them."""
    row = dict(found[-1], errors=sum(one["errors"] for one in found), wrong=[text for one in found for text in one["wrong"]])
    row["kinds"] = {}
    for kind in found[-1]["kinds"]:
        ordered = sorted((one["kinds"][kind] for one in found if kind in one["kinds"]), key=lambda figures: figures["ratio"])
        row["kinds"][kind] = middle = dict(ordered[len(ordered) // 2], ratios=[figures["ratio"] for figures in ordered])
        if middle["ratio"] > MOST_RATIO:
            row["wrong"].append(f"{kind}: p99 {middle['ratio']} x its quiet value")
    return row


HEADER = (f"{'attack':18} {'honest':>6} {'sent':>6} {'wrong':>5} {'quiet':>6} {'p99':>7} {'ratio':>5}  {'memory before/most/after':>25} "
          f"{'cpu':>9} {'opened':>7} {'cut':>6} {'frames':>8}")


def show(row):
    for number, (kind, figures) in enumerate(row["kinds"].items()):
        first = number == 0
        memory, cpu = "/".join(f"{value:.1f}" for value in row["memory_mb"]), "/".join(f"{value:.2f}" for value in row["cpu_cores"])
        rest = f"{memory:>25} {cpu:>9} {row['opened']:7} {row['cut']:6} {row['frames']:8}" if first else ""
        print(f"{row['attack'] if first else '':18} {kind:>6} {figures['requests']:6} {row['errors'] if first else '':>5} {figures['quiet_p99_ms']:6.2f} "
              f"{figures['p99_ms']:7.2f} {figures['ratio']:5.2f}  {rest}".rstrip())
        if len(figures["ratios"]) > 1:
            print(f"    {kind} in each round: {' '.join(f'{ratio:.2f}' for ratio in figures['ratios'])}")
    print(f"    {'well' if not row['wrong'] else 'NOT WELL: ' + '; '.join(row['wrong'])}", flush=True)


def once(name, chosen, options):
    """One round of an attack, on a proxy of its own."""
    with Stage() as stage:
        try:
            side = Side(stage, chosen, options)
        except RuntimeError as error:
            with open(os.path.join(stage.folder, "clawproxy.log"), errors="replace") as log:
                row = {"attack": name, "kinds": {}, "errors": 0, "wrong": [f"not run: {error}: {log.read()[-400:].strip()}"]}
            print(f"{name}: {row['wrong'][0]}", file=sys.stderr, flush=True)
            return row
        return judge(name, side, *attack(side, chosen.run, options))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help=f"of {','.join(ATTACKS)}")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--quiet", type=float, default=6)
    parser.add_argument("--settle", type=float, default=15)
    parser.add_argument("--rounds", type=int, default=1, help="of each attack; latencies are judged by the middle one")
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--without", default="", help="what this build has not yet (tls, h2): such attacks are left out, and told")
    parser.add_argument("--over", choices=["clear", "tls"], default="clear", help="what attacks by HTTP/2 go over")
    parser.add_argument("--peer", choices=["haproxy"], help="measure this one in the proxy's place")
    parser.add_argument("--own", action="store_true", help="our own slow clients, not slowhttptest")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        print("\n".join(ATTACKS))
        return
    names = options.only.split(",") if options.only else list(ATTACKS)
    if unknown := set(names) - set(ATTACKS):
        sys.exit(f"{', '.join(sorted(unknown))}: no such attack; there are {', '.join(ATTACKS)}")
    if options.own:
        attackers.shutil.which = lambda *_: None
    without, found = set(options.without.split(",")) - {""}, []
    if not options.json:
        print(f"{options.rate} requests a second; times in ms, memory in MB, processor time in cores (before/during)\n{HEADER}")
    for name in names:
        chosen = ATTACKS[name]
        if missing := (set(chosen.needs) | ({"tls"} if options.over == "tls" and "h2" in chosen.needs else set())) & without:
            print(f"{name:18} left out: without {', '.join(sorted(missing))}", file=sys.stderr)
            continue
        row = typical([once(name, chosen, options) for _ in range(max(1, options.rounds))])
        if not options.json and row["kinds"]:
            show(row)
        found.append(row)
    if options.json:
        print(json.dumps(found))
    sys.exit(any(row["wrong"] for row in found))


if __name__ == "__main__":
    main()
