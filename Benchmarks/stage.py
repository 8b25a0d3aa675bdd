"""The stage of a measurement: demo agents and a proxy on free ports of loopback, stopped when it ends.

CLAWPROXY and DEMO_AGENT name other programs than the release builds.
"""
import json, os, pathlib, shutil, signal, socket, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS_TO_START = 20


def program(variable, name):
    path = pathlib.Path(os.environ.get(variable) or ROOT / ".build" / "release" / name)
    if not os.access(path, os.X_OK):
        sys.exit(f"{path}: not built: run 'swift build -c release --product {name}', or set {variable} to a program")
    return str(path)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Stage:
    """Used with `with`; whatever it started is stopped by its id, however the measurement ends."""

    def __enter__(self):
        self.clawproxy, self.demo_agent = program("CLAWPROXY", "clawproxy"), program("DEMO_AGENT", "demo-agent")
        self.folder = tempfile.mkdtemp(prefix="clawproxy-bench.")
        self.running = []
        # A `kill` of the measurement is an orderly end too.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(self, kind, error, trace):
        for process in reversed(self.running):
            self.stop(process, signal.SIGKILL)
        if kind not in (None, SystemExit, KeyboardInterrupt):
            for log in sorted(pathlib.Path(self.folder).glob("*.log")):
                sys.stderr.write(f"--- the end of {log.name}\n{log.read_text(errors='replace')[-2000:]}\n")
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, name, command, port):
        log = open(os.path.join(self.folder, name + ".log"), "ab")
        environment = dict(os.environ, HOME=self.folder, OPENCLAW_GLOBAL_CONFIG=os.path.join(self.folder, "none.json"))
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        log.close()
        self.running.append(process)
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 0.5).close()
                return process
            except OSError:
                if process.poll() is not None:
                    break
                time.sleep(0.02)
        raise RuntimeError(f"{name}: did not listen on port {port}")

    def stop(self, process, with_signal=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(with_signal)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self.running:
            self.running.remove(process)

    def agent(self, name, port, *flags):
        command = [self.demo_agent, "--listen", f"127.0.0.1:{port}", "--id", name, *flags]
        return self.start(name, command, port)

    def proxy(self, agents, gateway=None):
        """Starts the proxy before agents `{name: port}`, all of one pool; answers its port."""
        port, admin = free_port(), free_port()
        document = {
            "http": {"listen": f"127.0.0.1:{port}"},
            "admin": {"listen": f"127.0.0.1:{admin}"},
            "agents": {"discovery": {"method": "static", "static": [
                {"id": name, "endpoint": f"http://127.0.0.1:{at}", "tags": ["bench"]} for name, at in agents.items()]}},
            "loadBalancing": {"strategy": "round-robin"},
            "routing": {"rules": [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "tag:bench"}]},
            "logging": {"level": "warning", "accessLog": False},
            **(gateway or {}),
        }
        self.run_proxy(document, port)
        return port

    def run_proxy(self, document, port, *wrap):
        """Starts the proxy on the configuration `gateway: document`, ready when `port` is; `wrap` is a command before it."""
        path = os.path.join(self.folder, "gateway.json")
        with open(path, "w") as file:
            json.dump({"gateway": document}, file)
        return self.start("clawproxy", [*wrap, self.clawproxy, "run", "--config-file", path], port)


def percentile(values, share):
    """The smallest value that `share` of all do not exceed; `values` are sorted."""
    return values[min(len(values) - 1, int(len(values) * share))]
