"""Paced load in a process of its own that costs little: over HTTP/1.1 and HTTP/2, in cleartext and over TLS.

Each connection sends at its own even pace, one request at a time, from bytes made beforehand. Where an answer is late, the
time of the next request counts from the moment it was due, so that a proxy that stands still hides nothing; where only the
load's own process woke late, from the moment it was sent.
"""
import asyncio, collections, multiprocessing, os, re, ssl, time

import frames

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.I)
TIMEOUT = 15
# Seconds before a connection that broke is made again.
PAUSE = 0.05

# What a part of the load is: over what, to which port, so many requests a second on so many connections.
Part = collections.namedtuple("Part", "kind port rate connections")
# One answer: of which part, from when to when (CLOCK_MONOTONIC), what was wrong.
Row = collections.namedtuple("Row", "kind begin end failure")
# `kind`: whether it is HTTP/2, and whether over TLS
KINDS = {"http1": (False, False), "tls": (False, True), "h2c": (True, False), "h2": (True, True)}


def trusting(ca, *protocols):
    """A client's context that trusts this authority alone; `ca` none: anybody."""
    context = ssl.create_default_context(cafile=ca) if ca else ssl._create_unverified_context()
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


class Line(asyncio.Protocol):
    """One connection and its pace; what is sent and how an answer is read is the protocol's."""

    def __init__(self, part, number, context, begin, report, is_over):
        self.part, self.context, self.report, self.is_over = part, context, report, is_over
        self.is_secure = KINDS[part.kind][1]
        self.loop = asyncio.get_running_loop()
        self.pause = part.connections / part.rate
        self.due = begin + self.pause * number / part.connections
        self.transport, self.started, self.timer, self.late = None, None, None, None
        self.plan()

    def plan(self):
        if not self.is_over():
            self.timer = self.loop.call_at(max(self.due, self.loop.time()), self.send)

    def send(self):
        # loop.time() is CLOCK_MONOTONIC, as time.monotonic() is
        now = time.monotonic()
        is_behind = self.loop.time() - self.due > self.pause
        self.started = self.due if is_behind else now
        self.due += self.pause
        self.late = self.loop.call_later(TIMEOUT, self.gave_up)
        if self.transport is None:
            self.loop.create_task(self.connect())
        else:
            self.ask()

    async def connect(self):
        try:
            await self.loop.create_connection(
                lambda: self, "127.0.0.1", self.part.port, ssl=self.context if self.is_secure else None,
                server_hostname="localhost" if self.is_secure else None)
        except (OSError, asyncio.TimeoutError) as error:
            self.fail(f"no connection ({getattr(error, 'strerror', None) or type(error).__name__})")

    def connection_made(self, transport):
        self.transport = transport
        self.opened()
        if self.started is not None:
            self.ask()

    def connection_lost(self, error):
        # the end of one that was left is none of the one that took its place
        if self.transport is not None and self.transport.is_closing():
            self.transport = None
            if self.started is not None:
                self.fail(f"connection broke ({type(error).__name__ if error else 'closed'})")

    def gave_up(self):
        self.leave()
        self.fail(f"no answer within {TIMEOUT} s")

    def leave(self):
        """This connection is used no more."""
        transport, self.transport = self.transport, None
        if transport:
            transport.abort() if self.started is not None else transport.close()

    def done(self, failure=None):
        if self.started is None:
            return
        self.late.cancel()
        self.report(Row(self.part.kind, self.started, time.monotonic(), failure))
        self.started = None
        self.plan()

    def fail(self, why):
        self.due = max(self.due, self.loop.time() + PAUSE)
        self.done(why)

    def finish(self):
        if self.timer:
            self.timer.cancel()
        if self.started is not None:
            self.due = float("inf")
            self.late.cancel()
            self.report(Row(self.part.kind, self.started, time.monotonic(), "no answer at the end"))
            self.started = None
        if self.transport:
            self.transport.abort()
            self.transport = None


class HTTP1Line(Line):
    def opened(self):
        self.buffer = b""

    def ask(self):
        self.transport.write(self.request)

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
        if b"\r\nconnection: close\r\n" in head.lower():
            transport, self.transport = self.transport, None
            transport.close()
        self.done(None if head[9:12] == b"200" else f"status {head[9:12].decode('latin-1')}")


class HTTP2Line(Line):
    def opened(self):
        self.frames, self.stream, self.goes, self.failure = frames.Frames(), -1, False, None
        if self.is_secure and self.transport.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            self.leave()
            return self.fail("h2 was not agreed on")
        self.transport.write(frames.PREFACE + frames.settings(ENABLE_PUSH=0, INITIAL_WINDOW=1 << 20)
                             + frames.window_update(0, frames.MOST_WINDOW - 65535))

    def ask(self):
        self.stream += 2
        self.failure = "an end without a head"
        self.transport.write(frames.frame(frames.HEADERS, frames.END_STREAM | frames.END_HEADERS, self.stream, self.block))

    def data_received(self, data):
        for kind, flags, stream, payload in self.frames.take(data):
            if self.transport is None:
                return
            if kind == frames.SETTINGS and not flags & frames.ACK:
                self.transport.write(frames.frame(frames.SETTINGS, frames.ACK, 0))
            elif kind == frames.PING and not flags & frames.ACK:
                self.transport.write(frames.frame(frames.PING, frames.ACK, 0, payload))
            elif kind == frames.GOAWAY:
                self.goes = True
                code = int.from_bytes(payload[4:8], "big")
                if code or int.from_bytes(payload[:4], "big") & frames.MOST_WINDOW < self.stream:
                    self.leave()
                    return self.fail(f"GOAWAY of code {code}")
            elif stream == self.stream and self.started is not None:
                self.take(kind, flags, payload)

    def take(self, kind, flags, payload):
        if kind == frames.RST_STREAM:
            return self.over(f"stream reset with code {int.from_bytes(payload, 'big')}")
        if kind == frames.HEADERS and self.failure:
            start = (1 if flags & frames.PADDED else 0) + (5 if flags & frames.PRIORITIZED else 0)
            found = frames.status(payload[start:])
            self.failure = None if found == 200 else f"status {found or 'other than the usual'}"
        if kind in (frames.HEADERS, frames.DATA) and flags & frames.END_STREAM:
            self.over(self.failure)

    def over(self, failure):
        if self.goes:
            transport, self.transport = self.transport, None
            transport.close()
        self.done(failure)


async def run(parts, ca, path, is_over):
    rows, lines, loop = [], [], asyncio.get_running_loop()
    HTTP1Line.request = b"GET " + path + b" HTTP/1.1\r\nHost: bench\r\n\r\n"
    begin = loop.time() + 0.2
    for part in parts:
        is_h2, is_secure = KINDS[part.kind]
        context = trusting(ca, "h2" if is_h2 else "http/1.1") if is_secure else None
        for number in range(part.connections):
            line = (HTTP2Line if is_h2 else HTTP1Line)(part, number, context, begin, rows.append, is_over)
            line.block = frames.head(path, is_secure=is_secure)
            lines.append(line)
    while not is_over():
        await asyncio.sleep(0.05)
    deadline = loop.time() + TIMEOUT
    while any(line.started is not None for line in lines) and loop.time() < deadline:
        await asyncio.sleep(0.01)
    for line in lines:
        line.finish()
    return rows


def _work(parts, ca, path, niceness, over, pipe):
    try:
        # it measures: that it waits for a core is no fault of what is measured
        os.nice(niceness)
    except PermissionError:
        pass
    rows = asyncio.run(run(parts, ca, path, over.is_set))
    pipe.send([tuple(row) for row in rows])
    pipe.close()


class Steady:
    """Used with `with`; runs from `__enter__` until `stop`, which answers with all rows in the order of their ends."""

    def __init__(self, parts, ca, path, niceness=-10):
        context = multiprocessing.get_context("fork")
        self.over = context.Event()
        self.pipe, other = context.Pipe(duplex=False)
        self.process = context.Process(target=_work, args=(parts, ca, path, niceness, self.over, other), daemon=True)

    def __enter__(self):
        self.process.start()
        return self

    def stop(self):
        self.over.set()
        if not self.pipe.poll(TIMEOUT + 30):
            raise RuntimeError("the load did not end")
        rows = [Row(*row) for row in self.pipe.recv()]
        self.process.join(10)
        return rows

    def __exit__(self, *_):
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(10)
