"""The file that a change edits: what in it stays as it was, what keeps it from being replaced, and what lives beside it."""
import json
import os
import shutil
import subprocess

import pytest

from control import BASE_STALE, agents, rule, sha256, start_edge  # noqa: F401
from processes import eventually

JSON5 = """// the edge of the house
{
  gateway: {
    http: { listen: '127.0.0.1:@PORT', timeouts: { shutdown: '5s' } }, // who comes in
    admin: { listen: '127.0.0.1:@ADMIN', writesPerMinute: 0 },

    /* who serves */
    agents: {
      healthCheck: { enabled: false },
      discovery: { static: [
        // the first
        { id: 'a', endpoint: 'http://127.0.0.1:9', weight: 0x10 }, // sixteen
        { id: 'b', endpoint: 'http://127.0.0.1:9', weight: 5, },
      ] },
    },
    logging: { level: "info" }, // loud enough
    routing: {
      default: 'a', // nobody else
    },
  },
}
"""

YAML = """# the edge of the house
gateway:
  http:
    listen: 127.0.0.1:@PORT   # who comes in
    timeouts: {shutdown: 5s}
  admin:
    listen: 127.0.0.1:@ADMIN
    writesPerMinute: 0
  agents:
    healthCheck: {enabled: false}
    discovery:
      static:
        # the first
        - id: a
          endpoint: http://127.0.0.1:9
          weight: 16   # sixteen
        - id: b
          endpoint: http://127.0.0.1:9
          weight: 5
  logging:
    level: info   # loud enough
  routing:
    default: a   # nobody else
"""
DOCUMENTS = {"json5": (JSON5, "gateway.json"), "crlf": (JSON5.replace("\n", "\r\n"), "gateway.json"), "yaml": (YAML, "gateway.yaml"),
             "bom": ("\ufeff" + JSON5, "gateway.json")}


def lines(before, after):
    """Lines that went and lines that came."""
    old, new = before.splitlines(True), after.splitlines(True)
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.fixture(params=DOCUMENTS)
def written(request, start_edge):
    text, name = DOCUMENTS[request.param]
    edge = start_edge(text=text, name=name)
    edge.is_yaml = name.endswith("yaml")
    return edge


def test_a_patch_changes_the_lines_it_is_about_and_no_other(written):
    before = written.text
    written.admin.patch({"logging": {"level": "debug"}, "agents": {"discovery": {"static": [{"id": "a", "weight": 17}]}}})
    gone, come = lines(before, written.text)
    assert len(gone) == len(come) == 2, (gone, come)
    assert "debug" in come[1] and "loud enough" in come[1] and "17" in come[0] and "sixteen" in come[0]
    ends = {line[len(line.rstrip("\r\n")):] for line in written.text.split("\n")[:-1]}
    assert ends == ({"\r"} if "\r" in before else {""}), "line ends stay"
    assert written.admin.value("agents.discovery.static.a.weight") == 17
    written.admin.patch({"logging": {"level": "info"}, "agents": {"discovery": {"static": [{"id": "a", "weight": 16}]}}})
    assert written.admin.get()["parsed"] is not None and written.text.count("loud enough") == 1
    assert written.text == before or not written.is_yaml, "there and back again"


def test_set_and_unset_leave_no_trace_of_each_other(written):
    before = written.text
    written.admin.set("http.timeouts.read", "44s")
    gone, come = lines(before, written.text)
    assert len(gone) <= 1 and "44s" in "".join(come) and "who comes in" in written.text
    written.admin.unset("http.timeouts.read")
    assert written.text == before
    written.admin.set("agents.discovery.static.c", {"endpoint": "http://127.0.0.1:9"})
    assert [entry["id"] for entry in written.admin.value("agents.discovery.static")] == ["a", "b", "c"]
    assert not lines(before, written.text)[0] or "the first" in written.text
    written.admin.unset("agents.discovery.static.c")
    assert "sixteen" in written.text and "the first" in written.text and "nobody else" in written.text
    assert [entry["id"] for entry in written.admin.value("agents.discovery.static")] == ["a", "b"]


def test_an_entry_goes_with_its_own_comment_and_leaves_the_others(written):
    written.admin.set("routing.default", "b")
    written.admin.unset("agents.discovery.static.a")
    assert "sixteen" not in written.text and "who comes in" in written.text and "loud enough" in written.text
    assert [entry["id"] for entry in written.admin.value("agents.discovery.static")] == ["b"]


def test_an_own_spelling_and_place_stay(start_edge):
    edge = start_edge(text="""{
  "load_balancing": {"circuit_breaker": {"max_fails": 7}},
  "gateway": {"http": {"listen": "127.0.0.1:@PORT"}, "admin": {"listen": "127.0.0.1:@ADMIN", "writesPerMinute": 0}}
}
""")
    edge.admin.patch({"gateway": {"loadBalancing": {"circuitBreaker": {"maxFails": 8, "cooldown": "9s"}}}})
    breaker = edge.document()["load_balancing"]["circuit_breaker"]
    assert breaker["max_fails"] == 8 and edge.admin.value("loadBalancing.circuitBreaker.cooldown") == "9s"
    assert '"load_balancing": {"circuit_breaker": {"max_fails": 8' in edge.text
    edge.admin.patch({"load_balancing": {"circuit_breaker": {"max_fails": None}}})
    assert edge.admin.value("loadBalancing.circuitBreaker.maxFails") == 3 and "max_fails" not in edge.text


# -- the file itself ------------------------------------------------------------------------------------------------------

GATEWAY = agents("a")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_mode_and_owner_stay(start_edge, mode):
    edge = start_edge(GATEWAY)
    os.chmod(edge.config_file, mode)
    if os.geteuid() == 0:
        os.chown(edge.config_file, 12345, 54321)
    before = os.stat(edge.config_file)
    edge.admin.patch({"debugHeaders": True})
    after = os.stat(edge.config_file)
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino, "replaced by rename, never written in place"
    known = ("gateway.json", ".gateway.json.history")
    left = [name for name in os.listdir(edge.folder) if name.startswith((".gateway", "gateway")) and name not in known]
    assert not left, f"left behind: {left}"
    history = edge.folder / ".gateway.json.history"
    assert history.stat().st_mode & 0o077 == 0 and all(file.stat().st_mode & 0o077 == 0 for file in history.iterdir())


@pytest.mark.parametrize("target", ["real/other.json", "../elsewhere.json"])
def test_a_linked_file_stays_a_link(start_edge, target):
    edge = start_edge(GATEWAY)
    edge.stop()
    real = edge.folder / target
    real.parent.mkdir(exist_ok=True)
    shutil.move(edge.config_file, real)
    os.symlink(target, edge.config_file)
    edge.start()
    answer = edge.admin.patch({"debugHeaders": True})
    assert edge.config_file.is_symlink() and os.readlink(edge.config_file) == target
    assert answer["hash"] == sha256(real.read_bytes()) and json.loads(real.read_text())["gateway"]["debugHeaders"] is True


def refused_with_remedies(edge):
    before = edge.text
    refusal = edge.admin.refusal("config.patch", raw='{"debugHeaders": true}', baseHash=edge.admin.hash())
    assert str(edge.config_file) in refusal.message, refusal.message
    assert "--ephemeral" in refusal.message and "admin.peers" in refusal.message and refusal.code in ("INVALID_REQUEST", "UNAVAILABLE")
    assert edge.text == before and edge.admin.generation == 1 and edge.admin.value("debugHeaders") is False
    done = edge.cli("config", "set", "debugHeaders", "true")
    assert done.returncode == 1 and "--ephemeral" in done.stderr and "admin.peers" in done.stderr
    answer = edge.admin.patch({"debugHeaders": True}, ephemeral=True)
    assert answer["ok"] is True and edge.admin.value("debugHeaders") is True and edge.text == before


def test_a_read_only_file_is_refused_with_its_remedies(start_edge):
    edge = start_edge(GATEWAY)
    os.chmod(edge.config_file, 0o444)
    refused_with_remedies(edge)


def may_mount():
    if not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", "-m", "mount", "--bind", "/tmp", "/tmp"], capture_output=True).returncode == 0


@pytest.mark.parametrize("options", ["", "-o ro"])
def test_a_mounted_file_is_refused_with_its_remedies(start_edge, tmp_path, options):
    if not may_mount():
        pytest.skip("nothing may be mounted here: not root, or no namespaces")
    file = tmp_path / "edge/gateway.json"
    # in a namespace of its own: nobody else sees the mount, and it ends with the proxy
    script = f'mount --bind "{file}" "{file}" && if [ -n "{options}" ]; then mount -o remount,ro,bind "{file}"; fi && exec "$@"'
    edge = start_edge(GATEWAY, wrap=["unshare", "-m", "sh", "-c", script, "sh"])
    refused_with_remedies(edge)


def test_a_file_that_is_not_there_yet_is_made_by_the_first_change(start_edge):
    edge = start_edge(GATEWAY, as_user_file=True)
    edge.stop()
    flags = [f"--config.http.listen=127.0.0.1:{edge.port}", f"--config.admin.listen=127.0.0.1:{edge.admin_port}"]
    edge.config_file.unlink()
    edge.flags = flags
    edge.start()
    found = edge.admin.get()
    assert found["exists"] is False and found["hash"] is None and found["path"] == str(edge.config_file)
    assert edge.admin.refusal("config.patch", raw='{"debugHeaders": true}', baseHash=sha256("x")).message == BASE_STALE
    answer = edge.admin.rpc("config.patch", raw='{"debugHeaders": true}')
    assert answer["generation"] == 2 and edge.document() == {"gateway": {"debugHeaders": True}}
    assert edge.config_file.stat().st_mode & 0o777 == 0o600


# -- for this process alone -------------------------------------------------------------------------------------------------


def test_an_ephemeral_change_is_a_layer_of_its_own_and_ends_with_the_process(start_edge):
    edge = start_edge(GATEWAY, env={"OPENCLAW_GATEWAY_HTTP_TIMEOUTS_IDLE": "50s"})
    admin, before = edge.admin, edge.text
    answer = admin.patch({"debugHeaders": True, "http": {"timeouts": {"idle": "3s", "read": "4s"}}}, ephemeral=True)
    assert answer["generation"] == 2 and answer["masked"] == ["gateway.http.timeouts.idle"], "the environment stands above"
    found = admin.get()
    assert edge.text == before and found["hash"] == sha256(before) and len(admin.history()) <= 1
    assert found["config"]["debugHeaders"] is True and found["config"]["http"]["timeouts"]["idle"] == "50s"
    assert found["origins"]["gateway.debugHeaders"]["layer"] == "ephemeral" and found["ephemeral"]["debugHeaders"] is True
    assert "ephemeral" in [layer["layer"] for layer in found["layers"]] and admin.rpc("status")["ephemeral"]
    explained = admin.rpc("config.explain", key="http.timeouts.read")
    assert (explained["layer"], explained["value"]) == ("ephemeral", "4s")
    # a change of the file below goes its own way
    answer = admin.patch({"debugHeaders": False, "http": {"timeouts": {"write": "8s"}}})
    assert "gateway.debugHeaders" in answer["masked"] and admin.value("debugHeaders") is True and admin.value("http.timeouts.write") == "8s"
    # so does a change by hand
    edge.rewrite(edge.text.replace('"write": "8s"', '"write": "9s"'))
    eventually(lambda: admin.value("http.timeouts.write") == "9s" and admin.get()["appliedHash"] == sha256(edge.text), 5, what="the hand edit")
    assert admin.value("debugHeaders") is True and admin.value("http.timeouts.read") == "4s"
    admin.unset("debugHeaders", ephemeral=True)
    assert admin.value("debugHeaders") is False and admin.value("http.timeouts.read") == "4s"
    edge.restart()
    found = admin.get()
    timeouts = found["config"]["http"]["timeouts"]
    assert found["ephemeral"] is None and timeouts["read"] == "30s" and timeouts["write"] == "9s"


def test_ephemeral_entries_merge_with_those_of_the_file(start_edge):
    edge = start_edge({**agents("a", "b"), "routing": {"rules": [rule("r")]}})
    edge.admin.patch({"agents": {"discovery": {"static": [{"id": "b", "weight": 3}]}}}, ephemeral=True)
    assert [(entry["id"], entry["weight"]) for entry in edge.admin.value("agents.discovery.static")] == [("a", 100), ("b", 3)]


# -- the history --------------------------------------------------------------------------------------------------------------


def test_the_last_twenty_versions_are_kept_and_any_comes_back(start_edge):
    edge = start_edge(GATEWAY)
    texts = {}
    for number in range(25):
        answer = edge.admin.patch({"http": {"timeouts": {"read": f"{number + 1}s"}}}, note=f"change {number}")
        texts[answer["hash"]] = edge.text
    versions = edge.admin.history()
    assert len(versions) == 20 and versions[0]["current"] is True and versions[0]["note"] == "change 24"
    assert [version["number"] for version in versions] == sorted((version["number"] for version in versions), reverse=True)
    assert versions[0]["by"] == "patch" and versions[0]["changedPaths"] == ["gateway.http.timeouts.read"] and versions[0]["hash"] == sha256(edge.text)
    edge.admin.rollback()
    assert edge.text == texts[versions[1]["hash"]] and edge.admin.value("http.timeouts.read") == "24s"
    edge.admin.rollback(number=versions[10]["number"], note="back to where it was well")
    assert edge.text == texts[versions[10]["hash"]]
    assert edge.admin.history()[0]["by"] == "rollback" and edge.admin.history()[0]["note"] == "back to where it was well"
    assert edge.admin.refusal("config.rollback", number=1, baseHash=edge.admin.hash()).code == "INVALID_REQUEST", "pruned"
    assert edge.admin.refusal("config.rollback", steps=100, baseHash=edge.admin.hash()).code == "INVALID_REQUEST"
    edge.restart()
    assert len(edge.admin.history()) == 20, "it survives"


def test_the_version_before_the_first_change_comes_back_too(start_edge):
    edge = start_edge(GATEWAY)
    before = edge.text
    edge.admin.patch({"debugHeaders": True})
    edge.admin.rollback()
    assert edge.text == before and edge.admin.value("debugHeaders") is False


def test_a_foreign_change_is_a_version_too(start_edge):
    edge = start_edge(GATEWAY)
    other = edge.text.replace("round-robin", "random")
    edge.rewrite(other)
    eventually(lambda: edge.admin.value("loadBalancing.strategy") == "random" and edge.admin.generation == 2, what="the reload")
    assert [version["by"] for version in edge.admin.history()][:1] == ["file"]
    edge.admin.patch({"debugHeaders": True})
    edge.admin.rollback()
    assert edge.text == other


def test_a_broken_file_is_mended_by_apply_and_by_rollback(start_edge):
    edge = start_edge(GATEWAY)
    good = edge.text
    edge.admin.patch({"debugHeaders": True})
    for mend in (lambda: edge.admin.apply(good), lambda: edge.admin.rollback(steps=0)):
        edge.config_file.write_text("{broken")
        mend()
        assert edge.admin.get()["valid"] is True and json.loads(edge.text)
