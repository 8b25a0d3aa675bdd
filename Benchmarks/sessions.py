#!/usr/bin/env python3
"""1,000 sessions over five agents: who is moved by a change, and who by an agent that leaves.

Each session is a header x-session-key; who answered it first is its owner. Demanded: after a patch of a rule that none of them
uses, all are with their owners; when one agent is killed only its own sessions move, and no request fails; the others stay
when it has come back. Told beside it: how even the sessions lie, and how many of the moved go home.

usage: sessions.py [--sessions 1000] [--strategy adaptive] [--seed 1]
"""
import argparse, collections, http.client, json, random, sys, time

from desk import Desk
from stage import Stage, free_port

TOKEN = "token-of-the-bench"
AGENTS = [f"agent-{number}" for number in range(1, 6)]
VICTIM = "agent-3"
HEADER = "x-session-key"


def gateway(strategy, admin, ports):
    return {
        "admin": {"listen": f"127.0.0.1:{admin}", "token": TOKEN, "writesPerMinute": 0},
        "agents": {"discovery": {"static": [
                       {"id": name, "endpoint": f"http://127.0.0.1:{port}", "tags": ["bench"]} for name, port in ports.items()]},
                   "healthCheck": {"path": "/health", "interval": "500ms", "edgeInterval": "250ms", "failThreshold": 2,
                                   "passThreshold": 2}},
        "loadBalancing": {"strategy": strategy, "affinity": {"enabled": True}, "circuitBreaker": {"cooldown": "1s"}},
        "routing": {"rules": [
            {"name": "unrelated", "match": {"type": "prefix", "pattern": "/unrelated"}, "target": "tag:bench"},
            {"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "tag:bench"}]},
    }


class Clients:
    """Asks for sessions one after the other over kept connections, as many clients do."""

    def __init__(self, port, dice):
        self.port, self.dice, self.failures = port, dice, collections.Counter()
        self.connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=15) for _ in range(8)]

    def owner(self, session):
        connection = self.dice.choice(self.connections)
        try:
            connection.request("GET", "/bytes/20", headers={"Host": "bench", HEADER: session})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self.failures[type(error).__name__] += 1
            return None
        if answer.status != 200:
            self.failures[f"status {answer.status}"] += 1
        return answer.getheader("X-Agent")

    def owners(self, sessions):
        order = self.dice.sample(sessions, len(sessions))
        return {session: self.owner(session) for session in order}


def moved(before, after):
    return [session for session in before if after[session] != before[session]]


def state(admin, agent):
    connection = http.client.HTTPConnection("127.0.0.1", admin, timeout=5)
    connection.request("GET", "/health", headers={"Host": "localhost"})
    rows = json.load(connection.getresponse())["agents"]
    return next(row["state"] for row in rows if row["id"] == agent)


def wait_for(what, holds, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def measure(stage, options):
    ports, admin = {name: free_port() for name in AGENTS}, free_port()
    running = {name: stage.agent(name, port) for name, port in ports.items()}
    port = stage.proxy(ports, gateway(options.strategy, admin, ports))
    time.sleep(1)
    dice = random.Random(options.seed)
    clients = Clients(port, dice)
    sessions = [f"session-{dice.getrandbits(64):016x}" for _ in range(options.sessions)]
    first = clients.owners(sessions)
    counts = collections.Counter(first.values())
    print("sessions of each agent: " + ", ".join(f"{name} {counts[name]}" for name in AGENTS))
    wrong = []

    def demand(what, wandered):
        print(f"{what}: {len(wandered)} moved that should not have")
        wrong.extend([f"{what}: {len(wandered)} sessions moved"] if wandered else [])

    demand("asked again", moved(first, clients.owners(sessions)))
    with Desk(admin, TOKEN) as desk:
        base = desk.ready().call("config.get")["hash"]
        patch = {"routing": {"rules": [{"name": "unrelated", "headers": {"response": {"set": {"X-New": "1"}}}}]}}
        desk.call("config.patch", raw=json.dumps(patch), baseHash=base)
    demand("an unrelated rule was patched", moved(first, clients.owners(sessions)))
    stage.stop(running[VICTIM], 9)
    without = clients.owners(sessions)
    demand(f"{VICTIM} was killed", [session for session in moved(first, without) if first[session] != VICTIM])
    where = collections.Counter(agent for session, agent in without.items() if first[session] == VICTIM)
    print(f"  its {counts[VICTIM]} went to " + ", ".join(f"{name} {where[name]}" for name in AGENTS if where[name]))
    wait_for(f"{VICTIM} set aside", lambda: state(admin, VICTIM) != "available")
    away = clients.owners(sessions)
    demand("asked again while it is away", [session for session in moved(without, away) if first[session] != VICTIM])
    print(f"  of its own, {len(moved(without, away))} moved once more")
    running[VICTIM] = stage.agent(VICTIM, ports[VICTIM])
    # its breaker asks with a request whether it is back
    wait_for(f"{VICTIM} available again",
             lambda: clients.owners(dice.sample(sessions, 20)) and state(admin, VICTIM) == "available")
    back = clients.owners(sessions)
    demand(f"{VICTIM} is back", [session for session in moved(first, back) if first[session] != VICTIM])
    print(f"  of its own, {sum(back[session] == VICTIM for session in first if first[session] == VICTIM)} are home again")
    print(f"failed requests: {sum(clients.failures.values())}")
    return wrong + [f"{count} x {failure}" for failure, count in clients.failures.items()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--strategy", default="adaptive")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with Stage() as stage:
        wrong = measure(stage, options)
    for what in wrong:
        print(f"wrong: {what}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
