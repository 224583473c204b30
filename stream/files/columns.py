"""Which columns of a table are the fields of a flat event: those that were named, and good guesses for the rest.

A guess is by name, whatever the case and the separators: `Customer ID`, `customerId` and `customer_id` are one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stream.files.layout import FIELDS, ColumnsError

Paths = Mapping[str, tuple[str, ...]]  # of each field, as in Layout

_GUESSES = {
    "user_id": """
        user_id user customer_id customer client_id member_id household_id account_id visitor_id shopper_id buyer_id
        subscriber_id profile_id person_id distinct_id uid cust_id customer_no customer_number user_pseudo_id
        anonymous_id customer_unique_id customer_email user_email email
        """,
    "timestamp": """
        timestamp event_time event_timestamp occurred_at date_time time ts time_ms order_date ordered_at
        order_purchase_timestamp order_time purchase_date purchased_at purchase_time transaction_date
        transaction_timestamp transaction_time invoice_date created_at created date_created event_date
        original_timestamp sent_at received_at date day
        """,
    "text": """
        text title product_name product_title item_name description product_description item_description
        search_term query name product item category_code product_category category article content message
        """,
    "amount": """
        amount revenue total total_price order_total total_amount line_total sales sales_value purchase_amount
        grand_total subtotal price unit_price value
        """,
    "kind": "kind event_type event_name event action activity",
    "id": "id event_id message_id insert_id uuid",  # no order_id: an order has several lines
}
GUESSES: Paths = {field: tuple(names.split()) for field, names in _GUESSES.items()}
_NEEDED = {"user_id": "user", "timestamp": "time"}


def column_names(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the names of all columns with a plain value, and `outer.inner` for those in an object."""
    names: dict[str, None] = {}
    for row in rows:
        for name, value in row.items():
            inner = value if isinstance(value, Mapping) else None
            names.update({name: None} if inner is None else {f"{name}.{each}": None for each in inner})
    return list(names)


def choose_columns(names: Iterable[str], given: Paths) -> dict[str, tuple[str, ...]]:
    """Return the paths of every field that has any: the given ones, else a guess among the names of the columns."""
    by_plain_name: dict[str, str] = {}
    for name in names:
        by_plain_name.setdefault(_plain(name), name)
    chosen = {}
    for field in FIELDS:
        guesses = (by_plain_name.get(_plain(guess)) for guess in GUESSES[field])
        guess = next((name for name in guesses if name is not None), None)
        paths = given.get(field, () if guess is None else (guess,))
        if paths:
            chosen[field] = paths
    return chosen


def check_columns(chosen: Paths, names: Sequence[str], given: Paths) -> None:
    """Raise ColumnsError if there is no column of the user or the time, or a given one is not there."""
    listed = ", ".join(names[:40])
    roots = {*names, *(name.split(".")[0] for name in names)}
    for field, paths in given.items():
        for path in paths:
            if not (path.startswith("=") or path in roots or path.split(".")[0] in roots):
                raise ColumnsError(f"there is no column {path!r} for {field}; there are: {listed} (--columns)")
    for field, meaning in _NEEDED.items():
        if field not in chosen:
            raise ColumnsError(
                f"no column is known to hold the {meaning}: name it, for example --columns {field}="
                f"{names[0] if names else 'NAME'}; there are: {listed} (without a header, columns are 1, 2, …)"
            )


def told(chosen: Paths, given: Paths) -> str:
    """Return a sentence on the guesses under another name than the field's; an empty text without any."""
    guessed = [f"{'+'.join(p)} as {field}" for field, p in chosen.items() if field not in given and p != (field,)]
    return f"read {', '.join(guessed)}; --columns changes it" if guessed else ""


def value_at(row: Mapping[str, Any], path: str) -> Any:
    """Return the value of a column, or of a dotted path into nested objects; None where there is none."""
    if path in row:
        return row[path]
    value: Any = row
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
