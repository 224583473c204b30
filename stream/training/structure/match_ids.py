"""From proposed groups to segments with ids: which former segment each group goes on as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.core.segment_model import SegmentModel
from stream.training.cluster.kmeans import held_out, thresholds
from stream.training.sample.population import Assignments, Population
from stream.training.structure.detect import nearest_centroids
from stream.training.structure.lineage import Reassignment, match_ids
from stream.training.values.state import TrainerState, ids_from

_LEFT_BEHIND = 0.2  # of a segment's people: fewer where it was, when it has moved, are no segment of their own


def candidate_segments(
    state: TrainerState, seen: Population, centroids: Floats, first_id: int, rate: float, n_min: int
) -> TrainerState:
    """The state with the groups at `centroids (g, dims)` as its segments; new ids count from `first_id`.

    A group whose centroid is that of a segment is that segment as it was, unless its people have moved to another
    group, which then goes on under the id.
    """
    nearest, distance = nearest_centroids(seen.x, centroids)
    same = _same(state.centroids, centroids)
    counts, squares = _worth(state, same, nearest, len(centroids))
    limits = thresholds(held_out(distance, counts[nearest]), nearest, seen.weights, len(centroids), rate)
    limits[list(same)] = state.thresholds[list(same.values())]
    people = Reassignment(seen.home_segments, np.where(distance <= limits[nearest], nearest, -1), seen.weights)
    ids = _identified(state, people, centroids, same)
    table = people.table(state.ids, len(centroids))
    stays = [
        at for at in range(len(centroids)) if ids[at] is not None or not _left_behind(table, same.get(at), at, n_min)
    ]
    fresh = iter(ids_from(first_id, len(centroids)))
    return replace(
        state,
        ids=tuple(ids[at] or next(fresh) for at in stays),
        centroids=centroids[stays],
        thresholds=limits[stays],
        counts=counts[stays],
        squares=squares[stays],
    )


def unchanged_segments(state: TrainerState, draft: TrainerState) -> tuple[str, ...]:
    """The segments of the state that are in the draft as they were."""
    same = _same(state.centroids, draft.centroids)
    return tuple(draft.ids[at] for at, row in same.items() if draft.ids[at] == state.ids[row])


def _same(former: Floats, centroids: Floats) -> dict[int, int]:
    """Which of the centroids are former ones, to the last bit."""
    rows = {centroid.tobytes(): row for row, centroid in enumerate(former)}
    found = ((at, rows.get(centroid.tobytes())) for at, centroid in enumerate(centroids))
    return {at: row for at, row in found if row is not None}


def _worth(
    state: TrainerState, same: dict[int, int], nearest: NDArray[np.intp], k: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How many samples each of k groups is worth, and the sum of their squares: those of the state's rows where a group
    is the `same`, else as many as people are at it, `nearest (n,)`."""
    counts = np.bincount(nearest, minlength=k).astype(np.float64)
    squares = counts.copy()
    at, rows = list(same), list(same.values())
    counts[at], squares[at] = state.counts[rows], state.squares[rows]
    return counts, squares


def _identified(state: TrainerState, people: Reassignment, centroids: Floats, same: dict[int, int]) -> list[str | None]:
    separated_pairs = np.sqrt(np.square(state.centroids[:, None] - centroids[None]).sum(axis=2))
    nearness = np.clip(1 - separated_pairs / state.thresholds[:, None], 0, 1)
    ids = list(match_ids(state.ids, people, len(centroids), nearness))
    for at, row in same.items():  # a segment nobody came from or went to keeps its id too
        if ids[at] is None and state.ids[row] not in ids:
            ids[at] = state.ids[row]
    return ids


def _left_behind(table: NDArray[np.float64], row: int | None, at: int, n_min: int) -> bool:
    """Whether a group is but the remains of a segment that goes on elsewhere."""
    return row is not None and table[:, at].sum() < max(n_min, _LEFT_BEHIND * table[row].sum())


def ids_at(draft: TrainerState, centroids: Floats) -> tuple[str, ...]:
    """The draft's segments at these centroids, to the last bit."""
    return tuple(draft.ids[row] for row in _same(draft.centroids, centroids).values())


def switch_to(state: TrainerState, model: SegmentModel, where: Assignments, kept: Sequence[str]) -> TrainerState:
    """The state with the model's segments. Those of `kept` ids stay where training has brought them since the model was
    made; the others begin at the model's centroids, worth as many samples as people are there (`where`)."""
    at_of = {segment: at for at, segment in enumerate(model.ids)}
    same = {at_of[segment]: state.ids.index(segment) for segment in kept if segment in at_of and segment in state.ids}
    counts, squares = _worth(state, same, where.nearest[where.known], len(model.ids))
    centroids, limits = model.centroids.astype(np.float64), model.thresholds.copy()
    rows = list(same.values())
    centroids[list(same)], limits[list(same)] = state.centroids[rows], state.thresholds[rows]
    known = frozenset(model.ids)
    return replace(
        state,
        ids=model.ids,
        next_id=max(state.next_id, 1 + max(int(segment[2:]) for segment in model.ids)),
        centroids=centroids,
        thresholds=limits,
        counts=counts,
        squares=squares,
        separated_pairs=tuple(pair for pair in state.separated_pairs if known.issuperset(pair)),
        underpopulated_since_ms={
            segment: since for segment, since in state.underpopulated_since_ms.items() if segment in known
        },
    )
