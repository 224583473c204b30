"""Timelines of one user, written down as days and segments."""

from __future__ import annotations

from bench.stability.flips import Span
from bench.stability.timeline import Change, Timeline
from stream.core.policy import DAY_MS

SPAN = Span(0, 100 * DAY_MS)


def timeline(*stays: tuple[float, str], start: str = "pending") -> Timeline:
    """Changes at these days to these segments, one after another."""
    formers = [start, *(segment for _, segment in stays)]
    return [
        Change(round(day * DAY_MS), previous, segment, 1)
        for (day, segment), previous in zip(stays, formers, strict=False)
    ]
