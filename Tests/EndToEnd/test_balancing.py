"""Short runs of the measurements that prove what balancing comes to (Benchmarks/)."""
import pytest

from test_proofs import run


def test_sessions_stay_with_their_agents():
    run("sessions.py", "--sessions", 200)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["round-robin", "least-connections", "adaptive"])
def test_a_killed_agent_costs_no_request_and_comes_back_slowly(strategy):
    run("kill.py", "--strategies", strategy)


@pytest.mark.slow
def test_adaptive_is_ahead_of_its_peers():
    run("adaptive.py", "--rounds", 1, seconds=400)
