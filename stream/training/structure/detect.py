"""Structure detection: are the segments still the clusters that users form?

One review finds splits (bimodality), merges (component merging), births (dense clusters on the fringe), and segments
without users. Whether a finding lasts is shown by the candidate's time in shadow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.bimodality import SPLIT_MIN, bisect
from stream.training.cluster.centroids import DISTANCE_MIN, held_out, is_nearer, nearest_centroids, weighted_mean
from stream.training.cluster.hdbscan import dense_clusters
from stream.training.structure.changes import StructureReport
from stream.training.structure.component_merging import Cluster, Pairs, merge_clusters
from stream.training.values.structure_change import ChangeKind, StructureChange

_FRINGE = 0.9  # of the threshold: a new cluster far from all segments may still be within it
_NEARER_MAX = 0.75  # median distance to a new cluster, held out, relative to that to the nearest segment


@dataclass(frozen=True, slots=True)
class KnownSegments:
    """Segments as a review finds them: `ids`, `centroids (k, dims)`, `thresholds (k,)` and separated pairs.

    `gone` are segments without users. `watched (b, dims)` are the centroids of the candidate's births, and
    `watched_ids` the candidate's ids of these segments.
    """

    ids: tuple[str, ...]
    centroids: Floats
    thresholds: Floats
    separated_pairs: Pairs = frozenset()
    gone: Sequence[str] = ()
    watched: Floats = field(default_factory=lambda: np.empty((0, 0)))
    watched_ids: tuple[str, ...] = ()


def detect_structure(
    x: Floats, weights: Floats, segments: KnownSegments, n_min: int, n_max: int, seed: int
) -> StructureReport:
    """Return the changes of `segments` among the users at `x (n, dims)`.

    A new cluster has at least `n_min` users. Change sets have at most `n_max` segments, or as many as there are.
    """
    nearest, distance = nearest_centroids(x, segments.centroids)
    beyond = distance / segments.thresholds[nearest]
    born = _born(x, weights, beyond, distance, n_min, segments)
    is_born = np.zeros(len(x), np.bool_)
    is_born[[row for cluster in born for row in cluster.rows.tolist()]] = True
    whole = {
        segment: Cluster(np.flatnonzero((nearest == at) & (beyond <= 1) & ~is_born), segments.centroids[at], (segment,))
        for at, segment in enumerate(segments.ids)
    }
    alive = {segment: cluster for segment, cluster in whole.items() if segment not in segments.gone}
    return StructureReport(
        x,
        weights,
        segments.centroids,
        whole,
        _splits(x, weights, alive, n_min, seed),
        born,
        segments.gone,
        segments.separated_pairs,
        max(n_max, len(segments.ids)),
    ).numbered()


def unchanged_structure(segments: KnownSegments) -> StructureReport:
    """Return a report without changes."""
    no_rows, no_index = np.empty((0, segments.centroids.shape[1])), np.empty(0, np.intp)
    whole = {s: Cluster(no_index, at, (s,)) for s, at in zip(segments.ids, segments.centroids, strict=True)}
    return StructureReport(
        no_rows, np.empty(0), segments.centroids, whole, {}, (), (), segments.separated_pairs, len(segments.ids)
    )


def _born(
    x: Floats, weights: Floats, beyond: Floats, distance: Floats, n_min: int, segments: KnownSegments
) -> list[Cluster]:
    """Return the clusters outside of all segments: watched ones, then new ones, the largest first.

    `distance (n,)` is that of each user to the nearest segment, `beyond (n,)` the same relative to the threshold.
    """
    is_watched = is_nearer(x, segments.watched, distance)
    found: list[tuple[StructureChange | None, NDArray[np.intp]]] = []
    if len(segments.watched):
        of = nearest_centroids(x, segments.watched)[0]
        births = (StructureChange(ChangeKind.BORN, (segment,)) for segment in segments.watched_ids)
        found += [(birth, np.flatnonzero(is_watched & (of == at))) for at, birth in enumerate(births)]
    fringe = np.flatnonzero((beyond > _FRINGE) & ~is_watched)
    labels = dense_clusters(x[fringe], n_min, "leaf")
    found += [(None, fringe[labels == label]) for label in range(labels.max(initial=-1) + 1)]
    clusters = [
        Cluster(rows, weighted_mean(x[rows], weights[rows]), (), birth) for birth, rows in found if len(rows) >= n_min
    ]
    return _new_clusters(x, weights, distance, clusters)


def _new_clusters(x: Floats, weights: Floats, distance: Floats, clusters: Sequence[Cluster]) -> list[Cluster]:
    """Return the clusters far enough from every segment; those without a birth get one, numbered by size."""
    clusters = [c for c in clusters if _is_new(x[c.rows], c.centroid, distance[c.rows])]
    # a new cluster beside a watched one may be part of it, and then goes by its birth
    clusters = merge_clusters(x, weights, clusters, frozenset()).clusters
    fresh = sorted((c for c in clusters if c.birth is None), key=lambda c: -float(weights[c.rows].sum()))
    births = (StructureChange(ChangeKind.BORN, ordinal=ordinal) for ordinal in range(1, len(fresh) + 1))
    watched = [cluster for cluster in clusters if cluster.birth is not None]
    return watched + [replace(cluster, birth=birth) for cluster, birth in zip(fresh, births, strict=True)]


def _is_new(x: Floats, centroid: Floats, distance: Floats) -> bool:
    """Return True if half of the members `x (n, dims)` are much nearer to `centroid`, held out, than to a segment.

    Users scattered on the fringe of a round segment are not: the segment's centroid is as near as the mean of the
    fringe.
    """
    away = held_out(np.sqrt(np.square(x - centroid).sum(axis=1)), np.full(len(x), len(x)))
    return bool(np.median(away / np.maximum(distance, DISTANCE_MIN)) <= _NEARER_MAX)


def _splits(
    x: Floats, weights: Floats, clusters: Mapping[str, Cluster], n_min: int, seed: int
) -> dict[str, tuple[Cluster, Cluster]]:
    """Return the two clusters of every segment to split."""
    found = {}
    for segment, cluster in clusters.items():
        if len(cluster.rows) < 2 * n_min:
            continue
        cut = bisect(x[cluster.rows], seed)
        if cut.d >= SPLIT_MIN and np.bincount(cut.labels, minlength=2).min() >= n_min:
            first, second = (cluster.rows[cut.labels == label] for label in (0, 1))
            found[segment] = _part(x, weights, first, cluster), _part(x, weights, second, cluster)
    return found


def _part(x: Floats, weights: Floats, rows: NDArray[np.intp], cluster: Cluster) -> Cluster:
    return Cluster(rows, weighted_mean(x[rows], weights[rows]), cluster.segments)
