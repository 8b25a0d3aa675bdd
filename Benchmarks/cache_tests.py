#!/usr/bin/env python3
"""Runs the public suite behind cache-tests.fyi through the proxy with one memory layer, and counts as the suite counts.

usage: cache_tests.py --suite DIR [--peer nginx|haproxy] [--id TEST] [--out FILE] [--least 145,80]
DIR is a checkout of github.com/http-tests/cache-tests. Node runs it; its one import from npm, undici, is taken from DIR's
node_modules where it is installed, else `cache_tests_undici.mjs` stands in. --peer measures another cache that is installed
here, to see that the counting is right. --id runs one test and shows what went to and fro. --out keeps the results as the
suite writes them, --was FILE compares with such a file.
"""
import argparse, collections, json, os, pathlib, shutil, subprocess, sys
from stage import Stage, free_port

HERE = pathlib.Path(__file__).resolve().parent
# a run takes about two minutes
SECONDS = 900

# The suite's server listens on every address; a measurement listens on loopback.
LOOPBACK = """
import net from 'node:net'
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port) { return listen.call(this, port, '127.0.0.1') }
"""

# Result, kind and reason of each test, by the suite's own judgement of a result.
JUDGE = """
import fs from 'node:fs'
import tests from './tests/index.mjs'
import { determineTestResult, resultTypes } from './test-engine/lib/results.mjs'
const results = JSON.parse(fs.readFileSync(process.argv[2]))
const rows = []
for (const suite of tests) {
  for (const test of suite.tests) {
    if (test.browser_only) continue
    const type = determineTestResult(tests, test.id, results)
    rows.push({
      id: test.id,
      suite: suite.id,
      name: test.name,
      kind: test.kind || 'required',
      result: Object.keys(resultTypes).find(name => resultTypes[name] === type),
      reason: Array.isArray(results[test.id]) ? results[test.id].join(': ') : '',
      depends: test.depends_on || []
    })
  }
}
console.log(JSON.stringify(rows))
"""

# As the suite's own folder `docker` sets these peers up; nginx without its package's folders.
NGINX = """worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/temp; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/kept levels=1:2 keys_zone=kept:8m max_size=1000m inactive=600m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{origin}; proxy_cache kept; proxy_cache_revalidate on; proxy_http_version 1.1;
    }}
  }}
}}
"""
HAPROXY = """defaults
  mode http
  timeout connect 5s
  timeout client 1m
  timeout server 1m
cache kept
  total-max-size 4
  max-object-size 10000
  max-age 240
  process-vary on
  max-secondary-entries 12
frontend front
  bind 127.0.0.1:{port}
  filter cache kept
  http-request cache-use kept
  http-response cache-store kept
  default_backend back
backend back
  server origin 127.0.0.1:{origin}
"""


def peer(stage, name, origin):
    """Starts another cache before the origin; answers its port."""
    port = free_port()
    os.chmod(stage.folder, 0o755)
    path = pathlib.Path(stage.folder, name + ".conf")
    text = NGINX if name == "nginx" else HAPROXY
    path.write_text(text.format(folder=stage.folder, port=port, origin=origin))
    program = shutil.which(name) or sys.exit(f"{name}: not installed: apt-get install {name}")
    stage.start(name, [program, "-c" if name == "nginx" else "-f", str(path)], port)
    return port


def clawproxy(stage, origin):
    """The proxy with one memory layer. The origin's errors are on purpose, so nothing sets it aside for them."""
    return stage.proxy({}, {
        "agents": {"discovery": {"static": [{"id": "origin", "endpoint": f"http://127.0.0.1:{origin}", "tags": ["bench"]}]},
                   "healthCheck": {"enabled": False}},
        "cache": {"layers": [{"name": "memory", "type": "memory"}]},
        "loadBalancing": {"strategy": "round-robin", "circuitBreaker": {"enabled": False}},
    })


class Suite:
    """A copy of the suite in the stage's folder: what is missing is put beside it there."""

    def __init__(self, stage, source):
        if not (source / "test-engine" / "cli.mjs").is_file():
            sys.exit(f"{source}: not the suite: expected a checkout of github.com/http-tests/cache-tests")
        self.node = shutil.which("node") or sys.exit("node: not installed: apt-get install nodejs")
        self.stage, self.folder = stage, pathlib.Path(stage.folder, "suite")
        shutil.copytree(source, self.folder, ignore=shutil.ignore_patterns(".git", "results", "docker"))
        undici = self.folder / "node_modules" / "undici"
        self.has_undici = undici.is_dir()
        if not self.has_undici:
            undici.mkdir(parents=True)
            shutil.copy(HERE / "cache_tests_undici.mjs", undici / "index.mjs")
            (undici / "package.json").write_text(json.dumps({"name": "undici", "version": "0.0.0", "exports": "./index.mjs"}))
        (self.folder / "loopback.mjs").write_text(LOOPBACK)
        (self.folder / "judge.mjs").write_text(JUDGE)

    def serve(self):
        """Starts the origin; answers its port."""
        port = free_port()
        pid = os.path.join(self.stage.folder, "origin.pid")
        server = str(self.folder / "test-engine" / "server" / "server.mjs")
        self.stage.start("origin", [
            "env", "npm_config_protocol=http", f"npm_config_port={port}", f"npm_config_pidfile={pid}",
            self.node, "--import", str(self.folder / "loopback.mjs"), server], port)
        return port

    def run(self, port, test=""):
        """What the suite's client prints: all results as JSON, or the course of one test."""
        done = subprocess.run(
            [self.node, "--no-warnings", "test-engine/cli.mjs"], cwd=self.folder, stdout=subprocess.PIPE, text=True,
            timeout=SECONDS, check=True,
            env=dict(os.environ, npm_config_base=f"http://127.0.0.1:{port}", npm_config_id=test, npm_package_config_id=""))
        return done.stdout

    def judge(self, results):
        path = pathlib.Path(self.stage.folder, "results.json")
        path.write_text(results)
        done = subprocess.run(
            [self.node, "judge.mjs", str(path)], cwd=self.folder, stdout=subprocess.PIPE, text=True, check=True)
        return json.loads(done.stdout)


def told(rows, before):
    """Prints every test that counts and did not pass, and those whose result is another than before."""
    was = {row["id"]: row["result"] for row in before}
    for kind in ("required", "optimal"):
        for row in rows:
            if row["kind"] == kind and row["result"] != "pass":
                reason = row["reason"] if row["result"] != "dependency_fail" else "depends on " + ", ".join(row["depends"])
                print(f"{kind:8}  {row['result']:15}  {row['id']}: {reason}")
    for row in rows:
        if row["id"] in was and was[row["id"]] != row["result"]:
            print(f"changed   {was[row['id']]} -> {row['result']}: {row['id']}: {row['reason']}")


def counts(rows):
    """`{kind: (passed, all)}`."""
    every = collections.Counter(row["kind"] for row in rows)
    passed = collections.Counter(row["kind"] for row in rows if row["result"] in ("pass", "yes"))
    return {kind: (passed[kind], every[kind]) for kind in ("required", "optimal", "check")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", type=pathlib.Path, required=True)
    parser.add_argument("--peer", choices=["nginx", "haproxy"])
    parser.add_argument("--id", default="")
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--was", type=pathlib.Path)
    parser.add_argument("--least", default="145,80", help="fail below so many required and optimal tests")
    options = parser.parse_args()
    with Stage() as stage:
        suite = Suite(stage, options.suite.resolve())
        origin = suite.serve()
        port = peer(stage, options.peer, origin) if options.peer else clawproxy(stage, origin)
        results = suite.run(port, options.id)
        if options.id:
            print(results + pathlib.Path(stage.folder, "origin.log").read_text())
            return
        if options.out:
            options.out.write_text(results)
        rows = suite.judge(results)
        told(rows, suite.judge(options.was.read_text()) if options.was else [])
    found = counts(rows)
    print("undici: " + ("the package" if suite.has_undici else "our stand-in, for four interim tests"))
    print("   ".join(f"{kind} {passed}/{every}" for kind, (passed, every) in found.items()))
    required, optimal = map(int, options.least.split(","))
    if not options.peer and (found["required"][0] < required or found["optimal"][0] < optimal):
        sys.exit(f"too few: at least {required} required and {optimal} optimal tests are asked for")


if __name__ == "__main__":
    main()
