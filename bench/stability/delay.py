"""Delay by hysteresis: lasting moves of a run without hysteresis, and the time at which another run makes them.

A move of the reference to B at t is *lasting* when the user stays in B for WEEK_MS or longer. In the other run the
user is *already* in B just before t, or *follows* by a change to B in `[t, end of the stay)`, or never moves. The delay
is counted from t to the first such change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.stability.flips import WEEK_MS, Span
from bench.stability.timeline import Change, Timeline, segment_before, stays

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Stay:
    """A lasting move of `user`, with the end of the stay."""

    user: str
    move: Change
    end_ms: int


@dataclass(frozen=True)
class Delays:
    """Numbers of lasting moves, of those made already, and the delays of the followed ones."""

    n_lasting: int
    n_already: int
    hours: tuple[float, ...]


def delays(reference: Mapping[str, Timeline], other: Mapping[str, Timeline], span: Span) -> Delays:
    """Compare the lasting moves of the reference with the other run.

    Only moves whose WEEK_MS end within the span count, as others may not last.
    """
    found = [
        (stay, other.get(user, [])) for user, timeline in reference.items() for stay in lasting(user, timeline, span)
    ]
    already = [segment_before(timeline, stay.move.time_ms) == stay.move.to_segment for stay, timeline in found]
    late_ms = [_late_ms(*each) for each, there in zip(found, already, strict=True) if not there]
    return Delays(len(found), sum(already), tuple(ms / HOUR_MS for ms in late_ms if ms is not None))


def lasting(user: str, timeline: Timeline, span: Span) -> Iterator[Stay]:
    """Yield the lasting moves of one user."""
    for move, end_ms in stays(timeline, span.end_ms):
        if move.is_move and move.time_ms in span and end_ms - move.time_ms >= WEEK_MS:
            yield Stay(user, move, end_ms)


def _late_ms(stay: Stay, timeline: Timeline) -> int | None:
    """Return the delay of the other run, or None if the move never comes."""
    late_ms = (
        change.time_ms - stay.move.time_ms
        for change in timeline
        if change.to_segment == stay.move.to_segment and stay.move.time_ms <= change.time_ms < stay.end_ms
    )
    return next(late_ms, None)
