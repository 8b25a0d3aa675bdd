"""`config.get` and `config.patch`, the contract: what is asked, checked, refused, hidden and answered."""
import json
import os

import pytest

from control import BASE_MISSING, BASE_STALE, FILE_BROKEN, REDACTED, Admin, Edge, agents, rule, sha256, start_edge  # noqa: F401
from processes import eventually, merge
from test_observing import _own_address

SECRETS = {"token-of-a-rule-1": "auth", "hmac-secret-of-all": "hmac", "admin-token-of-ops": "admin", "later-tree-password": "later"}
GATEWAY = merge(agents("a", {"id": "b", "endpoint": "http://127.0.0.1:9", "weight": 5, "tags": ["blue", "green"]}), {
    "routing": {"rules": [rule("chat", "/chat"), rule("rest", target="b")]},
    "http": {"trustedProxies": ["10.0.0.0/8", "192.168.0.0/16"]}})


@pytest.fixture
def edge(start_edge):
    return start_edge(GATEWAY)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory, shared_started):
    """A proxy that no test changes."""
    edge = Edge(tmp_path_factory.mktemp("quiet"), GATEWAY)
    shared_started.append(edge)
    return edge


def facts(edge):
    """Everything that a refused change must leave as it is; what the start itself keeps comes just after the first answer."""
    eventually(lambda: edge.admin.history(), what="the history's first entry")
    stat = os.stat(edge.config_file)
    status = edge.admin.rpc("status")
    return edge.text, stat.st_mtime_ns, stat.st_ino, status["generation"], len(edge.admin.history())


# -- config.get -----------------------------------------------------------------------------------------------------------


def test_get_tells_all_that_the_contract_names(quiet):
    found = quiet.admin.get()
    assert {"path", "exists", "raw", "parsed", "resolved", "valid", "config", "hash", "appliedHash", "generation", "issues",
            "warnings", "origins", "layers", "ephemeral", "pendingConfirm"} <= set(found)
    assert found["path"] == str(quiet.config_file) and found["exists"] is True and found["valid"] is True
    assert found["hash"] == found["appliedHash"] == sha256(quiet.text) and found["generation"] == 1
    assert found["issues"] == [] and found["ephemeral"] is None and found["pendingConfirm"] is None
    assert found["raw"] == quiet.text and found["parsed"] == quiet.document()
    assert found["config"]["http"]["timeouts"]["read"] == "30s", "with defaults"
    assert "read" not in found["resolved"]["http"]["timeouts"], "without"
    origin = found["origins"]["gateway.http.listen"]
    assert origin["layer"] == "file" and origin["position"].startswith(f"{quiet.config_file}:")
    assert [layer["path"] for layer in found["layers"] if layer["layer"] == "file"] == [str(quiet.config_file)]


@pytest.mark.parametrize("key", ["routing.rules", "gateway.routing.rules"])
def test_get_of_a_key_has_the_value_at_that_key(quiet, key):
    found = quiet.admin.get(key)
    assert [entry["name"] for entry in found["config"]] == ["chat", "rest"] and found["parsed"] == GATEWAY["routing"]["rules"]
    assert found["hash"] == sha256(quiet.text)


@pytest.mark.parametrize("key", [
    "agents.discovery.static.b.weight", "gateway.agents.discovery.static[1].weight", "agents.discovery.static.1.weight"])
def test_entries_are_named_by_identity_or_place(quiet, key):
    assert quiet.admin.value(key) == 5


def test_snake_case_names_the_same_key(quiet):
    spelled = quiet.admin.value("load_balancing.circuit_breaker.max_fails")
    assert spelled == quiet.admin.value("loadBalancing.circuitBreaker.maxFails") == 3


def test_an_unknown_key_is_refused_with_the_nearest(quiet):
    refusal = quiet.admin.refusal("config.get", key="routing.ruels")
    assert refusal.code == "INVALID_REQUEST" and "rules" in refusal.message


def test_the_hash_is_that_of_the_bytes_at_each_call(edge):
    for blanks in (" ", "  ", "\n\n"):
        edge.config_file.write_text(edge.text + blanks)
        assert edge.admin.hash() == sha256(edge.text), "read anew at every call"
    assert edge.admin.patch({"logging": {"level": "debug"}})["generation"] == 2, "and a patch with it is taken"


def test_variables_are_filled_in_where_resolved_and_kept_where_written(start_edge):
    edge = start_edge(merge(GATEWAY, {"http": {"timeouts": {"read": "${READ_TIME}"}}}), env={"READ_TIME": "41s"})
    found = edge.admin.get("http.timeouts.read")
    assert (found["parsed"], found["resolved"], found["config"]) == ("${READ_TIME}", "41s", "41s")
    assert edge.admin.patch({"http": {"timeouts": {"write": "42s"}}})["changedPaths"] == ["gateway.http.timeouts.write"]
    assert edge.document()["gateway"]["http"]["timeouts"]["read"] == "${READ_TIME}"
    before = facts(edge)
    assert edge.admin.patch({"http": {"timeouts": {"read": "41s"}}})["noop"] is True, "the value it has already"
    assert facts(edge) == before


# -- config.patch: the checks, in their order -------------------------------------------------------------------------------

UNPARSABLE, WRONG = "{gateway: ", '{"http": {"listen": "nowhere"}}'


def test_an_unknown_parameter_is_refused_before_all_else(quiet):
    before = facts(quiet)
    for more in ({"bsaeHash": "x"}, {"baseHash": "x", "force": True}):
        refusal = quiet.admin.refusal("config.patch", raw=UNPARSABLE, **more)
        assert refusal.code == "INVALID_REQUEST" and "unknown parameter" in refusal.message
    assert "raw" in quiet.admin.refusal("config.patch", baseHash="x").message
    assert quiet.admin.refusal("config.patch", raw=5, baseHash="x").code == "INVALID_REQUEST"
    assert facts(quiet) == before


@pytest.mark.parametrize("more, message", [({}, BASE_MISSING), ({"baseHash": ""}, BASE_MISSING), ({"baseHash": sha256("other")}, BASE_STALE)])
def test_the_base_hash_comes_next_word_for_word(quiet, more, message):
    before = facts(quiet)
    for raw in (UNPARSABLE, WRONG, "{}"):
        refusal = quiet.admin.refusal("config.patch", raw=raw, **more)
        assert (refusal.code, refusal.message) == ("INVALID_REQUEST", message)
    assert facts(quiet) == before


def test_a_broken_file_comes_next(edge):
    for broken in ("{nothing", '{"gateway": {"routng": 1}}'):
        edge.rewrite(broken)
        for raw in (UNPARSABLE, WRONG, '{"logging": {"level": "debug"}}'):
            refusal = edge.admin.refusal("config.patch", raw=raw, baseHash=sha256(broken))
            assert refusal.message == FILE_BROKEN and refusal.issues and refusal.issues[0]["position"].startswith(str(edge.config_file))
        assert edge.text == broken and edge.admin.generation == 1


@pytest.mark.parametrize("raw", [UNPARSABLE, "[]", '"text"', "null", "1", ""])
def test_raw_must_be_an_object(quiet, raw):
    refusal = quiet.admin.refusal("config.patch", raw=raw, baseHash=quiet.admin.hash())
    assert refusal.code == "INVALID_REQUEST" and "raw" in refusal.message


def test_three_problems_are_told_and_how_many_more(quiet):
    wrong = {"http": {"timeouts": {key: 5 for key in ("read", "write", "idle", "header", "connect")}}}
    before = facts(quiet)
    refusal = quiet.admin.refusal("config.patch", raw=json.dumps(wrong), baseHash=quiet.admin.hash())
    told = [key for key in wrong["http"]["timeouts"] if f"http.timeouts.{key}" in refusal.message]
    assert len(told) == 3 and "2 more" in refusal.message, refusal.message
    assert len(refusal.issues) == 5 and all(issue["path"] and issue["message"] for issue in refusal.issues)
    assert facts(quiet) == before


def test_unknown_keys_and_wrong_values_are_told_together(quiet):
    refusal = quiet.admin.refusal("config.patch", raw="{http: {timeouts: {read: 5}}, routng: {}}", baseHash=quiet.admin.hash())
    assert "routing" in refusal.message and "http.timeouts.read" in refusal.message and len(refusal.issues) == 2


def test_removals_are_refused_only_after_everything_else_is_right(quiet):
    fewer = {"http": {"trustedProxies": ["10.0.0.0/8"]}}
    refusal = quiet.admin.refusal("config.patch", raw=json.dumps(merge(fewer, json.loads(WRONG))), baseHash=quiet.admin.hash())
    assert "http.listen" in refusal.message and "replacePaths" not in refusal.message
    refusal = quiet.admin.refusal("config.patch", raw=json.dumps(fewer), baseHash=quiet.admin.hash())
    assert refusal.code == "INVALID_REQUEST" and "gateway.http.trustedProxies" in refusal.message and "replacePaths" in refusal.message


@pytest.mark.parametrize("patch, path", [
    ({"http": {"trustedProxies": []}}, "http.trustedProxies"),
    ({"http": {"trustedProxies": None}}, "gateway.http.trustedProxies"),
    ({"http": {"trustedProxies": ["10.0.0.0/8", "172.16.0.0/12"]}}, "http.trusted_proxies"),
    ({"agents": {"discovery": {"static": [{"id": "b", "tags": ["blue"]}]}}}, "agents.discovery.static.b.tags")])
def test_entries_go_only_where_their_path_is_named(edge, patch, path):
    refusal = edge.admin.refusal("config.patch", raw=json.dumps(patch), baseHash=edge.admin.hash(), replacePaths=["routing.rules"])
    assert "replacePaths" in refusal.message
    assert edge.admin.patch(patch, replacePaths=[path])["generation"] == 2


def test_a_list_named_in_replacePaths_is_replaced_not_merged(edge):
    """Without it, a patch could never take an entry out of a list whose entries have names."""
    edge.admin.patch({"routing": {"rules": [rule("rest", target="b")]}}, replacePaths=["routing.rules"])
    assert [entry["name"] for entry in edge.admin.value("routing.rules")] == ["rest"]


# -- the merge ------------------------------------------------------------------------------------------------------------


def test_entries_merge_by_id_and_name_and_new_ones_append(edge):
    answer = edge.admin.patch({
        "agents": {"discovery": {"static": [{"id": "b", "weight": 9}, {"id": "c", "endpoint": "http://127.0.0.1:9"}]}},
        "routing": {"rules": [{"name": "rest", "target": "c"}]}})
    static = edge.document()["gateway"]["agents"]["discovery"]["static"]
    assert [(entry["id"], entry.get("weight")) for entry in static] == [("a", None), ("b", 9), ("c", None)]
    assert static[1]["tags"] == ["blue", "green"], "what the patch does not name stays"
    assert [(entry["name"], entry["target"]) for entry in edge.admin.value("routing.rules")] == [("chat", "a"), ("rest", "c")]
    assert answer["ok"] is True and answer["generation"] == 2 and answer["hash"] == sha256(edge.text) and answer["masked"] == []
    assert set(answer["changedPaths"]) == {
        "gateway.agents.discovery.static.b.weight", "gateway.agents.discovery.static.c", "gateway.routing.rules.rest.target"}


def test_null_takes_a_key_away_and_the_default_holds(edge):
    edge.admin.patch({"http": {"timeouts": {"read": "9s"}}})
    assert edge.admin.value("http.timeouts.read") == "9s"
    edge.admin.patch("{gateway: {http: {timeouts: {read: null}}}}")
    assert edge.admin.value("http.timeouts.read") == "30s" and "read" not in edge.document()["gateway"]["http"]["timeouts"]


@pytest.mark.parametrize("name", ["__proto__", "constructor", "prototype"])
def test_names_that_are_more_than_data_are_skipped(edge, name):
    before = facts(edge)
    for patch in ({name: {"x": 1}}, {"http": {name: {"listen": "nowhere"}}}, {"routing": {"rules": [{"name": "chat", name: {"target": "b"}}]}}):
        assert edge.admin.patch(patch)["noop"] is True
    assert facts(edge) == before and name not in edge.text
    edge.admin.patch({name: {"x": 1}, "logging": {"level": "debug"}})
    assert edge.admin.value("logging.level") == "debug" and name not in edge.text


@pytest.mark.parametrize("patch", [
    {}, {"gateway": {}}, {"http": {"timeouts": {"shutdown": "5s"}}}, {"http": {"timeouts": {"shutdown": "5000ms"}}},
    {"http": {"timeouts": {"read": "30s"}}}, {"debugHeaders": None}, {"routing": {"rules": [{"name": "chat"}]}},
    {"load_balancing": {"strategy": "roundRobin"}}])
def test_a_patch_that_changes_nothing_writes_nothing(edge, patch):
    before = facts(edge)
    answer = edge.admin.patch(patch)
    assert answer["ok"] is True and answer["noop"] is True and answer["generation"] == 1
    assert facts(edge) == before


def test_a_dry_run_tells_everything_and_does_nothing(start_edge):
    edge = start_edge(GATEWAY, env={"OPENCLAW_GATEWAY_HTTP_TIMEOUTS_IDLE": "50s"})
    before = facts(edge)
    answer = edge.admin.patch(
        {"logging": {"level": "debug"}, "http": {"listen": "127.0.0.1:1", "timeouts": {"idle": "5s"}},
         "performance": {"workerThreads": 1}}, dryRun=True)
    rows = {row["path"]: row for row in answer["changes"]}
    assert answer["dryRun"] is True and answer["generation"] == 1
    level = rows["gateway.logging.level"]
    assert (level["before"], level["after"], level["applies"], level["masked"]) == ("info", "debug", "live", False)
    assert rows["gateway.http.listen"]["applies"] == "listener" and rows["gateway.performance.workerThreads"]["applies"] == "restart"
    idle = rows["gateway.http.timeouts.idle"]
    assert idle["masked"] is True and "OPENCLAW_GATEWAY_HTTP_TIMEOUTS_IDLE" in json.dumps(idle)
    assert answer["masked"] == ["gateway.http.timeouts.idle"]
    assert facts(edge) == before
    refusal = edge.admin.refusal("config.patch", raw=WRONG, baseHash=edge.admin.hash(), dryRun=True)
    assert refusal.code == "INVALID_REQUEST", "a dry run checks what a real one would"


def test_masked_keys_are_written_and_named(start_edge):
    edge = start_edge(GATEWAY, env={"OPENCLAW_GATEWAY_LOGGING_LEVEL": "notice"}, flags=["--config.http.timeouts.idle=50s"])
    answer = edge.admin.patch({"logging": {"level": "debug"}, "http": {"timeouts": {"idle": "5s", "read": "6s"}}})
    assert sorted(answer["masked"]) == ["gateway.http.timeouts.idle", "gateway.logging.level"]
    assert edge.admin.value("logging.level") == "notice" and edge.admin.value("http.timeouts.idle") == "50s"
    assert edge.document()["gateway"]["logging"]["level"] == "debug" and edge.admin.value("http.timeouts.read") == "6s"
    origins = edge.admin.get()["origins"]
    assert origins["gateway.logging.level"]["layer"] == "environment" and origins["gateway.http.timeouts.idle"]["layer"] == "flags"


def test_a_new_start_is_named_where_a_key_needs_one(edge):
    answer = edge.admin.patch({"performance": {"workerThreads": 1}})
    assert answer["restart"] == ["gateway.performance.workerThreads"]
    assert eventually(lambda: edge.told("gateway.performance.workerThreads", level="warning"), what="the warning")


# -- secrets ----------------------------------------------------------------------------------------------------------------


def test_no_secret_is_ever_told_and_the_word_restores_it(start_edge):
    edge = start_edge(merge(GATEWAY, {
        "auth": {"tokens": [{"name": "ops", "token": "token-of-a-rule-1"}, {"name": "env", "token": "${ENV_TOKEN}"}]},
        "admin": {"token": "admin-token-of-ops"}, "secrets": {"hmac": "hmac-secret-of-all"},
        "cache": {"layers": [{"type": "redis", "endpoint": "redis://127.0.0.1:1", "password": "later-tree-password"}]}}), env={"ENV_TOKEN": "token-from-environment"})
    admin, secrets = edge.admin, [*SECRETS, "token-from-environment"]
    whole = admin.get()
    told = [whole, *(admin.get(key) for key in ("auth.tokens", "auth.tokens.ops.token", "admin.token", "secrets", "cache")),
            *(admin.rpc("config.explain", key=key) for key in ("secrets.hmac", "admin.token", "auth.tokens.ops.token")),
            admin.rpc("config.validate"), admin.rpc("config.diff"), admin.rpc("status"), admin.rpc("doctor")]
    assert REDACTED in whole["raw"] and whole["config"]["auth"]["tokens"][0]["token"] == REDACTED
    assert whole["parsed"]["gateway"]["auth"]["tokens"][1]["token"] == "${ENV_TOKEN}", "a variable's name is no secret"
    # the word written back, in a patch and in a whole document, restores what is stored
    stored = edge.document()
    told.append(admin.patch({"auth": {"tokens": [{"name": "ops", "token": REDACTED, "tenant": "t"}]}, "secrets": {"hmac": REDACTED}}))
    told.append(admin.apply(admin.get()["raw"].replace('"tenant": "t"', '"tenant": "u"')))
    stored["gateway"]["auth"]["tokens"][0]["tenant"] = "u"
    assert edge.document() == stored
    told.append(admin.patch({"secrets": {"hmac": "another-hmac-secret"}}))
    told += [admin.history(), admin.rpc("config.diff")]
    for secret in [*secrets, "another-hmac-secret"]:
        assert secret not in json.dumps(told), f"{secret} was told"
        assert secret not in edge.log, f"{secret} was logged"
    refusal = admin.refusal("config.patch", raw=json.dumps({"auth": {"tokens": [{"name": "new", "token": REDACTED}]}}), baseHash=admin.hash())
    assert refusal.code == "INVALID_REQUEST" and REDACTED in refusal.message, "nothing is stored there"
    assert REDACTED not in edge.text


# -- who may ask --------------------------------------------------------------------------------------------------------------

WRITES = {"config.patch": {"raw": "{}"}, "config.apply": {"raw": "{}"}, "config.set": {"key": "debugHeaders", "value": True},
          "config.unset": {"key": "debugHeaders"}, "config.rollback": {}, "config.confirm": {}, "config.reload": {}}


def test_the_token_is_made_for_the_user_alone(quiet):
    file = quiet.folder / ".openclaw/clawproxy.token"
    assert file.stat().st_mode & 0o777 == 0o600 and file.read_text().count("\n") == 1 and len(file.read_text().strip()) >= 32
    assert quiet.token not in quiet.log


@pytest.mark.parametrize("method", WRITES)
def test_a_write_needs_the_token_and_a_read_from_here_does_not(quiet, method):
    before = facts(quiet)
    for token in (None, "wrong", quiet.token[:-1], quiet.token + "x"):
        answer = quiet.admin.http("POST", "/rpc", json.dumps({"id": 7, "method": method, "params": WRITES[method]}), token=token)
        assert answer.status == 401 and json.loads(answer.body)["error"]["code"] == "UNAUTHORIZED" and answer.get("WWW-Authenticate")
    assert quiet.admin.rpc("config.get", token=None)["valid"] is True
    assert facts(quiet) == before


def test_a_new_token_holds_from_the_answer_on(edge):
    old = edge.token
    answer = edge.admin.patch({"admin": {"token": "the-next-token"}})
    assert "the-next-token" not in json.dumps(answer) and answer["changes"][0]["applies"] == "live"
    assert edge.admin.http("POST", "/rpc", '{"method": "config.reload"}', token=old).status == 401
    assert edge.admin.http("POST", "/rpc", '{"method": "config.reload"}', token="the-next-token").status == 200
    assert edge.cli("config", "unset", "admin.token").returncode == 0, "the command line finds it in the file"
    assert edge.admin.http("POST", "/rpc", '{"method": "config.reload"}', token=old).status == 200, "the one that was made holds again"


def test_other_hosts_and_origins_are_refused(quiet):
    body = json.dumps({"method": "config.get", "params": {}})
    for host, fields in (("evil.test", []), ("localhost", ["Origin: https://evil.test"]), ("localhost", ["Origin: null"])):
        assert quiet.admin.http("POST", "/rpc", body, *fields, host=host).status == 403
    for host in ("localhost", f"localhost:{quiet.admin_port}", "127.0.0.1", "[::1]"):
        assert quiet.admin.http("POST", "/rpc", body, host=host).status == 200


def test_what_is_no_question_is_refused_by_status(quiet):
    for body, status in (("{", 400), ("[]", 400), ('"x"', 400), ("{}", 400), ('{"method": 1}', 400), ('{"method": "config.gte"}', 200)):
        answer = quiet.admin.http("POST", "/rpc", body)
        assert answer.status == status and json.loads(answer.body)["ok"] is False, body
    refusal = quiet.admin.refusal("config.gte")
    assert refusal.code == "UNKNOWN_METHOD" and "config.get" in refusal.message
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        answer = quiet.admin.http(method, "/rpc")
        assert answer.status == 405 and "POST" in answer.get("Allow")
    assert quiet.admin.http("POST", "/rpc", b'{"method": "config.get", "params": {"key": "' + b"x" * (64 << 20) + b'"}}').status == 413


def test_get_changes_nothing(quiet):
    before = facts(quiet)
    for path in ("/rpc?method=config.reload", "/config/debugHeaders?value=true", "/config.set", "/status", "/doctor", "/agents"):
        quiet.admin.http("GET", path)
    assert facts(quiet) == before


def test_writes_are_limited_to_so_many_a_minute(start_edge):
    edge = start_edge(merge(GATEWAY, {"admin": {"writesPerMinute": 3}}))
    for number in range(3):
        edge.admin.patch({"http": {"timeouts": {"read": f"{number + 1}s"}}})
    before = facts(edge)
    refusal = edge.admin.refusal("config.patch", raw='{"debugHeaders": true}', baseHash=edge.admin.hash())
    assert refusal.code == "UNAVAILABLE" and 0 < refusal.retry_after_ms <= 60_000 and "writesPerMinute" in refusal.message
    assert edge.admin.patch({"debugHeaders": True}, dryRun=True)["dryRun"] is True, "a dry run is no write"
    assert facts(edge) == before and edge.admin.value("http.timeouts.read") == "3s"


def test_beyond_loopback_a_token_is_needed_to_start_and_to_read(start_edge):
    address = _own_address()
    if not address:
        pytest.skip("this machine has no address but loopback")
    edge = start_edge(merge(GATEWAY, {"admin": {"token": "token-for-elsewhere"}}), admin_host="0.0.0.0")
    body = json.dumps({"method": "config.get", "params": {"key": "debugHeaders"}})
    outside = Admin(edge.admin_port, "token-for-elsewhere", address)
    assert outside.http("POST", "/rpc", body, host=address).status == 200
    assert outside.http("POST", "/rpc", body, host=address, token=None).status in (401, 403)
    with pytest.raises(AssertionError, match="admin.token"):
        start_edge(GATEWAY, folder="second", admin_host="0.0.0.0")


# -- paths ------------------------------------------------------------------------------------------------------------------


def test_values_are_read_and_patched_by_path_with_an_entity_tag(edge):
    admin = edge.admin
    for path in ("/config/agents.discovery.static.b", "/config/agents/discovery/static/b"):
        answer = admin.http("GET", path, token=None)
        assert answer.status == 200 and json.loads(answer.body)["weight"] == 5 and answer.get("ETag") == f'"{sha256(edge.text)}"'
    tag = answer.get("ETag")
    assert json.loads(admin.http("GET", "/config").body)["http"]["timeouts"]["read"] == "30s"
    path, before = "/config/agents/discovery/static/b", facts(edge)
    assert admin.http("PATCH", path, "{weight: 7}").status == 428
    assert admin.http("PATCH", path, "{weight: 7}", 'If-Match: "' + sha256("other") + '"').status == 412
    assert admin.http("PATCH", path, "{weight: 7}", f"If-Match: {tag}", token=None).status == 401
    assert admin.http("PATCH", path, "{weight: -1}", f"If-Match: {tag}").status == 400
    assert admin.http("PATCH", path, "{weight:", f"If-Match: {tag}").status == 400
    assert admin.http("DELETE", path).status == 405 and admin.http("GET", "/config/nothing").status in (400, 404)
    assert facts(edge) == before
    answer = admin.http("PATCH", path, "{weight: 7}", f"If-Match: {tag}")
    assert answer.status == 200 and answer.get("ETag") == f'"{sha256(edge.text)}"' != tag, answer.body
    assert admin.value("agents.discovery.static.b") == {**admin.value("agents.discovery.static.b"), "weight": 7, "tags": ["blue", "green"]}
    assert admin.http("PATCH", path, "{weight: 8}", f"If-Match: {tag}").status == 412, "the tag of before"
    tag = answer.get("ETag")
    assert admin.http("PATCH", "/config/logging/level", '"debug"', f"If-Match: {tag}").status == 200
    assert admin.value("logging.level") == "debug"
