"""Merge detection with hysteresis: clusters are merged when the gap between them is gone.

Two segments are merged when their Ashman's D falls below MERGED_MAX, but only if D once was SEPARATED_MIN or more. So
two segments cut by k-means from one cluster stay two. Segments at the same place are merged in any case.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.bimodality import MERGED_MAX, SEPARATED_MIN, ashman_d
from stream.training.cluster.centroids import weighted_mean
from stream.training.values.structure_change import ChangeKind, StructureChange

_N_NEAR = 3  # nearest clusters that one may be merged with
_N_SEPARATED = 16  # nearest segments tested for a gap: segments far apart today may meet later
_SAME_PLACE = 0.25  # of the clusters' radius between two centroids: one cluster cut in two

Pair = tuple[str, str]  # of segment ids, in order
Pairs = frozenset[Pair]


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """A cluster of a review: rows of the members, centroid (dims,), and the segments of origin.

    A cluster outside of all segments has no `segments`, but perhaps a proposed `birth`.
    """

    rows: NDArray[np.intp]
    centroid: Floats
    segments: tuple[str, ...]
    birth: StructureChange | None = None


@dataclass(frozen=True, slots=True)
class MergedClusters:
    """Result of merging: the merges of segments in order, and the remaining clusters."""

    merges: tuple[StructureChange, ...]
    clusters: list[Cluster]


def merge_clusters(
    x: Floats,
    weights: Floats,
    clusters: Sequence[Cluster],
    separated_pairs: Pairs,
    allowed: Collection[StructureChange] | None = None,
) -> MergedClusters:
    """Merge clusters without a gap between, the nearest pair first, until every pair has a gap.

    Segments are merged only by one of the `allowed` changes; None allows all.
    """
    merges: list[StructureChange] = []
    left = list(clusters)
    while (pair := _next_pair(x, left, separated_pairs, allowed)) is not None:
        union = _union(x, weights, *pair)
        left = [cluster for cluster in left if cluster not in pair] + [union]
        merges += [_merge_of(union.segments)] if len(union.segments) > 1 else []
    return MergedClusters(tuple(merges), left)


def update_separated_pairs(
    x: Floats, nearest: NDArray[np.intp], ids: Sequence[str], centroids: Floats, before: Pairs
) -> Pairs:
    """Return the pairs of segments `ids` with a clear gap, now or `before`.

    `nearest (n,)` is the row of each user's segment in `centroids (k, dims)`. Each segment is tested against the
    sixteen nearest ones.
    """
    found = set(before)
    for a, b in _neighbours(centroids, _N_SEPARATED):
        pair = _pair(ids[a], ids[b])
        if pair not in found and ashman_d(x[nearest == a], x[nearest == b]) >= SEPARATED_MIN:
            found.add(pair)
    return frozenset(pair for pair in found if set(pair) <= set(ids))


def _next_pair(
    x: Floats, clusters: Sequence[Cluster], separated_pairs: Pairs, allowed: Collection[StructureChange] | None
) -> tuple[Cluster, Cluster] | None:
    """Return the nearest pair of clusters to merge, None if every pair has a gap or is not allowed."""
    if len(clusters) < 2:
        return None
    centroids = np.stack([cluster.centroid for cluster in clusters])
    for a, b in ((clusters[a], clusters[b]) for a, b in _neighbours(centroids, _N_NEAR)):
        segments = _segments_of(a, b)
        if allowed is not None and len(segments) > 1 and _merge_of(segments) not in allowed:
            continue
        if _is_one(x, a, b, separated_pairs):
            return a, b
    return None


def _neighbours(centroids: Floats, n: int) -> list[tuple[int, int]]:
    """Return the pairs of each centroid with the `n` nearest ones, the nearest pairs first."""
    squared = np.square(centroids[:, None] - centroids[None]).sum(axis=2)
    pairs = {
        (min(a, int(b)), max(a, int(b)))
        for a in range(len(centroids))
        for b in np.argsort(squared[a])[1 : n + 1].tolist()
    }
    return sorted(pairs, key=lambda pair: (float(squared[pair]), pair))


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def _segments_of(a: Cluster, b: Cluster) -> tuple[str, ...]:
    return tuple(sorted({*a.segments, *b.segments}))


def _merge_of(segments: tuple[str, ...]) -> StructureChange:
    return StructureChange(ChangeKind.MERGED, segments)


def _union(x: Floats, weights: Floats, a: Cluster, b: Cluster) -> Cluster:
    rows, segments = np.concatenate([a.rows, b.rows]), _segments_of(a, b)
    return Cluster(rows, weighted_mean(x[rows], weights[rows]), segments, None if segments else a.birth or b.birth)


def _is_one(x: Floats, a: Cluster, b: Cluster, separated_pairs: Pairs) -> bool:
    """Return True if the clusters have no gap any more, and either had one before or are at the same place."""
    if not len(a.rows) or not len(b.rows):
        return False
    between = float(np.sqrt(np.square(a.centroid - b.centroid).sum()))
    radius = (_radius(x[a.rows], a.centroid) + _radius(x[b.rows], b.centroid)) / 2
    pairs = [_pair(first, second) for first in a.segments for second in b.segments]
    was_separated = (a.segments != b.segments and separated_pairs.issuperset(pairs)) or not pairs
    if not was_separated and between > _SAME_PLACE * radius:
        return False
    return 0 < ashman_d(x[a.rows], x[b.rows]) < MERGED_MAX


def _radius(x: Floats, centroid: Floats) -> float:
    """Return the root mean square distance of the sampled rows `x`, each counted once: an extent, not a cohesion."""
    return float(np.sqrt(np.square(x - centroid).sum(axis=1).mean()))
