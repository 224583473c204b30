"""Timestamps of a batch in the usual forms, read together; `timestamps` reads any form, one by one.

Usual are integers in milliseconds, and ISO 8601 as programs write it: `2023-11-14T22:13:20.123Z`, with or without a
fraction and an offset. Texts of one length are digits and punctuation at the same places, so their digits are columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Ints
from stream.core.event import Rejected
from stream.wire.calls import Time
from stream.wire.timestamps import END_MS, FIRST_MS, to_ms

NOT_READ = -1  # no accepted time

_FEW = 16  # below, a text at a time is faster
_USUAL = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?P<point>\.\d{1,6})?(Z|(?P<sign>[+-])\d\d:\d\d)?", re.ASCII
)  # a form, of which one text is an example
_DATE_CHARS = 19  # without a fraction
_ZERO = ord("0")
_MINUTE_MS = 60_000


def to_ms_together(times: Sequence[Time]) -> Ints:
    """Return `to_ms` of each time, NOT_READ where it is a rejection."""
    types = set(map(type, times))
    if len(types) == 1:
        return _of_type(types.pop(), times)
    found = np.full(len(times), NOT_READ, np.int64)
    for each in types:
        rows = [row for row, time in enumerate(times) if type(time) is each]
        found[rows] = _of_type(each, [times[row] for row in rows])
    return found


def _of_type(kind: type, times: Sequence[Any]) -> Ints:
    if kind is int:
        return _of_integers(times)
    return _of_texts(times) if kind is str and len(times) >= _FEW else _one_by_one(times)


def _of_integers(times: Sequence[int]) -> Ints:
    try:
        found = np.array(times, np.int64)
    except OverflowError:
        return _one_by_one(times)
    return _read_left(times, np.where((found >= FIRST_MS) & (found < END_MS), found, NOT_READ))


def _of_texts(times: Sequence[str]) -> Ints:
    lengths = np.array(list(map(len, times)))
    found = np.full(len(times), NOT_READ, np.int64)
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        same = [times[row] for row in rows.tolist()]
        found[rows] = _of_one_form(same) if len(rows) >= _FEW else NOT_READ
    return _read_left(times, found)


def _of_one_form(texts: list[str]) -> Ints:
    """Return the times of texts of one length that have the form of the first; NOT_READ for the others."""
    form, together = _USUAL.fullmatch(texts[0]), "".join(texts)
    if form is None or not together.isascii():
        return np.full(len(texts), NOT_READ, np.int64)
    chars = np.frombuffer(together.encode(), np.uint8).reshape(len(texts), -1)
    digits = chars - np.uint8(_ZERO)  # no digit is above 9: below zero it wraps around
    is_digit, is_same = digits <= 9, chars == chars[0]
    fits = (np.where(is_digit[0], is_digit, is_same)).all(axis=1)
    time_ms, exists = _moment(digits, form)
    time_ms -= _offset_ms(digits, form, exists)
    return np.where(fits & exists & (time_ms >= FIRST_MS) & (time_ms < END_MS), time_ms, NOT_READ)


def _moment(digits: NDArray[np.uint8], form: re.Match[str]) -> tuple[Ints, NDArray[np.bool_]]:
    """Return the milliseconds without an offset, and whether there is such a day and time."""
    year, month, day = _number(digits, 0, 4), _number(digits, 5, 7), _number(digits, 8, 10)
    hour, minute, second = (_number(digits, at, at + 2) for at in (11, 14, 17))
    months = ((year - 1970) * 12 + np.clip(month, 1, 12) - 1).astype("datetime64[M]")
    first, after = (each.astype("datetime64[D]").astype(np.int64) for each in (months, months + 1))
    exists = (month >= 1) & (month <= 12) & (day >= 1) & (day <= after - first)
    exists &= (hour <= 23) & (minute <= 59) & (second <= 59)
    n_digits = min(len(form["point"] or ".") - 1, 3)  # finer parts are cut off
    part_ms = _number(digits, _DATE_CHARS + 1, _DATE_CHARS + 1 + n_digits) * 10 ** (3 - n_digits)
    return (((first + day - 1) * 24 + hour) * 60 + minute) * _MINUTE_MS + second * 1000 + part_ms, exists


def _offset_ms(digits: NDArray[np.uint8], form: re.Match[str], exists: NDArray[np.bool_]) -> Ints | int:
    """Return the offset from UTC; `exists` becomes False where there is no such offset."""
    if form["sign"] is None:
        return 0
    at = form.start("sign")
    hours, minutes = _number(digits, at + 1, at + 3), _number(digits, at + 4, at + 6)
    exists &= (hours <= 23) & (minutes <= 59)
    return (hours * 60 + minutes) * (_MINUTE_MS if form["sign"] == "+" else -_MINUTE_MS)


def _number(digits: NDArray[np.uint8], start: int, end: int) -> Ints:
    found = np.zeros(len(digits), np.int64)
    for at in range(start, end):
        found = found * 10 + digits[:, at]
    return found


def _read_left(times: Sequence[Time], found: Ints) -> Ints:
    left = np.flatnonzero(found == NOT_READ)
    if len(left):
        found[left] = _one_by_one([times[row] for row in left.tolist()])
    return found


def _one_by_one(times: Sequence[Time]) -> Ints:
    found = [to_ms(time) for time in times]
    return np.array([NOT_READ if isinstance(time_ms, Rejected) else time_ms for time_ms in found], np.int64)
