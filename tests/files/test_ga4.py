"""Rows of Google Analytics 4's export, as documented: integers are texts in exported JSON."""

from __future__ import annotations

from typing import Any

import pytest

from stream.files.ga4 import ga4_fields, is_ga4

PURCHASE: dict[str, Any] = {
    "event_date": "20210131",
    "event_timestamp": "1612069510766593",
    "event_name": "purchase",
    "event_params": [
        {"key": "page_title", "value": {"string_value": "Checkout Confirmation", "int_value": None}},
        {"key": "value", "value": {"double_value": 16.0}},
        {"key": "ga_session_id", "value": {"int_value": "661084800"}},
    ],
    "user_id": None,
    "user_pseudo_id": "1026454.4271112504",
    "ecommerce": {"purchase_revenue": 17.5, "transaction_id": "661084800"},
    "items": [
        {"item_name": "Google Dino Game Tee", "item_category": "Apparel", "item_category2": "(not set)"},
        {"item_name": "Google Crewneck Sweatshirt Navy", "item_category": "Apparel"},
    ],
}


def test_a_purchase_has_the_items_as_text_and_the_revenue_as_amount() -> None:
    assert is_ga4(PURCHASE)
    assert ga4_fields(PURCHASE) == {
        "user_id": "1026454.4271112504",
        "timestamp": "1612069510766593",
        "text": ["Google Dino Game Tee", "Apparel", "Google Crewneck Sweatshirt Navy"],
        "kind": "purchase",
        "amount": 17.5,
        "id": None,
    }


def test_a_view_has_the_title_of_the_page_and_the_users_own_id() -> None:
    fields = ga4_fields(PURCHASE | {"event_name": "page_view", "items": [], "ecommerce": None, "user_id": "u7"})
    assert (fields["user_id"], fields["text"], fields["kind"], fields["amount"]) == (
        "u7", "Checkout Confirmation", "view", 16.0,
    )  # fmt: skip


def test_a_search_has_its_term() -> None:
    params = [{"key": "search_term", "value": {"string_value": "red shoes"}}]
    fields = ga4_fields({"event_name": "view_search_results", "event_params": params})
    assert (fields["text"], fields["kind"]) == (["red shoes"], "search")


@pytest.mark.parametrize("odd", [None, "text", 7, [None], [[]], [{"item_name": ["a"], "key": {}}], {"key": "a"}])
@pytest.mark.parametrize("field", ["event_params", "items", "ecommerce"])
def test_odd_values_are_left_out(field: str, odd: Any) -> None:
    assert ga4_fields(PURCHASE | {field: odd})["user_id"] == PURCHASE["user_pseudo_id"]


def test_other_rows_are_no_export() -> None:
    assert not is_ga4({"event_name": "view", "event_timestamp": "2026-01-01"})
