"""Whether the segments are still the groups that people form: some have parted, met, come up or gone.

What is proposed here must hold for a while before it is believed; see `review`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.features import Floats
from stream.core.training.clustering import THRESHOLD_MIN, dense_groups, held_out
from stream.core.training.separation import APART, MERGED, SPLIT, halves, separation

_FRINGE = 0.9  # of the threshold: a new group far from all segments may still be within it
_NEARER = 0.75  # distance to a group made without them, in parts of that to the nearest segment, of half of its people
_SAME_PLACE = 0.25  # of the cohesion between two centroids: one group cut in two


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of segments: `ids`, `centroids (k, dims)`, `thresholds (k,)`, which pairs were seen apart, and the
    groups `watched (b, dims)` that were proposed as born and are not segments yet."""

    ids: tuple[str, ...]
    centroids: Floats
    thresholds: Floats
    apart: frozenset[tuple[str, str]]
    watched: Floats


@dataclass(frozen=True, slots=True)
class Proposal:
    """Other groups than the segments: `centroids (g, dims)`, and why, as `born`, `split s-0001`, `merged s-0001 s-0002`
    and `gone s-0001`, in this order. No reasons: the segments are still the groups. `born` are the rows of those."""

    reasons: tuple[str, ...]
    centroids: Floats
    born: tuple[int, ...] = ()


@dataclass(slots=True)
class Group:
    """A group in the making: its members' rows, its centroid, and the ids of the segments it comes from."""

    rows: NDArray[np.intp]
    centroid: Floats
    ids: tuple[str, ...]


def located(x: Floats, centroids: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The nearest centroid of each row of `x (n, dims)`, and the distance to it."""
    nearest = squared_distances(x, centroids).argmin(axis=1)
    return nearest, np.sqrt(np.square(x - centroids[nearest]).sum(axis=1))


def squared_distances(x: Floats, centroids: Floats) -> Floats:
    """(n, k) by products, without an `(n, k, dims)` array: to compare by, since near 0 only rounding is left."""
    return np.asarray(np.square(x).sum(axis=1)[:, None] - 2 * x @ centroids.T + np.square(centroids).sum(axis=1))


def is_watched(x: Floats, watched: Floats, distance: Floats) -> NDArray[np.bool_]:
    """(n,) who is nearer to a watched group than to their segment, at `distance (n,)`: they are not the segment's to
    learn from, or it would swallow the group."""
    return located(x, watched)[1] < distance if len(watched) else np.zeros(len(x), np.bool_)


def proposed(
    x: Floats, weights: Floats, place: Place, gone: Sequence[str], n_min: int, n_max: int, seed: int
) -> Proposal:
    """What the people at `x (n, dims)` say of the segments; `gone` are those that nobody is in any more, `n_min` the
    fewest people and `n_max` the most segments."""
    nearest, distance = located(x, place.centroids)
    beyond = distance / place.thresholds[nearest]
    born = _born(x, weights, beyond, distance, n_min, place.watched)
    theirs = np.zeros(len(x), np.bool_)
    theirs[[row for group in born for row in group.rows.tolist()]] = True
    groups = [
        Group(np.flatnonzero((nearest == at) & (beyond <= 1) & ~theirs), place.centroids[at], (segment,))
        for at, segment in enumerate(place.ids)
        if segment not in gone
    ]
    reasons = [f"gone {segment}" for segment in gone]
    split, groups = _split(x, weights, groups, n_min, seed)
    merged, groups = _merged(x, weights, [*groups, *born], place)
    born_at = tuple(at for at, group in enumerate(groups) if not group.ids)
    if not groups or len(groups) > max(n_max, len(place.ids)):
        return Proposal((), place.centroids)
    reasons = ["born"] * len(born_at) + split + merged + reasons
    return Proposal(tuple(reasons), np.stack([group.centroid for group in groups]), born_at)


def pairs_apart(x: Floats, place: Place) -> frozenset[tuple[str, str]]:
    """The pairs of neighbouring segments that are two groups for sure, and those that were seen so before."""
    nearest, _ = located(x, place.centroids)
    found = set(place.apart)
    for a, b in _neighbours(place.centroids):
        pair = _pair(place.ids[a], place.ids[b])
        if pair not in found and separation(x[nearest == a], x[nearest == b]) >= APART:
            found.add(pair)
    return frozenset(pair for pair in found if set(pair) <= set(place.ids))


def _born(x: Floats, weights: Floats, beyond: Floats, distance: Floats, n_min: int, watched: Floats) -> list[Group]:
    """Dense groups on the fringe of the segments, and those watched already, whose people are much nearer to each other
    than to any segment. `beyond (n,)` is the distance in parts of the threshold."""
    theirs = is_watched(x, watched, distance)
    fringe = np.flatnonzero((beyond > _FRINGE) & ~theirs)
    labels = dense_groups(x[fringe], n_min)
    candidates = [fringe[labels == label] for label in range(labels.max(initial=-1) + 1)]
    if len(watched):
        of = located(x, watched)[0]
        candidates += [np.flatnonzero(theirs & (of == at)) for at in range(len(watched))]
    groups = [
        Group(rows, np.average(x[rows], axis=0, weights=weights[rows]), ()) for rows in candidates if len(rows) >= n_min
    ]
    return [group for group in groups if _is_apart(x[group.rows], group.centroid, distance[group.rows])]


def _is_apart(x: Floats, centroid: Floats, distance: Floats) -> bool:
    """Whether half of the members `x (n, dims)` are much nearer to the others' mean than to their segment.

    Whoever is on the fringe of a round group is far from everybody else on its fringe: the mean of some of them is no
    nearer to each than the group's centroid is.
    """
    without = held_out(np.sqrt(np.square(x - centroid).sum(axis=1)), np.full(len(x), len(x)))
    return bool(np.median(without / np.maximum(distance, THRESHOLD_MIN)) <= _NEARER)


def _split(x: Floats, weights: Floats, groups: list[Group], n_min: int, seed: int) -> tuple[list[str], list[Group]]:
    """Groups of which two were made where two are."""
    reasons, found = [], []
    for group in groups:
        d, labels = halves(x[group.rows], seed) if len(group.rows) >= 2 * n_min else (0.0, np.empty(0, np.intp))
        if d < SPLIT or np.bincount(labels, minlength=2).min() < n_min:
            found.append(group)
            continue
        reasons += [f"split {group.ids[0]}"]
        for label in (0, 1):
            rows = group.rows[labels == label]
            found.append(Group(rows, np.average(x[rows], axis=0, weights=weights[rows]), group.ids))
    return reasons, found


def _merged(x: Floats, weights: Floats, groups: list[Group], place: Place) -> tuple[list[str], list[Group]]:
    """Groups of which those are one that can not be told apart any more, and were once; the nearest first."""
    reasons: list[str] = []
    while len(groups) > 1:
        centroids = np.stack([group.centroid for group in groups])
        found = next((pair for pair in _neighbours(centroids) if _are_one(x, groups, pair, place)), None)
        if found is None:
            break
        a, b = (groups[at] for at in found)
        rows = np.concatenate([a.rows, b.rows])
        ids = tuple(sorted({*a.ids, *b.ids}))
        union = Group(rows, np.average(x[rows], axis=0, weights=weights[rows]), ids)
        groups = [group for at, group in enumerate(groups) if at not in found] + [union]
        reasons += [f"merged {' '.join(ids)}"] if len(ids) > 1 else []
    return reasons, groups


def _are_one(x: Floats, groups: list[Group], pair: tuple[int, int], place: Place) -> bool:
    a, b = (groups[at] for at in pair)
    if not len(a.rows) or not len(b.rows):
        return False
    between = float(np.sqrt(np.square(a.centroid - b.centroid).sum()))
    width = (_radius(x[a.rows], a.centroid) + _radius(x[b.rows], b.centroid)) / 2
    pairs = [_pair(first, second) for first in a.ids for second in b.ids]
    once_apart = (a.ids != b.ids and place.apart.issuperset(pairs)) or not pairs
    if not once_apart and between > _SAME_PLACE * width:
        return False
    return 0 < separation(x[a.rows], x[b.rows]) < MERGED


def _neighbours(centroids: Floats) -> list[tuple[int, int]]:
    """Each centroid with the three nearest to it, the nearest pairs first."""
    squared = np.square(centroids[:, None] - centroids[None]).sum(axis=2)
    pairs = {
        (min(a, int(b)), max(a, int(b))) for a in range(len(centroids)) for b in np.argsort(squared[a])[1:4].tolist()
    }
    return sorted(pairs, key=lambda pair: (float(squared[pair]), pair))


def _radius(x: Floats, centroid: Floats) -> float:
    return float(np.sqrt(np.square(x - centroid).sum(axis=1).mean()))


def _pair(a: str, b: str) -> tuple[str, str]:
    return (a, b) if a < b else (b, a)
