#!/usr/bin/env python3
"""Everything at once, for half an hour: JSON, event streams, WebSockets, HTTP/2 and gRPC, in cleartext and over TLS, while the
configuration is patched every 5 s, the certificate changed every 20 s, an agent killed every 10 s (and started again 2 s
later), and Redis, which a cache layer and a rate limit use, stopped for 2 s every 30 s.

Nothing may fail but what no proxy can save: a request that may not be repeated, a stream, a WebSocket or a call whose agent
was killed within the second before, if the failure is told as one: a whole 502, 503 or 504, gRPC's UNAVAILABLE, or a stream
of that very agent that is cut without an end. Those are `explained`, and counted apart. Each new certificate must be
the one that new connections see within 15 s, each patch must be answered.

Memory (RssAnon) and descriptors are read each second; after --warming (5 minutes) memory may grow by 5 % by the line that
fits best and must never be 5 % above its median, and descriptors of the last quarter may be no more than those of the first.
Ends with 1 when something is not as it must be.

Wants the packages of Tests/EndToEnd/requirements.txt (websockets, h2, grpcio): run it with .venv/bin/python.

usage: mixed.py [--minutes 30] [--warming 5] [--without grpc,h2,tls,limits,redis,reload,kill] [--json]
"""
import argparse, collections, json, multiprocessing, os, pathlib, shutil, signal, socket, ssl, statistics, sys, time

import mixtures
from desk import Broken, Desk, Refused, resident_bytes, stamp_patch, stamped
from stage import ROOT, Stage, free_port, percentile
from steady import trusting

sys.path.append(str(ROOT / "Tests" / "EndToEnd"))
from certificates import Authority  # noqa: E402

TOKEN = "token-of-the-bench"
RELOAD, ROTATION, KILL, DOWN, PAUSE, PAUSED = 5, 20, 10, 2, 30, 2
# A failure is a kill's if it came so soon after it.
EXPLAINED = 1.0
SECONDS_TO_BE_SEEN = 15
MOST_SHARE = 0.05
FEATURES = ("tls", "h2", "grpc", "limits", "redis", "reload", "kill")


class Setting:
    """Proxy, agents, Redis and certificates of the measurement."""

    def __init__(self, stage, features):
        self.stage, self.features, self.folder = stage, features, pathlib.Path(stage.folder)
        self.clear, self.admin = free_port(), free_port()
        self.tls = free_port() if "tls" in features else None
        self.authority = Authority(self.folder, "Bench CA")
        self.certificate, self.key = self.folder / "live.pem", self.folder / "live.key"
        self.serial = self.renew()
        self.agents = {f"agent-bench-00{number}": free_port() for number in (1, 2, 3)}
        self.calls = {f"agent-grpc-00{number}": free_port() for number in (1, 2)} if "grpc" in features else {}
        self.processes = {name: self.agent(name) for name in [*self.agents, *self.calls]}
        self.redis = self.start_redis() if "redis" in features else None
        self.proxy = stage.run_proxy(self.document(), self.tls or self.clear)
        self.desk = Desk(self.admin, TOKEN).ready()

    def agent(self, name):
        if name in self.agents:
            return self.stage.agent(name, self.agents[name])
        return self.stage.start(name, [sys.executable, str(ROOT / "Benchmarks" / "grpc_echo.py"), str(self.calls[name])], self.calls[name])

    def start_redis(self):
        self.redis_port = free_port()
        program = shutil.which("redis-server", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/bin")
        if not program:
            sys.exit("redis-server: not installed: run scripts/setup.sh test, or --without redis")
        return self.stage.start("redis", [
            program, "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", self.stage.folder,
            "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"], self.redis_port)

    def renew(self):
        """A new certificate of the same authority over the old files; its serial number."""
        certificate, key = self.authority.issue()
        # between the two the pair does not fit: the proxy must go on with the one that it has
        for source, place in ((key, self.key), (certificate, self.certificate)):
            beside = place.with_suffix(".new")
            beside.write_bytes(source.read_bytes())
            beside.rename(place)
        for source in (key, certificate):
            source.unlink()
        return 1000 + self.authority.count

    def document(self):
        features = self.features
        static = [{"id": name, "endpoint": f"http://127.0.0.1:{port}", "tags": ["bench"]} for name, port in self.agents.items()]
        static += [{"id": name, "endpoint": f"http://127.0.0.1:{port}", "tags": ["calls"], "protocol": "http2"} for name, port in self.calls.items()]
        http = {"listen": [f"127.0.0.1:{port}" for port in (self.clear, self.tls) if port]}
        if "tls" in features:
            http["tls"] = {"enabled": True, "cert": str(self.certificate), "key": str(self.key), "listen": [f"127.0.0.1:{self.tls}"]}
        if "h2" in features:
            http["http2"] = {"enabled": True, "cleartext": True}
        if "limits" in features:
            # far above what is sent, but each request asks
            http["rateLimit"] = {"enabled": True, "rate": "20000r/s", "burst": 20000, "shared": "redis" in features}
        memory = {"name": "memory", "type": "memory", "maxSize": 50, "keyPattern": ["agent:response:kept:*"]}
        distant = {"name": "redis", "type": "redis", "endpoint": f"redis://127.0.0.1:{self.redis_port}", "ttl": "1m",
                   "keyPattern": ["agent:response:kept:*"]} if self.redis else None
        rule = lambda name, pattern, target: {"name": name, "match": {"type": "prefix", "pattern": pattern}, "target": target, **stamped(0)}
        return {
            "http": http,
            "admin": {"listen": f"127.0.0.1:{self.admin}", "token": TOKEN, "writesPerMinute": 0},
            "agents": {"discovery": {"method": "static", "static": static}, "healthCheck": {"enabled": False}},
            "loadBalancing": {"strategy": "round-robin"},
            "routing": {"rules": [
                *([rule("calls", "/bench.Echo/", "tag:calls")] if self.calls else []),
                rule("kept", "/bytes/", "tag:bench"), rule("all", "/", "tag:bench")]},
            "cache": {"defaultTTL": "5s", "layers": [memory] + ([distant] if distant else [])},
            **({"rateLimiting": {"redis": {"endpoint": f"redis://127.0.0.1:{self.redis_port}"}}} if self.redis and "limits" in features else {}),
            "logging": {"level": "warning", "accessLog": False}}

    def seen_serial(self):
        """Of the certificate that a new connection is shown."""
        try:
            with socket.create_connection(("127.0.0.1", self.tls), 2) as sock:
                with trusting(str(self.authority.file)).wrap_socket(sock, server_hostname="localhost") as wrapped:
                    return int(wrapped.getpeercert()["serialNumber"], 16)
        except (OSError, ssl.SSLError):
            return None


class Trouble:
    """What is done to the proxy, each at its time; and what was read of it each second."""

    def __init__(self, setting, end):
        self.setting, self.end = setting, end
        self.samples, self.kills, self.wrong = [], [], collections.Counter()
        self.patches = self.rotations = self.pauses = 0
        self.awaited = None
        self.names = [name for pair in zip(setting.agents, [*setting.calls, None, None, None]) for name in pair if name]
        now = time.monotonic()
        features = setting.features
        self.plan = [(now, self.sample)]
        for feature, first, action in (("reload", RELOAD, self.patch), ("kill", KILL, self.kill), ("tls", ROTATION, self.rotate),
                                       ("redis", PAUSE, self.pause)):
            if feature in features:
                self.plan.append((now + first, action))

    def run(self):
        while (now := time.monotonic()) < self.end:
            if self.setting.proxy.poll() is not None:
                self.wrong[f"the proxy ended with {self.setting.proxy.returncode}"] += 1
                return
            self.plan.sort(key=lambda item: item[0])
            due, action = self.plan[0]
            if due > now:
                time.sleep(min(due - now, 0.2))
                continue
            self.plan.pop(0)
            action(due)
        if self.setting.redis:
            self.setting.redis.send_signal(signal.SIGCONT)

    def again(self, due, seconds, action):
        self.plan.append((due + seconds, action))

    def sample(self, due):
        pid = self.setting.proxy.pid
        try:
            self.samples.append((time.monotonic(), resident_bytes(self.setting.proxy), len(os.listdir(f"/proc/{pid}/fd"))))
        except OSError:
            pass
        self.again(due, 1, self.sample)

    def patch(self, due):
        self.patches += 1
        try:
            base = self.setting.desk.call("config.get", key="debugHeaders")["hash"]
            self.setting.desk.call("config.patch", raw=stamp_patch(self.patches), baseHash=base)
        except (Broken, Refused) as error:
            self.wrong[f"a patch was refused: {error}"] += 1
        self.again(due, RELOAD, self.patch)

    def kill(self, due):
        name = self.names[len(self.kills) % len(self.names)]
        # told before it is done: a failure that is seen at once is its too
        self.kills.append((time.monotonic(), name))
        self.setting.stage.stop(self.setting.processes[name], signal.SIGKILL)
        self.again(due, DOWN, lambda _: self.start(name))
        # the last one is back before the end
        if due + KILL + DOWN + 1 < self.end:
            self.again(due, KILL, self.kill)

    def start(self, name):
        self.setting.processes[name] = self.setting.agent(name)

    def rotate(self, due):
        if self.awaited:
            self.wrong["a new certificate was not seen by new connections"] += 1
        self.rotations += 1
        self.setting.serial = self.setting.renew()
        self.awaited = time.monotonic() + SECONDS_TO_BE_SEEN
        self.again(due, 1, self.look)
        if due + ROTATION + SECONDS_TO_BE_SEEN < self.end:
            self.again(due, ROTATION, self.rotate)

    def look(self, due):
        found = self.setting.seen_serial()
        if found is None:
            self.wrong["a handshake failed during a change of certificates"] += 1
        if found == self.setting.serial:
            self.awaited = None
        elif time.monotonic() < self.awaited:
            self.again(due, 1, self.look)
        else:
            self.awaited = None
            self.wrong[f"a new certificate was not seen within {SECONDS_TO_BE_SEEN} s"] += 1

    def pause(self, due):
        self.pauses += 1
        self.setting.redis.send_signal(signal.SIGSTOP)
        self.again(due, PAUSED, lambda _: self.setting.redis.send_signal(signal.SIGCONT))
        if due + PAUSE + PAUSED + 1 < self.end:
            self.again(due, PAUSE, self.pause)


def is_explained(is_repeatable, begin, end, is_honest, agent, kills):
    """Whether a failure is a kill's. What is under way when an agent goes ends within a second of that."""
    if is_repeatable or not is_honest:
        return False
    return any(end >= at and begin <= at + EXPLAINED and end <= at + EXPLAINED and (not agent or agent == name) for at, name in kills)


def flatness(samples, warming):
    """Of memory and descriptors after the warming: what the line of best fit grows by, levels, most."""
    kept = [sample for sample in samples if sample[0] - samples[0][0] >= warming]
    if len(kept) < 8:
        return None
    times, memory, descriptors = zip(*kept)
    slope, start = statistics.linear_regression([at - times[0] for at in times], memory)
    quarter = len(kept) // 4
    return {"memory_level_mb": round(statistics.median(memory) / 1e6, 2), "memory_most_mb": round(max(memory) / 1e6, 2),
            "memory_growth": round(slope * (times[-1] - times[0]) / start, 4), "memory_peak": round(max(memory) / statistics.median(memory) - 1, 4),
            "descriptors_first": statistics.median(descriptors[:quarter]), "descriptors_last": statistics.median(descriptors[-quarter:]),
            "descriptors_most": max(descriptors), "seconds": round(times[-1] - times[0])}


def judge(found, trouble, warming):
    kinds, wrong = {}, [f"{count} x {what}" for what, count in trouble.wrong.most_common()]
    for kind, is_repeatable, seconds, failures in found:
        explained, others = collections.Counter(), collections.Counter()
        for begin, end, text, is_honest, agent in failures:
            (explained if is_explained(is_repeatable, begin, end, is_honest, agent, trouble.kills) else others)[text] += 1
        seconds.sort()
        kinds[kind] = {"well": len(seconds), "explained": explained.total(), "unexplained": others.total(),
                       **({"p50_ms": round(percentile(seconds, 0.5) * 1e3, 1), "p99_ms": round(percentile(seconds, 0.99) * 1e3, 1),
                           "longest_ms": round(seconds[-1] * 1e3)} if seconds else {}),
                       "told": dict((explained + others).most_common(8))}
        wrong += [f"{kind}: {count} x {what}" for what, count in others.most_common(5)]
        if not seconds:
            wrong.append(f"{kind}: nothing was well")
    flat = flatness(trouble.samples, warming)
    if not flat:
        wrong.append("too short to say anything of memory: give more --minutes or less --warming")
    else:
        if flat["memory_growth"] > MOST_SHARE:
            wrong.append(f"memory grows: {flat['memory_growth']:.1%} by the line of best fit")
        if flat["memory_peak"] > MOST_SHARE:
            wrong.append(f"memory was {flat['memory_peak']:.1%} above its median")
        # agents that are away or back make a difference of some connections
        if flat["descriptors_last"] > flat["descriptors_first"] * 1.05 + 8:
            wrong.append(f"descriptors grow: {flat['descriptors_first']:.0f} to {flat['descriptors_last']:.0f}")
    return {"kinds": kinds, "memory": flat, "patches": trouble.patches, "rotations": trouble.rotations, "kills": len(trouble.kills),
            "pauses": trouble.pauses, "wrong": wrong}


def show(result):
    print(f"{'kind':16} {'well':>8} {'explained':>9} {'unexplained':>11} {'p50':>8} {'p99':>8} {'longest':>8}   (ms)")
    for kind, row in result["kinds"].items():
        print(f"{kind:16} {row['well']:8} {row['explained']:9} {row['unexplained']:11} {row.get('p50_ms', 0):8.1f} {row.get('p99_ms', 0):8.1f} "
              f"{row.get('longest_ms', 0):8}")
        for text, count in row["told"].items():
            print(f"    {count} x {text}")
    print(f"{result['patches']} patches, {result['rotations']} certificates, {result['kills']} kills, Redis stopped {result['pauses']} times")
    if flat := result["memory"]:
        print(f"memory over {flat['seconds']} s: median {flat['memory_level_mb']} MB, most {flat['memory_most_mb']} MB ({flat['memory_peak']:+.1%}), "
              f"{flat['memory_growth']:+.1%} by the line of best fit; descriptors {flat['descriptors_first']:.0f} in the first quarter, "
              f"{flat['descriptors_last']:.0f} in the last, most {flat['descriptors_most']}")
    print("all well" if not result["wrong"] else "wrong:\n  " + "\n  ".join(result["wrong"]))


def measure(stage, features, options):
    setting = Setting(stage, features)
    kinds = [kind for kind in mixtures.KINDS if mixtures.NEEDS.get(kind, set()) <= features]
    end = time.monotonic() + options.minutes * 60
    context = multiprocessing.get_context("fork")
    workers = []
    # gRPC has threads of its own, which do not go well with others' event loop
    for group in ([kind for kind in kinds if kind != "grpc"], [kind for kind in kinds if kind == "grpc"]):
        if group:
            pipe, other = context.Pipe(duplex=False)
            ca = str(setting.authority.file)
            process = context.Process(target=mixtures.work, args=(group, setting.clear, setting.tls, ca, end, other), daemon=True)
            process.start()
            other.close()
            workers.append((process, pipe))
    trouble = Trouble(setting, end)
    trouble.run()
    found = []
    for process, pipe in workers:
        rows = pipe.recv() if pipe.poll(mixtures.TIMEOUT + 30) else "the load did not end"
        if isinstance(rows, str):
            trouble.wrong[f"the load broke off: {rows}"] += 1
        else:
            found += rows
        if process.is_alive():
            process.terminate()
        process.join(10)
    return found, trouble


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--warming", type=float, help="minutes before memory is looked at (5, or a third where that is less)")
    parser.add_argument("--without", default="", help=f"what is left out, of {','.join(FEATURES)}")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    without = set(options.without.split(",")) - {""}
    if unknown := without - set(FEATURES):
        sys.exit(f"{', '.join(sorted(unknown))}: no such feature; there are {', '.join(FEATURES)}")
    features = set(FEATURES) - without
    if "h2" not in features:
        features.discard("grpc")
    try:
        import websockets  # noqa: F401
        if "h2" in features:
            import h2  # noqa: F401
    except ImportError as error:
        sys.exit(f"{error.name}: not installed: run with .venv/bin/python (make venv)")
    warming = options.warming if options.warming is not None else min(5, options.minutes / 3)
    with Stage() as stage:
        result = judge(*measure(stage, features, options), warming * 60)
    print(json.dumps(result)) if options.json else show(result)
    sys.exit(bool(result["wrong"]))


if __name__ == "__main__":
    main()
