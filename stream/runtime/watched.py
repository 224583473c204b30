"""Topics as a worker sees them on the cluster, as frozen values, and the offset at which it may continue in a log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Bounds:
    """Offsets of a partition's log: the first record's, that of the first open transaction, and the end's.

    Without an open transaction `stable` is the end.
    """

    first: int
    stable: int
    end: int


@dataclass(frozen=True, slots=True)
class TopicSeen:
    """A topic as the cluster describes it. `topic` is the local name; a topic made again has another `id`.

    `bounds` lacks partitions without a leader. `by_producers` is True if records carry their producers' times, and
    None while that is unknown.
    """

    topic: str
    id: str
    n_partitions: int
    bounds: Mapping[int, Bounds] = field(default_factory=dict)
    by_producers: bool | None = None


class Cause(StrEnum):
    """A cause for which a worker continues at another offset than its own."""

    REPLACED = "replaced"  # the topic was deleted and made again
    RETENTION = "retention"  # records were deleted before they were read
    TRUNCATED = "truncated"  # the log ends before records that were read


@dataclass(frozen=True, slots=True)
class Move:
    """A new position in a log: its cause, the offset to continue at, and the records concerned.

    `n_records` counts records lost unread; for TRUNCATED, those read and no longer in the log.
    """

    cause: Cause
    offset: int
    n_records: int


def move_to_log(position: int, log_id: str, seen: TopicSeen, partition: int, old_end: int = 0) -> Move | None:
    """Return the move that brings `position`, the next offset in the log `log_id`, into the log that is there.

    None if it is in that log. An empty `log_id` is an unknown one and passes for the same log. `old_end` is the last
    known end of a replaced log.

    >>> seen = TopicSeen("user-events", "b", 1, {0: Bounds(first=10, stable=30, end=30)})
    >>> move_to_log(20, "b", seen, 0) is None
    True
    >>> move_to_log(4, "b", seen, 0)
    Move(cause=<Cause.RETENTION: 'retention'>, offset=10, n_records=6)
    """
    bounds = seen.bounds[partition]
    if log_id and log_id != seen.id:
        return Move(Cause.REPLACED, bounds.first, max(0, old_end - position))
    if position < bounds.first:
        return Move(Cause.RETENTION, bounds.first, bounds.first - position)
    if position > bounds.end:
        return Move(Cause.TRUNCATED, bounds.end, position - bounds.end)
    return None


class FindingKind(StrEnum):
    """A kind of finding of the topic watch."""

    NO_BROKER = "no_broker"
    MISSING = "missing"
    OPEN_TRANSACTION = "open_transaction"
    CHANGELOG_REPLACED = "changelog_replaced"
    PRODUCERS_TIMES = "producers_times"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact about the cluster that an operator should know, in words with the remedy. `topic` is "" for all."""

    kind: FindingKind
    topic: str
    words: str
