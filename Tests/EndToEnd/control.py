"""The proxy under its operators' hands: a configuration kept as text, the admin listener's methods, the command line."""
import hashlib
import json
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from processes import CLAWPROXY, START_SECONDS, Proxy, can_connect, environment, eventually, free_port, merge
from raw import Client, Wire

REDACTED = "__OPENCLAW_REDACTED__"
BASE_MISSING = "config base hash required; re-run config.get and retry"
BASE_STALE = "config changed since last load; re-run config.get and retry"
FILE_BROKEN = "invalid config; fix before patching"


def sha256(data):
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()


class Caller(Client):
    """A client of any address of this machine."""

    def __init__(self, host, port, seconds=10):
        Wire.__init__(self, socket.create_connection((host, port), seconds), seconds)


class Refused(Exception):
    """A method that was answered with `ok: false`."""

    def __init__(self, status, error):
        super().__init__(f"{status} {error}")
        self.status, self.error = status, error
        self.code, self.message = error["code"], error["message"]
        self.issues, self.retry_after_ms = error.get("issues", []), error.get("retryAfterMs")


class Admin:
    """The admin listener: its methods by name, its paths. Every request goes over a connection of its own."""

    def __init__(self, port, token=None, host="127.0.0.1"):
        self.port, self.host, self._token = port, host, token

    @property
    def token(self):
        return self._token() if callable(self._token) else self._token

    def http(self, method, path, body=None, *fields, token=True, host="localhost", seconds=30):
        """One request; `token` is True for the right one, None for none, or what to send in its place."""
        data = b"" if body is None else body if isinstance(body, bytes) else body.encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close", *fields]
        if token:
            lines.append(f"Authorization: Bearer {self.token if token is True else token}")
        if body is not None:
            lines += [f"Content-Length: {len(data)}", "Content-Type: application/json"]
        with Caller(self.host, self.port, seconds) as client:
            client.send("\r\n".join(lines).encode() + b"\r\n\r\n" + data)
            return client.answer(to_head=method == "HEAD")

    def rpc(self, method, /, token=True, seconds=30, **params):
        """The payload of a method; `Refused` where it says no."""
        answer = self.http("POST", "/rpc", json.dumps({"id": 7, "method": method, "params": params}), token=token, seconds=seconds)
        said = json.loads(answer.body)
        if said.get("ok"):
            assert answer.status == 200 and said["id"] == 7, said
            return said["payload"]
        raise Refused(answer.status, said["error"])

    def refusal(self, method, /, **params):
        """How a method is refused; that it is taken is a failure."""
        with pytest.raises(Refused) as found:
            self.rpc(method, **params)
        return found.value

    def get(self, key=None):
        return self.rpc("config.get", **({"key": key} if key else {}))

    def value(self, key):
        return self.get(key)["config"]

    def hash(self):
        return self.get("debugHeaders")["hash"]

    @property
    def generation(self):
        return self.rpc("status")["generation"]

    def _write(self, method, params):
        if "baseHash" not in params and (base := self.hash()):
            params["baseHash"] = base
        return self.rpc(method, **params)

    def patch(self, change, **more):
        """Merges a change (an object, or JSON5 text) into the file that there is now."""
        return self._write("config.patch", {"raw": change if isinstance(change, str) else json.dumps(change), **more})

    def apply(self, text, **more):
        return self._write("config.apply", {"raw": text, **more})

    def set(self, key, value, **more):
        return self._write("config.set", {"key": key, "value": value, **more})

    def unset(self, key, **more):
        return self._write("config.unset", {"key": key, **more})

    def rollback(self, **more):
        return self._write("config.rollback", more)

    def history(self):
        return self.rpc("config.history")["versions"]

    def metrics(self):
        from test_observing import metrics

        return metrics(self.http("GET", "/metrics").body.decode())

    def metric(self, name, **labels):
        return self.metrics().get((name, tuple(labels.items())), 0)


class Edge(Proxy):
    """`clawproxy run` on a file of our own text, with a home folder of its own; may be stopped and started again.

    In a text `@PORT` and `@ADMIN` stand for its ports. Without one, the text is JSON of `gateway`.
    """

    def __init__(self, folder, gateway=None, text=None, name="gateway.json", flags=(), env=None, wrap=(), as_user_file=False,
                 admin_host="127.0.0.1", ports=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port, self.admin_port = ports or (free_port(), free_port())
        where = {"http": {"listen": f"127.0.0.1:{self.port}"}, "admin": {"listen": f"{admin_host}:{self.admin_port}", "writesPerMinute": 0}}
        self.config = merge(merge(self.DEFAULTS, where), gateway or {})
        if text is None:
            text = json.dumps({"gateway": self.config}, indent=2) + "\n"
        text = text.replace("@PORT", str(self.port)).replace("@ADMIN", str(self.admin_port))
        self.config_file = self.folder / (".openclaw/gateway.json" if as_user_file else name)
        self.config_file.parent.mkdir(parents=True, exist_ok=True)
        self.config_file.write_bytes(text.encode())
        self.names_file = [] if as_user_file else ["--config-file", str(self.config_file)]
        self.flags, self.env, self.wrap = list(flags), dict(env or {}), list(wrap)
        self.url, self.admin_url = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.admin_port}"
        self.admin = Admin(self.admin_port, lambda: self.token)
        self.start()

    @property
    def token(self):
        given = self.config["admin"].get("token")
        return given or (self.folder / ".openclaw/clawproxy.token").read_text().strip()

    def start(self, seconds=START_SECONDS):
        super(Proxy, self).__init__(
            [*self.wrap, CLAWPROXY, "run", *self.names_file, *self.flags], self.folder / f"proxy-{time.monotonic_ns()}.log",
            environment(self.folder, self.env))
        try:
            eventually(self._is_ready, seconds, what=f"readiness of {self.arguments}")
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}\n{self.log}") from None
        return self

    def _is_ready(self):
        if not self.is_running:
            raise AssertionError(f"ended with {self.process.returncode}")
        return can_connect(self.port) and can_connect(self.admin_port) and self.admin.http("GET", "/status").status == 200

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait(10)
        self.stop()

    def restart(self):
        self.kill()
        return self.start()

    # the file

    @property
    def text(self):
        return self.config_file.read_bytes().decode()

    def rewrite(self, text):
        """Another content by rename, as editors do it."""
        other = self.config_file.with_name("written-beside")
        other.write_bytes(text.encode())
        other.rename(self.config_file)

    def document(self):
        return json.loads(self.text)

    # the command line, and what was logged

    def cli(self, *words, given=None, env=None, seconds=30, names_file=True):
        """Runs `clawproxy WORDS` in the proxy's surroundings to its end."""
        words, files = list(map(str, words)), self.names_file if names_file else []
        end = words.index("--") if "--" in words else len(words)
        command = [str(CLAWPROXY), *words[:end], *files, *words[end:]]
        source = {"input": given} if given is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, env=environment(self.folder, {**self.env, **(env or {})}), **source)

    def told(self, *words, level=None):
        """Log lines that hold all of the words."""
        found = [json.loads(line) for line in self.log_lines if line.startswith("{")]
        return [line for line in found if all(word in json.dumps(line, ensure_ascii=False) for word in words) and level in (None, line["level"])]

    def ask(self, path="/", *fields, method="GET"):
        """One request to the public listener."""
        from raw import get

        with Client(self.port) as client:
            return client.ask(get(path, *fields, method=method))


def agents(*settings):
    """`agents.discovery.static` of ids, or of whole entries; an id alone is nobody."""
    entries = [entry if isinstance(entry, dict) else {"id": entry, "endpoint": "http://127.0.0.1:9"} for entry in settings]
    return {"agents": {"discovery": {"static": entries}}}


def rule(name, pattern=None, target="a", **more):
    """A prefix rule, or the default one where no pattern is given; `stamp` is set in every answer."""
    match = {"type": "prefix", "pattern": pattern} if pattern else {"type": "default"}
    return {"name": name, "match": match, "target": target, **more}


def stamped(text):
    """What a rule has to set so that its answers tell `X-Stamp: text`."""
    return {"headers": {"response": {"set": {"X-Stamp": text}}}}


@pytest.fixture
def start_edge(tmp_path, started):
    """`start_edge(gateway, text=, name=...)` starts a proxy that operators change."""

    def start(gateway=None, folder="edge", **options):
        edge = Edge(tmp_path / folder, gateway, **options)
        started.append(edge)
        return edge

    return start
