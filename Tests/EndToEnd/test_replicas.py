"""A change for all replicas: on each of them, or on none; and each is reported."""
import json
import threading
import time

import pytest

from control import Edge, Refused, rule, sha256, stamped, start_edge  # noqa: F401
from processes import eventually, free_port
from raw import Closed

TOKEN = "token-of-all-replicas"


class Group:
    """Three replicas with one document; where each listens is told by flags, so that their files are the same."""

    def __init__(self, folder, agent, started, envs=({}, {}, {}), tokens=(TOKEN, TOKEN, TOKEN)):
        ports = [(free_port(), free_port()) for _ in range(3)]
        document = {
            "http": {"timeouts": {"shutdown": "5s"}}, "performance": {"workerThreads": 2},
            "loadBalancing": {"strategy": "round-robin", "circuitBreaker": {"enabled": False}},
            "agents": {"healthCheck": {"enabled": False}, "discovery": {"static": [agent.settings()]}},
            "admin": {"peers": [f"127.0.0.1:{admin}" for _, admin in ports], "writesPerMinute": 0, "token": "${REPLICA_TOKEN}"},
            "routing": {"rules": [rule("all", target="demo", **stamped("one"))]}}
        self.text = json.dumps({"gateway": document}, indent=2) + "\n"
        self.edges = []
        for number, (port, admin) in enumerate(ports):
            flags = [f"--config.http.listen=127.0.0.1:{port}", f"--config.admin.listen=127.0.0.1:{admin}"]
            home = folder / f"replica-{number}"
            edge = Edge(home, {"admin": {"token": tokens[number]}}, text=self.text, flags=flags, ports=(port, admin),
                        env={"REPLICA_TOKEN": tokens[number], **envs[number]})
            started.append(edge)
            self.edges.append(edge)

    def stamps(self):
        return [edge.ask("/").get("X-Stamp") if edge.is_running else None for edge in self.edges]

    def hashes(self):
        return {sha256(edge.text) for edge in self.edges}


@pytest.fixture
def group(tmp_path, started, shared_agent):
    def start(**options):
        return Group(tmp_path, shared_agent, started, **options)

    return start


def change(edge, text="two", method="config.patch", **more):
    """Whether a change for all was made, and the rows of its report by address."""
    params = {"raw": json.dumps({"routing": {"rules": [{"name": "all", **stamped(text)}]}}), "baseHash": edge.admin.hash(), "all": True, **more}
    try:
        payload = edge.admin.rpc(method, **params)
        taken = payload.get("applied") != "nowhere" and payload.get("ok") is not False
    except Refused as refusal:
        payload, taken = refusal.error, False
    rows = payload.get("replicas", [])
    return taken, {int(row["address"].rsplit(":", 1)[1]): row for row in rows}, payload


def nowhere(group, taken, rows):
    assert not taken and len(rows) == 3, rows
    assert not [row for row in rows.values() if row["state"] == "applied"], rows
    assert {edge.text for edge in group.edges} == {group.text} and set(group.stamps()) <= {"one", None}
    assert {edge.admin.generation for edge in group.edges if edge.is_running} == {1}


@pytest.mark.parametrize("coordinator", [0, 1, 2])
def test_all_have_it_when_it_is_answered(group, coordinator):
    replicas = group()
    taken, rows, payload = change(replicas.edges[coordinator], note="for all")
    assert taken and replicas.stamps() == ["two"] * 3, "at once"
    assert {row["state"] for row in rows.values()} == {"applied"} and set(rows) == {edge.admin_port for edge in replicas.edges}
    for edge in replicas.edges:
        row = rows[edge.admin_port]
        assert row["hash"] == sha256(edge.text) and row["generation"] == 2 == edge.admin.generation
        assert edge.admin.history()[0]["note"] == "for all" and json.loads(edge.text)["gateway"]["admin"]["peers"]
    assert len({row["instance"] for row in rows.values()}) == 3 and len(replicas.hashes()) == 1 and payload["changedPaths"]
    for number, edge in enumerate(replicas.edges):
        assert change(edge, f"next {number}")[0] and set(replicas.stamps()) == {f"next {number}"}


@pytest.mark.parametrize("coordinator", [0, 2])
def test_one_that_cannot_take_it_keeps_all_from_it(group, coordinator):
    """A variable that only two of them have: what is right here may be wrong there."""
    replicas = group(envs=({"NEEDED": "a-token"}, {"NEEDED": "a-token"}, {}))
    raw = json.dumps({"auth": {"tokens": [{"name": "new", "token": "${NEEDED}"}]}})
    taken, rows, payload = change(replicas.edges[coordinator], raw=raw)
    nowhere(replicas, taken, rows)
    third = rows[replicas.edges[2].admin_port]
    assert third["state"] == "refused" and "NEEDED" in json.dumps(third), third
    assert {rows[edge.admin_port]["state"] for edge in replicas.edges[:2]} == {"aborted"}, rows
    assert change(replicas.edges[0])[0] and replicas.stamps() == ["two"] * 3, "the next change is not in the way"


@pytest.mark.parametrize("gone", [1, 2])
def test_one_that_is_down_keeps_all_from_it(group, gone):
    replicas = group()
    replicas.edges[gone].kill()
    start = time.monotonic()
    taken, rows, _ = change(replicas.edges[0])
    assert time.monotonic() - start < 5
    nowhere(replicas, taken, rows)
    assert rows[replicas.edges[gone].admin_port]["state"] == "unreachable"
    replicas.edges[gone].start()
    assert replicas.stamps() == ["one"] * 3 and change(replicas.edges[gone])[0] and replicas.stamps() == ["two"] * 3


def test_a_stale_base_is_refused_before_anybody_is_asked(group):
    replicas = group()
    taken, _, error = change(replicas.edges[0], baseHash=sha256("x"))
    assert not taken and "config changed since last load" in json.dumps(error) and set(replicas.stamps()) == {"one"}


def test_one_with_another_token_is_named(group):
    replicas = group(tokens=(TOKEN, "another-token-here", TOKEN))
    taken, rows, error = change(replicas.edges[0])
    nowhere(replicas, taken, rows)
    assert "token" in json.dumps(rows[replicas.edges[1].admin_port]).lower() and TOKEN not in json.dumps([rows, error])


def test_a_dry_run_for_all_writes_nothing(group):
    replicas = group()
    taken, _, payload = change(replicas.edges[0], dryRun=True)
    assert taken and payload["dryRun"] is True and set(replicas.stamps()) == {"one"} and replicas.hashes() == {sha256(replicas.text)}


@pytest.mark.parametrize("method, params, stamp", [
    ("config.set", {"key": "routing.rules.all.headers.response.set.X-Stamp", "value": "set"}, "set"),
    ("config.unset", {"key": "routing.rules.all.headers"}, None), ("config.rollback", {}, "one"), ("config.apply", {}, "applied")])
def test_every_kind_of_change_goes_to_all(group, method, params, stamp):
    replicas = group()
    if method == "config.rollback":
        assert change(replicas.edges[1], "two")[0]
    if method == "config.apply":
        params = {"raw": replicas.text.replace('"one"', '"applied"')}
    first = replicas.edges[0]
    payload = first.admin.rpc(method, **params, baseHash=first.admin.hash(), all=True)
    assert [row["state"] for row in payload["replicas"]] == ["applied"] * 3 and replicas.stamps() == [stamp] * 3


def test_the_command_tells_each_replica(group):
    replicas = group()
    first = replicas.edges[0]
    done = first.cli("config", "set", "debugHeaders", "true", "--all", "--admin", f"127.0.0.1:{first.admin_port}")
    assert done.returncode == 0 and done.stdout.count("applied") >= 3, done.stdout + done.stderr
    assert all(f"127.0.0.1:{edge.admin_port}" in done.stdout for edge in replicas.edges)
    replicas.edges[2].kill()
    done = first.cli("config", "set", "debugHeaders", "false", "--all", "--admin", f"127.0.0.1:{first.admin_port}")
    told = done.stdout + done.stderr
    assert done.returncode == 1 and "unreachable" in told and f"127.0.0.1:{replicas.edges[2].admin_port}" in told


def test_without_peers_all_is_refused(start_edge, shared_agent):
    edge = start_edge({"agents": {"discovery": {"static": [shared_agent.settings()]}}})
    refusal = edge.admin.refusal("config.patch", raw='{"debugHeaders": true}', baseHash=edge.admin.hash(), all=True)
    assert "admin.peers" in refusal.message and edge.admin.generation == 1


def test_replicas_that_share_a_file_follow_by_watching_it(start_edge, shared_agent):
    first = start_edge({
        "agents": {"discovery": {"static": [shared_agent.settings()]}},
        "routing": {"rules": [rule("all", target="demo", **stamped("one"))]}})
    others = []
    for number in range(2):
        ports = (free_port(), free_port())
        flags = [f"--config.http.listen=127.0.0.1:{ports[0]}", f"--config.admin.listen=127.0.0.1:{ports[1]}"]
        # a link stands for a mount of one file in two places
        other = start_edge(folder=f"other-{number}", text=first.text, flags=flags, ports=ports)
        other.stop()
        other.names_file = ["--config-file", str(first.config_file)]
        others.append(other.start())
    first.admin.patch({"routing": {"rules": [{"name": "all", **stamped("two")}]}})
    for other in others:
        eventually(lambda: other.ask("/").get("X-Stamp") == "two", 5, what="the change elsewhere")
    # the replicas look at one file: a change of one is stale for the other only until that has followed
    others[0].admin.patch({"routing": {"rules": [{"name": "all", **stamped("three")}]}})
    for edge in (first, others[1]):
        eventually(lambda: edge.ask("/").get("X-Stamp") == "three", 5, what="the change elsewhere")
    assert first.admin.generation == 3


def test_two_coordinators_at_once_leave_one_version(group):
    replicas = group()
    for number in range(8):
        results = [None, None]

        def send(side, text):
            results[side] = change(replicas.edges[side], text)

        threads = [threading.Thread(target=send, args=(side, f"{number} by {side}")) for side in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        stamps = set(replicas.stamps())
        assert len(stamps) == 1 and len(replicas.hashes()) == 1, (stamps, results)
        for side, (taken, rows, _) in enumerate(results):
            assert taken or not [row for row in rows.values() if row["state"] == "applied"], rows
        winners = [f"{number} by {side}" for side in (0, 1) if results[side][0]]
        assert not winners or stamps <= set(winners), (stamps, winners)


@pytest.mark.slow
def test_a_replica_killed_at_any_moment_ends_as_the_report_says(group):
    replicas = group()
    current = "one"
    for number in range(12):
        victim, pause = replicas.edges[number % 3], 0.005 * (number % 6)
        result = []
        thread = threading.Thread(target=lambda: result.append(attempt(replicas.edges[0], f"v{number}")))
        thread.start()
        time.sleep(pause)  # the moment of the kill is the test's input
        victim.kill()
        thread.join(30)
        victim.start()
        stamps = eventually(lambda: len(set(replicas.stamps())) == 1 and set(replicas.stamps()), 10, what="one version everywhere")
        taken, rows = result[0]
        if taken is None:
            assert stamps <= {current, f"v{number}"}
        else:
            assert stamps == ({f"v{number}"} if taken else {current}), (number, taken, rows, stamps)
        current = stamps.pop()


def attempt(edge, text):
    """As `change`, but the coordinator may be killed meanwhile: then nobody reports."""
    try:
        return change(edge, text)[:2]
    except (OSError, Closed):
        return None, {}
