"""Timelines from words: one character a day, `.` before an answer and `?` for unknown."""

from __future__ import annotations

from bench.meaning.events import START_MS
from bench.stability.timeline import Change, Timeline
from stream.core.policy import DAY_MS
from stream.core.reserved import INACTIVE, PENDING, UNKNOWN

_RESERVED = {".": PENDING, "?": UNKNOWN, "-": INACTIVE}


def timeline(word: str) -> Timeline:
    """Changes at noon of each day on which the character is another one."""
    changes, segment = [], PENDING
    for day, sign in enumerate(word):
        to = _RESERVED.get(sign, sign)
        if to != segment:
            changes.append(Change(START_MS + day * DAY_MS + DAY_MS // 2, segment, to, 1))
            segment = to
    return changes
