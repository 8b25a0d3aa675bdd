#!/usr/bin/env python3
"""The WebSocket cases of the Autobahn test suite, before an agent itself and before the proxy: the verdicts must be the same.

The agent is an echo by the library `websockets`, with compression. The same fuzzing client goes to it directly, then through
the proxy: in cleartext, with --tls over TLS (wss), with --h2 over streams of one HTTP/2 connection each (RFC 8441), by
way of a relay that turns upgrades into extended CONNECT and nothing else (websocket_relay.py). Behaviour, behaviour at the
close and the close code of every case are compared; times are not. Some verdicts depend on what the agent had read when it
noticed (3.4, 4.1.5): what differs is asked for again, up to --again times both ways, until both have given one that is the same.

The suite runs under Python 2.7 alone: `python2.7 -m virtualenv DIR && DIR/bin/pip install autobahntestsuite`, and WSTEST names
DIR/bin/wstest. The packages of Tests/EndToEnd/requirements.txt are wanted here: run it with .venv/bin/python.

usage: autobahn.py [--cases 1.*,2.*,...] [--all] [--tls] [--h2] [--again 8] [--json]
  without --all: all but 9.* (limits, performance), 12.* and 13.* (compression), which take a quarter of an hour
"""
import argparse, asyncio, json, multiprocessing, os, pathlib, shutil, subprocess, sys

from stage import ROOT, Stage, free_port

sys.path.append(str(ROOT / "Tests" / "EndToEnd"))
from certificates import Authority  # noqa: E402

LONG = ["9.*", "12.*", "13.*"]
MOST = 64 << 20
# A case that hangs is cut by the suite itself; this is for all of one way together.
SECONDS = 3600


def echo(port):
    """The agent, in a process of its own."""
    import websockets
    from websockets.asyncio.server import serve

    async def talk(socket):
        try:
            async for message in socket:
                await socket.send(message)
        except websockets.ConnectionClosed:
            pass

    async def run():
        async with serve(talk, "127.0.0.1", port, max_size=MOST, ping_interval=None, close_timeout=5):
            await asyncio.get_running_loop().create_future()

    import logging

    logging.disable(logging.CRITICAL)
    asyncio.run(run())


def wait_for(port, process):
    import socket, time

    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            if not process.is_alive():
                break
            time.sleep(0.05)
    raise RuntimeError("the agent did not listen")


def verdicts(wstest, folder, way, url, cases, excluded=()):
    """`{case: (behaviour, at the close, close code)}` of a fuzzing client that goes to `url`."""
    out = folder / way
    shutil.rmtree(out, ignore_errors=True)
    spec = folder / f"{way}.json"
    spec.write_text(json.dumps({
        "outdir": str(out), "options": {"failByDrop": False}, "servers": [{"agent": way, "url": url, "options": {"version": 18}}],
        "cases": cases, "exclude-cases": list(excluded), "exclude-agent-cases": {}}))
    done = subprocess.run([wstest, "-m", "fuzzingclient", "-s", str(spec)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=SECONDS)
    index = out / "index.json"
    if not index.exists():
        raise RuntimeError(f"{way}: the suite ended with {done.returncode} and told nothing:\n{done.stdout[-2000:]}")
    rows = json.loads(index.read_text())[way]
    return {case: (row["behavior"], row["behaviorClose"], row["remoteCloseCode"]) for case, row in rows.items()}


def differing(ask, urls, first, second, times):
    """Cases of which two ways have no verdict in common, however often they are asked for; with the verdicts of both."""
    seen = [{case: {rows.get(case)} for case in first.keys() | second.keys()} for rows in (first, second)]
    for time in range(times + 1):
        left = sorted((case for case in seen[0] if not seen[0][case] & seen[1][case]), key=order)
        if not left or time == times:
            return [(case, *(sorted(map(str, one[case])) for one in seen)) for case in left]
        for (way, url), one in zip(urls, seen):
            for case, verdict in ask(way, url, left).items():
                one[case].add(verdict)


def order(case):
    return [int(part) for part in case.split(".")]


def start(stage, agent, options):
    """The ways through the proxy: `{name: url}`."""
    clear, tls = free_port(), free_port()
    needs_tls = options.tls
    secure = {}
    if needs_tls:
        certificate, key = Authority(pathlib.Path(stage.folder), "Bench CA").issue()
        secure = {"tls": {"enabled": True, "cert": str(certificate), "key": str(key), "listen": [f"127.0.0.1:{tls}"]}}
    document = {
        "http": {"listen": [f"127.0.0.1:{clear}"] + ([f"127.0.0.1:{tls}"] if needs_tls else []), **secure,
                 **({"http2": {"enabled": True, "cleartext": True}} if options.h2 else {})},
        "admin": {"listen": f"127.0.0.1:{free_port()}"},
        "agents": {"discovery": {"method": "static", "static": [{"id": "echo", "endpoint": f"http://127.0.0.1:{agent}"}]},
                   "healthCheck": {"enabled": False}},
        "routing": {"rules": [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "echo"}]},
        "logging": {"level": "warning", "accessLog": False}}
    stage.run_proxy(document, clear)
    ways = {"proxied": f"ws://127.0.0.1:{clear}"}
    if needs_tls:
        ways["proxied-tls"] = f"wss://127.0.0.1:{tls}"
    if options.h2:
        relay = free_port()
        stage.start("relay", [sys.executable, str(ROOT / "Benchmarks" / "websocket_relay.py"), str(relay), str(clear)], relay)
        ways["proxied-h2"] = f"ws://127.0.0.1:{relay}"
    return ways


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", help="of these alone, as the suite names them: 1.*,5.1")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--h2", action="store_true")
    parser.add_argument("--again", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    wstest = shutil.which(os.environ.get("WSTEST", "wstest"))
    if not wstest:
        sys.exit("wstest: not installed: install autobahntestsuite under Python 2.7, and set WSTEST to its wstest (see --help)")
    port = free_port()
    agent = multiprocessing.get_context("fork").Process(target=echo, args=(port,), daemon=True)
    agent.start()
    with Stage() as stage:
        wait_for(port, agent)
        folder, itself = pathlib.Path(stage.folder), ("direct", f"ws://127.0.0.1:{port}")
        cases = options.cases.split(",") if options.cases else ["*"]
        excluded = [] if options.all or options.cases else LONG
        direct = verdicts(wstest, folder, *itself, cases, excluded)
        found, wrong = {"direct": direct}, []
        for way in start(stage, port, options).items():
            found[way[0]] = verdicts(wstest, folder, *way, cases, excluded)
            ask = lambda name, url, some: verdicts(wstest, folder, name, url, some)
            wrong += [f"{way[0]} {case}: {' or '.join(theirs)}, directly {' or '.join(ours)}"
                      for case, ours, theirs in differing(ask, (itself, way), direct, found[way[0]], options.again)]
        agent.terminate()
        agent.join(5)
    if options.json:
        print(json.dumps({"verdicts": found, "wrong": wrong}))
    else:
        for way, rows in found.items():
            counts = {name: sum(row[0] == name for row in rows.values()) for name in sorted({row[0] for row in rows.values()})}
            print(f"{way:12} {len(rows)} cases: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
        failed = sorted((case for case, row in found["direct"].items() if row[0] == "FAILED"), key=order)
        print(f"failed by the agent itself: {', '.join(failed) or 'none'}")
        print("the same verdicts" if not wrong else "other verdicts:\n  " + "\n  ".join(wrong))
    sys.exit(bool(wrong) or not direct)


if __name__ == "__main__":
    main()
