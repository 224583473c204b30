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
    Watched,
)
from stream.runtime.job import BatchSummary
from stream.runtime.watched import Finding, FindingKind

STALL_S = 60.0


@dataclass
class Clock:
    """Seconds that the test sets."""

    now_s: float = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Watching:
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

    def reasons(self) -> list[str]:
        """Return every reason in words."""
        return [reason.words for reason in self.health.reasons()]


def idle(n_waiting: int, role: str = "segment", position: int = 10) -> Idle:
    return Idle(role, {0: n_waiting}, {0: position})


def delivered(n_waiting: int, role: str = "segment", position: int = 10) -> Delivered:
    return Delivered(role, [BatchSummary(1, None, 9)], 0.0, 0.0, {0: n_waiting}, {0: position})


def test_a_new_worker_is_healthy_and_not_ready() -> None:
    health = Watching().after(10 * STALL_S)
    assert (health.is_healthy(), health.is_ready()) == (True, False)


def test_a_worker_is_ready_once_every_partition_it_owns_is_restored() -> None:
    watched = Watching()
    events: list[EngineEvent] = [
        Assigned("segment", [0, 2]),
        Restored("segment", 2),
        Restored("segment", 0),
        Assigned("segment", [1]),
        Restored("segment", 1),
    ]
    assert [watched.after(1, each).is_ready() for each in events] == [False, False, True, False, True]


def test_a_revocation_before_the_first_assignment_makes_no_worker_ready() -> None:
    assert not Watching().after(0, Revoked("segment", [])).is_ready()


def test_a_worker_with_only_the_trainer_is_not_ready() -> None:
    assert not Watching().after(1, Assigned("train", [0]), Restored("train", 0)).is_ready()


def test_a_worker_whose_trainer_restores_is_not_ready() -> None:
    watched = Watching()
    assert not watched.after(1, Assigned("segment", [0]), Restored("segment", 0), Assigned("train", [0])).is_ready()
    assert watched.after(1, Restored("train", 0)).is_ready()


def test_the_same_partition_number_of_two_roles_is_two_partitions() -> None:
    assert not Watching().after(1, Assigned("segment", [0]), Assigned("train", [0]), Restored("train", 0)).is_ready()


def test_a_partition_revoked_during_its_restore_does_not_delay_readiness() -> None:
    watched = Watching()
    assert not watched.after(1, Assigned("segment", [0, 1]), Restored("segment", 0)).is_ready()
    assert watched.after(1, Revoked("segment", [1])).is_ready()


def test_a_spare_worker_with_no_partition_is_ready() -> None:
    watched = Watching()
    assert not watched.after(1).is_ready()
    assert watched.after(1, Assigned("segment", [])).is_ready()


def test_an_engine_silent_for_the_stall_time_makes_a_worker_unhealthy() -> None:
    watched = Watching()
    watched.after(0, Idle("segment", {}), Idle("train", {}))
    assert watched.after(STALL_S - 0.001, Idle("train", {})).is_healthy()
    assert not watched.after(0.001, Idle("train", {})).is_healthy()
    assert watched.after(1, Idle("segment", {})).is_healthy()


def test_records_that_wait_for_the_stall_time_make_a_worker_unhealthy() -> None:
    watched = Watching()
    watched.after(0, delivered(5))
    assert watched.after(STALL_S - 0.001, idle(5)).is_healthy()
    assert not watched.after(0.001, idle(5)).is_healthy()
    assert watched.after(1, delivered(4, position=11)).is_healthy()


@pytest.mark.parametrize(
    "vain", [idle(5), NotDelivered("segment", "fenced", {0: 5}), ClientWarning("segment", "broker down")], ids=str
)
def test_idle_and_failed_turns_are_no_progress(vain: EngineEvent) -> None:
    watched = Watching()
    watched.after(0, delivered(5))
    assert watched.after(STALL_S / 2, vain).is_healthy()
    assert not watched.after(STALL_S / 2, vain).is_healthy()


@pytest.mark.parametrize("event", [Restored("segment", 0), Revoked("segment", [0])], ids=str)
def test_a_partition_that_comes_or_goes_does_not_wait(event: EngineEvent) -> None:
    watched = Watching()
    watched.after(0, delivered(5))
    assert watched.after(STALL_S, event).is_healthy()


def test_one_partition_that_stalls_makes_a_worker_unhealthy_whatever_others_do() -> None:
    watched = Watching()
    for position in range(3):
        watched.after(STALL_S / 2, Idle("segment", {0: 4, 1: 4}, {0: 7, 1: position}))
    assert not watched.health.is_healthy()
    [words] = watched.reasons()
    assert words == "segment: 4 records wait in the partitions [0], none was read for 60 s"


def test_a_trainer_that_stalls_makes_a_worker_unhealthy_whatever_the_segmenter_does() -> None:
    watched = Watching()
    for position in range(3):
        watched.after(STALL_S / 2, idle(4, "train"), delivered(4, position=position))
    assert not watched.health.is_healthy()


def test_turns_that_fail_are_told_at_once_and_make_a_worker_unready_and_then_unhealthy() -> None:
    watched = Watching()
    failed = NotDelivered("segment", "disk full", {0: 3})
    assert watched.after(1, Assigned("segment", []), idle(3), failed).is_ready()
    assert not watched.after(1, failed).is_ready()
    assert watched.reasons() == ["segment: 2 turns in a row were not delivered, for 1 s: disk full"]
    assert watched.health.is_healthy()
    for position in range(6):  # records are read again and again, which is no progress
        watched.after(10, idle(3, position=position), failed)
    assert not watched.health.is_healthy()
    assert watched.after(1, delivered(2, position=9)).is_ready()
    assert watched.health.is_healthy()


def test_a_turn_that_delivers_nothing_does_not_end_failures() -> None:
    watched = Watching()
    failed, empty = NotDelivered("train", "disk full", {0: 3}), BatchSummary(5, None, 0)
    for _ in range(2):
        watched.after(1, failed, Delivered("train", [empty], 0.0, 0.0, {0: 3}, {0: 7}))
    assert "2 turns in a row" in watched.reasons()[0]


def test_no_broker_makes_a_worker_unready_at_once_and_unhealthy_after_the_stall_time() -> None:
    watched = Watching()
    silent = Watched("watch", (Finding(FindingKind.NO_BROKER, "", "no broker has answered"),))
    health = watched.after(1, Assigned("segment", []), idle(0), silent)
    assert (health.is_ready(), health.is_healthy()) == (False, True)
    assert watched.reasons() == ["no broker has answered"]
    health = watched.after(STALL_S, silent, idle(0))
    assert not health.is_healthy()
    health = watched.after(1, Watched("watch", ()))
    assert (health.is_ready(), health.is_healthy()) == (True, True)


@pytest.mark.parametrize("kind", [FindingKind.PRODUCERS_TIMES, FindingKind.CHANGELOG_REPLACED])
def test_a_finding_that_a_restart_does_not_mend_is_told_and_makes_nothing_unhealthy(kind: FindingKind) -> None:
    watched = Watching()
    told = Watched("watch", (Finding(kind, "user-events", "words"),))
    watched.after(0, told, idle(0))
    assert watched.after(10 * STALL_S, told, idle(0)).is_healthy()
    assert watched.reasons() == ["words"]


def test_a_check_that_finds_fault_for_the_stall_time_makes_a_worker_unhealthy() -> None:
    clock = Clock()
    health = Liveness(STALL_S, clock, [lambda: ("models wait", clock.now_s - 1000.0), lambda: None])
    assert health.is_healthy()
    clock.now_s += STALL_S
    assert not health.is_healthy()
    assert health.report()["reasons"] == ["models wait"]


def test_a_worker_that_restores_for_long_is_healthy_and_says_so() -> None:
    watched = Watching()
    waiting = Idle("segment", {0: 5}, {0: 1})
    watched.after(0, Assigned("segment", [0]), Revoked("segment", []), waiting)
    health = watched.after(STALL_S, waiting)
    assert health.is_healthy()
    assert watched.reasons() == ["segment: restoring the partitions [0]"]


def test_an_idle_worker_stays_healthy() -> None:
    watched = Watching()
    assert watched.after(0, delivered(0)).is_healthy()
    assert watched.after(100 * STALL_S, idle(0)).is_healthy()


def test_waiting_counts_from_when_records_began_to_wait() -> None:
    watched = Watching()
    watched.after(0, delivered(0))
    watched.after(100 * STALL_S, idle(0))
    assert watched.after(1, idle(3)).is_healthy()
    assert not watched.after(STALL_S, idle(3)).is_healthy()


def test_revoking_the_last_partition_ends_the_wait() -> None:
    watched = Watching()
    watched.after(0, delivered(5))
    watched.after(1, Revoked("segment", [0]), Idle("segment", {}))
    assert watched.after(10 * STALL_S, Idle("segment", {})).is_healthy()


def test_the_report_has_the_answers_of_the_checks() -> None:
    watched = Watching()
    watched.after(0, Assigned("segment", [3, 1]), Restored("segment", 1), Assigned("train", [0]), delivered(7))
    assert watched.after(2.25).report() == {
        "healthy": True,
        "ready": False,
        "reasons": ["segment: restoring the partitions [3]", "train: restoring the partitions [0]"],
        "partitions": {"segment": [1, 3], "train": [0]},
        "restoring": 2,
        "lag_records": {"segment": 7},
        "seconds_since_progress": 2.2,
    }
