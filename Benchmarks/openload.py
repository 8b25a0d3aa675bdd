"""Open-loop load in a process of its own: requests leave at moments drawn beforehand (Poisson, seeded), whatever became of
those before them. The time of each counts from the moment it was meant to leave, so that a late sender or a full proxy
hides nothing.
"""
import asyncio, collections, multiprocessing, random, re, time

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.I)
AGENT = re.compile(rb"\r\nx-agent: *([^\r]+)\r\n", re.I)
TIMEOUT = 15
# from the word to begin until the first request, in seconds
LEAD = 0.2

# one answer: when its request was meant to leave and when it was complete (CLOCK_MONOTONIC), who gave it, what was wrong
Row = collections.namedtuple("Row", "due end agent failure")


class Line(asyncio.Protocol):
    """One kept connection; it carries one request at a time."""

    def __init__(self, crowd):
        self.crowd, self.buffer, self.due, self.transport = crowd, b"", None, None

    def connection_made(self, transport):
        self.transport = transport

    def ask(self, due, data):
        self.due = due
        self.transport.write(data)

    def data_received(self, data):
        self.buffer += data
        head, mark, body = self.buffer.partition(b"\r\n\r\n")
        if not mark or self.due is None:
            return
        head += b"\r\n"
        length = LENGTH.search(head)
        if length and len(body) < int(length[1]):
            return
        agent = AGENT.search(head)
        status = head[9:12].decode("latin-1")
        keeps = length and b"\r\nconnection: close\r\n" not in head.lower()
        self.buffer = body[int(length[1]):] if length else b""
        due, self.due = self.due, None
        self.crowd.answered(due, agent[1].decode() if agent else "", None if status == "200" else f"status {status}")
        if keeps:
            self.crowd.idle.append(self)
        else:
            self.transport.close()

    def connection_lost(self, error):
        if self in self.crowd.idle:
            self.crowd.idle.remove(self)
        if self.due is not None:
            due, self.due = self.due, None
            self.crowd.answered(due, "", f"connection broke ({type(error).__name__ if error else 'closed'})")


class Crowd:
    def __init__(self, port, begin, end, rate, seed, requests):
        self.port, self.begin, self.end, self.rate, self.requests = port, begin, end, rate, requests
        self.dice, self.loop = random.Random(seed), asyncio.get_running_loop()
        self.idle, self.rows, self.lines, self.open, self.sent = [], [], [], 0, 0

    async def run(self):
        due = self.begin
        while (due := due + self.dice.expovariate(self.rate)) < self.end:
            # those that are due already leave without a turn between them
            if (pause := due - time.monotonic()) > 0:
                await asyncio.sleep(pause)
            self.leave(due)
        deadline = time.monotonic() + TIMEOUT
        while self.open and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        for line in self.lines:
            if line.due is not None:
                due, line.due = line.due, None
                self.answered(due, "", f"no answer within {TIMEOUT} s")
            line.transport.close()
        return self.rows

    def leave(self, due):
        self.open += 1
        data = self.requests[self.sent % len(self.requests)]
        self.sent += 1
        if self.idle:
            self.idle.pop().ask(due, data)
        else:
            self.loop.create_task(self.connect(due, data))

    async def connect(self, due, data):
        try:
            _, line = await self.loop.create_connection(lambda: Line(self), "127.0.0.1", self.port)
        except OSError as error:
            return self.answered(due, "", f"connection refused ({error.strerror})")
        self.lines.append(line)
        line.ask(due, data)

    def answered(self, due, agent, failure):
        self.open -= 1
        self.rows.append(Row(due, time.monotonic(), agent, failure))


def request(path, *fields):
    return ("\r\n".join([f"GET {path} HTTP/1.1", "Host: bench", *fields]) + "\r\n\r\n").encode()


def _work(port, begin, end, rate, seed, requests, pipe):
    async def run():
        return await Crowd(port, begin, end, rate, seed, requests).run()

    pipe.send([tuple(row) for row in asyncio.run(run())])
    pipe.close()


class OpenLoad:
    """Used with `with`: begins LEAD after the start, at `begin`, and ends at `end`, both of CLOCK_MONOTONIC."""

    def __init__(self, port, rate, seconds, seed, requests=(request("/bytes/200"),)):
        self.begin = time.monotonic() + LEAD
        self.end = self.begin + seconds
        context = multiprocessing.get_context("fork")
        self.pipe, other = context.Pipe(duplex=False)
        self.process = context.Process(
            target=_work, args=(port, self.begin, self.end, rate, seed, requests, other), daemon=True)

    def __enter__(self):
        self.process.start()
        return self

    def sleep_until(self, seconds):
        """Until so long after the first request could leave."""
        time.sleep(max(0, self.begin + seconds - time.monotonic()))

    def rows(self):
        """Waits for the end; every request is in it once."""
        if not self.pipe.poll(max(0, self.end - time.monotonic()) + TIMEOUT + 30):
            raise RuntimeError("the load did not end")
        rows = [Row(*row) for row in self.pipe.recv()]
        self.process.join(10)
        return rows

    def __exit__(self, *_):
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(10)
