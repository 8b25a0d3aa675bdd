"""`clawproxy config`, `explain KEY`, `status` and `doctor`: every command and spelling, with a proxy and without."""
import json
import os
import socket
import subprocess

import pytest

from control import BASE_MISSING, BASE_STALE, REDACTED, Edge, agents, rule, sha256, start_edge  # noqa: F401
from processes import CLAWPROXY, free_port, merge, run_command

GATEWAY = merge(agents("a", {"id": "b", "endpoint": "http://127.0.0.1:9", "weight": 5}), {
    "routing": {"rules": [rule("chat", "/chat"), rule("rest", target="b")]}, "auth": {"tokens": [{"name": "ops", "token": "a-token-of-a-rule"}]}})


@pytest.fixture
def edge(start_edge):
    return start_edge(GATEWAY)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory, shared_started):
    """A proxy that no test changes."""
    edge = Edge(tmp_path_factory.mktemp("quiet"), GATEWAY)
    shared_started.append(edge)
    return edge


def well(done):
    assert done.returncode == 0, (done.args, done.stdout, done.stderr)
    return done.stdout


def refused(done, *words):
    assert done.returncode == 1, (done.args, done.returncode, done.stdout, done.stderr)
    for word in words:
        assert word in done.stderr, (word, done.stderr)
    assert "Usage:" not in done.stderr, "what is wrong is no question of usage"
    return done.stderr


# -- get --------------------------------------------------------------------------------------------------------------------

SPELLINGS = [("config", "get", "routing.rules"), ("config", "get", "--key", "routing.rules"), ("config.get", "--key", "routing.rules"),
             ("config.get", "routing.rules"), ("gateway", "config.get", "--key", "gateway.routing.rules"),
             ("gateway", "config", "get", "--key=routing.rules")]


@pytest.mark.parametrize("words", SPELLINGS, ids=" ".join)
def test_get_in_every_spelling(quiet, words):
    assert [entry["name"] for entry in json.loads(well(quiet.cli(*words)))] == ["chat", "rest"]


def test_get_prints_values_payloads_texts_and_tables(quiet):
    assert json.loads(well(quiet.cli("config", "get", "agents.discovery.static.b.weight"))) == 5
    assert json.loads(well(quiet.cli("config", "get")))["http"]["timeouts"]["read"] == "30s"
    payload = json.loads(well(quiet.cli("config", "get", "--json")))
    assert payload["hash"] == sha256(quiet.text) and payload["generation"] == 1
    assert well(quiet.cli("config", "get", "--raw")).strip() == quiet.text.replace("a-token-of-a-rule", REDACTED).strip()
    table = well(quiet.cli("config", "get", "agents.healthCheck", "--origins")).splitlines()
    assert table[0].split() == ["KEY", "VALUE", "LAYER", "POSITION"] and table[1].split()[:3] == ["agents.healthCheck.enabled", "false", "file"]
    assert f"{quiet.config_file}:" in table[1]
    refused(quiet.cli("config", "get", "routing.ruels"), "rules")


def test_get_of_an_invalid_file_exits_1_and_prints_what_is_in_force(edge):
    edge.config_file.write_text('{"gateway": {"routng": 1}}')
    done = edge.cli("config", "get", "routing.rules.chat.target", "--admin", f"127.0.0.1:{edge.admin_port}")
    refused(done, f"{edge.config_file}:1:", "did you mean 'routing'")
    assert json.loads(done.stdout) == "a"


# -- changes ----------------------------------------------------------------------------------------------------------------


def test_set_takes_scalars_strings_objects_and_entries(edge):
    for key, value, expected in (
            ("logging.level", "debug", "debug"), ("debugHeaders", "true", True), ("http.timeouts.read", "45s", "45s"),
            ("agents.discovery.static.b.weight", "9", 9), ("routing.rules.chat.target", '"b"', "b"), ("routing.rules[1].priority", "-3", -3),
            ("http.trustedProxies", "['10.0.0.0/8']", ["10.0.0.0/8"])):
        out = well(edge.cli("config", "set", key, "--", value) if value.startswith("-") else edge.cli("config", "set", key, value))
        assert out.startswith("applied: generation "), out
        assert edge.admin.value(key) == expected
    well(edge.cli("config", "set", "agents.discovery.static.c", '{endpoint: "http://127.0.0.1:9", tags: ["new"]}'))
    assert edge.admin.value("agents.discovery.static.c.tags") == ["new"]
    well(edge.cli("config", "set", "http.timeouts", "{shutdown: '6s'}"))
    assert edge.document()["gateway"]["http"]["timeouts"] == {"shutdown": "6s"}, "what stood there is replaced whole"
    well(edge.cli("config", "unset", "agents.discovery.static.c"))
    well(edge.cli("config.unset", "--key", "debugHeaders"))
    assert [entry["id"] for entry in edge.admin.value("agents.discovery.static")] == ["a", "b"] and edge.admin.value("debugHeaders") is False
    refused(edge.cli("config", "set", "agents.discovery.static.b.wieght", "1"), "weight")
    refused(edge.cli("config", "set", "http.listen", "nowhere"), "http.listen")


def test_what_a_change_prints(start_edge):
    edge = start_edge(GATEWAY, env={"OPENCLAW_GATEWAY_HTTP_TIMEOUTS_IDLE": "50s"})
    patch = json.dumps({
        "logging": {"level": "debug"}, "performance": {"workerThreads": 1},
        "http": {"listen": [f"127.0.0.1:{edge.port}", f"127.0.0.1:{free_port()}"], "timeouts": {"idle": "5s"}}})
    before = edge.text
    out = well(edge.cli("config", "patch", "--raw", patch, "--dry-run"))
    assert out.startswith("dry run: nothing was written") and edge.text == before
    for words in (("logging.level", '"info" -> "debug"', "live"), ("http.listen", "needs a new listener"),
                  ("performance.workerThreads", "at the next start"),
                  ("http.timeouts.idle", "masked by OPENCLAW_GATEWAY_HTTP_TIMEOUTS_IDLE", "50s")):
        line = [line for line in out.splitlines() if line.strip().startswith(words[0] + ":")]
        assert len(line) == 1 and all(word in line[0] for word in words), out
    out = well(edge.cli("config", "patch", "--raw", patch))
    assert out.startswith(f"applied: generation 2, hash {sha256(edge.text)[:6]}") and "masked by OPENCLAW_GATEWAY_HTTP_TIMEOUTS_IDLE" in out
    assert well(edge.cli("config", "patch", "--raw", patch)).startswith("nothing to change")
    assert json.loads(well(edge.cli("config", "set", "debugHeaders", "true", "--json")))["changedPaths"] == ["gateway.debugHeaders"]


@pytest.mark.parametrize("how", ["file", "stdin", "raw"])
@pytest.mark.parametrize("words", [("config", "patch"), ("config.patch",), ("gateway", "config.patch")], ids=" ".join)
def test_patch_from_a_file_from_standard_input_or_as_it_is(edge, how, words):
    text = "{logging: {level: 'debug'}} // louder"
    (edge.folder / "change.json5").write_text(text)
    given = {"file": ["--file", edge.folder / "change.json5"], "stdin": ["--stdin"], "raw": ["--raw", text]}[how]
    well(edge.cli(*words, *given, "--base-hash", sha256(edge.text), "--note", "why", given=text if how == "stdin" else None))
    assert edge.admin.value("logging.level") == "debug" and edge.admin.history()[0]["note"] == "why"


def test_refusals_are_told_with_position_and_remedy(edge):
    before = edge.text
    refused(edge.cli("config", "patch", "--raw", '{http: {timeouts: {read: 5}}}'), "http.timeouts.read")
    refused(edge.cli("config", "patch", "--raw", '{routng: {}}'), "patch:1:2: gateway.routng", "did you mean 'routing'")
    refused(edge.cli("config", "patch", "--raw", "{http: "), "raw")
    refused(edge.cli("config", "set", "debugHeaders", "true", "--base-hash", sha256("x")), BASE_STALE, "run this again")
    refused(edge.cli("config", "set", "debugHeaders", "true", "--token", "wrong"), "--token", "admin.token", "~/.openclaw/clawproxy.token")
    refused(edge.cli("config", "patch", "--raw", "{routing: {rules: null}}"), "--replace-paths", "routing.rules")
    assert edge.text == before
    well(edge.cli("config", "patch", "--raw", "{routing: {rules: null, default: 'a'}}", "--replace-paths", "routing.rules"))
    assert BASE_MISSING == edge.admin.refusal("config.patch", raw="{}").message


def test_apply_validate_diff_history_rollback_schema_reload(edge):
    good, file = edge.text, edge.folder / "other.json"
    file.write_text(good.replace("round-robin", "random"))
    assert "ok: 0 errors" in well(edge.cli("config", "validate", file)) and "ok" in well(edge.cli("config", "validate"))
    diff = well(edge.cli("config", "diff", file))
    assert diff.startswith("1 difference") and '"round-robin" -> "random"' in diff and well(edge.cli("config", "diff")).strip() == "no difference"
    assert "nothing was written" in well(edge.cli("config", "apply", file, "--dry-run")) and edge.text == good
    well(edge.cli("config", "apply", file, "--note", "try it"))
    assert edge.text == file.read_text() and edge.admin.value("loadBalancing.strategy") == "random"
    well(edge.cli("config.apply", "-", given=good))
    assert edge.text == good
    table = well(edge.cli("config", "history")).splitlines()
    assert table[0].split()[:3] == ["VERSION", "BACK", "WHEN"] and "now" in table[1] and "try it" in table[2]
    well(edge.cli("config", "rollback"))
    assert edge.text == file.read_text()
    well(edge.cli("config", "rollback", "2"))
    number = edge.admin.history()[-1]["number"]
    well(edge.cli("config", "rollback", "--to", number))
    assert edge.text == good
    schema = json.loads(well(edge.cli("config", "schema", "routing.rules")))
    assert "array" in schema["type"] and json.loads(well(edge.cli("config", "schema")))["$schema"]
    assert "generation" in well(edge.cli("config", "reload"))
    file.write_text('{"gateway": {"routng": 1}}')
    done = edge.cli("config", "validate", file)
    assert done.returncode == 1 and "did you mean 'routing'" in done.stdout and "wrong: 1 error" in done.stdout
    refused(edge.cli("config", "apply", file), "routing")
    refused(edge.cli("config", "diff", file), "routing")
    edge.config_file.write_text("{broken")
    refused(edge.cli("config", "reload", "--admin", f"127.0.0.1:{edge.admin_port}"), f"{edge.config_file}:1:")


def test_confirm_and_what_status_says_meanwhile(edge):
    out = well(edge.cli("config", "set", "debugHeaders", "true", "--confirm", "60s"))
    assert "rolls back at " in out and "clawproxy config confirm" in out
    assert "rolls back at " in well(edge.cli("status")) and json.loads(well(edge.cli("status", "--json")))["pendingConfirm"]
    assert "confirmed" in well(edge.cli("config", "confirm"))
    assert json.loads(well(edge.cli("status", "--json")))["pendingConfirm"] is None
    refused(edge.cli("config", "confirm"), "no change")


# -- without a proxy ----------------------------------------------------------------------------------------------------------


def test_offline_the_files_are_read_and_changed(edge):
    well(edge.cli("config", "set", "debugHeaders", "true"))
    edge.stop()
    for words in (("config", "get", "debugHeaders"), ("config", "validate"), ("config", "schema", "http"), ("config", "history"),
                  ("explain", "debugHeaders"), ("config", "diff", edge.config_file)):
        done = edge.cli(*words)
        well(done)
        assert done.stderr.strip() == f"no proxy answers at 127.0.0.1:{edge.admin_port}; shown from the files", words
    done = edge.cli("config", "set", "logging.level", "debug", "--note", "offline")
    assert "written: " in well(done) and "the file was changed, and applies at the next start" in done.stderr
    assert edge.document()["gateway"]["logging"]["level"] == "debug" and "offline" in well(edge.cli("config", "history"))
    before = edge.text
    for option in ("--all", "--ephemeral", "--confirm=9s"):
        refused(edge.cli("config", "set", "logging.level", "info", option), "no proxy answers", option.split("=")[0])
    refused(edge.cli("config", "set", "http.listen", "nowhere"), "http.listen")
    for words in (("status",), ("config", "reload"), ("config", "confirm"), ("explain", "--request", "GET /"), ("agents",)):
        refused(edge.cli(*words), "no proxy answers")
    assert edge.text == before
    well(edge.cli("config", "rollback"))
    edge.start()
    assert edge.admin.value("logging.level") == "info" and edge.admin.value("debugHeaders") is True


# -- explain KEY, status, doctor ------------------------------------------------------------------------------------------------


def test_explain_tells_every_layer(start_edge, tmp_path):
    (tmp_path / "below.json").write_text('{"http": {"timeouts": {"read": "11s"}}}')
    edge = start_edge(
        merge(GATEWAY, {"http": {"timeouts": {"read": "22s"}}}), flags=["--config.http.timeouts.read=44s"],
        env={"OPENCLAW_GATEWAY_HTTP_TIMEOUTS_READ": "33s", "OPENCLAW_GLOBAL_CONFIG": str(tmp_path / "below.json")})
    found = edge.admin.rpc("config.explain", key="http.timeouts.read")
    assert (found["value"], found["layer"], found["applies"]) == ("44s", "flags", "live") and found["meaning"]
    assert [(word["layer"], word["value"]) for word in found["overridden"]] == [
        ("environment", "33s"), ("file", "22s"), ("global", "11s"), ("default", "30s")]
    assert found["overridden"][1]["position"].startswith(f"{edge.config_file}:")
    assert "OPENCLAW_GATEWAY_HTTP_TIMEOUTS_READ" in found["overridden"][0]["position"]
    out = well(edge.cli("explain", "http.timeouts.read"))
    assert out.startswith('http.timeouts.read: "44s"') and "--config.http.timeouts.read" in out and f"{tmp_path / 'below.json'}:1:" in out
    assert "takes effect at once" in out and json.loads(well(edge.cli("explain", "http.timeouts.read", "--json")))["value"] == "44s"
    assert "a-token-of-a-rule" not in well(edge.cli("explain", "auth.tokens.ops.token"))
    refused(edge.cli("explain", "http.timeuots.read"), "timeouts")


def test_status_tells_what_runs_since_when_and_from_which_files(edge):
    edge.admin.patch({"debugHeaders": True})
    found = json.loads(well(edge.cli("status", "--json")))
    assert {"version", "instance", "pid", "startedMs", "uptimeSeconds", "generation", "generationSinceMs", "appliedHash", "hash", "files",
            "listeners", "agents", "exchanges", "connections", "generations", "reloads", "ephemeral", "pendingConfirm"} <= set(found)
    assert found["pid"] == edge.process.pid and found["generation"] == 2 and found["hash"] == found["appliedHash"] == sha256(edge.text)
    assert {(row["port"], row["door"]) for row in found["listeners"]} >= {(edge.port, "clients"), (edge.admin_port, "admin")}
    assert {"up", "down", "ejected"} <= set(found["agents"]) and found["reloads"]["taken"] == 1 and found["reloads"]["refused"] == 0
    out = well(edge.cli("status"))
    assert f"pid {edge.process.pid}" in out and str(edge.config_file) in out and f"127.0.0.1:{edge.port}" in out and "generation 2" in out
    edge.rewrite("{broken")
    edge.admin.rpc("config.reload")
    refusal = json.loads(well(edge.cli("status", "--json", "--admin", f"127.0.0.1:{edge.admin_port}")))["reloads"]["lastRefusal"]
    assert refusal["timeMs"] > 0 and refusal["issues"][0]["position"].startswith(f"{edge.config_file}:1:")


def test_doctor_finds_what_is_wrong_and_names_the_remedy(start_edge):
    edge = start_edge(merge(GATEWAY, {
        "agents": {"healthCheck": {"enabled": True, "interval": "200ms", "edgeInterval": "100ms", "failThreshold": 1}}}))
    edge.rewrite("{broken")
    edge.admin.rpc("config.reload")
    done = edge.cli("doctor", "--json", "--admin", f"127.0.0.1:{edge.admin_port}")
    told = json.dumps(json.loads(done.stdout)["findings"])
    assert done.returncode == 1 and str(edge.config_file) in told and "127.0.0.1:9" in told
    assert all(row["remedy"] for row in json.loads(done.stdout)["findings"] if row["severity"] != "ok")
    out = edge.cli("doctor", "--admin", f"127.0.0.1:{edge.admin_port}").stdout
    assert any(line.startswith("error") for line in out.splitlines()) and "  -> " in out


def test_doctor_of_a_well_proxy_has_nothing_to_say(start_edge, start_agent):
    agent = start_agent()
    edge = start_edge(merge(agents(agent.settings()), {"routing": {"default": "demo"}, "agents": {"healthCheck": {"enabled": True}}}))
    edge.ask("/")
    done = edge.cli("doctor", "--json")
    assert {row["severity"] for row in json.loads(done.stdout)["findings"]} == {"ok"} and done.returncode == 0, done.stdout


def test_doctor_without_a_proxy_names_who_holds_the_port(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as holder:
        taken = f"127.0.0.1:{holder.getsockname()[1]}"
        file = tmp_path / "gateway.json"
        file.write_text(json.dumps({"gateway": {"http": {"listen": taken}, "admin": {"listen": f"127.0.0.1:{free_port()}"}}}))
        done = run_command(tmp_path, "doctor", "--config-file", file)
    assert done.returncode == 1 and "none answers" in done.stdout, done.stdout + done.stderr
    assert any(taken in line for line in done.stdout.splitlines()) and str(os.getpid()) in done.stdout and "  -> " in done.stdout, done.stdout


def test_help_of_every_command_is_there():
    names = ["", "get", "set", "unset", "patch", "apply", "validate", "diff", "history", "rollback", "confirm", "schema", "reload"]
    for name in names:
        done = subprocess.run([str(CLAWPROXY), "config", *name.split(), "--help"], capture_output=True, text=True, timeout=30)
        assert done.returncode == 0 and "USAGE: clawproxy config" in done.stdout
    done = subprocess.run([str(CLAWPROXY), "config", "set", "x"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 64 and "Usage" in done.stderr, "a command that is written wrongly is a question of usage"
