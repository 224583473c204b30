"""Amounts as producers write them: numbers, and texts such as $59.90 or 1.299,00 €."""

from __future__ import annotations

import re
from math import isfinite
from typing import Any

AMOUNT_MAX = 1e15  # sums over a window stay finite and exact to the unit
CHARS_MAX = 64

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_SIGN_FIRST = re.compile(r"([+-]?)\s*[^\d\s.,+-]{0,4}\s*(.*?)\s*[^\d\s.,+-]{0,4}", re.ASCII | re.DOTALL)
_GROUPS = re.compile(r"[\s'’_]")


def read_amount(value: Any) -> float | None:
    """Return a number, or the number of a text with a currency; None for anything else, and beyond 1e15 in magnitude.

    The last of several separators is the decimal one. A comma before exactly three digits is not.

    >>> read_amount("$59.90"), read_amount("1.299,00 €"), read_amount("1,299"), read_amount("yes")
    (59.9, 1299.0, 1299.0, None)
    """
    if type(value) is float and -AMOUNT_MAX <= value <= AMOUNT_MAX:  # nearly always
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        amount = _of_text(value) if isinstance(value, str) else float(value)
    except OverflowError:
        return None
    return amount if amount is not None and isfinite(amount) and abs(amount) <= AMOUNT_MAX else None


def _of_text(text: str) -> float | None:
    text = text.strip()
    if len(text) > CHARS_MAX:
        return None
    if _NUMBER.fullmatch(text):
        return float(text)
    matched = _SIGN_FIRST.fullmatch(text)
    assert matched, "every text has a possible middle"
    sign, digits = matched.groups()
    number = _plain(_GROUPS.sub("", digits))
    return float(sign + number) if _NUMBER.fullmatch(sign + number) else None


def _plain(digits: str) -> str:
    """Return digits with a point as the decimal separator, and no other one."""
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        grouping, decimal = (",", ".") if point > comma else (".", ",")
        return digits.replace(grouping, "").replace(decimal, ".")
    only = "," if comma >= 0 else "."
    if digits.count(only) > 1 or (only == "," and len(digits) - comma == 4):
        return digits.replace(only, "")
    return digits.replace(only, ".")
