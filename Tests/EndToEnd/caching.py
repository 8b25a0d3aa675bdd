"""An origin that says what it is told to and counts, and what a cache tells of its answers."""
import collections
import re
import threading

from processes import merge
from raw import ok

MEMORY = {"name": "memory", "type": "memory"}
# a list's member: its parameters may hold commas in quotes
MEMBER = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.)*")+')
PARAMETER = re.compile(r';\s*([a-z][a-z0-9_.*-]*)(?:=("(?:[^"\\]|\\.)*"|[^;\s]+))?')


def cached(cache=None, **more):
    """A configuration with one layer in memory; one loop, so that turns are known."""
    return merge({"cache": {"layers": [MEMORY]}, "performance": {"workerThreads": 1}}, {"cache": cache or {}, **more})


def fresh(body="ok", *fields, seconds=60):
    """The text of an answer that may be kept."""
    return ok(body, f"Cache-Control: max-age={seconds}", *fields)


def answer_of(status, body="", *fields):
    return f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n" + "".join(f"{line}\r\n" for line in fields) + f"\r\n{body}"


def not_modified(*fields):
    return "HTTP/1.1 304 Not Modified\r\n" + "".join(f"{line}\r\n" for line in fields) + "\r\n"


def chunked(*fields, status="200 OK"):
    """The text of a head whose body comes in chunks."""
    return f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n" + "".join(f"{line}\r\n" for line in fields) + "\r\n"


def chunk(text):
    return f"{len(text):x}\r\n{text}\r\n"


LAST = "0\r\n\r\n"


def scripted(answer):
    """A handler: sends what `answer(request, count)` gives, a text or texts one by one; None closes the connection.

    `count` is the how-manieth request for this target it is, from 1. A HEAD gets the head alone.
    """
    seen, lock = collections.Counter(), threading.Lock()

    def handler(wire):
        while True:
            request = wire.request()
            with lock:
                seen[request.target] += 1
                count = seen[request.target]
            given = answer(request, count)
            for piece in [given] if given is None or isinstance(given, str | bytes) else given:
                if piece is None:
                    return
                if request.method == "HEAD":
                    piece = piece[:piece.index("\r\n\r\n") + 4]
                wire.send(piece)

    return handler


def outcome(answer):
    """The parameters of our member of `Cache-Status` (RFC 9211); those without a value are True."""
    members = [member.strip() for value in answer.all("Cache-Status") for member in MEMBER.findall(value)]
    ours = [member for member in members if re.match(r"clawproxy(;|$)", member)]
    assert len(ours) == 1 and members[-1] == ours[0], f"expected one member of ours, as the last: {members}"
    return {name: value.strip('"') if value else True for name, value in PARAMETER.findall(ours[0])}


def is_hit(answer):
    found = outcome(answer)
    assert ("hit" in found) != ("fwd" in found), f"either served from here or forwarded: {found}"
    return "hit" in found


def reason(answer):
    """Why it was forwarded."""
    return outcome(answer).get("fwd")


def reached(agent, target=None):
    """Requests that came to the origin."""
    return len([request for request in agent.requests if target in (None, request.target)])
