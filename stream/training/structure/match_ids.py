"""Cluster matching: segment ids for the clusters of a candidate, and the switch to a promoted model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.core.segment_model import SegmentModel
from stream.training.cluster.centroids import held_out, nearest_centroids, thresholds
from stream.training.sample.population import Assignments, Population
from stream.training.structure.lineage import Reassignment, match_ids
from stream.training.values.state import SegmentsState, ids_from

_REMAINDER_MAX = 0.2  # of a segment's users: fewer at the old place of a moved segment are no segment of their own


def candidate_segments(
    state: SegmentsState, population: Population, centroids: Floats, first_id: int, unknown_rate: float, n_min: int
) -> SegmentsState:
    """Return the state with the clusters at `centroids (g, dims)` as segments; new ids count from `first_id`.

    A cluster at the exact centroid of a segment is the segment unchanged, unless most users moved to another cluster.
    Then the other cluster takes over the id.
    """
    k = len(centroids)
    nearest, distance = nearest_centroids(population.x, centroids)
    same = _same_centroids(state.centroids, centroids)
    counts, squares = _initial_counts(state, same, nearest, k)
    limits = thresholds(held_out(distance, counts[nearest]), nearest, population.weights, k, unknown_rate)
    limits[list(same)] = state.thresholds[list(same.values())]
    now = np.where(distance <= limits[nearest], nearest, -1)
    moved = Reassignment(population.home_segments, now, population.weights)
    ids = _match(state, moved, centroids, same)
    table = moved.table(state.ids, k)
    kept = [at for at in range(k) if ids[at] is not None or not _is_remainder(table, same.get(at), at, n_min)]
    fresh = iter(ids_from(first_id, k))
    return replace(
        state,
        ids=tuple(ids[at] or next(fresh) for at in kept),
        centroids=centroids[kept],
        thresholds=limits[kept],
        counts=counts[kept],
        squares=squares[kept],
    )


def unchanged_segments(state: SegmentsState, candidate: SegmentsState) -> tuple[str, ...]:
    """Return the ids of segments with the same centroid in both states, in the candidate's order."""
    same = _same_centroids(state.centroids, candidate.centroids)
    return tuple(candidate.ids[at] for at, row in same.items() if candidate.ids[at] == state.ids[row])


def ids_at(candidate: SegmentsState, centroids: Floats) -> tuple[str, ...]:
    """Return the ids of the candidate's segments at exactly the `centroids`, in the same order."""
    return tuple(candidate.ids[row] for row in _same_centroids(candidate.centroids, centroids).values())


def switch_to(
    state: SegmentsState, model: SegmentModel, assignments: Assignments, kept: Sequence[str]
) -> SegmentsState:
    """Return the state with the segments of `model`, ready to be trained further.

    Segments with `kept` ids continue from the state's centroids, trained since the model was built. The others begin at
    the model's centroids, with the number of assigned users as counts.
    """
    at_of = {segment: at for at, segment in enumerate(model.ids)}
    same = {at_of[segment]: state.ids.index(segment) for segment in kept if segment in at_of and segment in state.ids}
    counts, squares = _initial_counts(state, same, assignments.nearest[assignments.known], len(model.ids))
    centroids, limits = model.centroids.astype(np.float64), model.thresholds.copy()
    rows = list(same.values())
    centroids[list(same)], limits[list(same)] = state.centroids[rows], state.thresholds[rows]
    known = frozenset(model.ids)
    since_ms = {s: time_ms for s, time_ms in state.underpopulated_since_ms.items() if s in known}
    return replace(
        state,
        ids=model.ids,
        next_id=max(state.next_id, 1 + max(int(segment[2:]) for segment in model.ids)),
        centroids=centroids,
        thresholds=limits,
        counts=counts,
        squares=squares,
        separated_pairs=tuple(pair for pair in state.separated_pairs if known.issuperset(pair)),
        underpopulated_since_ms=since_ms,
    )


def _same_centroids(previous: Floats, centroids: Floats) -> dict[int, int]:
    """Return the row in `previous` of every centroid found there, equal to the last bit."""
    rows = {centroid.tobytes(): row for row, centroid in enumerate(previous)}
    found = ((at, rows.get(centroid.tobytes())) for at, centroid in enumerate(centroids))
    return {at: row for at, row in found if row is not None}


def _initial_counts(
    state: SegmentsState, same: dict[int, int], nearest: NDArray[np.intp], k: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return counts (k,) and sums of squares (k,): the state's for the `same` clusters, the number of users for others.

    `nearest (n,)` is the cluster of each user.
    """
    counts = np.bincount(nearest, minlength=k).astype(np.float64)
    squares = counts.copy()
    at, rows = list(same), list(same.values())
    counts[at], squares[at] = state.counts[rows], state.squares[rows]
    return counts, squares


def _match(state: SegmentsState, moved: Reassignment, centroids: Floats, same: dict[int, int]) -> list[str | None]:
    """Return the id carried on by each cluster, None for a new one; nearness is relative to the threshold."""
    between = np.sqrt(np.square(state.centroids[:, None] - centroids[None]).sum(axis=2))
    nearness = np.clip(1 - between / state.thresholds[:, None], 0, 1)
    ids = list(match_ids(state.ids, moved, len(centroids), nearness))
    for at, row in same.items():  # a segment without users keeps its id as well
        if ids[at] is None and state.ids[row] not in ids:
            ids[at] = state.ids[row]
    return ids


def _is_remainder(table: NDArray[np.float64], row: int | None, at: int, n_min: int) -> bool:
    """Return True if cluster `at` holds but the remaining users of segment `row`, which continues elsewhere."""
    return row is not None and table[:, at].sum() < max(n_min, _REMAINDER_MAX * table[row].sum())
