"""Timestamps as producers write them, to integer milliseconds since 1970 UTC.

The accepted set is ISO 8601 and RFC 3339 as people send them, and numbers, also as text. It is written out here, since
Python's `fromisoformat` accepts another set in each version. `docs/contract.md` has the table, with what is refused.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from math import isfinite

from stream.core.event import Rejected
from stream.core.reasons import Reason
from stream.wire.reasons import rejected

FIRST_MS = 946_684_800_000  # 2000-01-01, the first accepted
END_MS = 4_102_444_800_000  # 2100-01-01, the first not accepted
SECONDS_BELOW = 1e11  # as milliseconds that is 1973-03-03, as seconds the year 5138
CHARS_MAX = 256

_DAY_MS, _HOUR_MS, _MINUTE_MS, _SECOND_MS = 86_400_000, 3_600_000, 60_000, 1000
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_EPOCH_DAY = _EPOCH.toordinal()

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_ISO = re.compile(
    r"""(?P<year>\d{4})
        (?: - (?P<month>\d\d) - (?P<day>\d\d) | / (?P<month2>\d\d) / (?P<day2>\d\d)
          | - (?P<day_of_year>\d{3})
          | -W (?P<week>\d\d) (?: - (?P<day_of_week>\d) )? )
        (?: (?: T | \s+ ) (?P<hour>\d\d) (?: : (?P<minute>\d\d) (?: : (?P<second>\d\d) )? )?
            (?: [.,] (?P<part>\d+) )? )?
        (?: \s* (?: Z | UTC | GMT | UT
                  | (?P<sign>[-+−]) (?P<hours>\d\d) (?: :? (?P<minutes>\d\d) (?: :? (?P<seconds>\d\d) )? )? )
            (?: \[ [^]]* ] )* )?""",  # RFC 9557 has the name of a zone in brackets
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_USUAL = re.compile(r"\d{4}-\d\d-\d\d[T ][01]\d:[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-][01]\d:[0-5]\d)?", re.ASCII)
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)(T\d\d)(\d\d)(\d\d)?(\D.*)?", re.ASCII | re.IGNORECASE)
_HINTS = tuple(
    (re.compile(form, re.ASCII | re.IGNORECASE), hint)
    for form, hint in (
        (r"", "it is empty"),
        (r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}(\D.*)?", "day and month cannot be told apart: begin with the year"),
        (r"\d{8}|\d{12}|\d{14}", "digits alone read like a number: put hyphens into a date"),
        (r"\d{4}(-\d\d)?", "the day is missing"),
        (r"[a-z]{3,9},? .*", "dates in words are not read: begin with the year"),
        (r".*\d ?[ap]\.?m\.?", "hours count from 00 to 24"),
        (r".*\d ?[a-z]{3,5}|.*\[.*\]", "names of zones are not read: write the offset, such as +01:00"),
    )
)


def to_ms(timestamp: int | float | str | None) -> int | Rejected:
    """Return milliseconds of a number (ms; seconds if below 1e11 in magnitude) or of a text (no zone: UTC).

    >>> to_ms(1_700_000_000), to_ms("1700000000123"), to_ms("2023-11-14T23:13:20+01:00")
    (1700000000000, 1700000000123, 1700000000000)
    """
    if timestamp is None:
        return rejected(Reason.MISSING_TIMESTAMP)
    time_ms = _text_ms(timestamp) if isinstance(timestamp, str) else _number_ms(timestamp)
    if time_ms is None:
        return rejected(Reason.BAD_TIMESTAMP, f"expected ISO 8601, got {str(timestamp)[:40]!r}{_hint(str(timestamp))}")
    if FIRST_MS <= time_ms < END_MS:
        return time_ms
    unit = ": microseconds since 1970? Send milliseconds" if FIRST_MS <= time_ms // 1000 < END_MS else ""
    return rejected(
        Reason.TIMESTAMP_OUT_OF_RANGE, f"expected 2000-01-01 to before 2100-01-01, got {str(timestamp)[:40]}{unit}"
    )


def _number_ms(number: int | float) -> int:
    if isinstance(number, float) and not isfinite(number):  # JSON like 1e999 is read as infinity
        return END_MS
    return round(number * 1000 if -SECONDS_BELOW < number < SECONDS_BELOW else number)


def _text_ms(text: str) -> int | None:
    if _USUAL.fullmatch(text):  # four times faster, and the same in every version of Python
        return _usual_ms(text)
    text = text.strip()
    if len(text) > CHARS_MAX:
        return None
    if iso := _ISO.fullmatch(text):
        return _iso_ms(iso)
    if basic := _BASIC.fullmatch(text):
        year, month, day, hour, minute, second, rest = basic.groups()
        iso = _ISO.fullmatch(f"{year}-{month}-{day}{hour}:{minute}:{second or '00'}{rest or ''}")
        return _iso_ms(iso) if iso else None
    if not _NUMBER.fullmatch(text) or (text.isdigit() and len(text) in (4, 8, 12, 14)):
        return None
    return _number_ms(float(text))


def _usual_ms(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:  # there is no such day
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MILLISECOND


def _iso_ms(iso: re.Match[str]) -> int | None:
    """Return milliseconds of a match of `_ISO`; None for a day, a time or an offset that does not exist."""
    day, time_ms, offset_ms = _day(iso), _time_ms(iso), _offset_ms(iso)
    if day is None or time_ms is None or offset_ms is None:
        return None
    return (day - _EPOCH_DAY) * _DAY_MS + time_ms - offset_ms


def _day(iso: re.Match[str]) -> int | None:
    """Return the day as Python's ordinal."""
    year = int(iso["year"])
    try:
        if iso["week"]:
            return date.fromisocalendar(year, int(iso["week"]), int(iso["day_of_week"] or 1)).toordinal()
        if iso["day_of_year"]:
            day = date(year, 1, 1).toordinal() + int(iso["day_of_year"]) - 1
            return day if date.fromordinal(day).year == year else None
        return date(year, int(iso["month"] or iso["month2"]), int(iso["day"] or iso["day2"])).toordinal()
    except (ValueError, OverflowError):
        return None


def _time_ms(iso: re.Match[str]) -> int | None:
    """Return milliseconds of the day. A leap second is the first of the next minute, and 24:00 the end of the day."""
    hour, minute, second = int(iso["hour"] or 0), int(iso["minute"] or 0), int(iso["second"] or 0)
    unit_ms = _SECOND_MS if iso["second"] else _MINUTE_MS if iso["minute"] else _HOUR_MS
    part = iso["part"] or "0"
    time_ms = hour * _HOUR_MS + minute * _MINUTE_MS + second * _SECOND_MS + unit_ms * int(part) // 10 ** len(part)
    return time_ms if minute < 60 and second <= 60 and (hour < 24 or time_ms == _DAY_MS) else None


def _offset_ms(iso: re.Match[str]) -> int | None:
    """Return the offset from UTC."""
    if not iso["sign"]:
        return 0
    hours, minutes, seconds = (int(iso[unit] or 0) for unit in ("hours", "minutes", "seconds"))
    offset_ms = hours * _HOUR_MS + minutes * _MINUTE_MS + seconds * _SECOND_MS
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return offset_ms if iso["sign"] == "+" else -offset_ms


def _hint(text: str) -> str:
    """Return what the text looks like, or nothing."""
    text = text.strip()[:CHARS_MAX]
    return next((f": {hint}" for form, hint in _HINTS if form.fullmatch(text)), "")
