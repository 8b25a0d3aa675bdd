"""The admin listener for measurements: one kept connection, methods by name."""
import http.client, json, socket, time


class Refused(Exception):
    """A method that was answered with `ok: false`."""

    def __init__(self, error):
        super().__init__(f"{error['code']}: {error['message']}")
        self.error, self.code, self.message = error, error["code"], error["message"]


class Broken(Exception):
    """The connection ended before the answer."""


class Desk:
    def __init__(self, port, token, seconds=60):
        self.port, self.token, self.seconds = port, token, seconds
        self.sock, self.buffer = None, b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.sock:
            self.sock.close()
        self.sock, self.buffer = None, b""

    def connect(self):
        if not self.sock:
            self.sock = socket.create_connection(("127.0.0.1", self.port), self.seconds)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def request(self, method, params):
        """The bytes of a question."""
        body = json.dumps({"id": 1, "method": method, "params": params}).encode()
        head = (f"POST /rpc HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
        return head.encode() + body

    def send(self, data):
        """Sends a question; its answer is read by `answer`."""
        try:
            self.connect()
            self.sock.sendall(data)
        except OSError as error:
            self.close()
            raise Broken(str(error)) from None

    def answer(self):
        """The payload of the next answer; raises `Refused` or `Broken`."""
        try:
            head = self._until(b"\r\n\r\n").lower()
            fields = dict(line.split(b":", 1) for line in head.split(b"\r\n")[1:-2])
            size = int(fields[b"content-length"])
            while len(self.buffer) < size:
                self._more()
        except OSError as error:
            self.close()
            raise Broken(str(error)) from None
        body, self.buffer = self.buffer[:size], self.buffer[size:]
        if fields.get(b"connection", b"").strip() == b"close":
            self.close()
        self.arrived = time.monotonic()
        said = json.loads(body)
        if not said.get("ok"):
            raise Refused(said["error"])
        return said["payload"]

    def _more(self):
        data = self.sock.recv(1 << 20)
        if not data:
            raise ConnectionError("closed before the answer")
        self.buffer += data

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        found, self.buffer = self.buffer.split(mark, 1)
        return found + mark

    def call(self, method, **params):
        self.send(self.request(method, params))
        return self.answer()

    def ready(self, seconds=20):
        """Waits until operators are served; answers with itself."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.call("status")
                return self
            except (Broken, Refused):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def stamp_in_force(port):
    """The number of the configuration that gave an answer; None where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/bytes/10", headers={"Host": "bench", "Connection": "close"})
        return int(connection.getresponse().getheader("X-Stamp"))
    except (OSError, http.client.HTTPException, TypeError):
        return None
    finally:
        connection.close()


def resident_bytes(process):
    """Resident memory that is the process's own: files that it maps are not in it."""
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def cpu_seconds(process):
    fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def rules(count, stamp):
    """So many rules before one that takes every request and stamps its answers."""
    filler = []
    for number in range(count - 1):
        kind = ("exact", "prefix", "regex", "prefix")[number % 4]
        pattern = f"^/filler/{number}/[a-z]+$" if kind == "regex" else f"/filler/{number}/things"
        filler.append({"name": f"filler-{number}", "match": {"type": kind, "pattern": pattern, "methods": ["GET", "POST"]},
                       "target": "tag:bench", "headers": {"response": {"set": {"X-Filler": str(number)}}}})
    return filler + [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "tag:bench", **stamped(stamp)}]


def stamped(stamp):
    return {"headers": {"response": {"set": {"X-Stamp": str(stamp)}}}}


def stamp_patch(stamp):
    """The patch after which answers bear another stamp."""
    return json.dumps({"routing": {"rules": [{"name": "all", **stamped(stamp)}]}})
