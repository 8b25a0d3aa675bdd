"""The outside cases of HTTP/1.1: whatever is sent, only clean messages reach the agent."""
import json
import subprocess
import sys

import pytest

from processes import SHARED, free_port

RUNNER = SHARED / "corpora/http1/run.py"
FILES = sorted(path for path in RUNNER.parent.glob("*.jsonl") if path.name != "smuggler.jsonl")


def rows(path):
    return sum(1 for line in path.read_text().splitlines() if line)


def run(start_proxy, tmp_path, files, *options):
    assert RUNNER.exists(), f"{RUNNER}: no such file; set CLAWPROXY_SHARED to the folder of shared cases"
    origin = free_port()
    # a new connection for each row: what one row leaves behind must not reach the next
    proxy = start_proxy(
        {"logging": {"accessLog": False}, "agents": {"healthCheck": {"enabled": False}}},
        [{"id": "origin", "endpoint": f"http://127.0.0.1:{origin}"}],
        [{"name": "all", "match": {"type": "prefix", "pattern": "/"}, "target": "origin"}])
    out = tmp_path / "verdicts.json"
    done = subprocess.run(
        [sys.executable, str(RUNNER), "--proxy", f"127.0.0.1:{proxy.port}", "--origin-port", str(origin), "--out", str(out),
         *options, *map(str, files)],
        capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "CONNECT FAIL" not in done.stdout, done.stdout
    assert proxy.is_running, "the proxy ended"
    verdicts = json.loads(out.read_text())
    bad = [f"{row['id']}: {row['verdict']}, expected {row['expect']}: {row['why']}" for row in verdicts if row["verdict"] != "ok"]
    return verdicts, bad


@pytest.mark.slow
def test_every_row_of_every_corpus_is_ok(start_proxy, tmp_path):
    verdicts, bad = run(start_proxy, tmp_path, FILES)
    # the runner stops quietly when the proxy is not reached: count
    assert len(verdicts) == sum(map(rows, FILES)) > 400
    assert not bad, "\n" + "\n".join(bad)


@pytest.mark.slow
def test_three_hundred_mutations_of_smuggling_are_ok(start_proxy, tmp_path):
    verdicts, bad = run(start_proxy, tmp_path, [RUNNER.parent / "smuggler.jsonl"], "--limit", "300")
    assert len(verdicts) == 300
    assert not bad, "\n" + "\n".join(bad)
