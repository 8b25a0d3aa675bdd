"""HTTP/2 as bytes made by hand (RFC 9113, RFC 7541): what is right, and what no library would send."""
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITIZED = 1, 1, 4, 8, 32
# identifiers of settings
ENABLE_PUSH, INITIAL_WINDOW = 2, 4
CANCEL = 8
MOST_WINDOW = (1 << 31) - 1


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">IBI", len(payload) << 8 | kind, flags, stream) + payload


def settings(**values):
    """`settings(INITIAL_WINDOW=0)`; none of them is an empty frame."""
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", globals()[name], value) for name, value in values.items()))


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def text(value):
    """A string of RFC 7541, 5.2, not Huffman-coded, shorter than 127 bytes or up to 2^14."""
    if len(value) < 127:
        return bytes([len(value)]) + value
    rest, parts = len(value) - 127, bytearray([127])
    while rest >= 128:
        parts.append(rest & 127 | 128)
        rest >>= 7
    return bytes(parts) + bytes([rest]) + value


def head(path, method=b"GET", is_secure=False, fields=()):
    """A request's field block. Nothing of it enters the dynamic table, so it is the same in any place of a connection."""
    first = {b"GET": b"\x82", b"POST": b"\x83"}[method]
    block = first + (b"\x87" if is_secure else b"\x86") + b"\x04" + text(path) + b"\x01" + text(b"bench")
    return block + b"".join(b"\x00" + text(name) + text(value) for name, value in fields)


def status(block):
    """The status that a field block begins with; 0 where it is none of the static table's (RFC 7541, Appendix A)."""
    at = 0
    while at < len(block) and block[at] & 0xE0 == 0x20:
        # an update of the table's size
        at += 1
        if block[at - 1] & 0x1F == 0x1F:
            while at < len(block) and block[at] & 0x80:
                at += 1
            at += 1
    known = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}
    return known.get(block[at] & 0x7F, 0) if at < len(block) and block[at] & 0x80 else 0


class Frames:
    """Takes bytes of a connection and gives its frames: kind, flags, stream, payload."""

    def __init__(self):
        self.buffer = bytearray()

    def take(self, data):
        self.buffer += data
        while len(self.buffer) >= 9:
            size = int.from_bytes(self.buffer[:3], "big")
            if len(self.buffer) < 9 + size:
                return
            kind, flags, stream = self.buffer[3], self.buffer[4], int.from_bytes(self.buffer[5:9], "big") & MOST_WINDOW
            payload = bytes(self.buffer[9:9 + size])
            del self.buffer[:9 + size]
            yield kind, flags, stream, payload
