"""A refit: all segments are fitted again from nothing, at an operator's request."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.centroids import nearest_centroids
from stream.training.sample.population import Population
from stream.training.sample.signal_subspace import signal_subspace
from stream.training.structure.fit import fit_clusters
from stream.training.structure.match_ids import candidate_segments
from stream.training.values.policy import TrainingPolicy
from stream.training.values.state import SegmentsState, TrainerState

_HALF = 0.5


def refit_segments(
    state: TrainerState, population: Population, policy: TrainingPolicy, n_segments: int, seed: int
) -> SegmentsState:
    """Return the segments of a fit with `n_segments`, 0 for as many as the policy finds.

    Rare segments, and those named by operators, are added if the fit gives their users to clusters of others.
    """
    segments = state.segments
    signal = signal_subspace(population.raw, population.contrasts)
    fitted = fit_clusters(population, signal, policy, n_segments, seed)
    now, _ = nearest_centroids(population.x, segments.centroids)
    then, _ = nearest_centroids(population.x, fitted.centroids)
    serving = state.serving_model
    rare = {s for s, d in zip(serving.ids, serving.descriptions, strict=True) if d.rare}
    lost = [
        at
        for at, segment in enumerate(segments.ids)
        if (segment in rare or segment in segments.names) and _is_absorbed(now == at, then, population.weights)
    ]
    return candidate_segments(
        segments,
        population.select(fitted.rows),
        np.concatenate([fitted.centroids, segments.centroids[lost]]),
        segments.next_id,
        policy.unknown_rate,
        policy.segment_users_min,
    )


def _is_absorbed(own: NDArray[np.bool_], clusters: NDArray[np.intp], weights: Floats) -> bool:
    """Return True if most of the users `own (n,)` are in clusters that mostly hold others."""
    if not own.any():
        return False
    whole, part = np.bincount(clusters, weights), np.bincount(clusters[own], weights[own], minlength=clusters.max() + 1)
    mostly_own = part >= _HALF * whole
    return bool(part[mostly_own].sum() < _HALF * part.sum())
