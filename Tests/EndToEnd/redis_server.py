"""A real Redis of a test's own, on a port of its own, ended by its own process id."""
import os
import shutil
import signal
import socket
from pathlib import Path

from processes import SHARED, Program, can_connect, eventually, free_port

PROGRAM = shutil.which("redis-server", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/usr/local/bin")
TOXIC = SHARED / "faults" / "toxic.py"


class RedisServer:
    def __init__(self, folder, *options, starts=True, port=None):
        self.port = port or free_port()
        self.folder = Path(folder) / f"redis-{self.port}"
        self.folder.mkdir()
        self.options = options
        self.program = None
        self.lives = 0
        if starts:
            self.start()

    @property
    def endpoint(self):
        return f"redis://127.0.0.1:{self.port}"

    def start(self):
        self.lives += 1
        self.program = Program(
            [PROGRAM, "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", self.folder,
             "--enable-debug-command", "local", *self.options],
            self.folder / f"log-{self.lives}")
        eventually(lambda: can_connect(self.port), what="Redis")

    def ask(self, *command, password=None):
        """What Redis answers: text, a number, a list, None; an error is text too."""
        return self._exchange(([("AUTH", password)] if password else []) + [command])[-1]

    def together(self, *commands):
        """Several commands with nothing between them."""
        return self._exchange([("MULTI",), *commands, ("EXEC",)])[-1]

    def _exchange(self, commands):
        with socket.create_connection(("127.0.0.1", self.port), 10) as sock:
            for command in commands:
                words = [part for word in command for part in (f"${len(str(word).encode())}", str(word))]
                sock.sendall(("\r\n".join([f"*{len(command)}", *words]) + "\r\n").encode())
            file = sock.makefile("rb")
            return [self._reply(file) for _ in commands]

    def _reply(self, file):
        line = file.readline()[:-2].decode()
        kind, rest = line[:1], line[1:]
        if kind == "$":
            return None if rest == "-1" else file.read(int(rest) + 2)[:-2].decode("utf-8", "replace")
        if kind == "*":
            return None if rest == "-1" else [self._reply(file) for _ in range(int(rest))]
        return int(rest) if kind == ":" else rest

    def names(self):
        """Of entries, without lists, leases and counts."""
        return sorted(name for name in self.ask("KEYS", "clawproxy:1:agent:*"))

    def kill(self):
        if self.program:
            self.program.stop()

    def pause(self):
        self.program.signal(signal.SIGSTOP)

    def go(self):
        self.program.signal(signal.SIGCONT)

    def stop(self):
        if self.program and self.program.is_running:
            self.go()
        self.kill()


class Toxic(Program):
    """`toxic.py` between a proxy and a Redis."""

    def __init__(self, folder, redis, *faults, port=None):
        self.port = port or free_port()
        super().__init__(
            ["python3", TOXIC, f"127.0.0.1:{self.port}", f"127.0.0.1:{redis.port}", *faults],
            Path(folder) / f"toxic-{self.port}-{len(faults)}.log")
        eventually(lambda: can_connect(self.port), what="the fault proxy")

    @property
    def endpoint(self):
        return f"redis://127.0.0.1:{self.port}"
