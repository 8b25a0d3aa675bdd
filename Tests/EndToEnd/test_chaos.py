"""Clients and agents that say anything and leave at any time: the proxy stays, and nothing is left behind."""
import base64
import json
import os
import random
import socket
import threading
import time

import pytest

from processes import SHARED, eventually
from raw import Client, RawAgent, get, ok
from test_observing import metrics

FOLDER = SHARED / "corpora/http1"
SECONDS = float(os.environ.get("CLAWPROXY_CHAOS_SECONDS", "8"))
SEED = int(os.environ.get("CLAWPROXY_CHAOS_SEED", "20261120"))
PIECES = [b"\r\n", b"\n", b"\0", b" ", b":", b"chunked", b"0\r\n\r\n", b"Content-Length: 9\r\n", b"Connection: close\r\n", b"HTTP/1.0"]


def corpus(*names):
    found = []
    for name in names:
        found += [base64.b64decode(json.loads(line)["raw"]) for line in (FOLDER / f"{name}.jsonl").read_text().splitlines()]
    assert found, f"{FOLDER}: no cases; set CLAWPROXY_SHARED"
    return found


def mutated(source, dice):
    data = bytearray(dice.choice(source))
    for _ in range(dice.randrange(3)):
        at = dice.randrange(len(data) + 1)
        match dice.randrange(4):
            case 0 if at < len(data):
                data[at] = dice.randrange(256)
            case 1:
                data[at:at] = dice.choice(PIECES)
            case 2:
                del data[at : at + dice.randrange(20)]
            case _:
                data += bytes(dice.choice(source))
    return bytes(data)


def pieces(data, dice):
    while data:
        size = dice.choice([1, 3, 50, 1000, len(data)])
        yield data[:size]
        data = data[size:]


@pytest.mark.slow
def test_whatever_clients_and_agents_say_the_proxy_stays_and_nothing_is_left_behind(start_proxy, started):
    answers = corpus("llhttp-responses")
    requests = corpus("gunicorn", "desync-guardian", "llhttp-requests", "http-garden-trophies", "h1spec")
    requests += [
        get("/x", "Connection: upgrade", "Upgrade: echo").encode() + b"tunnelled" * 50,
        get("/large").encode(), get("/", "Transfer-Encoding: chunked", method="POST").encode() + b"5\r\nhello\r\n" * 2000,
    ]
    counts = {"served": 0, "sent": 0}

    def handler(wire):
        dice = random.Random(f"{SEED} agent {counts['served']}")
        wire.sock.settimeout(2)
        while True:
            counts["served"] += 1
            head = wire.until(b"\r\n\r\n")
            choice = dice.randrange(10)
            if choice < 3:
                for piece in pieces(mutated(answers, dice), dice):
                    wire.send(piece)
            elif choice < 5:
                wire.send(ok("x" * dice.choice([0, 10, 20_000, 2_000_000])))
                continue
            elif choice == 5 and b"upgrade: echo" in head.lower():
                wire.send("HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
                wire.send(b"y" * dice.choice([1, 100_000]))
            elif choice == 6:
                wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + "4000\r\n" + "z" * 0x4000 + "\r\n")
            elif choice == 7:
                wire.send("HTTP/1.1 200 OK\r\n\r\n" + "until the end" * dice.choice([1, 50_000]))
            elif choice == 8:
                wire.send("HTTP/1.1 100 Continue\r\n\r\n")
            if dice.randrange(2):
                wire.reset()
            return

    agents = [RawAgent(handler) for _ in range(2)]
    started.extend(agents)
    proxy = start_proxy(
        {"http": {"timeouts": {"header": "1s", "firstByte": "1s", "streamGap": "1s", "read": "1s", "idle": "2s", "tunnelIdle": "1s"}}},
        [agent.settings(f"a{index}", maxConcurrent=50) for index, agent in enumerate(agents)],
        [{"name": "all", "match": {"type": "prefix", "pattern": "/", "encodedDelimiters": "keep"}, "target": ["a0", "a1"], "fallback": "a1",
          "upgrades": ["echo"]}])
    end = time.monotonic() + SECONDS

    def knock(number):
        dice = random.Random(f"{SEED} client {number}")
        while time.monotonic() < end and proxy.is_running:
            try:
                with Client(proxy.port, 3) as connection:
                    for piece in pieces(mutated(requests, dice), dice):
                        connection.send(piece)
                    counts["sent"] += 1
                    connection.sock.settimeout(dice.choice([0.001, 0.02, 0.2]))
                    for _ in range(dice.randrange(4)):
                        if not connection.sock.recv(dice.choice([1, 4000, 500_000])):
                            break
                    if dice.randrange(3) == 0:
                        connection.reset()
                    elif dice.randrange(3) == 0:
                        connection.sock.shutdown(socket.SHUT_WR)
                        connection.sock.recv(100)
            except OSError:
                continue

    threads = [threading.Thread(target=knock, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 20)
    assert proxy.is_running, f"seed {SEED}: the proxy ended with {proxy.process.returncode}"
    assert counts["sent"] > 100 and counts["served"] > 50, counts

    def settled():
        with Client(proxy.admin_port) as admin:
            agents = json.loads(admin.ask(get("/agents", host="localhost")).body)["agents"]
            page = metrics(admin.ask(get("/metrics", "Connection: close", host="localhost")).body.decode())
        left = {agent["id"]: agent["inFlight"] for agent in agents}
        return not any(left.values()) and page["gateway_active_requests", ()] <= 1 and page["gateway_active_tunnels", ()] == 0

    eventually(settled, 15, 0.2, f"seed {SEED}: an end of all requests")
    proxy.access_lines()
