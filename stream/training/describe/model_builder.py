"""The builder of segment models: centroids, calibrated thresholds, and a description of every segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.core.description import Description
from stream.core.reserved import UNKNOWN
from stream.core.segment_model import SegmentModel
from stream.training.cluster.centroids import distances_to_all, is_nearer, mean_square, thresholds
from stream.training.cluster.clusterer import make_clusterer
from stream.training.describe.description import SegmentStats, describe, segment_stats
from stream.training.describe.member_hash import hash_member_id
from stream.training.sample.population import Assignments, Population, assign_held_out
from stream.training.values.policy import TrainingPolicy
from stream.training.values.state import SegmentsState, baseline_of, effective_sizes

GROWTH_MAX = 1.02  # of a threshold from one review to the next: a new cluster must be detected before it is absorbed
_N_MEMBERS = 3  # typical members, and members on the boundary


def calibrate_thresholds(
    state: SegmentsState, population: Population, assignments: Assignments, watched: Floats, policy: TrainingPolicy
) -> Floats:
    """Return the thresholds (k,) of the state's segments, each at most GROWTH_MAX times the one before.

    Users nearer to a watched cluster, at `watched (b, dims)`, do not count. Unless the clusterer lets thresholds grow,
    none exceeds the baseline.
    """
    own = ~is_nearer(population.x, watched, assignments.distance)
    if not own.any():
        return state.thresholds
    distance, nearest, weights = assignments.distance[own], assignments.nearest[own], population.weights[own]
    limits = state.thresholds * GROWTH_MAX
    if not make_clusterer(policy).thresholds_may_grow:
        limits = np.minimum(limits, [baseline_of(state, at).threshold for at in range(len(state.ids))])
    return np.minimum(thresholds(distance, nearest, weights, len(state.ids), policy.unknown_rate), limits)


def model_without_descriptions(state: SegmentsState) -> SegmentModel:
    """Return the state's segments as a model for decisions; every segment is named by id."""
    return SegmentModel(
        version=0,
        encoder=state.encoder,
        features=state.features,
        scaler=state.scaler,
        ids=state.ids,
        centroids=state.centroids.astype(np.float32),
        thresholds=state.thresholds,
        descriptions=tuple(Description(segment) for segment in state.ids),
        made_ms=state.watermark_ms,
    )


def build_model(
    state: SegmentsState, population: Population, serving: SegmentModel | None, policy: TrainingPolicy, salt: str
) -> SegmentModel:
    """Return the state's segments as a model with the state's version.

    Trends are relative to the `serving` model. Member ids are hashed with `salt` unless the policy publishes them.
    """
    where = assign_held_out(population, state.centroids, state.counts, state.thresholds)
    descriptions = describe(_stats(state, population, where, serving), state.features)
    descriptions = _with_members(descriptions, population, where, state, None if policy.member_ids else salt)
    before = {} if serving is None else dict(zip(serving.ids, (d.share for d in serving.descriptions), strict=True))
    return replace(
        model_without_descriptions(state),
        descriptions=_with_figures(descriptions, state, before, policy.rare_share),
        objective=objective(population, where),
    )


def segment_shares(population: Population, assignments: Assignments, ids: Sequence[str]) -> dict[str, float]:
    """Return the share of users in each segment, and under UNKNOWN the share of unknown users."""
    weights, total = population.weights, float(population.weights.sum())
    found = {segment: float(weights[assignments.members(at)].sum()) / total for at, segment in enumerate(ids)}
    return {**found, UNKNOWN: float(weights[~assignments.known].sum()) / total}


def objective(population: Population, assignments: Assignments) -> float:
    """Return J: the weighted mean squared distance of known users to their centroid; 0.0 without known users."""
    known = assignments.known
    return mean_square(assignments.distance[known], population.weights[known])


def _stats(
    state: SegmentsState, population: Population, where: Assignments, serving: SegmentModel | None
) -> list[SegmentStats]:
    """Return the statistics of every segment's known members, with what the serving model says of it."""
    published = {} if serving is None else dict(zip(serving.ids, serving.descriptions, strict=True))
    before = np.array(population.current_segments)
    z = state.scaler.z_scores(population.raw.explicit)
    found = []
    for at, segment in enumerate(state.ids):
        rows = where.members(at)
        texts = [population.users[row].sample.texts for row in rows.tolist()]
        explicit = population.raw.explicit[rows]
        stats = segment_stats(segment, population.weights[rows], where.distance[rows], explicit, z[rows], texts)
        found.append(
            replace(
                stats,
                published_name=state.published_names.get(segment, ""),
                published=published.get(segment),
                persisted=persisted_share(before == segment, rows, population.weights),
                operator_name=state.names.get(segment, ""),
            )
        )
    return found


def persisted_share(was_member: NDArray[np.bool_], rows: NDArray[np.intp], weights: Floats) -> float:
    """Return how much of a segment persists: of the users of before, or of those at `rows` now, whichever is more.

    `was_member (n,)` tells the users of before. Without any, or without users now, nothing says that it has changed: 1.
    """
    before, now = float(weights[was_member].sum()), float(weights[rows].sum())
    both = float(weights[rows][was_member[rows]].sum())
    return max(both / before, both / now) if before and now else 1.0


def _with_figures(
    descriptions: Sequence[Description], state: SegmentsState, before: Mapping[str, float], rare_share: float
) -> tuple[Description, ...]:
    """Return the descriptions with trend, rarity and effective size; `before` are the shares in the serving model."""
    found = []
    for segment, size, described in zip(state.ids, effective_sizes(state).tolist(), descriptions, strict=True):
        was = before.get(segment, 0.0)
        trend = described.share / was - 1 if was else 0.0
        found.append(replace(described, trend=trend, rare=described.share < rare_share, effective_size=size))
    return tuple(found)


def _with_members(
    descriptions: Sequence[Description],
    population: Population,
    where: Assignments,
    state: SegmentsState,
    salt: str | None,
) -> tuple[Description, ...]:
    """Return the descriptions with typical members, nearest to the centroid, and members on the boundary.

    On the boundary another centroid is nearly as near; a model of one segment has no boundary.
    """
    others = distances_to_all(population.x, state.centroids)
    others[np.arange(len(others)), where.nearest] = np.inf
    ratio = where.distance / others.min(axis=1)
    found = []
    for at, described in enumerate(descriptions):
        rows = where.members(at)
        typical = rows[np.argsort(where.distance[rows], kind="stable")[:_N_MEMBERS]].tolist()
        edge = rows[np.argsort(-ratio[rows], kind="stable")[:_N_MEMBERS]].tolist() if len(descriptions) > 1 else []
        found.append(
            replace(
                described,
                typical=_member_ids(population, typical, salt),
                boundary=_member_ids(population, edge, salt),
            )
        )
    return tuple(found)


def _member_ids(population: Population, rows: Sequence[int], salt: str | None) -> tuple[str, ...]:
    users = [population.users[row].sample.user for row in rows]
    return tuple(users if salt is None else [hash_member_id(user, salt) for user in users])
