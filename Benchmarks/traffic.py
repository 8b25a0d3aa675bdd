"""Load in a process of its own: paced requests over kept connections, open event streams, open WebSockets.

Every answer bears the number of the configuration that gave it (`X-Stamp`); what was sent when, and what came when with
which number, goes back to the measurement whole.
"""
import array, asyncio, base64, collections, multiprocessing, os, re, time

STAMP = re.compile(rb"\r\nx-stamp: *(\d+)\r\n", re.I)
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.I)
TIMEOUT = 15
REQUEST = b"GET /bytes/200 HTTP/1.1\r\nHost: bench\r\n\r\n"


class Tally:
    def __init__(self):
        self.starts, self.ends, self.stamps = array.array("d"), array.array("d"), array.array("q")
        self.failures, self.broken = collections.Counter(), collections.Counter()
        self.sent = self.events = self.echoes = 0
        self.open_streams = self.open_sockets = 0


class Requester(asyncio.Protocol):
    """Sends at its own even pace over one connection; a late answer delays what follows, and the pace catches up."""

    def __init__(self, port, pause, due, tally, over):
        self.port, self.pause, self.due, self.tally, self.over = port, pause, due, tally, over
        self.loop = asyncio.get_running_loop()
        self.transport, self.buffer, self.started, self.timer = None, b"", None, None
        self.plan()

    def plan(self):
        if not self.over.is_set():
            self.timer = self.loop.call_at(max(self.due, self.loop.time()), self.send)

    def send(self):
        self.due += self.pause
        self.started = time.monotonic()
        self.tally.sent += 1
        if self.transport is None:
            self.loop.create_task(self.connect())
        else:
            self.transport.write(REQUEST)

    async def connect(self):
        try:
            await self.loop.create_connection(lambda: self, "127.0.0.1", self.port)
        except OSError as error:
            self.fail(f"connection refused ({error.strerror})")

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""
        transport.write(REQUEST)

    def data_received(self, data):
        self.buffer += data
        head, mark, body = self.buffer.partition(b"\r\n\r\n")
        if not mark:
            return
        head += b"\r\n"
        length = LENGTH.search(head)
        if not length or len(body) < int(length[1]):
            return
        self.buffer = body[int(length[1]):]
        stamp = STAMP.search(head)
        if head[9:12] != b"200" or not stamp:
            return self.fail(f"status {head[9:12].decode()}")
        self.tally.starts.append(self.started)
        self.tally.ends.append(time.monotonic())
        self.tally.stamps.append(int(stamp[1]))
        self.started = None
        if b"\r\nconnection: close\r\n" in head.lower():
            self.transport.close()
            self.transport = None
        self.plan()

    def connection_lost(self, error):
        self.transport = None
        if self.started is not None:
            self.fail(f"connection broke ({type(error).__name__ if error else 'closed'})")

    def fail(self, why):
        self.tally.failures[why] += 1
        self.started = None
        self.plan()

    def finish(self):
        """At the end: what was never answered is a failure."""
        if self.timer:
            self.timer.cancel()
        if self.started is not None:
            self.tally.failures["no answer"] += 1
            self.started = None
        if self.transport:
            self.transport.close()


class Stream(asyncio.Protocol):
    """An event stream that must stay open until we close it."""

    def __init__(self, tally, interval):
        self.tally, self.interval, self.is_ours = tally, interval, False

    def connection_made(self, transport):
        self.transport = transport
        transport.write(f"GET /sse?events=10000000&interval={self.interval} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())

    def data_received(self, data):
        if data.startswith(b"HTTP/1.1 "):
            if not data.startswith(b"HTTP/1.1 200"):
                self.tally.broken[f"stream: {data[:12].decode()}"] += 1
            self.tally.open_streams += 1
        self.tally.events += data.count(b"data: ")

    def connection_lost(self, error):
        if not self.is_ours:
            self.tally.broken[f"stream ended ({type(error).__name__ if error else 'closed'})"] += 1

    def finish(self):
        self.is_ours = True
        self.transport.close()


class Socket(Stream):
    """A WebSocket whose messages come back, once a second."""

    def connection_made(self, transport):
        self.transport, self.awaited, self.timer = transport, 0, None
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write((f"GET /ws HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                         f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())

    def data_received(self, data):
        if data.startswith(b"HTTP/1.1 "):
            if not data.startswith(b"HTTP/1.1 101"):
                self.tally.broken[f"websocket: {data[:12].decode()}"] += 1
                return
            self.tally.open_sockets += 1
            self.ping()
        elif data.endswith(b"hello"):
            self.tally.echoes += 1
            self.awaited -= 1

    def ping(self):
        if self.awaited > TIMEOUT:
            self.tally.broken["websocket: no echo"] += 1
            return
        self.awaited += 1
        # a masked text frame with a key of zeros
        self.transport.write(b"\x81\x85\0\0\0\0hello")
        self.timer = asyncio.get_running_loop().call_later(1, self.ping)

    def finish(self):
        if self.timer:
            self.timer.cancel()
        super().finish()


async def run(port, options, ready, over):
    tally, loop = Tally(), asyncio.get_running_loop()
    streams = []
    for kind, count in ((Stream, options.streams), (Socket, options.websockets)):
        for _ in range(count):
            streams.append((await loop.create_connection(lambda: kind(tally, options.interval), "127.0.0.1", port))[1])
    pause = options.connections / options.rate
    begin = loop.time() + 0.2
    requesters = [Requester(port, pause, begin + pause * number / options.connections, tally, over) for number in range(options.connections)]
    while tally.open_streams < options.streams or tally.open_sockets < options.websockets:
        await asyncio.sleep(0.05)
        if tally.broken:
            break
    ready.set()
    while not over.is_set():
        await asyncio.sleep(0.05)
    deadline = loop.time() + TIMEOUT
    while any(requester.started is not None for requester in requesters) and loop.time() < deadline:
        await asyncio.sleep(0.01)
    for thing in requesters + streams:
        thing.finish()
    await asyncio.sleep(0.1)
    return tally


def _work(port, options, ready, over, pipe):
    tally = asyncio.run(run(port, options, ready, over))
    pipe.send(tally)
    pipe.close()


class Traffic:
    """Used with `with`; runs from `__enter__` until `stop`, which answers with the tally."""

    def __init__(self, port, options):
        context = multiprocessing.get_context("fork")
        self.ready, self.over = context.Event(), context.Event()
        self.pipe, other = context.Pipe(duplex=False)
        self.process = context.Process(target=_work, args=(port, options, self.ready, self.over, other), daemon=True)

    def __enter__(self):
        self.process.start()
        if not self.ready.wait(60):
            raise RuntimeError("the load did not come up within 60 s")
        return self

    def stop(self):
        self.over.set()
        if not self.pipe.poll(60):
            raise RuntimeError("the load did not end within 60 s")
        tally = self.pipe.recv()
        self.process.join(10)
        return tally

    def __exit__(self, *_):
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(10)
