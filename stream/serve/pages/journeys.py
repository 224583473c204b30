"""A user's stays in segments, from changes: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stream.wire.changes import SegmentChange, SegmentRef


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay in a segment `[since_ms, until_ms)` that began with a change; `until_ms` is None for the current one."""

    segment: SegmentRef
    since_ms: int
    until_ms: int | None
    change: SegmentChange


def stays(changes: Sequence[SegmentChange], until_ms: int | None = None) -> list[Stay]:
    """Return the stays, the newest first, of changes that come the newest first; `until_ms` ends the newest stay."""
    ends = [until_ms, *(change.decision_time_ms for change in changes)]
    return [
        Stay(change.to, change.decision_time_ms, end, change) for change, end in zip(changes, ends[:-1], strict=True)
    ]
