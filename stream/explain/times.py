"""Times and spans of time in words, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

_UNITS = (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000))


def minute(time_ms: int) -> str:
    """Return the minute in UTC: `2017-01-27 20:40`."""
    try:
        return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M}"
    except (OverflowError, ValueError, OSError):
        return f"{time_ms} ms"


def span(span_ms: int) -> str:
    """Return a span in its largest whole unit, rounded.

    >>> span(86_400_000), span(5_400_000), span(30_000), span(7)
    ('1 day', '1.5 hours', '30 seconds', '7 ms')
    """
    for name, unit_ms in _UNITS:
        if span_ms >= unit_ms:
            n = round(span_ms / unit_ms, 1)
            return f"{n:g} {name}{'' if n == 1 else 's'}"
    return f"{span_ms} ms"


def count(n: int, what: str) -> str:
    """Return a number of things.

    >>> count(1, "item"), count(12_000, "item")
    ('1 item', '12,000 items')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"
