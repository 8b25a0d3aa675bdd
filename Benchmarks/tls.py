#!/usr/bin/env python3
"""CPU of the proxy for each full handshake, each resumed handshake and each HTTPS request, beside nginx with the same
certificates and the same OpenSSL: one worker each, in turn, several rounds; the ratio is of the medians.

usage: tls.py [--rounds 5] [--handshakes 1500] [--requests 20000] [--large 300] [--kinds rsa,ecdsa] [--versions 1.2,1.3] [--json FILE]

CLAWPROXY names the program (.build/release/clawproxy without). Needs nginx and openssl. What clients and agents use is
not counted: only the CPU of the process under test, by /proc/PID/task/*/schedstat.
"""
import argparse, json, os, pathlib, shutil, socket, ssl, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = os.environ.get("CLAWPROXY", str(ROOT / ".build/release/clawproxy"))
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
CIPHERS = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"]
SUITE = "TLS_AES_128_GCM_SHA256"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_port(port, process):
    for _ in range(200):
        if process.poll() is not None:
            sys.exit(f"{process.args}: ended with {process.returncode}")
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{process.args}: nobody listens on {port}")


class Peer:
    """A program under test: its port, and the CPU that it has used."""

    def __init__(self, name, process, port):
        self.name, self.process, self.port = name, process, port
        wait_port(port, process)

    def _processes(self):
        own = self.process.pid
        children = pathlib.Path(f"/proc/{own}/task/{own}/children").read_text().split()
        return [own, *map(int, children)]

    def cpu(self):
        """Seconds."""
        total = 0
        for pid in self._processes():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def certificate(folder, kind):
    cert, key = folder / f"{kind}.pem", folder / f"{kind}.key"
    how = ["rsa:2048"] if kind == "rsa" else ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", *how, "-nodes", "-keyout", key, "-out", cert, "-days", "30",
                    "-subj", "/CN=bench.test"], check=True, capture_output=True)
    return cert, key


def nginx(folder, name, text):
    config = folder / f"{name}.conf"
    config.write_text(f"""daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.err crit; worker_processes 1;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {folder}/{name}.b; proxy_temp_path {folder}/{name}.p;
fastcgi_temp_path {folder}/{name}.f; uwsgi_temp_path {folder}/{name}.u; scgi_temp_path {folder}/{name}.s;
{text} }}""")
    return subprocess.Popen(["nginx", "-p", str(folder), "-c", str(config)], stderr=subprocess.DEVNULL)


def peers(folder, agent, kind, cert, key, stop):
    port = free_port()
    text = f"""upstream agent {{ server 127.0.0.1:{agent}; keepalive 128; keepalive_requests 100000000; }}
server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {cert}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;
ssl_ciphers {":".join(CIPHERS)}; ssl_conf_command Ciphersuites {SUITE}; ssl_prefer_server_ciphers on; ssl_ecdh_curve X25519;
location / {{ proxy_pass http://agent; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto https; }} }}"""
    found = [Peer("nginx", nginx(folder, f"nginx-{kind}", text), port)]
    stop.append(found[0])
    port = free_port()
    config = folder / f"clawproxy-{kind}.json"
    config.write_text(json.dumps({"gateway": {
        "http": {"listen": f"127.0.0.1:{port}", "tls": {"cert": str(cert), "key": str(key), "ciphers": [SUITE, *CIPHERS]}},
        "admin": {"listen": f"unix:{folder}/{kind}.sock"}, "performance": {"workerThreads": 1}, "logging": {"accessLog": False},
        "agents": {"healthCheck": {"enabled": False}, "connectionPool": {"maxIdleConns": 128, "maxIdleConnsPerHost": 128},
                   "discovery": {"static": [{"id": "a", "endpoint": f"http://127.0.0.1:{agent}"}]}}}}))
    own = subprocess.Popen([PROGRAM, "run", "--config-file", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           env={**os.environ, "HOME": str(folder), "OPENCLAW_GLOBAL_CONFIG": str(folder / "none.json")})
    found.append(Peer("clawproxy", own, port))
    stop.append(found[1])
    return found


def context(version):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.minimum_version = made.maximum_version = VERSIONS[version]
    return made


def connect(peer, client, session=None):
    plain = socket.create_connection(("127.0.0.1", peer.port), 10)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client.wrap_socket(plain, server_hostname="bench.test", session=session)


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: bench.test\r\n\r\n".encode()


def ask(wire, text):
    wire.sendall(text)
    data = wire.recv(65536)
    while b"\r\n\r\n" not in data:
        data += wire.recv(65536)
    head, body = data.split(b"\r\n\r\n", 1)
    if not head.startswith(b"HTTP/1.1 200"):
        sys.exit(f"expected 200, found {head[:200]!r}")
    length = int([line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")][0][15:])
    left = length - len(body)
    while left > 0:
        left -= len(wire.recv(min(left, 1 << 18))) or sys.exit("cut short")


def handshakes(peer, version, count, resumed):
    client = context(version)
    session = None
    if resumed:
        with connect(peer, client) as wire:
            ask(wire, request("/small"))
            session = wire.session
    begin = peer.cpu()
    for _ in range(count):
        with connect(peer, client, session) as wire:
            if wire.session_reused != resumed:
                sys.exit(f"{peer.name}: expected {'a resumed' if resumed else 'a full'} handshake of TLS {version}")
    time.sleep(0.1)
    return (peer.cpu() - begin) / count


def requests(peer, count, path, connections=16):
    client = context("1.3")
    wires = [connect(peer, client) for _ in range(connections)]
    text = request(path)
    for wire in wires:
        ask(wire, text)
    begin = peer.cpu()
    for at in range(count):
        ask(wires[at % connections], text)
    used = (peer.cpu() - begin) / count
    for wire in wires:
        wire.close()
    return used


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--handshakes", type=int, default=1500)
    parser.add_argument("--requests", type=int, default=20000)
    parser.add_argument("--large", type=int, default=300)
    parser.add_argument("--kinds", default="rsa,ecdsa")
    parser.add_argument("--versions", default="1.2,1.3")
    parser.add_argument("--json")
    options = parser.parse_args()
    for tool in ("nginx", "openssl"):
        shutil.which(tool) or sys.exit(f"{tool}: not found")
    rows, stop = [], []
    with tempfile.TemporaryDirectory(prefix="clawproxy-tls.") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        try:
            port = free_port()
            (folder / "www").mkdir()
            (folder / "www/small").write_bytes(b"x" * 1024)
            (folder / "www/large").write_bytes(b"x" * 262144)
            agent = nginx(folder, "agent", f"server {{ listen 127.0.0.1:{port} backlog=1024; root {folder}/www; }}")
            stop.append(Peer("agent", agent, port))
            for kind in options.kinds.split(","):
                both = peers(folder, port, kind, *certificate(folder, kind), stop)
                work = [(f"handshake, {kind}, TLS {version}, {how}", lambda peer, v=version, r=how == "resumed": handshakes(peer, v, options.handshakes, r))
                        for version in options.versions.split(",") for how in ("full", "resumed")]
                if kind == options.kinds.split(",")[0]:
                    work += [("request, 1 KB", lambda peer: requests(peer, options.requests, "/small")),
                             ("request, 256 KB", lambda peer: requests(peer, options.large, "/large"))]
                for what, measure in work:
                    taken = {peer.name: [] for peer in both}
                    for peer in both:
                        measure(peer)
                    for turn in range(options.rounds):
                        for peer in both if turn % 2 else both[::-1]:
                            taken[peer.name].append(measure(peer) * 1e6)
                    row = {"what": what, **{name: round(statistics.median(all), 1) for name, all in taken.items()}}
                    row["ratio"] = round(row["clawproxy"] / row["nginx"], 3)
                    rows.append(row)
                    print(f"{what:34} clawproxy {row['clawproxy']:8.1f} µs   nginx {row['nginx']:8.1f} µs   ratio {row['ratio']:.3f}", flush=True)
        finally:
            for peer in reversed(stop):
                peer.stop()
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
