"""Everyone fitted anew, as asked for by hand: what people hold on to is not swallowed by it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.centroids import nearest_centroids
from stream.training.rollout.session import Progress
from stream.training.sample.population import Population
from stream.training.structure.fit import fit_clusters
from stream.training.structure.match_ids import candidate_segments
from stream.training.values.state import TrainerState

_HALF = 0.5


def refit_segments(progress: Progress, seen: Population, n_segments: int, seed: int) -> TrainerState:
    """The state with the segments of a fit anew with `n_segments`, 0 for as many as there are; and besides with every
    segment that is rare or has its name from people, and whose people the fit gives to groups of others."""
    state, policy = progress.state, progress.policy
    groups = fit_clusters(seen, policy, n_segments, seed)
    now, _ = nearest_centroids(seen.x, state.centroids)
    then, _ = nearest_centroids(seen.x, groups.centroids)
    rare = {s for s, d in zip(progress.serving.ids, progress.serving.descriptions, strict=True) if d.rare}
    lost = [
        at
        for at, segment in enumerate(state.ids)
        if (segment in rare or segment in state.names) and _is_swallowed(now == at, then, seen.weights)
    ]
    centroids = np.concatenate([groups.centroids, state.centroids[lost]])
    return candidate_segments(
        state, seen.select(groups.rows), centroids, state.next_id, policy.unknown_rate, policy.segment_users_min
    )


def _is_swallowed(own: NDArray[np.bool_], groups: NDArray[np.intp], weights: Floats) -> bool:
    """Whether most of the people `own (n,)` are in groups that are mostly of others."""
    if not own.any():
        return False
    whole, part = np.bincount(groups, weights), np.bincount(groups[own], weights[own], minlength=groups.max() + 1)
    theirs = part >= _HALF * whole
    return bool(part[theirs].sum() < _HALF * part.sum())
