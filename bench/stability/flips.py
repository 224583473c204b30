"""Moves of users between segments, and moves reverted within a week.

A *move* is a change between two answers, `unknown` included. Changes to and from `inactive` and `pending` are no moves:
an empty window is a fact and takes no answer back. A *flip* is a move back to the answer that the last move left,
within WEEK_MS: A to B, then B to A. A *return* also counts longer paths, such as A to B to C to A. Inactivity in
between makes a move neither: A to B, B to inactive, inactive to A.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bench.stability.timeline import NOWHERE, Timeline, stays
from stream.core.policy import DAY_MS

WEEK_MS = 7 * DAY_MS


@dataclass(frozen=True)
class Span:
    """A counted time span, `[start_ms, end_ms)`."""

    start_ms: int
    end_ms: int

    def __contains__(self, time_ms: int) -> bool:
        """Return True if `time_ms` is within the span."""
        return self.start_ms <= time_ms < self.end_ms

    def overlap_ms(self, start_ms: int, end_ms: int) -> int:
        """Return the milliseconds of `[start_ms, end_ms)` within the span."""
        return max(0, min(end_ms, self.end_ms) - max(start_ms, self.start_ms))


@dataclass(frozen=True)
class Flips:
    """Counts over some users. Flips are returns too; both count at the time of the move back."""

    n_moves: int = 0
    n_flips: int = 0
    n_returns: int = 0
    user_days: float = 0.0  # with an answer

    def __add__(self, other: Flips) -> Flips:
        """Add the counts of other users."""
        return Flips(
            self.n_moves + other.n_moves,
            self.n_flips + other.n_flips,
            self.n_returns + other.n_returns,
            self.user_days + other.user_days,
        )


def flips(timelines: Iterable[Timeline], span: Span) -> Flips:
    """Count over all users; earlier moves are known but not counted."""
    return sum((_of_one(timeline, span) for timeline in timelines), Flips())


def _of_one(timeline: Timeline, span: Span) -> Flips:
    n_moves = n_flips = n_returns = 0
    left_ms: dict[str, int] = {}  # when answers were left, since the user last had none; the newest last
    for change in timeline:
        if not change.is_move:
            left_ms = {}
            continue
        if change.time_ms in span:
            n_moves += 1
            returned = change.to_segment in left_ms and change.time_ms - left_ms[change.to_segment] < WEEK_MS
            n_returns += returned
            n_flips += returned and change.to_segment == next(reversed(left_ms))
        left_ms.pop(change.from_segment, None)
        left_ms[change.from_segment] = change.time_ms
    return Flips(n_moves, n_flips, n_returns, _answered_ms(timeline, span) / DAY_MS)


def _answered_ms(timeline: Timeline, span: Span) -> int:
    spells = stays(timeline, span.end_ms)
    return sum(span.overlap_ms(change.time_ms, end_ms) for change, end_ms in spells if change.to_segment not in NOWHERE)
