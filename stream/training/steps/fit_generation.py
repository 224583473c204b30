"""The fit of a generation: a scaler, clusters in its space, and the segment ids that they carry on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stream.core.scaler import Scaler
from stream.training.cluster.centroids import held_out, nearest_centroids, thresholds
from stream.training.rollout.drift_report import reference
from stream.training.sample.fit_scaler import fit_scaler
from stream.training.sample.population import Population, build_population
from stream.training.sample.signal_subspace import SignalSubspace, signal_subspace
from stream.training.structure.fit import fit_clusters
from stream.training.structure.lineage import Reassignment, match_ids
from stream.training.values.config import TrainerConfig
from stream.training.values.reservoir import by_priority, contrasts_of, raw_profiles
from stream.training.values.state import Extent, SampledUsers, SegmentsState, ids_from


@dataclass(frozen=True, slots=True)
class Generation:
    """Segments fitted anew, and the users in their space."""

    segments: SegmentsState
    population: Population


@dataclass(frozen=True, slots=True)
class _ScaledUsers:
    """Sampled users in the space of a scaler fitted to them, and the directions in which texts differ lastingly."""

    scaler: Scaler
    signal: SignalSubspace
    population: Population


def fit_generation(
    users: SampledUsers, before: SegmentsState | None, watermark_ms: int, config: TrainerConfig
) -> Generation:
    """Return the segments of the sampled users, of whom there must be one, in a space of their own.

    `before` are the segments of the last generation, whose ids and names are carried over.
    """
    policy, scaled = config.policy, _scaled(users, config)
    fitted = fit_clusters(scaled.population, scaled.signal, policy, policy.n_segments, policy.seed)
    k, population = len(fitted.centroids), scaled.population.select(fitted.rows)
    nearest, distance = nearest_centroids(population.x, fitted.centroids)
    counts = np.bincount(nearest, minlength=k).astype(np.float64)
    ids, next_id = _ids(before, Reassignment(population.current_segments, nearest, population.weights), k)
    segments = SegmentsState(
        encoder=config.encoder,
        features=config.features,
        scaler=scaled.scaler,
        ids=ids,
        next_id=next_id,
        centroids=fitted.centroids,
        counts=counts,
        squares=counts.copy(),
        thresholds=thresholds(held_out(distance, counts[nearest]), nearest, population.weights, k, policy.unknown_rate),
        reference=reference(population.raw.explicit, population.weights, {}),
        extent=extent_of(scaled.population),
        watermark_ms=watermark_ms,
        names=_of(before.names, ids) if before else {},
        published_names=_of(before.published_names, ids) if before else {},
    )
    return Generation(segments, scaled.population)


def extent_of(population: Population) -> Extent:
    """Return the number of users and their median mass."""
    return Extent(len(population.users), float(np.median(population.raw.mass)))


def _scaled(users: SampledUsers, config: TrainerConfig) -> _ScaledUsers:
    """Return the users in a space of their own."""
    entries = by_priority(users.reservoir)
    raw = raw_profiles(entries)
    signal = signal_subspace(raw, contrasts_of(entries))
    resolutions = np.array(config.resolutions or np.zeros(len(config.features)))
    scaler = fit_scaler(raw, signal, config.semantic_weight, resolutions)
    return _ScaledUsers(scaler, signal, build_population(users, scaler))


def _ids(before: SegmentsState | None, moved: Reassignment, k: int) -> tuple[tuple[str, ...], int]:
    """Return the ids of k clusters, of continued segments or new, and the number of the next id."""
    if before is None:
        return ids_from(1, k), k + 1
    kept = match_ids(before.ids, moved, k)
    n_new = kept.count(None)
    fresh = iter(ids_from(before.next_id, n_new))
    return tuple(segment or next(fresh) for segment in kept), before.next_id + n_new


def _of(names: Mapping[str, str], ids: tuple[str, ...]) -> dict[str, str]:
    return {segment: name for segment, name in names.items() if segment in ids}
