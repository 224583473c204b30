"""A user's past as the topics have it, or the reason why there is none to explain."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from stream.core.decision.conditions import Condition
from stream.core.decision.consent import admit, after
from stream.core.event import Content, Erasure, Record, Scalar
from stream.explain.deployment_log import PartitionPast
from stream.explain.errors import ErasedUserError, UnknownUserError
from stream.wire.changes import SegmentChange
from stream.wire.placement import partition_of
from stream.wire.user_records import HeadRecord, newest_head


class PastSource(Protocol):
    """A source of pasts, such as `DeploymentLog`."""

    def n_partitions(self) -> int:
        """Return the number of partitions of `user-events`."""
        ...

    def past(self, partition: int, users: Collection[str], n_partitions: int) -> PartitionPast:
        """Return the past of users of a partition."""
        ...

    def changes(self, users: Collection[str], partition: int) -> Mapping[str, list[SegmentChange]]:
        """Return the published changes of users, in the order of the topic."""
        ...

    def is_member(self, user: str, partition: int) -> bool:
        """Return True if the user has a record on `user-segments`."""
        ...


@dataclass(frozen=True, slots=True)
class UserPast:
    """A user's records with the partition's progress, and the published changes since the last erasure.

    The state that the workers stored reaches back farther than both.
    """

    user: str
    found: PartitionPast
    changes: tuple[SegmentChange, ...]

    @property
    def stored(self) -> HeadRecord | None:
        """The state that the workers stored, without the window; None without a state."""
        return newest_head(self.found.state)

    @property
    def n_changes(self) -> int:
        """Number of changes so far, also of those that were never published."""
        return self.stored.sequence if self.stored else 0

    def change(self, sequence: int | None) -> SegmentChange | None:
        """Return the published change of a sequence, the last one for None; None if the topic has no such change."""
        of_sequence = [change for change in self.changes if sequence in (None, change.sequence)]
        return of_sequence[-1] if of_sequence else None


def read_user_past(log: PastSource, user: str, consent: tuple[Condition, ...] = ()) -> UserPast:
    """Return a user's past. Raise UnknownUserError or ErasedUserError, and BrokerError or TopicsError."""
    n_partitions = log.n_partitions()
    partition = partition_of(user.encode(), n_partitions)
    found = log.past(partition, [user], n_partitions)
    changes = log.changes([user], partition)[user]
    if not changes or changes[0].sequence > 1:  # earlier ones may be where the user was before a growth
        changes = _in_order([*changes, *_elsewhere(log, user, partition, n_partitions)])
    records = found.past.records
    if not records and not changes and not found.n_waiting and not found.state:
        raise UnknownUserError(f"no event and no change of a user {user!r} is on the topics; ids are case-sensitive")
    applied = list(_applied(records, consent))
    erasures = [time_ms for time_ms, content in applied if isinstance(content, Erasure)]
    if isinstance(applied[-1][1], Erasure) if applied else _is_gone(log, user, partition, found, changes):
        raise ErasedUserError(f"user {user!r} was erased: what came before is not explained")
    return UserPast(user, found, tuple(_since(changes, erasures[-1]) if erasures else changes))


def _applied(records: Sequence[Record], consent: tuple[Condition, ...]) -> Iterator[tuple[int, Content]]:
    """Yield the contents of a user's records that a worker applied, with their times."""
    traits: Mapping[str, Scalar] | None = None
    for record in records:
        content = admit(record.content, traits, consent)
        traits = after(content, traits)
        if content is not None:
            yield record.arrival_ms, content


def _is_gone(
    log: PastSource, user: str, partition: int, found: PartitionPast, changes: Sequence[SegmentChange]
) -> bool:
    """Return True if the changes are those of a user without a state and without a record on `user-segments`."""
    return bool(changes) and not found.state and not log.is_member(user, partition)


def _elsewhere(log: PastSource, user: str, partition: int, n_partitions: int) -> list[SegmentChange]:
    others = (each for each in range(n_partitions) if each != partition)
    return [change for other in others for change in log.changes([user], other)[user]]


def _in_order(changes: Sequence[SegmentChange]) -> list[SegmentChange]:
    return sorted(changes, key=lambda change: (change.decision_time_ms, change.sequence))


def _since(changes: Sequence[SegmentChange], erased_ms: int) -> list[SegmentChange]:
    """Return the changes after an erasure: their sequence begins again."""
    later = [change for change in changes if change.decision_time_ms >= erased_ms]
    starts = [at for at, change in enumerate(later) if change.sequence == 1]
    return later[starts[-1] :] if starts else []
