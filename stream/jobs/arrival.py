"""When records arrived: their timestamps, bounded by the worker's clock.

Under the wall clock the time of a record moves its whole partition, and time never goes back. One record far ahead
would end every window. Bounding makes a decision depend on the worker's clock, for such records only; the partition's
time is stored with the decision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from stream.core.arrays import Ints
from stream.core.partition import PartitionState
from stream.core.policy import DAY_MS, Clock, Policy
from stream.core.state import UserState
from stream.wire.records import ConsumerRecord
from stream.wire.timestamps import FIRST_MS

BROKER_AHEAD_MS = DAY_MS  # a broker's clock is trusted for a day, a producer's for `max_ahead_ms`
_TELL_MS = 3_600_000


class Arrivals(Protocol):
    """A source of the times at which records arrived."""

    def arrivals_ms(self, records: Sequence[ConsumerRecord], timestamps_ms: Ints) -> Ints:
        """Return the times of records with these timestamps."""
        ...

    def set_right(self, partition: int, state: PartitionState) -> None:
        """Bring a restored state back from a far future, before its timers are used."""
        ...


@dataclass(frozen=True, slots=True)
class AsReceived:
    """Arrivals at the records' timestamps, for replays and the event clock."""

    def arrivals_ms(self, records: Sequence[ConsumerRecord], timestamps_ms: Ints) -> Ints:
        """Return the timestamps."""
        return timestamps_ms

    def set_right(self, partition: int, state: PartitionState) -> None:
        """Keep the state."""


AS_RECEIVED = AsReceived()


@dataclass(slots=True)
class BoundedArrivals:
    """Arrivals no later than the worker's clock `now_ms` and a tolerance, told by `tell` at most once an hour.

    A record without a time, or of a time before 2000, arrives now.
    """

    policy: Policy
    now_ms: Callable[[], int]
    tell: Callable[[str], object]
    _n_bounded: int = 0
    _told_ms: int = 0

    def arrivals_ms(self, records: Sequence[ConsumerRecord], timestamps_ms: Ints) -> Ints:
        """Return the times of records, bounded."""
        now_ms, ahead_ms = self.now_ms(), self.policy.max_ahead_ms
        is_near = (timestamps_ms >= FIRST_MS) & (timestamps_ms <= now_ms + min(ahead_ms, BROKER_AHEAD_MS))
        if is_near.all():
            return timestamps_ms
        by_producer = np.array([record.by_producer for record in records])
        latest_ms = now_ms + np.where(by_producer, ahead_ms, BROKER_AHEAD_MS)
        is_late, is_early = timestamps_ms > latest_ms, timestamps_ms < FIRST_MS
        wrong = np.flatnonzero(is_late | is_early)
        if len(wrong):
            self._count(len(wrong), records[int(wrong[0])], now_ms)
        return np.where(is_late, latest_ms, np.where(is_early, now_ms, timestamps_ms))

    def set_right(self, partition: int, state: PartitionState) -> None:
        """Set the times of a state more than a day ahead to the worker's clock; windows that ended stay empty."""
        now_ms = self.now_ms()
        if state.now_ms <= now_ms + BROKER_AHEAD_MS:
            return
        self.tell(
            f"the time of partition {partition} was {_utc(state.now_ms)}, far ahead of this worker's clock: set to "
            f"{_utc(now_ms)}. Users whose windows ended by that are back with their next events"
        )
        state.now_ms = now_ms
        state.put_all({name: _set_back(user, now_ms) for name, user in state.users() if _is_ahead(user, now_ms)})

    def _count(self, n_bounded: int, record: ConsumerRecord, now_ms: int) -> None:
        self._n_bounded += n_bounded
        if now_ms < self._told_ms + _TELL_MS:
            return
        self._told_ms = now_ms
        whose = "producer's" if record.by_producer else "broker's"
        self.tell(
            f"{self._n_bounded} records so far have a time far from this worker's clock and count as of now, such as "
            f"partition {record.partition} offset {record.offset} with its {whose} time {_utc(record.timestamp_ms)}: "
            "check the clocks, and set message.timestamp.type=LogAppendTime on the topic"
        )


def arrivals_of(policy: Policy, now_ms: Callable[[], int], tell: Callable[[str], object]) -> Arrivals:
    """Return the arrivals that a policy needs: bounded under the wall clock."""
    return BoundedArrivals(policy, now_ms, tell) if policy.clock is Clock.WALL else AS_RECEIVED


def _is_ahead(user: UserState, now_ms: int) -> bool:
    membership = user.membership
    return max(user.sampled_ms, membership.since_ms, membership.candidate_since_ms) > now_ms


def _set_back(user: UserState, now_ms: int) -> UserState:
    membership = user.membership
    set_back = replace(
        membership,
        since_ms=min(membership.since_ms, now_ms),
        candidate=None if membership.candidate_since_ms > now_ms else membership.candidate,
        candidate_since_ms=min(membership.candidate_since_ms, now_ms),
    )
    return replace(user, sampled_ms=min(user.sampled_ms, now_ms), membership=set_back)


def _utc(time_ms: int) -> str:
    try:
        return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{time_ms} ms"
