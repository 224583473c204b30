"""Cells as programs and people write them; the examples of the docstrings run too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stream.files.cells import MISSING, as_amount, as_id, as_text, as_time, present


@pytest.mark.parametrize("value", [None, "", "  ", float("nan"), pd.NaT, *sorted(MISSING)])
def test_every_way_to_say_no_value_is_none(value: Any) -> None:
    assert [read(value) for read in (present, as_id, as_time, as_amount, as_text)] == [None] * 5


def test_the_words_for_no_value_are_those_of_pandas() -> None:
    from pandas._libs.parsers import STR_NA_VALUES

    assert STR_NA_VALUES - {""} <= MISSING


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**63, "9223372036854775808"),
        (-3, "-3"),
        (12.0, "12"),
        (12.5, "12.5"),
        (Decimal("12.00"), "12"),
        (np.int64(7), "7"),
        (" 0012 ", "0012"),
        ("12.0", "12"),
        ("1.0.0", "1.0.0"),
        (b"ann", "ann"),
        (False, None),
        ({"id": 7}, None),
    ],
)
def test_an_id_is_the_text_of_its_whole_number(value: Any, expected: str | None) -> None:
    assert as_id(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1_767_225_600, 1_767_225_600),
        (1_767_225_600_123, 1_767_225_600_123),
        (1_767_225_600_123_456, 1_767_225_600_123),
        (1_767_225_600_123_456_789, 1_767_225_600_123),
        ("1767225600123456", 1_767_225_600_123),
        ("1767225600.5", 1_767_225_600.5),
        (date(2026, 1, 1), "2026-01-01"),
        (datetime(2026, 1, 1, 10), "2026-01-01T10:00:00+00:00"),
        (datetime(2026, 1, 1, 10, tzinfo=timezone(timedelta(hours=1))), "2026-01-01T10:00:00+01:00"),
        (pd.Timestamp(2026, 1, 1, tz=UTC), "2026-01-01T00:00:00+00:00"),
        ("2026-01-01 10:00", "2026-01-01 10:00"),
        ("20251231", "2025-12-31"),
        (20251231, "2025-12-31"),
        ("202512312359", "2025-12-31T23:59:00"),
        ("20251231235958", "2025-12-31T23:59:58"),
        (True, True),
    ],
)
def test_a_time_is_in_milliseconds_or_a_text(value: Any, expected: Any) -> None:
    assert as_time(value) == expected


@pytest.mark.parametrize(
    ("value", "has_decimal_commas", "expected"),
    [
        ("12", False, 12.0),
        ("-59.90", False, -59.9),
        ("59,9", False, 59.9),
        ("1.234.567,89", False, 1_234_567.89),
        ("0,12345", False, 0.12345),
        ("1,234", False, 1234.0),
        ("1,234", True, 1.234),
        ("1,234.56", False, 1234.56),
        ("1,234.56", True, 1234.56),
        ("1.234,5 €", True, 1234.5),
        ("$59.90", False, 59.9),
        ("yes", False, "yes"),
        (Decimal("59.90"), False, 59.9),
        (59, False, 59),
    ],
)
def test_an_amount_is_a_number_also_with_currency_and_separators(
    value: Any, has_decimal_commas: bool, expected: Any
) -> None:
    assert as_amount(value, has_decimal_commas) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(["red", None, "shoes"], "red shoes"), ([], None), (7, "7"), ({"a": 1}, None), (b"caf\xc3\xa9", "café")],
)
def test_a_text_is_that_of_all_its_parts(value: Any, expected: str | None) -> None:
    assert as_text(value) == expected
