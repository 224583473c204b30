"""What hysteresis costs: how much later a move comes that a run without it makes as well, and that lasts.

A move of the reference to B at t is *lasting* when its person stays in B for WEEK_MS or longer. The other run, for the
same person, then is there *already* (in B just before t), *follows* (its first change to B in `[t, end of the stay)`,
the delay counted from t) or never comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.stability.flips import WEEK_MS, Span
from bench.stability.timeline import Change, Timeline, segment_before, stays

HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Stay:
    """A lasting move of `user`, and when it ended."""

    user: str
    move: Change
    end_ms: int


@dataclass(frozen=True)
class Delays:
    """Of all lasting moves of a reference: in how many the other run was there already, and how late it followed."""

    n_lasting: int
    n_already: int
    hours: tuple[float, ...]


def delays(reference: Mapping[str, Timeline], other: Mapping[str, Timeline], span: Span) -> Delays:
    """Only moves of the span count whose WEEK_MS end in it, so that it is known whether they last."""
    found = [
        (stay, other.get(user, [])) for user, timeline in reference.items() for stay in lasting(user, timeline, span)
    ]
    already = [segment_before(timeline, stay.move.time_ms) == stay.move.segment for stay, timeline in found]
    late_ms = [_late_ms(*each) for each, there in zip(found, already, strict=True) if not there]
    return Delays(len(found), sum(already), tuple(ms / HOUR_MS for ms in late_ms if ms is not None))


def lasting(user: str, timeline: Timeline, span: Span) -> Iterator[Stay]:
    """The lasting moves of one person."""
    for move, end_ms in stays(timeline, span.end_ms):
        if move.is_move and move.time_ms in span and end_ms - move.time_ms >= WEEK_MS:
            yield Stay(user, move, end_ms)


def _late_ms(stay: Stay, timeline: Timeline) -> int | None:
    """None: it never comes."""
    late_ms = (
        change.time_ms - stay.move.time_ms
        for change in timeline
        if change.segment == stay.move.segment and stay.move.time_ms <= change.time_ms < stay.end_ms
    )
    return next(late_ms, None)
