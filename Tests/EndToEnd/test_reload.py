"""Another configuration while requests run: however its file changes, and whatever in it does."""
import json
import os
import shutil
import signal
import socket
import threading
import time

import pytest

from control import Admin, Caller, agents, rule, sha256, stamped, start_edge  # noqa: F401
from processes import can_connect, eventually, free_port, merge
from raw import Closed, answering, get, ok
from test_upgrades import challenged, ws


def gateway(agent, stamp="one", **more):
    """One agent behind a rule whose answers tell which configuration gave them."""
    return merge(merge(agents(agent.settings()), {"routing": {"rules": [rule("all", target="demo", **stamped(stamp))]}}), more)


def stamp(edge):
    return edge.ask("/").get("X-Stamp")


def text(edge, old="one", new="two"):
    assert f'"X-Stamp": "{old}"' in edge.text
    return edge.text.replace(f'"X-Stamp": "{old}"', f'"X-Stamp": "{new}"')


def reloads(edge, result):
    return edge.admin.metric("gateway_config_reloads_total", result=result)


def live(edge, wanted):
    eventually(lambda: stamp(edge) == wanted, 5, what=f"X-Stamp: {wanted}")


@pytest.fixture
def edge(start_edge, shared_agent):
    return start_edge(gateway(shared_agent))


# -- however the file changes ---------------------------------------------------------------------------------------------


def test_by_rename(edge):
    edge.rewrite(text(edge))
    live(edge, "two")
    assert edge.admin.generation == 2 and reloads(edge, "taken") == 1 and edge.admin.hash() == sha256(edge.text)
    assert edge.admin.get()["appliedHash"] == sha256(edge.text)


def test_by_writing_in_place_however_slowly(edge):
    """A file that is half written is not a broken one."""
    names = ["one", "two"] + [f"round-{number}" for number in range(8)]
    for old, new in zip(names, names[1:]):
        whole = text(edge, old, new).encode()
        with open(edge.config_file, "wb", buffering=0) as file:
            file.write(whole[: len(whole) // 2])
            time.sleep(0.05)  # the writer's pace is the test's input
            file.write(whole[len(whole) // 2:])
        live(edge, new)
    assert reloads(edge, "refused") == 0 and not edge.told(level="error") and edge.admin.generation == len(names)


def test_by_a_symlink_swapped_as_kubernetes_does_it(start_edge, shared_agent):
    edge = start_edge(gateway(shared_agent))
    edge.stop()
    volume, first = edge.folder, edge.text

    def publish(name, content):
        (volume / name).mkdir()
        (volume / name / "gateway.json").write_text(content)
        os.symlink(name, volume / "..data_tmp")
        os.rename(volume / "..data_tmp", volume / "..data")

    edge.config_file.unlink()
    publish("..2026_01", first)
    os.symlink("..data/gateway.json", edge.config_file)
    edge.start()
    for number in range(2, 6):
        publish(f"..2026_0{number}", first.replace('"one"', f'"{number}"'))
        shutil.rmtree(volume / f"..2026_0{number - 1}")
        live(edge, str(number))
    assert reloads(edge, "refused") == 0 and edge.config_file.is_symlink()


def test_a_file_that_vanishes_stays_in_force_and_is_told_once(edge):
    content = edge.text
    edge.config_file.unlink()
    eventually(lambda: reloads(edge, "refused") == 1, 5, what="the report")
    time.sleep(1)  # that nothing more comes is what is tested
    assert stamp(edge) == "one" and edge.admin.generation == 1 and reloads(edge, "refused") == 1
    assert len(edge.told(str(edge.config_file), level="error")) == 1
    found = edge.admin.get()
    assert found["exists"] is False and any(str(edge.config_file) in json.dumps(issue) for issue in found["issues"])
    edge.config_file.write_text(content)
    eventually(lambda: not edge.admin.get()["issues"], 5, what="all well again")
    assert edge.admin.generation == 1, "what came back is what was in force"
    edge.config_file.unlink()
    eventually(lambda: reloads(edge, "refused") == 2, 5, what="the second report")
    edge.config_file.write_text(content.replace('"one"', '"two"'))
    live(edge, "two")


def test_one_that_is_gone_for_a_moment_is_no_news(edge):
    content = text(edge)
    edge.config_file.unlink()
    time.sleep(0.2)  # as editors do that remove first and write then
    edge.config_file.write_text(content)
    live(edge, "two")
    assert reloads(edge, "refused") == 0


def test_by_signal_and_by_rpc(edge):
    edge.signal(signal.SIGHUP)
    assert edge.admin.rpc("config.reload")["changed"] is False and edge.admin.generation == 1
    edge.rewrite(text(edge))
    edge.signal(signal.SIGHUP)
    live(edge, "two")
    edge.rewrite(text(edge, "two", "three"))
    answer = edge.admin.rpc("config.reload")
    assert answer["generation"] == 3 and answer["issues"] == [] and stamp(edge) == "three", "live when it answers"
    edge.rewrite("{broken")
    answer = edge.admin.rpc("config.reload")
    assert answer["changed"] is False and answer["issues"][0]["position"].startswith(f"{edge.config_file}:1:") and stamp(edge) == "three"


def test_every_file_is_followed(start_edge, shared_agent, tmp_path):
    below = tmp_path / "below.json"
    edge = start_edge(gateway(shared_agent), env={"OPENCLAW_GLOBAL_CONFIG": str(below)})
    below.write_text('{"debugHeaders": true}')
    eventually(lambda: edge.ask("/").get("X-ClawProxy-Agent") == "demo", 5, what="the global file")
    below.write_text('{"debugHeaders": false}')
    eventually(lambda: edge.ask("/").get("X-ClawProxy-Agent") is None, 5, what="the global file")


# -- a broken one ---------------------------------------------------------------------------------------------------------


def test_a_broken_file_changes_nothing_and_is_told_once_with_every_position(edge):
    content = edge.text
    broken = '{"gateway": {\n  "routng": 1,\n  "http": {"timeouts": {\n    "idle": 5}}}}'
    edge.rewrite(broken)
    eventually(lambda: reloads(edge, "refused") == 1, 5, what="the refusal")
    os.utime(edge.config_file)
    edge.rewrite(broken)
    time.sleep(1)  # that nothing more comes is what is tested
    lines = edge.told(level="error")
    assert len(lines) == 1 and reloads(edge, "refused") == 1 and edge.admin.metric("gateway_config_last_reload_successful") == 0
    told, positions = json.dumps(lines), [f"{edge.config_file}:2:3", f"{edge.config_file}:4:13"]
    health = edge.ask("/health?detailed")
    issues = edge.admin.get()["issues"]
    for position in positions:
        assert position in told and position in health.body.decode() and position in [issue["position"] for issue in issues], position
    assert health.status == 200 and stamp(edge) == "one" and edge.admin.generation == 1
    found = edge.admin.get()
    assert found["valid"] is False and found["hash"] == sha256(broken) and found["appliedHash"] == sha256(content)
    edge.rewrite(content.replace('"one"', '"two"'))
    live(edge, "two")
    assert edge.admin.get()["issues"] == [] and edge.admin.metric("gateway_config_last_reload_successful") == 1
    assert str(edge.config_file) not in edge.ask("/health?detailed").body.decode()


def test_what_a_start_would_refuse_a_reload_refuses(edge):
    for more in ({"auth": {"tokens": [{"name": "b", "sha256": "${NOT_SET_EITHER}"}]}},
                 {"auth": {"tokens": [{"name": "a", "token": "${NOT_SET}"}]}}):
        content = edge.text
        edge.rewrite(json.dumps({"gateway": merge(json.loads(content)["gateway"], more)}))
        answer = edge.admin.rpc("config.reload")
        assert answer["changed"] is False and answer["issues"] and stamp(edge) == "one"
        edge.rewrite(content)
        edge.admin.rpc("config.reload")


# -- what is no change ----------------------------------------------------------------------------------------------------


def test_our_own_writing_is_not_read_back(edge):
    edge.admin.patch({"routing": {"rules": [{"name": "all", **stamped("two")}]}})
    time.sleep(1)  # that nothing comes is what is tested
    assert edge.admin.generation == 2 and reloads(edge, "taken") == 1 and not edge.told("configuration reloaded")
    assert [version["by"] for version in edge.admin.history()][0] == "patch" and len(edge.admin.history()) == 2


@pytest.mark.parametrize("change", [
    lambda text: text, lambda text: text + "\n// words\n", lambda text: text.replace('"http": {', '"http": {"trustedProxies": [], ', 1),
    lambda text: text.replace('"round-robin"', '"roundRobin"'), lambda text: text.replace('"5s"', '"${FIVE}"'),
    lambda text: json.dumps({"gateway": dict(reversed(json.loads(text)["gateway"].items()))})],
    ids=["touched", "comment", "default", "spelling", "variable", "order"])
def test_other_words_for_the_same_make_no_generation(start_edge, shared_agent, change):
    edge = start_edge(gateway(shared_agent), env={"FIVE": "5000ms"})
    other = change(edge.text)
    edge.rewrite(other)
    eventually(lambda: edge.admin.get()["appliedHash"] == sha256(other), 5, what="that it was read")
    assert edge.admin.generation == 1 and reloads(edge, "taken") == 0 and edge.admin.rpc("config.diff")["changes"] == []


# -- agents ---------------------------------------------------------------------------------------------------------------


def test_agents_come_go_and_change_and_the_others_notice_nothing(start_edge, start_agent, raw_agent):
    stays, leaves, comes = start_agent("demo"), raw_agent(answering(ok("leaving"))), start_agent("comes")
    # a newcomer's share is a matter of chance while it rises, so it does not rise here
    edge = start_edge(merge(agents(stays.settings(), leaves.settings("leaves")), {"loadBalancing": {"slowStart": {"enabled": False}}}))
    table = lambda: {row["id"]: row for row in edge.admin.rpc("agents")["agents"]}
    for _ in range(20):
        assert edge.ask("/").status == 200
    before = table()
    assert before["demo"]["served"] + before["leaves"]["served"] == 20 and leaves.accepted > leaves.closed == 0
    edge.admin.patch(agents(comes.settings(), {"id": "demo", "weight": 7}))
    assert table()["demo"]["served"] == before["demo"]["served"], "counted on"
    edge.admin.unset("agents.discovery.static.leaves")
    eventually(lambda: leaves.closed == leaves.accepted, 5, what="the end of idle connections to an agent that left")
    for _ in range(20):
        assert edge.ask("/").get("X-Agent") in ("demo", "comes")
    after = table()
    assert set(after) == {"demo", "comes"} and after["demo"]["weight"] == 7
    assert after["demo"]["served"] + after["comes"]["served"] == before["demo"]["served"] + 20 and after["comes"]["served"] > 0
    assert stays.stats()["accepted"] <= 4, "its connections were kept"


def test_health_is_carried_over(start_edge, start_agent):
    well, ill = start_agent("well"), start_agent("ill")
    ill.control(healthy=False)
    edge = start_edge(merge(agents(well.settings(), ill.settings()), {"agents": {"healthCheck": {
        "enabled": True, "interval": "60s", "edgeInterval": "100ms", "failThreshold": 2, "jitter": 0}}}))
    eventually(lambda: [row["health"] for row in edge.admin.rpc("agents")["agents"]] == ["up", "down"], what="the verdicts")
    for number in range(5):
        edge.admin.patch({"debugHeaders": number % 2 == 0})
        assert [row["health"] for row in edge.admin.rpc("agents")["agents"]] == ["up", "down"]
        assert {edge.ask("/").get("X-Agent") for _ in range(4)} == {"well"}


# -- listeners ------------------------------------------------------------------------------------------------------------


class Knocker(threading.Thread):
    """New connections to an address, one after the other, until told to stop: each that is accepted must be answered."""

    def __init__(self, host, port):
        super().__init__(daemon=True)
        self.address, self.first, self.refused, self.lost, self.served, self.over = (host, port), None, None, [], 0, False
        self.start()

    def run(self):
        while not self.over:
            try:
                client = Caller(*self.address)
            except OSError:
                if self.first:
                    self.refused = self.refused or time.monotonic()
                continue
            with client:
                try:
                    assert client.ask(get("/", "Connection: close")).status == 200
                    self.first, self.served = self.first or time.monotonic(), self.served + 1
                except (Closed, AssertionError, OSError) as error:
                    self.lost.append(repr(error))


@pytest.mark.parametrize("by", ["patch", "file"])
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_a_listener_moves_and_no_request_is_lost(edge, client, by, host):
    port = free_port() if host == "127.0.0.1" else edge.port
    kept, slow = client(edge), client(edge)
    assert kept.ask(get("/")).status == 200
    slow.send(get("/slow/1000"))
    old, new = Knocker("127.0.0.1", edge.port), Knocker(host, port)
    eventually(lambda: old.served > 20, what="requests")
    assert new.first is None
    if by == "patch":
        answer = edge.admin.patch({"http": {"listen": f"{host}:{port}"}})
        assert answer["generation"] == 2 and answer["changes"][0]["applies"] == "listener"
    else:
        edge.rewrite(edge.text.replace(f'"127.0.0.1:{edge.port}"', f'"{host}:{port}"'))
    eventually(lambda: old.refused, 10, what="the end of the old address")
    old.over = new.over = True
    old.join(10), new.join(10)
    assert not old.lost and not new.lost, (old.lost[:3], new.lost[:3])
    assert new.first and new.first <= old.refused, "the new one answers before the old one stops"
    assert slow.answer().status == 200, "what was under way ends in order"
    assert [row["port"] for row in edge.admin.rpc("status")["listeners"] if row["door"] == "clients"] == [port]


def test_addresses_are_added_and_the_others_stay(edge, client):
    kept, second = client(edge), free_port()
    kept.ask(get("/"))
    edge.admin.patch({"http": {"listen": [f"127.0.0.1:{edge.port}", f"127.0.0.1:{second}"]}})
    assert kept.ask(get("/")).status == 200 and client(second).ask(get("/")).status == 200
    edge.admin.set("http.listen", f"127.0.0.1:{edge.port}")
    eventually(lambda: not can_connect(second), what="the end of the second")
    assert kept.ask(get("/")).status == 200 and stamp(edge) == "one"


def test_the_admin_listener_moves_and_the_answer_comes(edge):
    port = free_port()
    answer = edge.admin.patch({"admin": {"listen": f"127.0.0.1:{port}"}})
    assert answer["generation"] == 2, "over the address that goes"
    assert Admin(port, edge.token).generation == 2
    eventually(lambda: not can_connect(edge.admin_port), what="the end of the old address")


@pytest.mark.parametrize("key", ["http", "admin", "monitoring"])
def test_a_port_in_use_is_refused_and_everything_stays(edge, key):
    before = edge.text
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        patch = {key: {"listen": address}, "routing": {"rules": [{"name": "all", **stamped("two")}]}}
        refusal = edge.admin.refusal("config.patch", raw=json.dumps(patch), baseHash=edge.admin.hash())
        assert address in refusal.message and "in use" in refusal.message
        assert edge.text == before and edge.admin.generation == 1 and stamp(edge) == "one" and edge.admin.get()["issues"] == []
        edge.rewrite(json.dumps({"gateway": merge(json.loads(before)["gateway"], {key: {"listen": address}})}))
        eventually(lambda: reloads(edge, "refused") == 1, 5, what="the refusal of the file")
        eventually(lambda: edge.told(address, level="error"), 5, what="the line that tells it")
        assert edge.admin.generation == 1 and stamp(edge) == "one"
    edge.signal(signal.SIGHUP)
    moved = Admin(int(address.split(":")[1]), edge.token) if key == "admin" else edge.admin
    eventually(lambda: can_connect(moved.port) and moved.generation == 2, 5, what="the port that is free now")


# -- what changes while it runs -------------------------------------------------------------------------------------------


def test_logging_limits_and_timeouts_change_while_it_runs(edge, client):
    kept = client(edge)
    assert kept.ask(get("/before")).status == 200
    edge.admin.patch({"logging": {"accessLog": False}})
    kept.ask(get("/unlogged"))
    edge.admin.patch({"logging": {"accessLog": True}})
    kept.ask(get("/logged"))
    eventually(lambda: edge.told('"/logged"'), what="the line")
    assert edge.told('"/before"') and not edge.told('"/unlogged"')
    assert kept.ask(get("/" + "x" * 300)).status == 200
    edge.admin.patch({"http": {"limits": {"targetBytes": 200, "bodyBytes": 10}}})
    assert client(edge).ask(get("/" + "x" * 300)).status == 414
    assert client(edge).ask(get("/", "Content-Length: 11", method="POST") + "x" * 11).status == 413
    edge.admin.patch({"http": {"timeouts": {"header": "300ms"}}})
    late = client(edge)
    late.send("GET / HT")
    assert late.answer().status == 408
    edge.admin.patch({"logging": {"level": "error"}})
    edge.admin.patch({"debugHeaders": True})
    assert not edge.told("gateway.debugHeaders"), "notices are left out from now on"
    assert kept.ask(get("/")).get("X-ClawProxy-Agent") == "demo", "a connection that was open has the new configuration too"


def test_streams_and_tunnels_outlive_twenty_reloads(edge, client):
    stream = client(edge, 30)
    stream.send(get("/sse?events=10000&interval=20"))
    assert stream.head().status == 200
    with ws(edge) as tunnel:
        challenged(tunnel)
        for number in range(20):
            if number % 2:
                edge.rewrite(edge.text.replace(f'"s{number}"', f'"s{number + 1}"'))
                live(edge, f"s{number + 1}")
            else:
                edge.admin.patch({"routing": {"rules": [{"name": "all", **stamped(f"s{number + 1}")}]}})
            tunnel.send(f"round {number}")
            assert tunnel.recv(timeout=5) == f"round {number}" and stream.chunk().startswith(b"data: ")
        assert edge.admin.generation == 21
        assert edge.admin.metric("gateway_generation_exchanges", generation="1") == 2, "each generation tells what it still holds"
        assert {"generation": 1, "exchanges": 2} in edge.admin.rpc("status")["generations"]
    stream.close()
    gone = ("gateway_generation_exchanges", (("generation", "1"),))
    eventually(lambda: gone not in edge.admin.metrics(), 10, what="the end of the old generation's row")
