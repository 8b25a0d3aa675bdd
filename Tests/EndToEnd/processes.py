"""The programs under test, started from built binaries, each on a port of its own."""
import json
import os
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("CLAWPROXY_SHARED", PACKAGE.parent / "shared"))
CLAWPROXY = Path(os.environ.get("CLAWPROXY", PACKAGE / ".build/debug/clawproxy"))
DEMO_AGENT = Path(os.environ.get("DEMO_AGENT", PACKAGE / ".build/debug/demo-agent"))
START_SECONDS = 20


def eventually(check, seconds=10, every=0.02, what="it"):
    """Waits until `check()` is true and returns what it returned; fails when `seconds` have passed."""
    end = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {seconds} s; last value: {value!r}")
        time.sleep(every)


GIVEN = set()


def free_port():
    """A port that nobody listens on, and that this run has not given to anybody before."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in GIVEN:
            GIVEN.add(port)
            return port


def merge(base, change):
    """RFC 7396, for configurations."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    merged = dict(base)
    for key, value in change.items():
        merged[key] = merge(merged.get(key), value)
    return merged


class Program:
    """A child process; only ever ended by its own handle."""

    def __init__(self, arguments, log, env=None):
        self.arguments = [str(argument) for argument in arguments]
        self.log_path = Path(log)
        self.log_file = open(self.log_path, "wb")
        self.process = subprocess.Popen(
            self.arguments, stdout=subprocess.PIPE, stderr=self.log_file, stdin=subprocess.DEVNULL, env=env)

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    @property
    def is_running(self):
        return self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds):
        return self.process.wait(seconds)

    def stop(self):
        if self.is_running:
            self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()
        self.log_file.close()


class DemoAgent(Program):
    def __init__(self, folder, name, *flags, port=0):
        self.id = name
        super().__init__(
            [DEMO_AGENT, "--listen", f"127.0.0.1:{port}", "--id", name, *flags], folder / f"{name}-{time.monotonic_ns()}.log")
        self.port = self._read_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def _read_port(self):
        end = time.monotonic() + START_SECONDS
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            piece = os.read(self.process.stdout.fileno(), 1) if ready else b""
            if not piece:
                self.stop()
                raise AssertionError(f"{self.arguments} named no port; it said: {line!r} {self.log}")
            line += piece
        return int(line.rsplit(b":", 1)[1])

    def _ask(self, method, path, body=None):
        import httpx

        return httpx.request(method, self.endpoint + path, json=body, timeout=10, trust_env=False).json()

    def stats(self):
        """What the agent has seen; asking is itself a connection and a request, taken out again here."""
        found = self._ask("GET", "/stats")
        self._asked = getattr(self, "_asked", 0) + 1
        found["accepted"] -= self._asked
        found["requests"] -= self._asked
        found["connections"] -= 1
        found["active"] -= 1
        return found

    def control(self, **changes):
        self._asked = getattr(self, "_asked", 0) + 1
        return self._ask("POST", "/control", changes)

    def settings(self, **more):
        return {"id": self.id, "endpoint": self.endpoint, **more}


def environment(folder, more=None):
    """Without the user's own configuration, and with a home folder that is empty."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("OPENCLAW_") and "proxy" not in key.lower()}
    kept.update({"HOME": str(folder), "OPENCLAW_GLOBAL_CONFIG": str(folder / "none.json"), **(more or {})})
    return kept


def run_command(folder, *arguments, env=None, seconds=30):
    """Runs `clawproxy ARGUMENTS` to its end."""
    return subprocess.run(
        [str(CLAWPROXY), *map(str, arguments)], capture_output=True, text=True, timeout=seconds,
        env=environment(folder, env), stdin=subprocess.DEVNULL)


class Proxy(Program):
    """`clawproxy run` with a configuration of its own; ready when both listeners take connections."""

    DEFAULTS = {
        "http": {"timeouts": {"shutdown": "5s"}},
        "agents": {"healthCheck": {"enabled": False}},
        "loadBalancing": {"strategy": "round-robin", "circuitBreaker": {"enabled": False}},
        "performance": {"workerThreads": 2},
    }

    def __init__(self, folder, gateway, flags=(), env=None, listen=None):
        self.folder = folder
        self.port, self.admin_port = free_port(), free_port()
        config = merge(self.DEFAULTS, {
            "http": {"listen": listen(self.port) if listen else f"127.0.0.1:{self.port}"},
            "admin": {"listen": f"127.0.0.1:{self.admin_port}"}})
        self.config = merge(config, gateway)
        stamp = time.monotonic_ns()
        self.config_file = folder / f"proxy-{stamp}.json"
        self.config_file.write_text(json.dumps({"gateway": self.config}))
        super().__init__(
            [CLAWPROXY, "run", "--config-file", self.config_file, *flags], folder / f"proxy-{stamp}.log",
            environment(folder, env))
        self.url = f"http://127.0.0.1:{self.port}"
        self.admin_url = f"http://127.0.0.1:{self.admin_port}"
        try:
            eventually(self._is_ready, START_SECONDS, what=f"readiness of {self.arguments}")
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}\n{self.log}") from None

    def _is_ready(self):
        if not self.is_running:
            raise AssertionError(f"ended with {self.process.returncode}")
        addresses = self.config["http"]["listen"]
        wanted = len(addresses) if isinstance(addresses, list) else 1
        # where lines go elsewhere, only the first listener can be waited for
        tells = "outputs" not in self.config.get("logging", {})
        return can_connect(self.port) and (not tells or self.log.count('"listening"') >= wanted)

    @property
    def log_lines(self):
        """Those that are whole: the last one may just be written."""
        return self.log.rpartition("\n")[0].splitlines()

    def access_lines(self):
        """Access lines so far, parsed; a line that is no JSON fails here."""
        lines = [json.loads(line) for line in self.log_lines if line.startswith("{")]
        return [line for line in lines if line.get("message") == "request"]

    def resident_bytes(self):
        fields = Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGESIZE")

    def terminate(self):
        self.signal(signal.SIGTERM)


def can_connect(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False
