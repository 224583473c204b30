"""An amount is a number, however a shop writes it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.wire.amounts import AMOUNT_MAX, read_amount


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        (59.9, 59.9),
        (-3, -3.0),
        ("59.90", 59.9),
        (" 59.90 ", 59.9),
        ("-5", -5.0),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("$59.90", 59.9),
        ("-$5.00", -5.0),
        ("59.90 USD", 59.9),
        ("EUR 59,90", 59.9),
        ("1,299.00 €", 1299.0),
        ("1.299,00 €", 1299.0),
        ("1 299,00 €", 1299.0),
        ("CHF 1'299.50", 1299.5),
        ("1,299", 1299.0),
        ("59,9", 59.9),
        ("1.299", 1.299),
        ("1.299.000", 1_299_000.0),
        ("₹1,29,900.50", 129_900.5),
        ("$-5", -5.0),
        ("yes", None),
        ("", None),
        ("  ", None),
        ("$", None),
        ("12 or 13", None),
        ("1-2", None),
        ("1e999", None),
        ("9" * 40, None),
        ("9" * 400, None),
        (10**400, None),
        (1e16, None),
        (float("inf"), None),
        (True, None),
        (None, None),
        ([5], None),
        ({"amount": 5}, None),
    ],
)
def test_an_amount_is_read_as_it_is_written(value: Any, amount: float | None) -> None:
    assert read_amount(value) == amount


@given(st.floats(-1e15, 1e15))
def test_a_number_and_its_text_are_the_same_amount(amount: float) -> None:
    assert read_amount(amount) == read_amount(str(amount)) == amount


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_both_ways_of_grouping_are_read(whole: int, cents: int) -> None:
    english = f"{whole:,}.{cents:02}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert read_amount(english) == read_amount(german) == float(f"{whole}.{cents:02}")


@given(st.text(max_size=70) | st.text(alphabet="0123456789.,-+e $€'", max_size=70))
def test_any_text_is_an_amount_in_bounds_or_none(text: str) -> None:
    amount = read_amount(text)
    assert amount is None or -AMOUNT_MAX <= amount <= AMOUNT_MAX
