#!/usr/bin/env python3
"""Kills the proxy (SIGKILL) at random moments while its configuration is changed, and looks at what is left.

ROUNDS times: changes follow each other without a pause (patch, set, apply and rollback in turn) until the kill. Then the
file must be, to the byte, the version of the last change that was answered, or of the one that was under way. The proxy
must start on it, run it, have a readable history whose versions come back, and leave no half-written file beside it.

usage: power-cut.py [--rounds 200] [--rules 500] [--seed N]
"""
import argparse, collections, hashlib, json, os, random, signal, sys, threading, time

from desk import Broken, Desk, Refused, rules, stamp_in_force, stamp_patch
from stage import Stage, free_port

TOKEN = "token-of-the-bench"
KEY = "routing.rules.all.headers.response.set.X-Stamp"


def stamp_of(data):
    """The number that a version bears; fails where it is no whole version."""
    return int(json.loads(data)["gateway"]["routing"]["rules"][-1]["headers"]["response"]["set"]["X-Stamp"])


class Writer(threading.Thread):
    """Changes until the connection breaks; knows the version that was answered last, and the one under way."""

    def __init__(self, desk, data, stamp, dice):
        super().__init__(daemon=True)
        self.desk, self.data, self.stamp, self.dice = desk, data, stamp, dice
        self.before, self.under_way, self.answered, self.problem, self.times = None, None, 0, None, []

    def version(self, stamp):
        return self.data.replace(f'"X-Stamp": "{stamp_of(self.data)}"'.encode(), f'"X-Stamp": "{stamp}"'.encode())

    def run(self):
        try:
            while True:
                self.step()
        except Broken:
            pass
        except Refused as refusal:
            self.problem = f"refused: {refusal}"
        except Exception as error:  # shown by the measurement
            self.problem = repr(error)

    def step(self):
        base = hashlib.sha256(self.data).hexdigest()
        method = self.dice.choice(["config.patch", "config.set", "config.apply"] + (["config.rollback"] if self.before else []))
        self.stamp += 1
        after = self.version(self.stamp)
        params = {"config.patch": {"raw": stamp_patch(self.stamp)}, "config.set": {"key": KEY, "value": str(self.stamp)},
                  "config.apply": {"raw": after.decode()}, "config.rollback": {}}[method]
        if method == "config.rollback":
            after = self.before
        data = self.desk.request(method, {**params, "baseHash": base})
        self.under_way, began = after, time.monotonic()
        self.desk.send(data)
        told = self.desk.answer()["hash"]
        self.times.append(time.monotonic() - began)
        if told != hashlib.sha256(after).hexdigest():
            raise ValueError(f"{method} was answered with another hash than that of the version it made")
        self.before, self.data, self.under_way = self.data, after, None
        self.answered += 1


def left_behind(folder):
    """Files that nobody should find."""
    known = {"gateway.json", ".gateway.json.history"}
    return [name for name in os.listdir(folder) if name not in known and "gateway.json" in name]


def inspect(start, desk, path, port, writer):
    """What is wrong after a kill; nothing where all is well. The proxy runs again after it."""
    data = open(path, "rb").read()
    if data not in (writer.data, writer.under_way):
        return f"the file ({len(data)} bytes) is neither the version before ({len(writer.data)}) nor the one sent"
    start()
    desk.ready()
    found, runs = desk.call("config.get", key="debugHeaders"), stamp_in_force(port)
    if runs != stamp_of(data) or found["appliedHash"] != hashlib.sha256(data).hexdigest() or not found["valid"]:
        return f"started on another version: {runs} runs, the file says {stamp_of(data)}"
    if rest := left_behind(os.path.dirname(path)):
        return f"left behind: {rest}"
    versions = desk.call("config.history")["versions"]
    numbers = [version["number"] for version in versions]
    if numbers != sorted(set(numbers), reverse=True) or len(versions) > 20:
        return f"the history is out of order: {numbers}"
    for version in versions:
        planned = desk.call("config.rollback", number=version["number"], baseHash=found["hash"], dryRun=True)
        if not planned["ok"]:
            return f"version {version['number']} does not come back"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--rules", type=int, default=500, help="in the file: a longer one takes longer to write")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    dice, wrong, ends = random.Random(options.seed), collections.Counter(), collections.Counter()
    answered = 0
    with Stage() as stage:
        agent, admin = free_port(), free_port()
        stage.agent("agent-bench-001", agent)
        port = stage.proxy({"agent-bench-001": agent}, {
            "admin": {"listen": f"127.0.0.1:{admin}", "token": TOKEN, "writesPerMinute": 0},
            "routing": {"rules": rules(options.rules, 0)}})
        path, process = os.path.join(stage.folder, "gateway.json"), stage.running[-1]
        stamp, pace = 0, 0.05

        def start():
            nonlocal process
            process = stage.start("clawproxy", [stage.clawproxy, "run", "--config-file", path], port)

        for number in range(options.rounds):
            with Desk(admin, TOKEN) as desk:
                desk.ready()
                data = open(path, "rb").read()
                writer = Writer(Desk(admin, TOKEN), data, max(stamp, stamp_of(data)), dice)
                desk.close()
                writer.start()
                # some changes are answered, and the kill meets another one anywhere between its beginning and its end
                time.sleep(dice.uniform(0, 4 * pace))
                stage.stop(process, signal.SIGKILL)
                writer.join(10)
                pace = 0.7 * pace + 0.3 * (sum(writer.times) / len(writer.times) if writer.times else 2 * pace)
                stamp = writer.stamp
                answered += writer.answered
                if writer.problem:
                    wrong[writer.problem] += 1
                now = open(path, "rb").read()
                ends["the version under way" if now == writer.under_way else "the version before" if writer.under_way else "between two"] += 1
                try:
                    complaint = inspect(start, desk, path, port, writer)
                except (Broken, Refused, ValueError, KeyError, RuntimeError) as error:
                    complaint = f"{type(error).__name__}: {error}"
                if complaint:
                    wrong[complaint] += 1
                    print(f"round {number}, seed {options.seed}: {complaint}", file=sys.stderr)
                    if process.poll() is not None:
                        start()
    found = ", ".join(f"{count} x {what}" for what, count in ends.most_common())
    print(f"{options.rounds} kills within {answered} changes that were answered, seed {options.seed}: "
          f"{options.rounds - sum(wrong.values())} left one whole version, on which the proxy started with a readable history; found: {found}")
    for complaint, count in wrong.most_common():
        print(f"  {count} x {complaint}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
