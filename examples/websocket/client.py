#!/usr/bin/env python3
"""A WebSocket client of the standard library alone, to see what passes through: `client.py HOST PORT [PATH]`.

Reads OpenClaw's challenge, sends text, fragments and binary and wants every byte back, pings, and closes with a code.
SIZE sets the bytes of the large message (1 MiB).
"""

import base64
import hashlib
import json
import os
import socket
import struct
import sys

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
SECONDS = 30


class WebSocket:
    """One connection, frame by frame."""

    def __init__(self, host, port, path):
        self.socket = socket.create_connection((host, port), SECONDS)
        self.socket.settimeout(SECONDS)
        self.stream = self.socket.makefile("rb")
        self.headers = self.handshake(host, port, path)

    def handshake(self, host, port, path):
        key = base64.b64encode(os.urandom(16))
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key.decode()}",
            "Sec-WebSocket-Version: 13",
        ]
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        status = self.stream.readline().decode().strip()
        headers = {}
        while line := self.stream.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        expect("the upgrade is accepted", status.split(" ")[1:2], ["101"])
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        expect("the accept key is the agent's", headers.get("sec-websocket-accept"), accept)
        return headers

    def send(self, opcode, payload, final=True):
        head = bytes([(0x80 if final else 0) | opcode])
        count = len(payload)
        if count < 126:
            head += bytes([0x80 | count])
        elif count < 1 << 16:
            head += struct.pack("!BH", 0x80 | 126, count)
        else:
            head += struct.pack("!BQ", 0x80 | 127, count)
        mask = os.urandom(4)
        self.socket.sendall(head + mask + masked(payload, mask))

    def frame(self):
        """The next frame as (final, opcode, payload)."""
        first, second = self.exactly(2)
        count = second & 0x7F
        if count == 126:
            (count,) = struct.unpack("!H", self.exactly(2))
        elif count == 127:
            (count,) = struct.unpack("!Q", self.exactly(8))
        return bool(first & 0x80), first & 0x0F, self.exactly(count)

    def message(self):
        """The next whole message as (opcode of its first frame, payload, number of frames)."""
        final, opcode, payload = self.frame()
        parts = [payload]
        while not final:
            final, _, payload = self.frame()
            parts.append(payload)
        return opcode, b"".join(parts), len(parts)

    def exactly(self, count):
        data = self.stream.read(count)
        if len(data) < count:
            sys.exit(f"  WRONG  the connection ended {count - len(data)} bytes too early")
        return data

    def ended(self):
        return self.stream.read(1) == b""


def masked(payload, mask):
    if not payload:
        return payload
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return number.to_bytes(len(payload), "big")


def expect(what, got, wanted):
    if got == wanted:
        print(f"  ok     {what}")
        return
    sys.exit(f"  WRONG  {what}\n           expected: {str(wanted)[:200]}\n           got:      {str(got)[:200]}")


def challenge(web):
    _, payload, _ = web.message()
    event = json.loads(payload)
    expect("the agent speaks first, with a challenge", event.get("event"), "connect.challenge")
    expect("the challenge has a nonce", bool(event["payload"]["nonce"]), True)


def echoes(web, size):
    text = "clause by clause, 爪".encode()
    web.send(TEXT, text)
    expect("text comes back", web.message(), (TEXT, text, 1))

    parts = [b"one, ", b"two, ", b"three"]
    for index, part in enumerate(parts):
        web.send(TEXT if index == 0 else CONTINUATION, part, final=index == len(parts) - 1)
    expect("fragments come back as the fragments they were", web.message(), (TEXT, b"".join(parts), len(parts)))

    large = os.urandom(size)
    web.send(BINARY, large)
    opcode, payload, _ = web.message()
    expect(f"{size} bytes come back byte for byte", opcode == BINARY and payload == large, True)

    web.send(PING, b"still there?")
    expect("a ping gets its pong", web.frame(), (True, PONG, b"still there?"))


def closes(web):
    web.send(CLOSE, struct.pack("!H", 4000) + b"done")
    expect("the close comes back, code and reason", web.frame(), (True, CLOSE, struct.pack("!H", 4000) + b"done"))
    expect("then the connection ends", web.ended(), True)


def restarts(host, port, path):
    web = WebSocket(host, port, path + "?close=1012")
    challenge(web)
    web.send(TEXT, b"anything")
    web.message()
    _, payload, _ = web.message()
    expect("a restarting agent says so first", json.loads(payload)["event"], "shutdown")
    _, opcode, payload = web.frame()
    expect("then closes with 1012", (opcode, payload[:2]), (CLOSE, struct.pack("!H", 1012)))
    web.send(CLOSE, payload)
    expect("and the connection ends", web.ended(), True)


def main():
    host, port = sys.argv[1], int(sys.argv[2])
    path = sys.argv[3] if len(sys.argv) > 3 else "/ws"
    web = WebSocket(host, port, path)
    challenge(web)
    echoes(web, int(os.environ.get("SIZE", 1 << 20)))
    closes(web)
    restarts(host, port, path)


main()
