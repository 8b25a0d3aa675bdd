"""Layers of the cache: their bounds, what a restart leaves, and what damage does."""
import json
import random
import shutil

import pytest

from caching import MEMORY, cached, fresh, is_hit, reached, scripted
from control import agents, rule, start_edge  # noqa: F401
from processes import SHARED, eventually, free_port, run_command
from raw import get, ok
from test_cache_agents import BASE, RULE, content, say, speaking

BODY = "x" * 20_000


@pytest.fixture
def edge(start_edge, raw_agent):  # noqa: F811
    """`edge(layers)` starts an origin and a proxy before it that can be stopped and started again."""

    def start(layers, answer=lambda request, count: fresh(f"{request.target} {count}"), cache=None, **more):
        agent = raw_agent(scripted(answer))
        settings = cached({"layers": layers, **(cache or {})}, **agents(agent.settings("raw")), **more)
        edge = start_edge({"routing": {"rules": [rule("all", "/", "raw")]}, **settings})
        edge.origin = agent
        return edge

    return start


def layer(edge, index=0):
    return edge.admin.rpc("cache.stats")["layers"][index]


ONLY = "Cache-Control: only-if-cached"


def served(ask):
    """The answer once it comes from the cache: a layer that is slow for once counts as empty, and nothing is fetched for it."""
    return eventually(lambda: (found := ask()).status != 504 and is_hit(found) and found, 5, what="a hit")


def disk(tmp_path, **more):
    return {"name": "disk", "type": "disk", "directory": str(tmp_path / "kept"), **more}


def files(tmp_path):
    """What is kept; a file that is being written is none of it yet."""
    return [path for path in (tmp_path / "kept").rglob("*") if path.is_file() and not path.name.startswith(".")]


def size(path):
    """0 for one that has just gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


# MARK: memory


def test_a_layer_holds_no_more_entries_than_it_may(edge):
    proxy = edge([{**MEMORY, "maxSize": 100}])
    for number in range(500):
        proxy.ask(f"/{number}")
    found = layer(proxy)
    assert 50 <= found["entries"] <= 100 == found["mostEntries"] and found["evictions"] >= 400
    held = sum(proxy.ask(f"/{number}", "Cache-Control: only-if-cached").status == 200 for number in range(500))
    assert held == found["entries"]


def test_a_layer_holds_no_more_bytes_than_it_may(edge):
    proxy = edge([{**MEMORY, "maxSize": "1MiB"}], lambda request, count: fresh(BODY))
    for number in range(200):
        proxy.ask(f"/{number}")
    found = layer(proxy)
    assert 700_000 < found["bytes"] <= 1 << 20 and 30 < found["entries"] < 60


def test_what_is_asked_for_again_outlives_what_passes_once(edge):
    """S3-FIFO: a scan does not wash the favourites out."""
    proxy = edge([{**MEMORY, "maxSize": 100}])
    favourites = [f"/favourite/{number}" for number in range(20)]
    for _ in range(3):
        for path in favourites:
            proxy.ask(path)
    for number in range(400):
        proxy.ask(f"/scan/{number}")
    assert sum(is_hit(proxy.ask(path)) for path in favourites) >= 18


def test_a_layer_keeps_nothing_longer_than_it_may(edge):
    proxy = edge([{**MEMORY, "ttl": "500ms"}])
    assert is_hit(proxy.ask("/a")) is False and is_hit(proxy.ask("/a")) is True
    eventually(lambda: proxy.ask("/a").body == b"/a 2", 5, what="a second fetch")


def test_a_layer_keeps_no_longer_answer_than_it_may(edge):
    proxy = edge([{**MEMORY, "maxObject": "10kB"}], lambda request, count: fresh(BODY if request.target == "/long" else "short"))
    assert [is_hit(proxy.ask("/long")) for _ in range(2)] == [False, False]
    assert [is_hit(proxy.ask("/short")) for _ in range(2)] == [False, True]


def test_hits_are_told_by_layer(edge):
    proxy = edge([{**MEMORY, "name": "one", "ttl": "2s"}, {**MEMORY, "name": "two"}])
    proxy.ask("/a")
    assert is_hit(proxy.ask("/a"))
    first = proxy.admin.metric("gateway_cache_requests_total", layer="one", outcome="hit")
    assert first == 1
    eventually(lambda: is_hit(proxy.ask("/a")) and proxy.admin.metric("gateway_cache_requests_total", layer="two", outcome="hit") >= 1, 10, what="a hit in the second layer")
    assert reached(proxy.origin) == 1


# MARK: disk


def test_a_restart_leaves_what_is_on_disk(edge, tmp_path):
    proxy = edge([disk(tmp_path)], lambda request, count: fresh(f"{request.target} {BODY}", 'ETag: "e"', "X-Mine: yes"))
    proxy.ask("/a")
    eventually(lambda: files(tmp_path), what="a file")
    proxy.restart()
    answer = served(lambda: proxy.ask("/a", ONLY))
    assert answer.body.decode() == f"/a {BODY}" and answer.get("ETag") == '"e"' and answer.get("X-Mine") == "yes" and answer.get("Age")
    assert served(lambda: proxy.ask("/a", ONLY, 'If-None-Match: "e"')).status == 304
    assert reached(proxy.origin) == 1


def test_a_hit_on_disk_fills_the_memory_before_it(edge, tmp_path):
    proxy = edge([MEMORY, disk(tmp_path)])
    proxy.ask("/a")
    eventually(lambda: files(tmp_path), what="a file")
    proxy.restart()
    served(lambda: proxy.ask("/a", ONLY))
    assert proxy.admin.metric("gateway_cache_lookup_seconds_count", layer="disk") >= 1
    shutil.rmtree(tmp_path / "kept")
    assert is_hit(proxy.ask("/a"))
    assert reached(proxy.origin) == 1


def test_variants_live_on_disk_side_by_side(edge, tmp_path):
    proxy = edge([disk(tmp_path)], lambda request, count: fresh(request.get("Accept-Language"), "Vary: Accept-Language"))
    for language in ("de", "en"):
        proxy.ask("/a", f"Accept-Language: {language}")
    eventually(lambda: files(tmp_path), what="files")
    for language in ("de", "en"):
        assert served(lambda: proxy.ask("/a", ONLY, f"Accept-Language: {language}")).body.decode() == language
    proxy.restart()
    for language in ("de", "en"):
        assert served(lambda: proxy.ask("/a", ONLY, f"Accept-Language: {language}")).body.decode() == language


@pytest.mark.parametrize("damage", ["truncated", "empty", "flipped", "other", "longer"])
def test_a_damaged_file_is_a_miss(edge, tmp_path, damage):
    proxy = edge([disk(tmp_path)], lambda request, count: fresh(f"{request.target} {count} {BODY}"))
    for number in range(10):
        proxy.ask(f"/{number}")
    eventually(lambda: len(files(tmp_path)) >= 10, what="ten files")
    proxy.kill()
    dice = random.Random(damage)
    for path in files(tmp_path):
        data = bytearray(path.read_bytes())
        if damage == "flipped":
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        elif damage == "other":
            data[:] = dice.randbytes(len(data))
        elif damage == "longer":
            data += b"more"
        else:
            del data[(len(data) // 2 if damage == "truncated" else 0):]
        path.write_bytes(data)
    (tmp_path / "kept" / "stray").write_text("not ours")
    proxy.start()
    for number in range(10):
        body = proxy.ask(f"/{number}").body.decode()
        # a flipped bit may stand where nothing depends on it
        assert body in (f"/{number} 1 {BODY}", f"/{number} 2 {BODY}") and (damage == "flipped" or body.startswith(f"/{number} 2"))
    assert proxy.is_running


def test_a_disk_layer_is_bounded(edge, tmp_path):
    dice = random.Random(7)
    bodies = [dice.randbytes(10_000).hex() for _ in range(60)]
    proxy = edge([disk(tmp_path, maxSize="300kB")], lambda request, count: fresh(bodies[int(request.target[1:])]))
    for number in range(60):
        proxy.ask(f"/{number}")
    eventually(lambda: 100_000 < sum(map(size, files(tmp_path))) <= 300_000, 5, what="at most 300 kB of files")


def test_a_directory_that_goes_away_harms_nobody(edge, tmp_path):
    proxy = edge([disk(tmp_path)])
    proxy.ask("/a")
    eventually(lambda: files(tmp_path), what="a file")
    shutil.rmtree(tmp_path / "kept")
    (tmp_path / "kept").write_text("a file in its place")
    assert [proxy.ask(f"/{number}").status for number in range(50)] == [200] * 50
    lines = [line for line in proxy.log.splitlines() if '"level":"error"' in line or '"level":"warning"' in line]
    assert len([line for line in lines if "kept" in line]) <= 3, "a line a change of state, not a line a request"


# MARK: requests


def test_the_request_cache_survives_a_restart(edge, tmp_path, client):
    """The owner's document, with a directory of our own."""
    proxy = edge([], speaking, cache={"request_cache": {
        "enabled": True, "backend": "file", "directory": str(tmp_path / "kept"), "ttl_seconds": 3600, "max_size_mb": 500,
        "hash_strategy": "semantic", "similarity_threshold": 0.95}}, routing={"rules": [{"name": "chat", "match": RULE["match"], "target": "raw", "kind": "llm"}]})
    ask = lambda more={}, *fields: client(proxy).ask(say({**BASE, **more}, *fields))
    assert content(ask()) == "answer 1"
    stream = ask({"stream": True}).body
    eventually(lambda: len(files(tmp_path)) >= 2, what="two files")
    proxy.restart()
    assert content(served(lambda: ask({}, ONLY))) == "answer 1"
    assert served(lambda: ask({"stream": True}, ONLY)).body == stream
    assert not is_hit(client(proxy).ask(get("/a"))) and not is_hit(client(proxy).ask(get("/a"))), "for POST alone"


@pytest.mark.parametrize("name", ["cache", "request-cache", "production"])
def test_the_owners_documents_say_nothing_unknown_of_the_cache(tmp_path, name):
    done = run_command(tmp_path, "check", "--config-file", SHARED / f"owner-configs/{name}.json", env={"REDIS_PASSWORD": "secret"})
    told = [line for line in (done.stdout + done.stderr).splitlines() if "gateway.cache" in line]
    assert told == []


def test_the_owners_layers_work_without_their_redis(start_edge, raw_agent):  # noqa: F811
    document = json.loads((SHARED / "owner-configs/cache.json").read_text())["gateway"]["cache"]
    document["layers"][1]["endpoint"] = f"redis://127.0.0.1:{free_port()}"
    agent = raw_agent(scripted(lambda request, count: ok(str(count))))
    edge = start_edge(
        {"cache": document, **agents(agent.settings("raw")), "routing": {"rules": [rule("all", "/", "raw")]}}, env={"REDIS_PASSWORD": "secret"})
    answers = [edge.ask("/a") for _ in range(3)]
    assert [answer.body for answer in answers] == [b"1"] * 3 and is_hit(answers[2])
    assert answers[0].get("Cache-Control") == "max-age=300"
    assert "secret" not in edge.log


def test_files_tell_nobody_what_was_asked(edge, tmp_path):
    """Names are digests under the proxy's secret, and are for its user alone."""
    proxy = edge([disk(tmp_path)])
    proxy.ask("/a-secret-path")
    found = eventually(lambda: files(tmp_path), what="a file")
    assert not any("secret" in str(path) for path in found)
    assert all(path.stat().st_mode & 0o077 == 0 for path in found) and (tmp_path / "kept").stat().st_mode & 0o077 == 0


def test_another_secret_finds_nothing_of_before(edge, tmp_path):
    proxy = edge([disk(tmp_path)], secrets={"hmac": "one secret that is long enough"})
    proxy.ask("/a")
    eventually(lambda: files(tmp_path), what="a file")
    proxy.rewrite(proxy.text.replace("one secret", "two secret"))
    proxy.restart()
    assert not is_hit(proxy.ask("/a"))
    eventually(lambda: is_hit(proxy.ask("/a")), 5, what="what is its own")
