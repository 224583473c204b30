"""One fault of each kind at full load on three brokers, checked as `make chaos` checks a hundred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from stream.devkafka import EmbeddedCluster
from tests.chaos.faults import DECIDING, FAULTS, TRAINING, Fault, possible
from tests.chaos.proxy import Network
from tests.chaos.report import note, rows
from tests.chaos.run import BUGS, Result, plan, run
from tests.chaos.trial import network_and_cluster

QUICK = (Fault.BROKER_KILLED, Fault.NETWORK_SILENT, Fault.WORKER_KILLED, Fault.WORKER_PAUSED)
QUICK_TRAINING = (Fault.TRAINER_KILLED,)


@pytest.fixture(scope="module")
def on() -> Iterator[tuple[Network, EmbeddedCluster]]:
    with network_and_cluster() as made:
        yield made


def assert_sound(result: Result, n_faults: int) -> None:
    """No anomaly, no bug, and a table that says so."""
    assert result.anomalies == []
    assert [ended for ended in result.ended if ended.code not in BUGS] == []
    assert len(result.outcomes) == n_faults
    assert min(result.n_events, result.n_changes) > 300, "there is something to lose"
    table = rows(result)
    assert sum(row.count for row in table[:-1]) == table[-1].count == n_faults
    assert "events/s" in note(result)


def test_faults_under_full_load_change_nothing(
    on: tuple[Network, EmbeddedCluster], segment_model: Path, tmp_path: Path
) -> None:
    result = run(tmp_path, QUICK, 0, segment_model, on, lambda _: None)
    assert_sound(result, len(QUICK))


@pytest.mark.chaos
def test_the_death_of_the_trainer_changes_no_model(on: tuple[Network, EmbeddedCluster], tmp_path: Path) -> None:
    result = run(tmp_path, QUICK_TRAINING, 0, None, on, lambda _: None)
    assert_sound(result, len(QUICK_TRAINING))
    assert result.n_models > 0


def test_a_plan_has_each_possible_kind_about_as_often() -> None:
    assert set(DECIDING) | set(TRAINING) == set(Fault) == set(FAULTS)
    kinds = [fault for fault in DECIDING if possible(fault)]
    counts = Counter(plan(DECIDING, 80, seed=1))
    assert counts.keys() == set(kinds)
    assert max(counts.values()) - min(counts.values()) <= 1
    assert plan(DECIDING, 80, seed=1) == plan(DECIDING, 80, seed=1) != plan(DECIDING, 80, seed=2)
