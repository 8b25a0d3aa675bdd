"""HTTP/1.1 by hand, for what no library would send or show: a client, and an agent that does as it is told."""
import socket
import threading
import time


class Closed(Exception):
    """The other side closed, or broke, the connection."""


class Wire:
    """A socket with a buffer in front of it."""

    def __init__(self, sock, seconds=10):
        self.sock = sock
        self.buffer = b""
        sock.settimeout(seconds)

    def send(self, data):
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def _more(self):
        try:
            data = self.sock.recv(65536)
        except ConnectionError as error:
            raise Closed(f"reset: {error}") from None
        if not data:
            raise Closed("end")
        self.buffer += data

    def until(self, mark):
        while mark not in self.buffer:
            self._more()
        found, self.buffer = self.buffer.split(mark, 1)
        return found + mark

    def exactly(self, count):
        while len(self.buffer) < count:
            self._more()
        found, self.buffer = self.buffer[:count], self.buffer[count:]
        return found

    def rest(self):
        """Everything up to the end of the connection, and whether that end was orderly."""
        try:
            while True:
                self._more()
        except Closed as error:
            found, self.buffer = self.buffer, b""
            return found, str(error) == "end"

    def wait_closed(self, seconds):
        """True when the other side has closed within `seconds`; what still comes is dropped."""
        self.sock.settimeout(0.05)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if not self.sock.recv(65536):
                    return True
            except socket.timeout:
                continue
            except ConnectionError:
                return True
        return False

    def close(self):
        self.sock.close()

    def reset(self):
        """Ends the connection with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Head:
    def __init__(self, data):
        lines = data[:-4].decode("latin-1").split("\r\n")
        self.start = lines[0]
        self.fields = [tuple(part.strip(" \t") for part in line.split(":", 1)) for line in lines[1:]]

    def all(self, name):
        return [value for known, value in self.fields if known.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        assert len(values) < 2, f"{name} stands there {len(values)} times: {self.fields}"
        return values[0] if values else None


class Answer(Head):
    def __init__(self, data):
        super().__init__(data)
        self.version, status, *reason = self.start.split(" ", 2)
        self.status = int(status)
        self.reason = reason[0] if reason else ""
        self.interim = []
        self.body = b""
        self.trailers = []
        self.is_cut = False


class Client(Wire):
    def __init__(self, port, seconds=10):
        super().__init__(socket.create_connection(("127.0.0.1", port), seconds), seconds)

    def head(self):
        """The next head, interim or not."""
        return Answer(self.until(b"\r\n\r\n"))

    def chunk(self):
        """The next chunk; empty for the last one."""
        size = int(self.until(b"\r\n").split(b";")[0], 16)
        if size == 0:
            return b""
        data = self.exactly(size)
        assert self.exactly(2) == b"\r\n"
        return data

    def answer(self, to_head=False):
        """The next answer, whole; `is_cut` where its end is missing."""
        interim = []
        answer = self.head()
        while answer.status < 200 and answer.status != 101:
            interim.append(answer)
            answer = self.head()
        answer.interim = interim
        if to_head or answer.status in (101, 204, 304):
            return answer
        self._body(answer)
        return answer

    def _body(self, answer):
        try:
            if answer.get("Transfer-Encoding") == "chunked":
                while data := self.chunk():
                    answer.body += data
                while (line := self.until(b"\r\n")) != b"\r\n":
                    answer.trailers.append(tuple(part.strip() for part in line.decode().split(":", 1)))
            elif answer.get("Content-Length") is not None:
                wanted = int(answer.get("Content-Length"))
                while len(self.buffer) < wanted:
                    self._more()
                answer.body = self.exactly(wanted)
            else:
                answer.body, orderly = self.rest()
                answer.is_cut = not orderly
        except Closed:
            answer.is_cut = True
            answer.body += self.buffer
            self.buffer = b""

    def ask(self, request):
        self.send(request)
        return self.answer(to_head=request[:5] in ("HEAD ", b"HEAD "))


def get(path="/", *fields, method="GET", version="1.1", host="proxy.test"):
    """The text of a request without a body."""
    lines = [f"{method} {path} HTTP/{version}"] + ([f"Host: {host}"] if host else []) + list(fields)
    return "\r\n".join(lines) + "\r\n\r\n"


def post(path, body, *fields, method="POST"):
    return get(path, f"Content-Length: {len(body)}", *fields, method=method) + body


def ok(body="ok", *fields):
    """The text of an answer with a length."""
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *fields]) + "\r\n\r\n" + body


class RawAgent:
    """An agent whose every connection is handed to `handler(wire)` in a thread of its own; it closes when that returns.

    `requests` are the heads that `Connection.request` has read, in order.
    """

    def __init__(self, handler, path=None):
        self.handler = handler
        self.requests = []
        self.errors = []
        self.accepted = 0
        self.closed = 0
        self.socket = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.socket.bind(str(path) if path else ("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = 0 if path else self.socket.getsockname()[1]
        self.endpoint = f"unix:{path}" if path else f"http://127.0.0.1:{self.port}"
        self.is_open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        wire = Connection(sock, self)
        try:
            self.handler(wire)
        except (Closed, OSError):
            pass
        except Exception as error:  # noqa: BLE001: shown by the fixture's end
            self.errors.append(error)
        finally:
            wire.close()
            self.closed += 1

    def settings(self, name="raw", **more):
        return {"id": name, "endpoint": self.endpoint, **more}

    def stop(self):
        if self.is_open:
            self.is_open = False
            self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()


class Connection(Wire):
    """A connection to a raw agent."""

    def __init__(self, sock, agent):
        super().__init__(sock, 15)
        self.agent = agent

    def request(self):
        """The next request: its head, with the body's bytes in `body` and its trailers."""
        head = self.head()
        self.read_body(head)
        return head

    def head(self):
        head = Head(self.until(b"\r\n\r\n"))
        head.body, head.trailers = b"", []
        head.method, head.target, _ = head.start.split(" ")
        self.agent.requests.append(head)
        return head

    def read_body(self, head):
        if head.get("Transfer-Encoding") == "chunked":
            while size := int(self.until(b"\r\n"), 16):
                head.body += self.exactly(size)
                assert self.exactly(2) == b"\r\n"
            while (line := self.until(b"\r\n")) != b"\r\n":
                head.trailers.append(tuple(part.strip() for part in line.decode().split(":", 1)))
        elif head.get("Content-Length"):
            head.body = self.exactly(int(head.get("Content-Length")))


def answering(text, close=False):
    """A handler that gives every request the same answer."""

    def handler(wire):
        while True:
            wire.request()
            wire.send(text)
            if close:
                return

    return handler
