"""Whether the segments are still the groups that people form: some have parted, met, come up or gone.

What is proposed here must hold for a while before it is believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.bimodality import SPLIT, halves
from stream.training.cluster.kmeans import dense_groups
from stream.training.structure.births import births
from stream.training.structure.changes import StructureReport, split_reason
from stream.training.structure.merges import Group, Pairs

_FRINGE = 0.9  # of the threshold: a new group far from all segments may still be within it


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of segments: `ids`, `centroids (k, dims)`, `thresholds (k,)`, which pairs were seen apart, and the
    groups `watched (b, dims)` that were proposed as born and are not segments yet, with the ids they would have."""

    ids: tuple[str, ...]
    centroids: Floats
    thresholds: Floats
    separated_pairs: Pairs
    watched: Floats
    born: tuple[str, ...] = ()


def nearest_centroids(x: Floats, centroids: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The nearest centroid of each row of `x (n, dims)`, and the distance to it."""
    nearest = squared_distances(x, centroids).argmin(axis=1)
    return nearest, np.sqrt(np.square(x - centroids[nearest]).sum(axis=1))


def squared_distances(x: Floats, centroids: Floats) -> Floats:
    """(n, k) by products, without an `(n, k, dims)` array: to compare by, since near 0 only rounding is left."""
    return np.asarray(np.square(x).sum(axis=1)[:, None] - 2 * x @ centroids.T + np.square(centroids).sum(axis=1))


def is_watched(x: Floats, watched: Floats, distance: Floats) -> NDArray[np.bool_]:
    """(n,) who is nearer to a watched group than to their segment, at `distance (n,)`: they are not the segment's to
    learn from, or it would swallow the group."""
    return nearest_centroids(x, watched)[1] < distance if len(watched) else np.zeros(len(x), np.bool_)


def detect_structure(
    x: Floats, weights: Floats, place: Place, gone: Sequence[str], n_min: int, n_max: int, seed: int
) -> StructureReport:
    """What is found of the segments where the people are at `x (n, dims)`; `gone` are those that nobody is in any more,
    `n_min` the fewest people and `n_max` the most segments, unless there are more already."""
    nearest, distance = nearest_centroids(x, place.centroids)
    beyond = distance / place.thresholds[nearest]
    born = _born(x, weights, beyond, distance, n_min, place)
    theirs = np.zeros(len(x), np.bool_)
    theirs[[row for group in born for row in group.rows.tolist()]] = True
    whole = {
        segment: Group(np.flatnonzero((nearest == at) & (beyond <= 1) & ~theirs), place.centroids[at], (segment,))
        for at, segment in enumerate(place.ids)
    }
    parts = _parts(x, weights, {segment: group for segment, group in whole.items() if segment not in gone}, n_min, seed)
    most = max(n_max, len(place.ids))
    return StructureReport(x, weights, place.centroids, whole, parts, born, gone, place.separated_pairs, most).named()


def _born(x: Floats, weights: Floats, beyond: Floats, distance: Floats, n_min: int, place: Place) -> list[Group]:
    """Groups watched already, and dense ones on the fringe of the segments. `beyond (n,)` is the distance in parts of
    the threshold."""
    theirs = is_watched(x, place.watched, distance)
    rows_of: list[tuple[str, NDArray[np.intp]]] = []
    if len(place.watched):
        of = nearest_centroids(x, place.watched)[0]
        rows_of += [(f"born {new}", np.flatnonzero(theirs & (of == at))) for at, new in enumerate(place.born)]
    fringe = np.flatnonzero((beyond > _FRINGE) & ~theirs)
    labels = dense_groups(x[fringe], n_min)
    rows_of += [("", fringe[labels == label]) for label in range(labels.max(initial=-1) + 1)]
    return births(x, weights, distance, [(birth, rows) for birth, rows in rows_of if len(rows) >= n_min])


def _parts(
    x: Floats, weights: Floats, groups: Mapping[str, Group], n_min: int, seed: int
) -> dict[str, tuple[Group, Group]]:
    """The two groups that were made where that of a segment is, by reason."""
    found = {}
    for segment, group in groups.items():
        d, labels = halves(x[group.rows], seed) if len(group.rows) >= 2 * n_min else (0.0, np.empty(0, np.intp))
        if d >= SPLIT and np.bincount(labels, minlength=2).min() >= n_min:
            a, b = (group.rows[labels == label] for label in (0, 1))
            found[split_reason(segment)] = (_part(x, weights, a, group), _part(x, weights, b, group))
    return found


def _part(x: Floats, weights: Floats, rows: NDArray[np.intp], group: Group) -> Group:
    return Group(rows, np.average(x[rows], axis=0, weights=weights[rows]), group.ids)
