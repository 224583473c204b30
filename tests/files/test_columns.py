"""Columns by name: guesses a stranger would make."""

from __future__ import annotations

from typing import Any

import pytest

from stream.files.columns import GUESSES, choose_columns, column_names, told, value_at


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (  # Online Retail, UCI Machine Learning Repository
            "InvoiceNo StockCode Description Quantity InvoiceDate UnitPrice CustomerID Country",
            {"user_id": "CustomerID", "timestamp": "InvoiceDate", "text": "Description", "amount": "UnitPrice"},
        ),
        (  # eCommerce behavior data, REES46
            "event_time event_type product_id category_id category_code brand price user_id user_session",
            {
                "user_id": "user_id", "timestamp": "event_time", "text": "category_code", "amount": "price",
                "kind": "event_type",
            },
        ),
        ("userId createdAt title", {"user_id": "userId", "timestamp": "createdAt", "text": "title"}),
        ("customer.id order_id date", {"user_id": "customer.id", "timestamp": "date"}),
    ],
)  # fmt: skip
def test_common_names_are_guessed(names: str, expected: dict[str, str]) -> None:
    assert choose_columns(names.split(), {}) == {field: (name,) for field, name in expected.items()}


def test_a_given_column_stands_before_a_guess_and_an_empty_one_forbids_it() -> None:
    given = {"text": ("title", "brand"), "amount": ()}
    chosen = choose_columns(["user_id", "date", "title", "brand", "price"], given)
    assert chosen == {"user_id": ("user_id",), "timestamp": ("date",), "text": ("title", "brand")}
    assert told(chosen, given) == "read date as timestamp; --columns changes it"
    assert not told({"user_id": ("user_id",)}, {})


def test_no_order_id_is_taken_for_the_id_of_an_event() -> None:
    assert "id" not in choose_columns(["user_id", "date", "order_id"], {})
    assert not any("order_id" in names for names in GUESSES.values())


def test_names_lead_into_nested_objects() -> None:
    rows: list[dict[str, Any]] = [{"a": 1, "b": {"c": 2}}, {"d": [3], "b": {"e.f": 4}}]
    assert column_names(rows) == ["a", "b.c", "d", "b.e.f"]
    assert [value_at({"b": {"c": {"d": 2}}, "x.y": 5}, path) for path in ("b.c.d", "x.y", "b.z.d", "n")] == [
        2, 5, None, None,
    ]  # fmt: skip
