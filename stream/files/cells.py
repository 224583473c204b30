"""Single values of a table, as written by programs and people, as values of a flat event.

None stands for "no value": an empty cell, NaN, and the words that pandas writes and reads for it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from stream.wire.amounts import read_amount

_MISSING = "#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null|NaT|\\N"
MISSING = frozenset(_MISSING.split("|"))  # pandas' defaults for read_csv, NaT, and \N of MySQL and PostgreSQL

_WHOLE = re.compile(r"[+-]?\d+\.0+")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_DIGITS = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")  # as a time since 1970 before 2000


def present(value: Any) -> Any:
    """Return a value, None for one that is missing."""
    if isinstance(value, str):
        value = value.strip()
        return None if not value or value in MISSING else value
    return None if value is None or value != value else value


def as_id(value: Any) -> str | None:
    """Return an id as text: whole numbers as their digits, also where a program made them 12.0.

    >>> as_id(12), as_id(12.0), as_id("12.0"), as_id("0012"), as_id("12.5"), as_id(float("nan")), as_id(True)
    ('12', '12', '12', '0012', '12.5', None, None)
    """
    value = present(value)
    if value is None or isinstance(value, bool | dict | list):
        return None
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, float | Decimal) and isfinite(value) and value == (whole := int(value)):
        return str(whole)
    text = str(value)
    return text.split(".")[0] if _WHOLE.fullmatch(text) else text


def as_time(value: Any) -> int | float | str | None:
    """Return a time as number or text; a time without a zone is in UTC, a date begins at midnight.

    Numbers of microseconds and nanoseconds since 1970 become milliseconds. Digits such as 20251231 are a date.

    >>> as_time("2025-12-31"), as_time(1_767_225_600_000_000), as_time("1767225600"), as_time(20251231)
    ('2025-12-31', 1767225600000, 1767225600, '2025-12-31')
    """
    value = present(value)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str | int) and (digits := _DIGITS.fullmatch(str(value))):
        year, month, day, hour, minute, second = digits.groups()
        return f"{year}-{month}-{day}" + (f"T{hour}:{minute}:{second or '00'}" if hour else "")
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value) if "." in value else int(value)
    if isinstance(value, Decimal):
        value = float(value)
    return _in_milliseconds(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def as_amount(value: Any, has_decimal_commas: bool = False) -> Any:
    """Return an amount as number, or as it is if it cannot be read.

    A single comma before three digits is a decimal one only in a file with decimal commas.

    >>> as_amount("59,90"), as_amount("$1,299.00"), as_amount("1,234"), as_amount("1,234", True)
    (59.9, 1299.0, 1234.0, 1.234)
    """
    value = present(value)
    if isinstance(value, Decimal):
        value = float(value)
    if not isinstance(value, str):
        return value
    if has_decimal_commas and value.count(",") == 1 and value.rfind(".") < value.find(","):
        value = value.replace(".", "").replace(",", ".")
    amount = read_amount(value)
    return value if amount is None else amount


def as_text(value: Any) -> str | None:
    """Return a text, or the texts in a list one after the other; None for anything without words."""
    value = present(value)
    if isinstance(value, list):
        return " ".join(filter(None, (as_text(each) for each in value))) or None
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return None if value is None or isinstance(value, dict | bool) else str(value)


def _in_milliseconds(number: int | float) -> int | float:
    """Return milliseconds: a number of the years 2000 to 2100 in another unit has another number of digits."""
    if 9e17 <= number < 5e18:
        return round(number / 1_000_000)
    return round(number / 1000) if 9e14 <= number < 5e15 else number
