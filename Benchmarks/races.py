#!/usr/bin/env python3
"""Writers that race with the same baseHash: exactly one wins, each time.

ROUNDS times all writers send a change made for the same file at the same moment, over connections of their own, in turn
by config.patch, config.set and config.apply. One must be taken, the others refused because the file changed; what is in
the file, what runs, and the hash that the winner was told must be the winner's.

usage: races.py [--rounds 1000] [--writers 2]
"""
import argparse, collections, hashlib, json, os, sys, time

from desk import Broken, Desk, Refused, rules, stamp_in_force, stamp_patch
from stage import Stage, free_port

TOKEN = "token-of-the-bench"
STALE = "config changed since last load; re-run config.get and retry"
KEY = "routing.rules.all.headers.response.set.X-Stamp"


def question(desk, method, base, stamp, text):
    """A change to a stamp of one's own, made for the file with the hash `base`."""
    if method == "config.patch":
        return desk.request(method, {"raw": stamp_patch(stamp), "baseHash": base})
    if method == "config.set":
        return desk.request(method, {"key": KEY, "value": str(stamp), "baseHash": base})
    document = json.loads(text)
    document["gateway"]["routing"]["rules"][-1]["headers"]["response"]["set"]["X-Stamp"] = str(stamp)
    return desk.request(method, {"raw": json.dumps(document), "baseHash": base})


def race(desks, number, path, port):
    """One round; nothing where exactly one won and everything is the winner's, else what was wrong."""
    text = open(path, "rb").read()
    base = hashlib.sha256(text).hexdigest()
    methods = ("config.patch", "config.set", "config.apply")
    stamps = [number * len(desks) + index + 1 for index in range(len(desks))]
    questions = [question(desk, methods[(number + index) % 3], base, stamp, text) for index, (desk, stamp) in enumerate(zip(desks, stamps))]
    # in turn another one is the first to send
    order = [(number + index) % len(desks) for index in range(len(desks))]
    for index in order:
        desks[index].send(questions[index])
    won, lost = [], collections.Counter()
    for index in order:
        try:
            won.append((index, desks[index].answer()))
        except Refused as refusal:
            lost[refusal.message if refusal.code == "INVALID_REQUEST" else str(refusal)] += 1
    if len(won) != 1:
        return f"{len(won)} writers won; the others: {dict(lost)}", None
    if lost != {STALE: len(desks) - 1}:
        return f"refused for another reason: {dict(lost)}", None
    index, payload = won[0]
    now = open(path, "rb").read()
    stamp = str(stamps[index])
    if json.loads(now)["gateway"]["routing"]["rules"][-1]["headers"]["response"]["set"]["X-Stamp"] != stamp:
        return "the file is not the winner's", None
    if payload["hash"] != hashlib.sha256(now).hexdigest():
        return "the winner was told another hash than the file's", None
    if stamp_in_force(port) != int(stamp):
        return "what runs is not the winner's", None
    return None, order.index(index)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--writers", type=int, default=2)
    options = parser.parse_args()
    wrong, places = collections.Counter(), collections.Counter()
    with Stage() as stage:
        agent, admin = free_port(), free_port()
        stage.agent("agent-bench-001", agent)
        port = stage.proxy({"agent-bench-001": agent}, {
            "admin": {"listen": f"127.0.0.1:{admin}", "token": TOKEN, "writesPerMinute": 0}, "routing": {"rules": rules(10, 0)}})
        desks = [Desk(admin, TOKEN).ready() for _ in range(options.writers)]
        began = time.monotonic()
        for number in range(options.rounds):
            try:
                complaint, place = race(desks, number, os.path.join(stage.folder, "gateway.json"), port)
            except Broken as error:
                complaint, place = f"no answer: {error}", None
            if complaint:
                wrong[complaint] += 1
            else:
                places[place] += 1
        took = time.monotonic() - began
        generation = desks[0].call("status")["generation"]
    won = options.rounds - sum(wrong.values())
    order = ", ".join(f"{count} x {place + 1}." for place, count in sorted(places.items()))
    print(f"{options.rounds} rounds of {options.writers} writers in {took:.1f} s: exactly one won in {won}; "
          f"winners by the order of sending: {order}; generation {generation}")
    for complaint, count in wrong.most_common():
        print(f"  {count} x {complaint}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
