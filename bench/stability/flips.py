"""How often people are moved, and how often only to be moved back.

A *move* is from one answer to another, `unknown` included. To and from `inactive` and `pending` are no moves: they say
that a window is empty, which is a fact and takes no answer back. A *flip* is a move back to the answer that the
person's last move took away, less than WEEK_MS ago: A to B at t1, B to A at t2, t2 - t1 < WEEK_MS. A *return* is the
same by any way, such as A to B to C to A. Being inactive in between makes it neither: A to B, B to inactive, inactive
to A.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.stability.timeline import NOWHERE, Timeline, stays
from stream.core.policy import DAY_MS

WEEK_MS = 7 * DAY_MS


@dataclass(frozen=True)
class Span:
    """The time that counts: `[start_ms, end_ms)`."""

    start_ms: int
    end_ms: int

    def __contains__(self, time_ms: int) -> bool:
        return self.start_ms <= time_ms < self.end_ms

    def overlap_ms(self, start_ms: int, end_ms: int) -> int:
        """How much of `[start_ms, end_ms)` counts."""
        return max(0, min(end_ms, self.end_ms) - max(start_ms, self.start_ms))


@dataclass(frozen=True)
class Flips:
    """Of some people. Flips are returns too; both count at the move that goes back."""

    n_moves: int = 0
    n_flips: int = 0
    n_returns: int = 0
    person_days: float = 0.0  # with an answer

    def __add__(self, other: Flips) -> Flips:
        return Flips(
            self.n_moves + other.n_moves,
            self.n_flips + other.n_flips,
            self.n_returns + other.n_returns,
            self.person_days + other.person_days,
        )


def flips(timelines: Iterable[Timeline], span: Span) -> Flips:
    """Of everyone; what happened before the span is known, but does not count."""
    return sum((_of_one(timeline, span) for timeline in timelines), Flips())


def _of_one(timeline: Timeline, span: Span) -> Flips:
    n_moves = n_flips = n_returns = 0
    left_ms: dict[str, int] = {}  # answers taken away since the person was last nowhere, the last one at the end
    for change in timeline:
        if not change.is_move:
            left_ms = {}
            continue
        if change.time_ms in span:
            n_moves += 1
            returned = change.segment in left_ms and change.time_ms - left_ms[change.segment] < WEEK_MS
            n_returns += returned
            n_flips += returned and change.segment == next(reversed(left_ms))
        left_ms.pop(change.former, None)
        left_ms[change.former] = change.time_ms
    return Flips(n_moves, n_flips, n_returns, _answered_ms(timeline, span) / DAY_MS)


def _answered_ms(timeline: Timeline, span: Span) -> int:
    spells = stays(timeline, span.end_ms)
    return sum(span.overlap_ms(change.time_ms, end_ms) for change, end_ms in spells if change.segment not in NOWHERE)
