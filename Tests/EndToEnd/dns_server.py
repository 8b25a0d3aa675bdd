"""A DNS server for tests, on one port of 127.0.0.1 for UDP and TCP, that does as it is told while it runs.

    server = DNSServer()                                    # starts at once; append it to `started`, or call stop()
    server.address                                          # "127.0.0.1:PORT", for the key `servers` of a resolver
    server.set("agents.test", "A", ["127.0.0.1", "127.0.0.2"], ttl=1)
    server.set("agents.test", "AAAA", ["::1"])
    server.set("_http._tcp.agents.test", "SRV", [(10, 100, 9001, "a.agents.test")])   # priority, weight, port, target
    server.set("www.test", "CNAME", ["agents.test"])        # followed as far as this server knows the names
    server.set("agents.test", "A", [])                      # the name stays, without this type: "no data"
    server.remove("agents.test")                            # no such name: NXDOMAIN; remove(name, "A"): one type

    server.fail("agents.test")                              # SERVFAIL; or "REFUSED", "NXDOMAIN", "FORMERR", "NOTIMP"
    server.silence("agents.test")                           # no answer at all, so that the asker's time is up
    server.delay("agents.test", 0.5)                        # answers after so many seconds
    server.truncate("agents.test")                          # over UDP only "truncated", with no records: TCP must be used
    server.wrong_id("agents.test")                          # over UDP: an answer with another id first, then the right one
    server.heal("agents.test")                              # takes all of these back

Names take any case, with or without the last dot. `None` instead of a name means every name (fail(None), heal(None)).
An answer that does not fit the asker's UDP size (512, or as EDNS says) is truncated by itself. Answers that say no carry
an SOA whose TTL and minimum are `negative_ttl` (1 s). SRV answers bring the addresses of their targets along where this
server has them, unless `additional = False`.

    server.questions                                        # [Question(at, transport, name, type)], oldest first
    server.count("agents.test", "A", "udp")                 # how many; what is None is not asked for

As a program: `dns_server.py --listen 127.0.0.1:5300 --zone zone.json` prints its address, then serves what the file says,
and reads it again when it changes: {"agents.test": {"A": ["10.0.0.1"], "ttl": 2, "fail": "SERVFAIL", "delay": 0.1}}.
"""
import argparse
import ipaddress
import json
import socket
import struct
import threading
import time
from collections import namedtuple
from pathlib import Path

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "TXT": 16, "AAAA": 28, "SRV": 33, "OPT": 41, "ANY": 255}
NAMES = {number: name for name, number in TYPES.items()}
CODES = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5}
LONGEST_CHAIN = 20

Question = namedtuple("Question", "at transport name type")


def canonical(name):
    return None if name is None else name.rstrip(".").lower()


def encode_name(name):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def read_name(data, at):
    """The name of a question; questions hold no pointers."""
    labels = []
    while data[at]:
        length = data[at]
        if length > 63:
            raise ValueError("a pointer in a question")
        labels.append(data[at + 1:at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    return ".".join(labels), at + 1


def record(name, kind, value, ttl):
    if kind == "A":
        data = ipaddress.IPv4Address(value).packed
    elif kind == "AAAA":
        data = ipaddress.IPv6Address(value).packed
    elif kind in ("CNAME", "NS", "PTR"):
        data = encode_name(value)
    elif kind == "SRV":
        priority, weight, port, target = value
        data = struct.pack("!HHH", priority, weight, port) + encode_name(target)
    elif kind == "SOA":
        data = encode_name("ns.test") + encode_name("admin.test") + struct.pack("!IIIII", 1, 60, 60, 60, value)
    elif kind == "TXT":
        data = bytes([len(value)]) + value.encode()
    else:
        raise ValueError(f"no record of type {kind}")
    return encode_name(name) + struct.pack("!HHIH", TYPES[kind], 1, ttl, len(data)) + data


class DNSServer:
    def __init__(self, host="127.0.0.1", port=0):
        self.host = host
        self.negative_ttl = 1
        self.additional = True
        self.questions = []
        self.arguments = ["dns_server"]
        self._lock = threading.Lock()
        self._records = {}
        self._quirks = {}
        self._open = set()
        self._is_stopped = False
        self._udp, self._tcp = self._bind(port)
        self.port = self._udp.getsockname()[1]
        self.address = f"{host}:{self.port}"
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._serve_udp, self._serve_tcp)]
        for thread in self._threads:
            thread.start()

    # What it knows.

    def set(self, name, kind, values, ttl=1):
        """Replaces the records of one type."""
        for value in values:
            record(name, kind, value, ttl)
        with self._lock:
            self._records.setdefault(canonical(name), {})[kind] = (list(values), ttl)

    def remove(self, name, kind=None):
        with self._lock:
            if kind is None:
                self._records.pop(canonical(name), None)
            else:
                self._records.get(canonical(name), {}).pop(kind, None)

    # How it behaves.

    def fail(self, name, code="SERVFAIL"):
        self._quirk(name, fail=CODES[code])

    def silence(self, name):
        self._quirk(name, silent=True)

    def delay(self, name, seconds):
        self._quirk(name, delay=seconds)

    def truncate(self, name):
        self._quirk(name, truncate=True)

    def wrong_id(self, name):
        self._quirk(name, wrong_id=True)

    def heal(self, name):
        with self._lock:
            self._quirks.pop(canonical(name), None)

    def _quirk(self, name, **quirk):
        with self._lock:
            self._quirks.setdefault(canonical(name), {}).update(quirk)

    # What it was asked.

    def count(self, name=None, kind=None, transport=None):
        with self._lock:
            return sum(
                (name is None or question.name == canonical(name)) and (kind is None or question.type == kind)
                and (transport is None or question.transport == transport) for question in self.questions)

    # Sockets.

    def _bind(self, port):
        """One port for both; what is free for one may be taken for the other, hence the tries."""
        for _ in range(50):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                udp.bind((self.host, port))
                tcp.bind((self.host, udp.getsockname()[1]))
                tcp.listen(64)
                return udp, tcp
            except OSError as error:
                udp.close()
                tcp.close()
                if port:
                    raise
                failure = error
        raise failure

    def stop(self):
        """Nobody answers afterwards; askers are refused."""
        self._is_stopped = True
        # wakes the thread that reads
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", (self.host, self.port))
        for opened in [self._tcp, *self._open]:
            try:
                opened.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(5)
        self._udp.close()
        self._tcp.close()

    def _serve_udp(self):
        while not self._is_stopped:
            try:
                data, sender = self._udp.recvfrom(65536)
            except OSError:
                continue
            if len(data) >= 12:
                self._answer_later(data, "udp", lambda answer, sender=sender: self._udp.sendto(answer, sender))

    def _serve_tcp(self):
        while not self._is_stopped:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                continue
            if self._is_stopped:
                connection.close()
                return
            self._open.add(connection)
            threading.Thread(target=self._serve_connection, args=(connection,), daemon=True).start()

    def _serve_connection(self, connection):
        def read(count):
            data = b""
            while len(data) < count:
                piece = connection.recv(count - len(data))
                if not piece:
                    raise EOFError
                data += piece
            return data

        try:
            while True:
                data = read(struct.unpack("!H", read(2))[0])
                self._answer_later(
                    data, "tcp", lambda answer: connection.sendall(struct.pack("!H", len(answer)) + answer))
        except (OSError, EOFError):
            pass
        finally:
            self._open.discard(connection)
            connection.close()

    # Answers.

    def _answer_later(self, data, transport, send):
        try:
            name, kind, size, tail = self._read(data, transport)
        except (ValueError, IndexError, struct.error):
            return
        with self._lock:
            self.questions.append(Question(time.monotonic(), transport, canonical(name), NAMES.get(kind, str(kind))))
            quirks = {**self._quirks.get(None, {}), **self._quirks.get(canonical(name), {})}
            answer = self._answer(data, name, kind, size, tail, transport, quirks)
        if quirks.get("silent"):
            return

        def tell():
            try:
                if quirks.get("wrong_id") and transport == "udp":
                    send(struct.pack("!H", struct.unpack("!H", answer[:2])[0] ^ 0x5555) + answer[2:])
                send(answer)
            except OSError:
                pass

        if quirks.get("delay"):
            timer = threading.Timer(quirks["delay"], tell)
            timer.daemon = True
            timer.start()
        else:
            tell()

    def _read(self, data, transport):
        questions, additional = struct.unpack("!4xHxxxxH", data[:12])
        if questions != 1 or data[2] & 0x80:
            raise ValueError("not a question")
        name, at = read_name(data, 12)
        kind, _ = struct.unpack("!HH", data[at:at + 4])
        rest = data[at + 4:]
        size = 512
        if additional and rest[:3] == b"\0\0\x29":
            size = max(512, struct.unpack("!H", rest[3:5])[0])
        return name, kind, size if transport == "udp" else 65535, data[12:at + 4]

    def _answer(self, data, name, kind, size, question, transport, quirks):
        code, answers, extra = self._find(name, kind)
        if "fail" in quirks:
            code, answers, extra = quirks["fail"], [], []
        authority = []
        if not any(struct.unpack("!H", one[len(encode_name(owner)):][:2])[0] == kind for owner, one in answers):
            if code in (CODES["NOERROR"], CODES["NXDOMAIN"]):
                zone = canonical(name).rsplit(".", 1)[-1]
                authority = [record(zone, "SOA", self.negative_ttl, self.negative_ttl)]
        has_edns = data[12 + len(question):][:3] == b"\0\0\x29"
        opt = [b"\0" + struct.pack("!HHIH", TYPES["OPT"], 1232, 0, 0)] if has_edns else []

        def message(truncated, answers, authority, extra):
            flags = 0x8000 | 0x0400 | (struct.unpack("!H", data[2:4])[0] & 0x0100) | 0x0080 | code
            head = data[:2] + struct.pack(
                "!HHHHH", flags | (0x0200 if truncated else 0), 1, len(answers), len(authority), len(extra) + len(opt))
            return head + question + b"".join(answers + authority + extra + opt)

        records = [one for _, one in answers]
        if quirks.get("truncate") and transport == "udp":
            return message(True, [], [], [])
        for extras in (extra, []):
            whole = message(False, records, authority, extras)
            if len(whole) <= size:
                return whole
        return message(True, [], [], [])

    def _find(self, name, kind):
        """Code, answers with their owners, additional records."""
        answers, owner = [], name
        for _ in range(LONGEST_CHAIN):
            known = self._records.get(canonical(owner))
            if known is None:
                return CODES["NXDOMAIN"], answers, []
            values, ttl = known.get(NAMES.get(kind), ([], 0))
            if values or "CNAME" not in known or kind == TYPES["CNAME"]:
                answers += [(owner, record(owner, NAMES.get(kind), value, ttl)) for value in values]
                return CODES["NOERROR"], answers, self._addresses(values) if kind == TYPES["SRV"] else []
            targets, ttl = known["CNAME"]
            answers.append((owner, record(owner, "CNAME", targets[0], ttl)))
            owner = targets[0]
        return CODES["NOERROR"], answers, []

    def _addresses(self, services):
        if not self.additional:
            return []
        found = []
        for target in dict.fromkeys(canonical(service[3]) for service in services):
            for kind in ("A", "AAAA"):
                values, ttl = self._records.get(target, {}).get(kind, ([], 0))
                found += [record(target, kind, value, ttl) for value in values]
        return found

    # The file of the program.

    def load(self, zone):
        records, quirks = {}, {}
        for name, entry in zone.items():
            ttl = entry.get("ttl", 1)
            kinds = {kind: (values, ttl) for kind, values in entry.items() if kind in TYPES}
            for kind, (values, _) in kinds.items():
                for value in values:
                    record(name, kind, value, ttl)
            records[canonical(name)] = kinds
            quirk = {key: entry[key] for key in ("silent", "delay", "truncate", "wrong_id") if key in entry}
            if "fail" in entry:
                quirk["fail"] = CODES[entry["fail"]]
            quirks[canonical(name)] = quirk
        with self._lock:
            self._records, self._quirks = records, quirks


def main():
    parser = argparse.ArgumentParser(description="A DNS server for tests and examples; see the top of this file.")
    parser.add_argument("--listen", default="127.0.0.1:0")
    parser.add_argument("--zone", required=True, type=Path)
    options = parser.parse_args()
    host, port = options.listen.rsplit(":", 1)
    server = DNSServer(host, int(port))
    print(f"listening on {server.address}", flush=True)
    seen = None
    while True:
        try:
            stamp = options.zone.stat().st_mtime_ns
            if stamp != seen:
                server.load(json.loads(options.zone.read_text()))
                seen = stamp
        except (OSError, ValueError, TypeError) as error:
            print(f"{options.zone}: {error}", flush=True)
        time.sleep(0.1)


if __name__ == "__main__":
    main()
