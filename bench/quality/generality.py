"""Generality of an encoder: figures on products that no encoder here was fitted on.

parent MRR: reciprocal rank of a product's own category among the names of all categories with products, by cosine.

same vertical: share of products whose nearest other product is of the same vertical.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.quality.estimates import Estimate, mean_estimate
from bench.quality.profiles import Array, unit
from bench.quality.taxonomy import Leaf

_ROWS = 1_000  # of cosines at a time


@dataclass(frozen=True)
class Generality:
    """Figures by name: parent MRR, same vertical."""

    dimension: int
    figures: dict[str, Estimate]


def parents_of(products: Sequence[Leaf]) -> list[str]:
    """Return the distinct names of the products' categories, sorted."""
    return sorted({product.parent for product in products})


def generality(of_products: Array, of_parents: Array, products: Sequence[Leaf]) -> Generality:
    """Score vectors of the products' names, in order, and of `parents_of(products)`; vectors need no unit length."""
    x, candidates = unit(of_products), unit(of_parents)
    position = {name: i for i, name in enumerate(parents_of(products))}
    own = np.array([position[product.parent] for product in products])
    vertical = np.array([product.vertical for product in products])
    reciprocal, same = np.empty(len(products)), np.empty(len(products))
    for start in range(0, len(products), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(products)))
        reciprocal[rows] = _reciprocal_ranks(x[rows] @ candidates.T, own[rows])
        cosines = x[rows] @ x.T
        cosines[rows - start, rows] = -np.inf
        same[rows] = vertical[cosines.argmax(axis=1)] == vertical[rows]
    figures = {"parent MRR": mean_estimate(reciprocal), "same vertical": mean_estimate(same)}
    return Generality(of_products.shape[1], figures)


def _reciprocal_ranks(cosines: Array, own: NDArray[np.intp]) -> Array:
    reached = np.take_along_axis(cosines, own[:, None], axis=1)
    return np.asarray(1 / ((cosines > reached).sum(axis=1) + 1))
