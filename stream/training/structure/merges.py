"""Which groups are two for sure, and which are one: they can not be told apart any more, and were once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.bimodality import APART, MERGED, separation

_N_NEAR = 3  # segments that one may be merged with
_N_APART = 16  # that are looked at while they are apart: whom it comes near to later can be far away now
_SAME_PLACE = 0.25  # of the cohesion between two centroids: one group cut in two

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A group in the making: its members' rows, its centroid, and the ids of the segments it comes from. One that comes
    from none has a `birth`, the reason why it is proposed."""

    rows: NDArray[np.intp]
    centroid: Floats
    ids: tuple[str, ...]
    birth: str = ""


def merged(
    x: Floats, weights: Floats, groups: list[Group], separated_pairs: Pairs, only: Collection[str] | None = None
) -> tuple[list[str], list[Group]]:
    """Groups of which those are one that can not be told apart any more, and were once (`apart`); the nearest first. Of
    reasons none but `only` ones count, if they are said."""
    reasons: list[str] = []
    while len(groups) > 1:
        centroids = np.stack([group.centroid for group in groups])
        pairs = ((groups[a], groups[b]) for a, b in _neighbours(centroids, _N_NEAR))
        found = next((p for p in pairs if _may_be_one(*p, only) and _are_one(x, *p, separated_pairs)), None)
        if found is None:
            break
        a, b = found
        union = _union(x, weights, a, b)
        groups = [group for group in groups if group is not a and group is not b] + [union]
        reasons += [_reason(union.ids)] if len(union.ids) > 1 else []
    return reasons, groups


def update_separated_pairs(
    x: Floats, nearest: NDArray[np.intp], ids: Sequence[str], centroids: Floats, before: Pairs
) -> Pairs:
    """The pairs of segments at `centroids (k, dims)`, not the very farthest, that are two groups for sure, and those
    seen so `before`. `nearest (n,)` is the segment of each of `x (n, dims)`."""
    found = set(before)
    for a, b in _neighbours(centroids, _N_APART):
        pair = _pair(ids[a], ids[b])
        if pair not in found and separation(x[nearest == a], x[nearest == b]) >= APART:
            found.add(pair)
    return frozenset(pair for pair in found if set(pair) <= set(ids))


def _neighbours(centroids: Floats, n: int) -> list[tuple[int, int]]:
    """Each centroid with the `n` nearest to it, the nearest pairs first."""
    squared = np.square(centroids[:, None] - centroids[None]).sum(axis=2)
    pairs = {
        (min(a, int(b)), max(a, int(b)))
        for a in range(len(centroids))
        for b in np.argsort(squared[a])[1 : n + 1].tolist()
    }
    return sorted(pairs, key=lambda pair: (float(squared[pair]), pair))


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)


def _union(x: Floats, weights: Floats, a: Group, b: Group) -> Group:
    rows, ids = np.concatenate([a.rows, b.rows]), tuple(sorted({*a.ids, *b.ids}))
    return Group(rows, np.average(x[rows], axis=0, weights=weights[rows]), ids, "" if ids else a.birth or b.birth)


def _reason(ids: tuple[str, ...]) -> str:
    return f"merged {' '.join(ids)}"


def _may_be_one(a: Group, b: Group, only: Collection[str] | None) -> bool:
    ids = tuple(sorted({*a.ids, *b.ids}))
    return only is None or len(ids) < 2 or _reason(ids) in only


def _are_one(x: Floats, a: Group, b: Group, separated_pairs: Pairs) -> bool:
    if not len(a.rows) or not len(b.rows):
        return False
    between = float(np.sqrt(np.square(a.centroid - b.centroid).sum()))
    width = (_radius(x[a.rows], a.centroid) + _radius(x[b.rows], b.centroid)) / 2
    pairs = [_pair(first, second) for first in a.ids for second in b.ids]
    once_apart = (a.ids != b.ids and separated_pairs.issuperset(pairs)) or not pairs
    if not once_apart and between > _SAME_PLACE * width:
        return False
    return 0 < separation(x[a.rows], x[b.rows]) < MERGED


def _radius(x: Floats, centroid: Floats) -> float:
    return float(np.sqrt(np.square(x - centroid).sum(axis=1).mean()))
