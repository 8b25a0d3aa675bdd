"""The outside cases, told over HTTP/2: whatever is sent, only clean messages reach the agent, and what is good arrives."""
import base64
import json
import re
import struct
import threading
import time

import pytest

from http2 import Client, Reply
from processes import SHARED, free_port

RUNNER = SHARED / "corpora/http1/run.py"
FILES = sorted(path for path in RUNNER.parent.glob("*.jsonl") if path.name != "llhttp-responses.jsonl")
FRAMES = sorted((SHARED / "corpora/http2/frames").rglob("*.json"))
CONNECTION = {b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"te", b"http2-settings"}


def origin(port):
    """The strict origin of the corpus: it notes what a strict reader would refuse."""
    source = RUNNER.read_text()
    space = {}
    exec(source[:source.index("def statuses")], space)  # noqa: S102: the corpus's own reader
    made = space["Origin"](port)
    made.start()
    return made


def told(raw, clean):
    """The first message of a row as HTTP/2 has it: fields, body. `clean`: a translator has taken away what concerns the
    connection, as one must; else everything stands there as it did."""
    head, _, rest = raw.lstrip(b"\r\n").partition(b"\r\n\r\n")
    lines = re.split(b"\r\n", head)
    parts = lines[0].split(b" ")
    method, path = parts[0], b" ".join(parts[1:-1]) if len(parts) > 2 else b"".join(parts[1:])
    fields, authority, chunked, length = [], None, False, None
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if name == b"host" and authority is None:
            authority = value
            continue
        if name == b"transfer-encoding" and value.lower() == b"chunked":
            chunked = True
        if name == b"content-length":
            length = value
        if clean and name in CONNECTION:
            continue
        fields.append((name, value))
    if clean and (match := re.match(rb"https?://([^/?]*)(.*)", path, re.I)):
        authority, path = match.group(1), match.group(2) or b"/"
        path = path if path.startswith(b"/") else b"/" + path
    body = rest
    if chunked:
        body = dechunked(rest) if clean else rest
    elif length is not None and length.isdigit():
        body = rest[:int(length)]
    elif clean:
        body = b""
    return [(b":method", method), (b":scheme", b"http"), (b":path", path), (b":authority", authority or b"proxy.test"), *fields], body


def dechunked(data):
    body = b""
    while match := re.match(rb"([0-9a-fA-F]+)[^\r\n]*\r\n", data):
        size = int(match.group(1), 16)
        data = data[match.end():]
        if size == 0:
            break
        body, data = body + data[:size], data[size + 2:]
    return body


def fire(port, fields, body):
    """One request: its status, or None where the stream or the connection was refused."""
    with Client(port, 5) as client:
        stream = client.h2.get_next_available_stream_id()
        reply = client.replies[stream] = Reply()
        client.h2.send_headers(stream, fields, end_stream=not body)
        client.push()
        if body:
            client.send(stream, body[:60000])
        end = time.monotonic() + 5
        while not reply.ended and reply.reset is None and not client.closed and time.monotonic() < end:
            client.take(5)
        assert reply.ended or reply.reset is not None or client.closed, f"nothing came to {fields}"
        return reply.status


@pytest.fixture
def world(start_proxy):
    port = free_port()
    made = origin(port)
    proxy = start_proxy(
        {"logging": {"accessLog": False}, "agents": {"healthCheck": {"enabled": False}}, "http": {"http2": {"cleartext": True}}},
        [{"id": "origin", "endpoint": f"http://127.0.0.1:{port}"}],
        [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "origin"}])
    yield proxy, made
    made.l.close()


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_row_gives_the_same_verdict(world, path):
    proxy, made = world
    rows = [json.loads(line) for line in path.read_text().splitlines() if line]
    if path.stem == "smuggler":
        rows = rows[::len(rows) // 300][:300]
    assert rows
    bad = []
    for row in rows:
        raw = base64.b64decode(row["raw"])
        for clean in (False, True):
            fields, body = told(raw, clean)
            with made.lock:
                made.msgs, made.anoms = [], []
            status = fire(proxy.port, fields, body)
            time.sleep(0.005)
            with made.lock:
                messages, anomalies = list(made.msgs), list(made.anoms)
            good = status is not None and status < 400
            if anomalies:
                bad.append(f"{row['id']}: the agent got {anomalies[0]}")
            if len(messages) > (1 if good else 0):
                bad.append(f"{row['id']}: {len(messages)} messages reached the agent, {status}")
            named = {name for name, _ in fields} & (CONNECTION - {b"te", b"http2-settings"})
            if not clean and named and good:
                bad.append(f"{row['id']}: {named} was taken")
            single = "requests=1" in row["tags"]
            # the framing knows fields as text, so what is none is refused (docs/http2.md)
            is_text = all(value.decode(errors="ignore").encode() == value for _, value in fields)
            if clean and is_text and row["expect"] == "accept" and single and row["tier"] != "info" and raw.count(b"HTTP/1.") == 1 and not good:
                bad.append(f"{row['id']}: {status}, expected to be accepted: {row['why']}")
    assert proxy.is_running
    assert not bad, "\n" + "\n".join(bad)


@pytest.mark.parametrize("path", FRAMES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_frames_that_are_wrong_end_the_connection_or_their_stream(world, path):
    proxy, _ = world
    case = json.loads(path.read_text())
    with Client(proxy.port, 5) as client:
        client.until(lambda: client.h2.remote_settings.max_concurrent_streams == 100)
        wire = bytes.fromhex(case["wire"])
        if wire[3] in (1, 5) and not wire[4] & 4:
            # a block of fields that is not whole is waited for
            wire += struct.pack(">BHBB", 0, 0, 9, 4) + wire[5:9]
        client.raw(wire)
        if case["error"]:
            # a frame longer than what stands here is refused by its head, or waited for
            assert client.wait_closed(5), f"{case['description']}: the connection was left open"
            assert client.gone, case["description"]
    assert fire(proxy.port, told(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", True)[0], b"") == 200
