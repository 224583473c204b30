"""Overrides: margins and dwells of single segments.

An override is written `segment:key=value:...`. The keys `margin` and `dwell_ms` hold for changes into the segment,
`leave_margin` and `leave_dwell_ms` for changes out of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stream.core.reserved import INACTIVE, PENDING, UNKNOWN

EXPECTED = (
    "`segment:key=value:...` with one or more of margin and leave_margin (0 to below 1), dwell_ms and leave_dwell_ms "
    "(>= 0), each once, and each segment once; pending and inactive have none, unknown no leave_margin"
)

_KEYS = frozenset({"margin", "dwell_ms", "leave_margin", "leave_dwell_ms"})
_SEGMENT = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Override:
    """An override of margins and dwells for one segment; None: the value of the policy holds."""

    segment: str
    margin: float | None = None
    dwell_ms: int | None = None
    leave_margin: float | None = None
    leave_dwell_ms: int | None = None

    @classmethod
    def parse(cls, text: str) -> Override:
        """Parse `segment:key=value:...`. Raises ValueError with the expected form."""
        segment, *parts = text.split(":")
        pairs = [part.partition("=") for part in parts]
        values = {key: value for key, _, value in pairs}
        if not _SEGMENT.fullmatch(segment) or segment in (PENDING, INACTIVE) or not 0 < len(values) == len(pairs):
            raise ValueError(EXPECTED)
        if values.keys() - _KEYS or (segment == UNKNOWN and "leave_margin" in values):
            raise ValueError(EXPECTED)
        return cls(
            segment=segment,
            margin=_margin(values.get("margin")),
            dwell_ms=_dwell_ms(values.get("dwell_ms")),
            leave_margin=_margin(values.get("leave_margin")),
            leave_dwell_ms=_dwell_ms(values.get("leave_dwell_ms")),
        )


@dataclass(frozen=True, slots=True)
class Margins:
    """Margins by which a candidate segment must be nearer: one for all, and those of `overrides`."""

    margin: float
    overrides: tuple[Override, ...] = ()

    def between(self, segment: str, candidate: str) -> float:
        """Return the margin of a change from `segment` to `candidate`."""
        return margin_between(segment, candidate, self.overrides, self.margin)


def margin_between(segment: str, candidate: str, overrides: tuple[Override, ...], default: float) -> float:
    """Return the larger of the margins that overrides set for a change from `segment` to `candidate`."""
    into = (each.margin for each in overrides if each.segment == candidate)
    out = (each.leave_margin for each in overrides if each.segment == segment)
    return max((margin for margin in (*into, *out) if margin is not None), default=default)


def dwell_between(segment: str, candidate: str, overrides: tuple[Override, ...], default: int) -> int:
    """Return the larger of the dwells, ms, that overrides set for a change from `segment` to `candidate`."""
    into = (each.dwell_ms for each in overrides if each.segment == candidate)
    out = (each.leave_dwell_ms for each in overrides if each.segment == segment)
    return max((dwell_ms for dwell_ms in (*into, *out) if dwell_ms is not None), default=default)


def _margin(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        margin = float(text)
    except ValueError as error:
        raise ValueError(EXPECTED) from error
    if not 0.0 <= margin < 1.0:
        raise ValueError(EXPECTED)
    return margin


def _dwell_ms(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        dwell_ms = int(text)
    except ValueError as error:
        raise ValueError(EXPECTED) from error
    if dwell_ms < 0:
        raise ValueError(EXPECTED)
    return dwell_ms
