"""Margins and dwells of single segments, where one for all does not fit.

An override is `segment:key=value:...`. `margin` and `dwell_ms` hold for changes into the segment, `leave_margin` and
`leave_dwell_ms` for changes out of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from stream.core.reserved import INACTIVE, UNKNOWN, WARMING

EXPECTED = (
    "`segment:key=value:...` with one or more of margin and leave_margin (0 to below 1), dwell_ms and leave_dwell_ms "
    "(>= 0), each once, and each segment once; warming and inactive have none, unknown no leave_margin"
)

_SEGMENT = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Override:
    """What differs for one segment; None: nothing does."""

    segment: str = ""
    margin: float | None = None
    dwell_ms: int | None = None
    leave_margin: float | None = None
    leave_dwell_ms: int | None = None


NO_OVERRIDE = Override()


def read_override(text: str) -> Override | None:
    """The override that `text` is; None if it is not EXPECTED."""
    segment, *parts = text.split(":")
    pairs = [part.partition("=") for part in parts]
    given = {key: value for key, _, value in pairs}
    if not _SEGMENT.fullmatch(segment) or segment in (WARMING, INACTIVE) or not 0 < len(given) == len(pairs):
        return None
    if segment == UNKNOWN and "leave_margin" in given:
        return None
    take = given.pop
    try:
        into = _margin(take("margin", None)), _dwell_ms(take("dwell_ms", None))
        out = _margin(take("leave_margin", None)), _dwell_ms(take("leave_dwell_ms", None))
    except ValueError:
        return None
    return None if given else Override(segment, *into, *out)


@lru_cache(maxsize=8)
def overrides(texts: tuple[str, ...]) -> dict[str, Override]:
    """The overrides that well-formed texts are, by segment."""
    return {found.segment: found for found in map(read_override, texts) if found}


@dataclass(frozen=True, slots=True)
class Margins:
    """How much nearer a segment must be than the present one: by `margin`, or by what overrides say of either."""

    margin: float
    overrides: tuple[str, ...] = ()

    def between(self, segment: str, candidate: str) -> float:
        """The margin of a change from `segment` to `candidate`: the larger of what overrides say of either."""
        if not self.overrides:
            return self.margin
        known = overrides(self.overrides)
        own = known.get(candidate, NO_OVERRIDE).margin, known.get(segment, NO_OVERRIDE).leave_margin
        return max((margin for margin in own if margin is not None), default=self.margin)


def _margin(text: str | None) -> float | None:
    if text is None:
        return None
    if not 0.0 <= (margin := float(text)) < 1.0:
        raise ValueError(text)
    return margin


def _dwell_ms(text: str | None) -> int | None:
    if text is None:
        return None
    if (dwell_ms := int(text)) < 0:
        raise ValueError(text)
    return dwell_ms
