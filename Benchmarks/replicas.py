#!/usr/bin/env python3
"""Changes three replicas at once (`all`), again and again, while one of them is killed at random moments.

ROUNDS times a change for all is sent to one of them; in most rounds one is killed (SIGKILL) at a random moment around it,
the coordinator too, and started again a random time later. All the while each replica's public listener is asked which
version it runs (X-Stamp). Wrong is: two versions in force on live replicas for longer than 2 s; replicas that do not end
with one version, in force and in their files; a report that does not say what each replica ended with.

usage: replicas.py [--rounds 200] [--kills 0.75] [--seed N]
"""
import argparse, collections, json, os, random, signal, sys, threading, time

from desk import Broken, Desk, Refused, rules, stamp_patch
from stage import Stage, free_port

TOKEN = "token-of-the-bench"
MOST_SECONDS = 2.0
SETTLING_SECONDS = 15
EVERY = 0.02


class Replica:
    def __init__(self, stage, number, ports, document):
        self.stage, self.number, (self.port, self.admin) = stage, number, ports[number]
        self.folder = os.path.join(stage.folder, f"replica-{number}")
        os.mkdir(self.folder)
        self.path = os.path.join(self.folder, "gateway.json")
        with open(self.path, "w") as file:
            json.dump(document, file, indent=1)
        # what each says, and since when; None: it does not answer
        self.words = [(time.monotonic(), None)]
        self.process = None
        self.over = False
        self.start()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def start(self):
        command = [self.stage.clawproxy, "run", "--config-file", self.path, f"--config.http.listen=127.0.0.1:{self.port}",
                   f"--config.admin.listen=127.0.0.1:{self.admin}"]
        self.process = self.stage.start(f"replica-{self.number}", command, self.port)

    def kill(self):
        self.stage.stop(self.process, signal.SIGKILL)

    @property
    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def in_file(self):
        rule = json.load(open(self.path))["gateway"]["routing"]["rules"][-1]
        return int(rule["headers"]["response"]["set"]["X-Stamp"])

    def watch(self):
        import http.client

        connection = None
        while not self.over:
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                connection.request("GET", "/bytes/10", headers={"Host": "bench"})
                answer = connection.getresponse()
                answer.read()
                word = int(answer.getheader("X-Stamp"))
            except (OSError, http.client.HTTPException, TypeError):
                connection, word = None, None
            if word != self.words[-1][1]:
                self.words.append((time.monotonic(), word))
            time.sleep(EVERY)


def longest_difference(replicas):
    """The longest time in which live replicas ran two versions, and when it began."""
    events = sorted((when, index, word) for index, replica in enumerate(replicas) for when, word in replica.words)
    now, since, longest = {}, None, (0.0, None, None)
    for when, index, word in events:
        if since is not None and when - since > longest[0]:
            longest = (when - since, since, dict(now))
        now[index] = word
        differ = len({word for word in now.values() if word is not None}) > 1
        since = (since or when) if differ else None
    return longest


def attempt(replica, stamp):
    """Sends a change for all: whether it was made (None: nobody says, as the coordinator broke), and the report's rows."""
    with Desk(replica.admin, TOKEN, 20) as desk:
        try:
            base = desk.ready().call("config.get", key="debugHeaders")["hash"]
            payload = desk.call("config.patch", raw=stamp_patch(stamp), baseHash=base, all=True, note=f"round {stamp}")
            return payload.get("applied") != "nowhere" and payload.get("ok") is not False, payload.get("replicas", [])
        except Refused as refusal:
            return False, refusal.error.get("replicas", []) or [{"state": "refused", "detail": str(refusal)}]
        except Broken:
            return None, []


def settle(replicas):
    """Waits until all run one version, which is in their files too; that version, or None."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while time.monotonic() < deadline:
        words = {replica.words[-1][1] for replica in replicas}
        if len(words) == 1 and None not in words and {replica.in_file() for replica in replicas} == words:
            return words.pop()
        time.sleep(0.01)
    return None


def round_of(number, replicas, before, dice, options):
    """One round: what was wrong, the version that all have now, and what happened."""
    stamp = number + 1
    coordinator = dice.choice(replicas)
    result = []
    sender = threading.Thread(target=lambda: result.append(attempt(coordinator, stamp)), daemon=True)
    victim = dice.choice(replicas) if dice.random() < options.kills else None
    lead = dice.uniform(0, 0.02) if victim and dice.random() < 0.15 else 0
    if lead:
        victim.kill()
        time.sleep(lead)
    sender.start()
    if victim:
        if not lead:
            time.sleep(dice.choice([dice.uniform(0, 0.03), dice.uniform(0, 0.12), dice.uniform(0, 0.5)]))
            victim.kill()
        time.sleep(dice.choice([0, dice.uniform(0, 0.3), dice.uniform(0, 3)]))
        victim.start()
    sender.join(30)
    taken, rows = result[0] if result else (None, [])
    what = "coordinator killed" if victim is coordinator else "participant killed" if victim else "nobody killed"
    now = settle(replicas)
    problems = []
    if now is None:
        running, written = [replica.words[-1][1] for replica in replicas], [replica.in_file() for replica in replicas]
        problems.append(f"no one version after {SETTLING_SECONDS} s: {running} run, the files say {written}")
    elif taken is None:
        if victim is not coordinator:
            problems.append("the coordinator did not answer, and was not killed")
        if now not in (before, stamp):
            problems.append(f"version {now} is neither {before} nor {stamp}")
    elif now != (stamp if taken else before):
        problems.append(f"reported as {'made' if taken else 'made nowhere'}, but {now} is in force (before {before}, sent {stamp}); rows {rows}")
    if taken:
        states = collections.Counter(row["state"] for row in rows)
        if len(rows) != 3 or states["applied"] + states["unreachable"] != 3 or (states["unreachable"] and not victim):
            problems.append(f"made, with the rows {rows}")
    elif taken is False and any(row["state"] == "applied" for row in rows):
        problems.append(f"made nowhere, with the rows {rows}")
    outcome = "no report" if taken is None else "made" if taken else "made nowhere"
    if taken is False and not victim:
        # a replica that has just come back may still refuse
        outcome += f" ({'; '.join(sorted({row.get('detail') or '' for row in rows if row['state'] != 'aborted'}))[:200]})"
    return problems, now if now is not None else before, f"{what}: {outcome}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--kills", type=float, default=0.75, help="the share of rounds in which one is killed")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    dice, outcomes, wrong = random.Random(options.seed), collections.Counter(), 0
    with Stage() as stage:
        agent = free_port()
        stage.agent("agent-bench-001", agent)
        ports = [(free_port(), free_port()) for _ in range(3)]
        document = {"gateway": {
            "http": {"timeouts": {"shutdown": "1s"}}, "performance": {"workerThreads": 1}, "logging": {"accessLog": False},
            "admin": {"token": TOKEN, "writesPerMinute": 0, "peers": [f"127.0.0.1:{admin}" for _, admin in ports]},
            "agents": {"healthCheck": {"enabled": False}, "discovery": {"static": [
                {"id": "agent-bench-001", "endpoint": f"http://127.0.0.1:{agent}", "tags": ["bench"]}]}},
            "routing": {"rules": rules(20, 0)}}}
        replicas = [Replica(stage, number, ports, document) for number in range(3)]
        before = settle(replicas)
        began = time.monotonic()
        for number in range(options.rounds):
            problems, before, outcome = round_of(number, replicas, before, dice, options)
            outcomes[outcome] += 1
            wrong += bool(problems)
            for problem in problems:
                print(f"round {number}, seed {options.seed}, {outcome}: {problem}", file=sys.stderr)
        took = time.monotonic() - began
        for replica in replicas:
            replica.over = True
        longest, when, words = longest_difference(replicas)
    print(f"{options.rounds} changes for three replicas in {took:.0f} s, seed {options.seed}: "
          f"{', '.join(f'{count} x {what}' for what, count in sorted(outcomes.items()))}")
    print(f"longest time with two versions in force on live replicas: {longest * 1e3:.0f} ms ({words}); rounds that were wrong: {wrong}")
    sys.exit(bool(wrong) or longest > MOST_SECONDS)


if __name__ == "__main__":
    main()
