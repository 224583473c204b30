"""Figures as people read them: counts, shares, moments and durations, each the same on every page."""

from __future__ import annotations

import math
from datetime import UTC, datetime

MISSING = "–"
_MINUS = "−"
_SPANS = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"))


def count(number: float | None) -> str:
    """Return a whole number with commas.

    >>> count(1234567), count(None)
    ('1,234,567', '–')
    """
    return MISSING if number is None else f"{number:,.0f}".replace("-", _MINUS)


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as a percentage; a share that rounds to nothing is told as less than the last digit.

    >>> percent(0.1234), percent(0), percent(0.0001), percent(1)
    ('12.3%', '0%', '<0.1%', '100%')
    """
    if share is None or not math.isfinite(share):
        return MISSING
    least = 10.0**-digits
    if 0 < share * 100 < least / 2:
        return f"<{least:.{digits}f}%"
    text = f"{share * 100:.{digits}f}"
    if not float(text):
        return "0%"
    if digits and float(text).is_integer():
        text = text.partition(".")[0]
    return f"{text}%".replace("-", _MINUS)


def signed_percent(change: float | None) -> str:
    """Return a relative change with its sign.

    >>> signed_percent(0.1), signed_percent(-0.034), signed_percent(0)
    ('+10%', '−3%', '0%')
    """
    if change is None or not math.isfinite(change):
        return MISSING
    return signed(round(change * 100)) + "%"


def growth(change: float | None, n_now: int) -> str:
    """Return a relative change of a size; a size that was 0 before is told as new.

    >>> growth(0.1, 5), growth(None, 5), growth(None, 0)
    ('+10%', 'new', '–')
    """
    return "new" if change is None and n_now else signed_percent(change)


def signed(number: float | None) -> str:
    """Return a whole number with its sign.

    >>> signed(12), signed(-1200), signed(0)
    ('+12', '−1,200', '0')
    """
    if number is None:
        return MISSING
    return f"{number:+,.0f}".replace("-", _MINUS) if round(number) else "0"


def decimal(number: float | None, digits: int = 3) -> str:
    """Return a number with so many digits after the point.

    >>> decimal(0.12345), decimal(-2, 1), decimal(-0.0001), decimal(None)
    ('0.123', '−2.0', '0.000', '–')
    """
    if number is None or not math.isfinite(number):
        return MISSING
    return f"{round(number, digits) + 0.0:,.{digits}f}".replace("-", _MINUS)  # + 0.0: never a negative zero


def moment(time_ms: int | None) -> str:
    """Return a time to the minute, UTC.

    >>> moment(1767225600000)
    '2026-01-01 00:00'
    """
    return MISSING if time_ms is None else f"{_utc(time_ms):%Y-%m-%d %H:%M}"


def iso(time_ms: int) -> str:
    """Return a time as machines read it.

    >>> iso(1767225600000)
    '2026-01-01T00:00:00Z'
    """
    return f"{_utc(time_ms):%Y-%m-%dT%H:%M:%S}Z"


def span(duration_ms: float | None) -> str:
    """Return a duration in its largest unit, whole unless small.

    >>> span(90_000), span(86_400_000), span(9 * 86_400_000), span(300)
    ('1.5 minutes', '1 day', '9 days', '0.3 seconds')
    """
    if duration_ms is None:
        return MISSING
    for unit_ms, name in _SPANS:
        if duration_ms >= unit_ms or name == "second":
            number = duration_ms / unit_ms
            text = f"{number:,.1f}".removesuffix(".0") if number < 10 else f"{number:,.0f}"
            return f"{text} {name}{'' if text == '1' else 's'}"
    raise AssertionError("the last unit takes every duration")


def plural(number: float, thing: str, things: str | None = None) -> str:
    """Return a count with the things counted.

    >>> plural(1, "user"), plural(1200, "user"), plural(2, "process", "processes")
    ('1 user', '1,200 users', '2 processes')
    """
    return f"{count(number)} {thing if number == 1 else things or thing + 's'}"


def opening(sentence: str) -> str:
    """Return a sentence with a capital first letter and nothing else changed.

    >>> opening("moved to Baby food")
    'Moved to Baby food'
    """
    return sentence[:1].upper() + sentence[1:]


def _utc(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)
