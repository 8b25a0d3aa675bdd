"""What must not be possible beside the contract: to read what is secret, to lose what was confirmed, to lock oneself out."""
import json
import time

import pytest

from control import agents, rule, stamped, start_edge  # noqa: F401
from processes import eventually, free_port, merge


def gateway(agent, **admin):
    rules = [rule("all", target="demo", **stamped("one"))]
    return merge(agents(agent.settings()), {"routing": {"rules": rules}, "admin": admin})


@pytest.fixture
def edge(start_edge, shared_agent):
    return start_edge(gateway(shared_agent))


def stamp(edge):
    return edge.ask("/").get("X-Stamp")


def second(edge, text="two", **more):
    return edge.admin.patch({"routing": {"rules": [{"name": "all", **stamped(text)}]}}, **more)


@pytest.mark.parametrize("method", ["config.validate", "config.diff"])
def test_a_document_of_the_askers_own_needs_the_token(edge, method):
    """The environment is filled into it: without the token anybody on this machine could read it there."""
    body = json.dumps({"method": method, "params": {"raw": "{http: {listen: '${HOME}'}}"}})
    assert edge.admin.http("POST", "/rpc", body, token=None).status == 401
    assert edge.admin.http("POST", "/rpc", json.dumps({"method": method}), token=None).status == 200


def test_a_large_body_needs_the_token_too(edge):
    body = json.dumps({"method": "config.get", "params": {"key": "x" * (2 << 20)}})
    assert edge.admin.http("POST", "/rpc", body, token=None).status == 413
    assert edge.admin.http("POST", "/rpc", body).status == 200


def test_what_config_get_shows_can_be_validated_and_compared(start_edge, shared_agent):
    edge = start_edge(gateway(shared_agent, token="the-token-of-this-test"))
    raw = edge.admin.get()["raw"]
    assert "the-token-of-this-test" not in raw
    assert edge.admin.rpc("config.validate", raw=raw)["valid"] is True
    assert edge.admin.rpc("config.diff", raw=raw)["changes"] == []


def test_without_a_token_in_the_file_the_one_that_was_made_holds(start_edge, shared_agent):
    edge = start_edge(gateway(shared_agent, token="the-token-of-this-test"))
    edge.admin.unset("admin.token")
    assert edge.admin.http("POST", "/rpc", '{"method": "config.reload"}', token="the-token-of-this-test").status == 401
    assert edge.cli("config", "set", "debugHeaders", "true").returncode == 0


def test_a_change_for_all_does_not_confirm_what_waits(start_edge, shared_agent):
    edge = start_edge(gateway(shared_agent))
    edge.admin.patch({"admin": {"peers": [f"127.0.0.1:{edge.admin_port}"]}})
    second(edge, confirmMs=1500)
    refusal = edge.admin.refusal("config.set", key="debugHeaders", value=True, baseHash=edge.admin.hash(), all=True)
    assert "confirm" in refusal.message
    eventually(lambda: stamp(edge) == "one", 5, what="the way back")


def test_a_change_that_could_not_be_written_leaves_no_version(edge):
    versions = edge.admin.history()
    refusal = edge.admin.refusal("config.patch", raw="{http: {listen: 5}}", baseHash=edge.admin.hash(), confirmMs=5000)
    assert refusal.issues and edge.admin.history() == versions


def test_a_listener_goes_back_at_once(start_edge, shared_agent):
    """The old one is still closing then, and is ours."""
    edge = start_edge(gateway(shared_agent))
    for _ in range(5):
        edge.admin.patch({"http": {"listen": f"127.0.0.1:{free_port()}"}})
        edge.admin.rollback()
        assert stamp(edge) == "one"


def test_changes_that_follow_each_other_go_back_together(start_edge, shared_agent):
    """A harmless change right after a bad one must not make that one last."""
    edge = start_edge(gateway(shared_agent, guard={"watch": "20s", "minRequests": 10}))
    for _ in range(60):
        assert edge.ask("/").status == 200
    time.sleep(1.2)
    before = edge.text
    edge.admin.patch({"routing": {"rules": [{"name": "all", "rewrite": {"path": "/status/500"}}]}})
    edge.admin.patch({"debugHeaders": True})
    end = time.monotonic() + 10
    while edge.text != before and time.monotonic() < end:
        edge.ask("/")
    assert edge.text == before and stamp(edge) == "one"
    assert "objective" in edge.admin.history()[0]["reason"]




def test_rollback_for_all_means_the_version_of_the_one_that_was_asked(start_edge, shared_agent):
    edge = start_edge(gateway(shared_agent))
    edge.admin.patch({"admin": {"peers": [f"127.0.0.1:{edge.admin_port}"]}})
    second(edge)
    answer = edge.admin.rollback(all=True)
    assert answer["applied"] == "everywhere" and answer["replicas"][0]["state"] == "applied"
    assert stamp(edge) == "one" and edge.admin.value("admin.peers")


def test_a_file_where_a_socket_is_wanted_is_left_alone(edge, tmp_path):
    kept = tmp_path / "kept"
    kept.write_text("precious")
    refusal = edge.admin.refusal("config.set", key="http.listen", value=[f"unix:{kept}"], baseHash=edge.admin.hash())
    assert "no socket" in refusal.message and kept.read_text() == "precious"


def test_clients_need_an_address(edge):
    assert edge.admin.refusal("config.set", key="http.listen", value=[], baseHash=edge.admin.hash()).issues


def test_a_named_listener_that_does_not_answer_changes_no_file_here(edge):
    before = edge.text
    done = edge.cli("config", "set", "debugHeaders", "true", "--admin", f"127.0.0.1:{free_port()}")
    assert done.returncode == 1 and edge.text == before


def test_a_file_that_is_gone_is_not_begun_anew(start_edge, shared_agent):
    edge = start_edge(gateway(shared_agent), as_user_file=True)
    edge.admin.set("debugHeaders", True)
    edge.config_file.unlink()
    done = edge.cli("config", "set", "logging.level", "warn")
    assert done.returncode == 1 and not edge.config_file.exists()
    assert stamp(edge) == "one"


def test_a_thousand_new_rules_take_no_minute(edge):
    rules = [rule(f"r{number}", f"/r{number}", target="demo") for number in range(1000)]
    began = time.monotonic()
    assert edge.admin.patch({"routing": {"rules": rules}}, dryRun=True)["dryRun"] is True
    assert time.monotonic() - began < 20
