"""Times between events in plain units."""

from __future__ import annotations

from stream.core.policy import DAY_MS

_SECOND_MS = 1000
_MINUTE_MS = 60 * _SECOND_MS
_HOUR_MS = 60 * _MINUTE_MS


def within(span_ms: int) -> str:
    """Return a time that `span_ms` fits into, rounded up to whole minutes, hours or days.

    >>> within(0), within(5), within(61_000), within(3_600_000), within(26 * 3_600_000)
    ('at once', 'within a minute', 'in 2 minutes', 'in an hour', 'in 2 days')
    """
    if span_ms == 0:
        return "at once"
    if span_ms <= _MINUTE_MS:
        return "within a minute"
    if span_ms <= 59 * _MINUTE_MS:
        return f"in {-(-span_ms // _MINUTE_MS)} minutes"
    if span_ms <= 23 * _HOUR_MS:
        return _in(-(-span_ms // _HOUR_MS), "an hour", "hours")
    return _in(-(-span_ms // DAY_MS), "a day", "days")


def _in(n: int, one: str, many: str) -> str:
    return f"in {one}" if n == 1 else f"in {n} {many}"
