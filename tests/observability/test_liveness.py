"""A worker is ready once its partitions are restored, and unhealthy when records wait without progress."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from stream.observability.liveness import Liveness
from stream.runtime.events import (
    Assigned,
    ClientWarning,
    Delivered,
    EngineEvent,
    Idle,
    NotDelivered,
    Restored,
    Revoked,
)

STALL_S = 60.0


@dataclass
class Clock:
    """Seconds that the test sets."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Watched:
    """A health with its clock."""

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.health = Liveness(STALL_S, self.clock)

    def after(self, seconds: float, *events: EngineEvent) -> Liveness:
        """Let time pass, then let these happen."""
        self.clock.now_s += seconds
        for event in events:
            self.health(event)
        return self.health


def idle(n_waiting: int, role: str = "segment") -> Idle:
    return Idle(role, {0: n_waiting})


def delivered(n_waiting: int, role: str = "segment") -> Delivered:
    return Delivered(role, [], 0.0, 0.0, {0: n_waiting})


def test_a_new_worker_is_healthy_and_not_ready() -> None:
    health = Watched().after(10 * STALL_S)
    assert (health.is_healthy(), health.is_ready()) == (True, False)


def test_a_worker_is_ready_once_every_partition_it_owns_is_restored() -> None:
    watched = Watched()
    events: list[EngineEvent] = [
        Assigned("segment", [0, 2]),
        Restored("segment", 2),
        Restored("segment", 0),
        Assigned("segment", [1]),
        Restored("segment", 1),
    ]
    assert [watched.after(1, each).is_ready() for each in events] == [False, False, True, False, True]


def test_a_revocation_before_the_first_assignment_makes_no_worker_ready() -> None:
    assert not Watched().after(0, Revoked("segment", [])).is_ready()


def test_a_worker_with_only_the_trainer_is_not_ready() -> None:
    assert not Watched().after(1, Assigned("train", [0]), Restored("train", 0)).is_ready()


def test_a_worker_whose_trainer_restores_is_not_ready() -> None:
    watched = Watched()
    assert not watched.after(1, Assigned("segment", [0]), Restored("segment", 0), Assigned("train", [0])).is_ready()
    assert watched.after(1, Restored("train", 0)).is_ready()


def test_the_same_partition_number_of_two_roles_is_two_partitions() -> None:
    assert not Watched().after(1, Assigned("segment", [0]), Assigned("train", [0]), Restored("train", 0)).is_ready()


def test_a_partition_revoked_during_its_restore_does_not_delay_readiness() -> None:
    watched = Watched()
    assert not watched.after(1, Assigned("segment", [0, 1]), Restored("segment", 0)).is_ready()
    assert watched.after(1, Revoked("segment", [1])).is_ready()


def test_a_spare_worker_with_no_partition_is_ready() -> None:
    watched = Watched()
    assert not watched.after(1).is_ready()
    assert watched.after(1, Assigned("segment", [])).is_ready()


def test_an_engine_silent_for_the_stall_time_makes_a_worker_unhealthy() -> None:
    watched = Watched()
    watched.after(0, Idle("segment", {}), Idle("train", {}))
    assert watched.after(STALL_S - 0.001, Idle("train", {})).is_healthy()
    assert not watched.after(0.001, Idle("train", {})).is_healthy()
    assert watched.after(1, Idle("segment", {})).is_healthy()


def test_records_that_wait_for_the_stall_time_make_a_worker_unhealthy() -> None:
    watched = Watched()
    watched.after(0, delivered(5))
    assert watched.after(STALL_S - 0.001, idle(5)).is_healthy()
    assert not watched.after(0.001, idle(5)).is_healthy()
    assert watched.after(1, delivered(4)).is_healthy()


@pytest.mark.parametrize(
    "vain", [idle(5), NotDelivered("segment", "fenced", {0: 5}), ClientWarning("segment", "broker down")], ids=str
)
def test_idle_and_failed_turns_are_no_progress(vain: EngineEvent) -> None:
    watched = Watched()
    watched.after(0, delivered(5))
    assert watched.after(STALL_S / 2, vain).is_healthy()
    assert not watched.after(STALL_S / 2, vain).is_healthy()


@pytest.mark.parametrize("event", [Assigned("segment", [1]), Restored("segment", 1), Revoked("segment", [1])], ids=str)
def test_a_rebalance_is_progress(event: EngineEvent) -> None:
    watched = Watched()
    watched.after(0, delivered(5))
    assert watched.after(STALL_S, event).is_healthy()


def test_an_idle_worker_stays_healthy() -> None:
    watched = Watched()
    assert watched.after(0, delivered(0)).is_healthy()
    assert watched.after(100 * STALL_S, idle(0)).is_healthy()


def test_waiting_counts_from_when_records_began_to_wait() -> None:
    watched = Watched()
    watched.after(0, delivered(0))
    watched.after(100 * STALL_S, idle(0))
    assert watched.after(1, idle(3)).is_healthy()
    assert not watched.after(STALL_S, idle(3)).is_healthy()


def test_revoking_the_last_partition_ends_the_wait() -> None:
    watched = Watched()
    watched.after(0, delivered(5))
    watched.after(1, Revoked("segment", [0]), Idle("segment", {}))
    assert watched.after(10 * STALL_S, Idle("segment", {})).is_healthy()


def test_the_report_has_the_answers_of_the_checks() -> None:
    watched = Watched()
    watched.after(0, Assigned("segment", [3, 1]), Restored("segment", 1), Assigned("train", [0]), delivered(7))
    assert watched.after(2.25).report() == {
        "healthy": True,
        "ready": False,
        "partitions": {"segment": [1, 3], "train": [0]},
        "restoring": 2,
        "lag_records": {"segment": 7},
        "seconds_since_progress": 2.2,
    }
