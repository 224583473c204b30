"""Rows of Google Analytics 4's export to BigQuery, as fields of a flat event.

Source: support.google.com/analytics/answer/7029846, "BigQuery Export schema". In exported JSON, integers are texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KINDS = {
    "page_view": "view",
    "screen_view": "view",
    "view_item": "view",
    "view_item_list": "view",
    "select_item": "view",
    "search": "search",
    "view_search_results": "search",
    "purchase": "purchase",
    "in_app_purchase": "purchase",
}  # recommended and automatic events, support.google.com/analytics/answer/9267735
_VALUES = ("string_value", "int_value", "float_value", "double_value")
_ITEM_TEXTS = ("item_name", "item_category", "item_category2")
_NO_ITEM = "(not set)"


def is_ga4(row: Mapping[str, Any]) -> bool:
    """Return True for a row of the export."""
    return {"event_name", "event_timestamp"} <= row.keys() and bool({"event_params", "user_pseudo_id"} & row.keys())


def ga4_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a flat event, as they are in the row.

    The user is `user_id`, else the device's `user_pseudo_id`. The text is of the search and the items, else of the
    page. The amount is the revenue of a purchase, else the event's value.
    """
    params = _params(row.get("event_params"))
    items = _objects(row.get("items"))
    texts = [params.get("search_term"), *(item.get(name) for item in items for name in _ITEM_TEXTS)]
    named = list(
        dict.fromkeys(text for text in texts if text and not isinstance(text, dict | list) and text != _NO_ITEM)
    )
    ecommerce = next(iter(_objects([row.get("ecommerce")])), {})
    amounts = (ecommerce.get("purchase_revenue"), params.get("value"), row.get("event_value_in_usd"))
    name = row.get("event_name")
    return {
        "user_id": row.get("user_id") or row.get("user_pseudo_id"),
        "timestamp": row.get("event_timestamp"),
        "text": named or params.get("page_title") or params.get("firebase_screen"),
        "kind": _KINDS.get(str(name), name),
        "amount": next((amount for amount in amounts if amount is not None), None),
        "id": None,
    }


def _params(pairs: Any) -> dict[str, Any]:
    """Return the event's parameters by key, each with the one of its typed values that is set."""
    found: dict[str, Any] = {}
    for pair in _objects(pairs):
        typed = next(iter(_objects([pair.get("value")])), {})
        found[str(pair.get("key"))] = next((typed[name] for name in _VALUES if typed.get(name) is not None), None)
    return found


def _objects(values: Any) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
