"""Short runs of the measurements that prove what changes under load, races and kills come to (Benchmarks/)."""
import os
import subprocess
import sys

import pytest

from processes import CLAWPROXY, DEMO_AGENT, PACKAGE


def run(script, *options, seconds=300):
    done = subprocess.run(
        [sys.executable, PACKAGE / "Benchmarks" / script, *map(str, options)], capture_output=True, text=True, timeout=seconds,
        env={**os.environ, "CLAWPROXY": str(CLAWPROXY), "DEMO_AGENT": str(DEMO_AGENT)})
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)


def test_of_two_writers_exactly_one_wins():
    run("races.py", "--rounds", 30)


def test_of_five_writers_exactly_one_wins():
    run("races.py", "--rounds", 10, "--writers", 5)


@pytest.mark.slow
def test_a_kill_leaves_one_whole_version():
    run("power-cut.py", "--rounds", 20, "--rules", 50)


@pytest.mark.slow
@pytest.mark.parametrize("rules, rounds", [(100, 40), (2000, 5)])
def test_changes_under_load_fail_and_break_nothing(rules, rounds):
    run("patches.py", "--rounds", rounds, "--rules", rules, "--rate", 200, "--connections", 16, "--streams", 20, "--websockets", 20, "--slow")


@pytest.mark.slow
def test_replicas_that_are_killed_end_as_reported():
    run("replicas.py", "--rounds", 15)
