"""Agents and clients that speak HTTP/2 as nobody would: frames of all kinds, right and wrong, as a seed decides."""
import random
import socket
import struct
import threading

GREETING = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
# fields as literals without indexing (RFC 7541 6.2.2), so that no state has to be kept: some right, some not
FIELDS = [
    b"\x88", b"\x88", b"\x88", b"\x89", b"\x8d", b"\x08\x03103", b"\x08\x03abc", b"\x08\x00",
    b"\x0f\x0d\x01" + b"5", b"\x0f\x0d\x02" + b"-1", b"\x0f\x0d\x0599999",
    b"\x00\x01a\x01b", b"\x00\x01A\x01b", b"\x00\x0aconnection\x05close", b"\x00\x07x-thing\x03a\r\n",
    b"\x00\x0bgrpc-status\x010", b"\x00\x02te\x07trailer", b"\x3f\xe1\x1f", b"\xbe", b"\xff\xff\xff\xff\xff", b"\x00",
]


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def noise(dice, stream, head, echo=b""):
    """A frame that is no part of any message."""
    deed = dice.random()
    if deed < 0.17:
        return frame(3, 0, stream, struct.pack(">I", dice.choice([0, 1, 2, 7, 8, 11, 99])))
    if deed < 0.34:
        setting = struct.pack(">HI", dice.choice([1, 2, 3, 4, 4, 4, 5, 6, 8, 9]), dice.choice([0, 1, 100, 16384, 65535, 1 << 24, (1 << 32) - 1]))
        return frame(4, 0, 0, setting * dice.choice([1, 1, 2]))
    if deed < 0.56:
        return frame(8, 0, dice.choice([0, stream]), struct.pack(">I", dice.choice([0, 1, 100, 65535, 65535, 1 << 20, (1 << 31) - 1])))
    if deed < 0.66:
        return frame(6, dice.choice([0, 1]), 0, bytes(8))
    if deed < 0.73:
        return frame(7, 0, 0, struct.pack(">II", dice.choice([0, stream, (1 << 31) - 1]), dice.choice([0, 0, 0, 1, 11])))
    if deed < 0.78:
        return frame(5, 4, stream, struct.pack(">I", 2) + head)
    if deed < 0.82:
        return frame(2, 0, stream, struct.pack(">IB", dice.choice([0, stream, 1, 99]), 3))
    if deed < 0.92:
        return frame(dice.randrange(256), dice.randrange(256), dice.choice([0, stream, stream + 2]), bytes(dice.randrange(20)))
    return frame(dice.randrange(10), dice.randrange(256), stream, dice.randbytes(dice.randrange(60)) + echo[:20])


def damaged(dice, frames):
    if dice.random() < 0.02:
        at = dice.randrange(len(frames) or 1)
        frames = frames[:at] + bytes([dice.randrange(256)]) + frames[at + 1:]
    return frames[:dice.randrange(len(frames) or 1)] if dice.random() < 0.01 else frames


def mad_client(port, dice, paths):
    """A connection's life: asks for `paths`, hears what it hears, and says what it says."""
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.settimeout(0.01)
        try:
            sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + GREETING)
            stream, heard = -1, 0
            for _ in range(dice.randrange(2, 80)):
                said = b""
                for _ in range(dice.randrange(1, 4)):
                    said += _mad_words(dice, paths, max(stream, 1), stream + 2)
                    if said and dice.random() < 0.5:
                        stream += 2
                sock.sendall(damaged(dice, said))
                try:
                    heard = len(sock.recv(65536))
                    if heard == 0:
                        return
                except socket.timeout:
                    pass
        except OSError:
            pass


def _mad_words(dice, paths, last, new):
    path = dice.choice(paths).encode()
    head = dice.choice([b"\x82", b"\x82", b"\x83"]) + b"\x86" + b"\x01\x01a" + b"\x04" + bytes([len(path)]) + path
    head += b"".join(dice.choice(FIELDS[11:]) for _ in range(dice.choice([0, 0, 0, 0, 1])))
    deed = dice.random()
    if deed < 0.35:
        return frame(1, 4 | (dice.random() < 0.7), new, head)
    if deed < 0.38:
        return frame(1, dice.random() < 0.7, new, head[:3]) + frame(9, 4, new, head[3:])
    if deed < 0.60:
        return frame(0, dice.random() < 0.4, dice.choice([last, max(last - 2, 1)]), bytes(dice.choice([0, 1, 5, 100, 16384])))
    return noise(dice, dice.choice([last, max(last - 2, 1), new]), head)


class MadAgent:
    """Answers whoever connects; `connections` counts them."""

    def __init__(self, seed):
        self.seed, self.connections = seed, 0
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def settings_of(self):
        return {"id": "mad", "endpoint": f"http://127.0.0.1:{self.port}", "protocol": "http2"}

    def _accept(self):
        while True:
            try:
                sock, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            dice = random.Random(self.seed * 1_000_003 + self.connections)
            threading.Thread(target=self._serve, args=(sock, dice), daemon=True).start()

    def _serve(self, sock, dice):
        try:
            with sock:
                sock.settimeout(0.02)
                sock.sendall(GREETING if dice.random() < 0.97 else self._frames(dice, [1], b""))
                streams, seen = [], b""
                for _ in range(dice.randrange(2, 60)):
                    try:
                        data = sock.recv(65536)
                        if not data:
                            return
                        seen = self._look(seen + data, streams, sock, dice)
                    except socket.timeout:
                        pass
                    sock.sendall(self._frames(dice, streams or [1], seen))
                if dice.random() < 0.3:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        except OSError:
            pass

    def _look(self, seen, streams, sock, dice):
        """Notes the streams that were begun; gives what is no whole frame yet."""
        if seen.startswith(b"PRI"):
            seen = seen[24:]
        while len(seen) >= 9 and len(seen) >= 9 + int.from_bytes(seen[:3], "big"):
            size, kind, flags = int.from_bytes(seen[:3], "big"), seen[3], seen[4]
            if kind == 1:
                streams.append(int.from_bytes(seen[5:9], "big") & 0x7FFFFFFF)
            if kind == 4 and not flags & 1 and dice.random() < 0.95:
                sock.sendall(frame(4, 1, 0))
            seen = seen[9 + size:]
        return seen

    def _frames(self, dice, streams, echo):
        made = b"".join(self._frame(dice, dice.choice(streams[-6:]), echo) for _ in range(dice.randrange(1, 5)))
        return damaged(dice, made)

    def _frame(self, dice, stream, echo):
        deed = dice.random()
        head = dice.choice(FIELDS[:4]) + b"".join(dice.choice(FIELDS) for _ in range(dice.choice([0, 0, 0, 1, 2])))
        if deed < 0.35:
            return frame(1, 4 | (dice.random() < 0.3), stream, head)
        if deed < 0.38:
            return frame(1, 0, stream, head[:1]) + frame(9, 4, stream, head[1:])
        if deed < 0.70:
            return frame(0, dice.random() < 0.4, stream, bytes(dice.choice([0, 1, 5, 100, 16384])))
        return noise(dice, stream, head, echo)

    def stop(self):
        self.socket.close()
