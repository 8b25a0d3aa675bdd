"""The clients of mixed.py: each asks for something whole again and again, and says what was wrong with what came.

A client's `once` is one exchange, from its first byte to its last: an answer, a stream of events, a WebSocket's life, a call.
"""
import asyncio, contextlib, itertools, json, random, time, zlib

from steady import trusting

TIMEOUT = 20
LIMITED = (502, 503, 504)


class Wrong(Exception):
    """What came was not what was asked for. `is_honest`: the failure was told as what it is; `agent`: whose it was, if known."""

    def __init__(self, text, is_honest=False, agent=""):
        super().__init__(text)
        self.text, self.is_honest, self.agent = text, is_honest, agent


class Client:
    """`is_repeatable`: a proxy may ask again, so that its client sees no failure at all."""

    is_repeatable = True

    def __init__(self, port, ca):
        self.port, self.context = port, trusting(ca, *self.protocols) if ca else None
        self.agent = ""

    protocols = ("http/1.1",)

    async def open(self):
        return await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.context, server_hostname="localhost" if self.context else None)

    def close(self):
        pass


class HTTP1(Client):
    """Over one connection, which is kept."""

    def __init__(self, *where):
        super().__init__(*where)
        self.reader = self.writer = None

    def close(self):
        if self.writer:
            self.writer.transport.abort()
        self.reader = self.writer = None

    async def send(self, data):
        if self.writer is None:
            self.reader, self.writer = await self.open()
        self.writer.write(data)

    async def head(self):
        data = await self.reader.readuntil(b"\r\n\r\n")
        lines = data.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:-2])}
        self.agent = fields.get("x-agent", "")
        return int(lines[0][9:12]), fields

    async def answer(self):
        """A whole answer with a length."""
        status, fields = await self.head()
        body = await self.reader.readexactly(int(fields["content-length"]))
        if fields.get("connection") == "close":
            self.writer.close()
            self.reader = self.writer = None
        if status != 200:
            raise Wrong(f"status {status} {body[:120].decode('latin-1').strip()}", status in LIMITED)
        return fields, body


class Get(HTTP1):
    """JSON, and answers that caches keep."""

    async def once(self):
        if random.random() < 0.5:
            await self.send(b"GET /echo HTTP/1.1\r\nHost: bench\r\n\r\n")
            if json.loads((await self.answer())[1])["method"] != "GET":
                raise Wrong("somebody else's answer")
        else:
            size = random.randrange(100, 400)
            await self.send(f"GET /bytes/{size} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
            if len((await self.answer())[1]) != size:
                raise Wrong("an answer of another length")


class Post(HTTP1):
    """What may not be repeated once an agent has it."""

    is_repeatable = False

    async def once(self):
        body = random.randbytes(random.randrange(10, 4000)).hex().encode()
        await self.send(b"POST /echo HTTP/1.1\r\nHost: bench\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        said = json.loads((await self.answer())[1])
        if said["bodyLength"] != len(body) or said["adler32"] != zlib.adler32(body):
            raise Wrong("another body arrived")


class Events(HTTP1):
    """Streams of five seconds, of which no event may be missing. One that ends with its agent is cut, and says so by having no end."""

    is_repeatable = False

    async def once(self):
        await self.send(b"GET /sse?events=50&interval=100 HTTP/1.1\r\nHost: bench\r\n\r\n")
        status, fields = await self.head()
        if status != 200 or fields.get("content-type") != "text/event-stream":
            # of a GET nothing was answered yet, so it may be repeated
            raise Wrong(f"status {status} for a stream")
        text, agent = b"", self.agent
        try:
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                text += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readexactly(2)
        except (OSError, EOFError) as error:
            raise Wrong(f"a stream was cut ({type(error).__name__})", True, agent) from None
        numbers = [json.loads(event[6:])["n"] for event in text.decode().split("\n\n") if event.startswith("data: ")]
        if numbers != list(range(50)):
            raise Wrong(f"{len(numbers)} events of 50, and an orderly end")


class WebSocket(Client):
    """Five seconds of echoes of all sizes, and a clean close, by the library `websockets`."""

    is_repeatable = False

    async def once(self):
        import websockets
        from websockets.asyncio.client import connect

        try:
            scheme = "wss" if self.context else "ws"
            async with connect(f"{scheme}://localhost:{self.port}/ws", host="127.0.0.1", ssl=self.context, open_timeout=TIMEOUT, compression=None,
                               proxy=None) as socket:
                agent = self.agent = socket.response.headers.get("X-Agent", "")
                if "connect.challenge" not in await socket.recv():
                    raise Wrong("no challenge came first")
                for _ in range(5):
                    message = random.randbytes(random.choice((1, 125, 126, 5000, 70000)))
                    await socket.send(message)
                    if await socket.recv() != message:
                        raise Wrong("another message came back")
                    # a second's rest, or until it is cut: then the next message says so
                    with contextlib.suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(socket.wait_closed(), 1)
        except websockets.ConnectionClosed as error:
            raise Wrong(f"a WebSocket was cut ({error.rcvd.code if error.rcvd else 'no close frame'})", True, agent) from None
        except websockets.InvalidStatus as error:
            raise Wrong(f"status {error.response.status_code} for an upgrade", error.response.status_code in LIMITED) from None
        except websockets.InvalidHandshake as error:
            raise Wrong(f"no upgrade: {error}") from None


class H2Connection(asyncio.Protocol):
    """One connection by the library `h2`, which watches over the rules of the protocol for us."""

    def __init__(self):
        import h2.config
        import h2.connection

        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.waiting, self.is_open, self.may_send = {}, False, asyncio.Event()

    def connection_made(self, transport):
        self.transport, self.is_open = transport, True
        self.h2.initiate_connection()
        self.flush()

    def flush(self):
        if data := self.h2.data_to_send():
            self.transport.write(data)

    def data_received(self, data):
        import h2.events as events
        import h2.exceptions

        try:
            found = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            return self.fail(Wrong(f"the proxy broke HTTP/2: {error}"))
        for event in found:
            stream = getattr(event, "stream_id", None)
            one = self.waiting.get(stream)
            if isinstance(event, events.DataReceived):
                self.h2.acknowledge_received_data(event.flow_controlled_length, stream)
                if one:
                    one["body"] += event.data
            elif isinstance(event, events.ResponseReceived) and one:
                one["head"] = dict(event.headers)
            elif isinstance(event, events.StreamEnded) and one:
                self.finish(stream, None)
            elif isinstance(event, events.StreamReset) and one:
                self.finish(stream, Wrong(f"stream reset with code {event.error_code}"))
            elif isinstance(event, events.ConnectionTerminated):
                self.is_open = False
                left = [number for number in self.waiting if event.error_code or number > (event.last_stream_id or 0)]
                for number in left:
                    self.finish(number, Wrong(f"GOAWAY of code {event.error_code}"))
            elif isinstance(event, (events.WindowUpdated, events.RemoteSettingsChanged)):
                self.may_send.set()
        self.flush()

    def finish(self, stream, error):
        one = self.waiting.pop(stream)
        if not one["over"].done():
            one["over"].set_exception(error) if error else one["over"].set_result(one)

    def fail(self, error):
        self.is_open = False
        for stream in list(self.waiting):
            self.finish(stream, error)
        self.transport.abort()

    def connection_lost(self, error):
        self.fail(Wrong(f"connection broke ({type(error).__name__ if error else 'closed'})"))

    async def ask(self, method, path, is_secure, body=b""):
        stream = self.h2.get_next_available_stream_id()
        one = self.waiting[stream] = {"over": asyncio.get_running_loop().create_future(), "head": {}, "body": b""}
        head = [(":method", method), (":scheme", "https" if is_secure else "http"), (":authority", "bench"), (":path", path)]
        self.h2.send_headers(stream, head + ([("content-length", str(len(body)))] if body else []), end_stream=not body)
        while body and stream in self.waiting:
            room = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size)
            if room <= 0:
                self.may_send.clear()
                self.flush()
                await self.may_send.wait()
                continue
            piece, body = body[:room], body[room:]
            self.h2.send_data(stream, piece, end_stream=not body)
        self.flush()
        try:
            return await one["over"]
        finally:
            self.waiting.pop(stream, None)


class HTTP2(Client):
    """Requests of all clients of a kind share one connection, each a stream of it."""

    protocols = ("h2",)
    shared = {}

    async def connection(self):
        place = self.shared.setdefault(self.port, {"lock": asyncio.Lock(), "now": None})
        async with place["lock"]:
            if place["now"] is None or not place["now"].is_open:
                _, place["now"] = await asyncio.get_running_loop().create_connection(
                    H2Connection, "127.0.0.1", self.port, ssl=self.context, server_hostname="localhost" if self.context else None)
            return place["now"]

    async def ask(self, method, path, body=b""):
        found = await (await self.connection()).ask(method, path, self.context is not None, body)
        status = int(found["head"].get(":status", 0))
        if status != 200:
            raise Wrong(f"status {status} {found['body'][:120].decode('latin-1').strip()}", status in LIMITED)
        return found["body"]


class Get2(HTTP2):
    async def once(self):
        size = random.randrange(100, 400)
        if len(await self.ask("GET", f"/bytes/{size}")) != size:
            raise Wrong("an answer of another length")


class Post2(HTTP2):
    is_repeatable = False

    async def once(self):
        body = random.randbytes(random.choice((10, 1000, 100_000)))
        said = json.loads(await self.ask("POST", "/echo", body))
        if said["bodyLength"] != len(body) or said["adler32"] != zlib.adler32(body):
            raise Wrong("another body arrived")


class GRPC(Client):
    """Calls of all four forms in turn, by grpcio."""

    is_repeatable = False
    protocols = ("h2",)

    def __init__(self, port, ca):
        import grpc

        self.grpc, self.agent = grpc, ""
        if ca:
            with open(ca, "rb") as file:
                credentials = grpc.ssl_channel_credentials(file.read())
            self.channel = grpc.aio.secure_channel(f"localhost:{port}", credentials, self.options)
        else:
            self.channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", self.options)
        self.turns = itertools.cycle((self.unary, self.count, self.total, self.chat))

    # no proxy of the surroundings; a connection of its own for each client; a new one soon
    options = [("grpc.enable_http_proxy", 0), ("grpc.use_local_subchannel_pool", 1), ("grpc.max_reconnect_backoff_ms", 500)]

    async def once(self):
        try:
            await next(self.turns)()
        except self.grpc.aio.AioRpcError as error:
            code = error.code()
            # what grpcio says itself where a message of its own meets the end of the call, whatever the status was
            is_its_own = code is self.grpc.StatusCode.INTERNAL and error.details() == "Internal error from Core"
            raise Wrong(f"{code.name} {error.details()}", is_its_own or code is self.grpc.StatusCode.UNAVAILABLE) from None

    async def unary(self):
        message = random.randbytes(random.choice((0, 10, 1000, 50_000)))
        if await self.channel.unary_unary("/bench.Echo/Unary")(message, timeout=TIMEOUT) != message:
            raise Wrong("another message came back")

    async def count(self):
        found = [int(message) async for message in self.channel.unary_stream("/bench.Echo/Count")(b"20", timeout=TIMEOUT)]
        if found != list(range(20)):
            raise Wrong(f"{len(found)} messages of 20")

    async def total(self):
        said = await self.channel.stream_unary("/bench.Echo/Sum")((str(number).encode() for number in range(20)), timeout=TIMEOUT)
        if said != b"190":
            raise Wrong("another sum")

    async def chat(self):
        sent = [random.randbytes(100) for _ in range(10)]
        found = [message async for message in self.channel.stream_stream("/bench.Echo/Chat")(iter(sent), timeout=TIMEOUT)]
        if found != sent:
            raise Wrong(f"{len(found)} messages of 10")


# What there is: by whom, how many at once, exchanges a second of all of them together (0: one after the other).
KINDS = {
    "http1": (Get, 16, 80), "http1-post": (Post, 8, 20), "sse": (Events, 10, 0), "websocket": (WebSocket, 10, 0),
    "http2": (Get2, 8, 30), "http2-post": (Post2, 4, 10), "grpc": (GRPC, 4, 15)}
# What a kind needs beside the listener.
NEEDS = {"http2": {"h2"}, "http2-post": {"h2"}, "grpc": {"h2", "grpc"}}


class Results:
    """Of one kind: times of what was well, and all that was not."""

    def __init__(self, kind, is_repeatable):
        self.kind, self.is_repeatable = kind, is_repeatable
        self.seconds, self.failures = [], []


async def pace(client, results, pause, due, end):
    while (now := time.monotonic()) < end:
        if pause:
            await asyncio.sleep(max(0, due - now))
            due += pause
        begin = time.monotonic()
        try:
            await asyncio.wait_for(client.once(), TIMEOUT)
            results.seconds.append(time.monotonic() - begin)
            continue
        except Wrong as wrong:
            failure = (wrong.text, wrong.is_honest, wrong.agent)
        except asyncio.TimeoutError:
            failure = (f"no end within {TIMEOUT} s", False, client.agent)
        except (OSError, EOFError, ValueError, KeyError) as error:
            failure = (f"connection broke ({type(error).__name__}: {error})", False, client.agent)
        results.failures.append((begin, time.monotonic(), *failure))
        client.close()
        await asyncio.sleep(0.05)


async def run(kinds, clear, tls, ca, end):
    """All clients of these kinds, in cleartext and, where there is a port for it, over TLS."""
    found, tasks = [], []
    ways = [("", clear, None)] + ([("-tls", tls, ca)] if tls else [])
    for kind in kinds:
        make, count, rate = KINDS[kind]
        for suffix, port, authority in ways:
            results = Results(kind + suffix, make.is_repeatable)
            found.append(results)
            pause, begin = count / rate if rate else 0, time.monotonic() + 0.2
            for number in range(count):
                # what has no pace of its own begins spread over five seconds
                start = begin + (pause or 5) * number / count
                tasks.append(asyncio.create_task(late(make, port, authority, results, pause, start, end)))
    await asyncio.gather(*tasks)
    return found


async def late(make, port, ca, results, pause, start, end):
    await asyncio.sleep(max(0, start - time.monotonic()))
    await pace(make(port, ca), results, pause, start, end)


def work(kinds, clear, tls, ca, end, pipe):
    """The body of a process."""
    try:
        found = asyncio.run(run(kinds, clear, tls, ca, end))
        pipe.send([(one.kind, one.is_repeatable, one.seconds, one.failures) for one in found])
    except Exception as error:  # noqa: BLE001: told by the measurement
        pipe.send(f"{type(error).__name__}: {error}")
    pipe.close()
