"""A segment model out of what the trainer knows: centroids, thresholds, and what people read about each segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b

import numpy as np

from stream.core.arrays import Floats
from stream.core.reserved import UNKNOWN
from stream.core.segment_model import CLIP, Description, SegmentModel
from stream.training.cluster.kmeans import thresholds
from stream.training.describe.description import describe, segment_stats
from stream.training.sample.population import Assignments, Population, assign_held_out
from stream.training.structure.detect import is_watched, squared_distances
from stream.training.values.policy import TrainingPolicy
from stream.training.values.state import TrainerState, baseline_of, effective_sizes

GROWTH_MAX = 1.02  # of a threshold from one review to the next: a new group must be seen before it is swallowed
_N_MEMBERS = 3  # typical ones, and ones on the boundary


def calibrate_thresholds(
    state: TrainerState, seen: Population, where: Assignments, watched: Floats, policy: TrainingPolicy
) -> Floats:
    """(k,) thresholds of the state's segments, which grow slowly, and dbscan's never beyond where they began, from all
    but the people of `watched (b, dims)` groups. Everyone is `where` among the segments."""
    own = ~is_watched(seen.x, watched, where.distance)
    if not own.any():
        return state.thresholds
    found = thresholds(where.distance[own], where.nearest[own], seen.weights[own], len(state.ids), policy.unknown_rate)
    most = state.thresholds * GROWTH_MAX
    if policy.segmentation == "dbscan":
        most = np.minimum(most, [baseline_of(state, at).threshold for at in range(len(state.ids))])
    return np.minimum(found, most)


def model_without_descriptions(state: TrainerState) -> SegmentModel:
    """The state's segments as a model that can answer, but says nothing of them to people."""
    nothing = tuple(Description(segment) for segment in state.ids)
    return SegmentModel(
        version=state.version,
        encoder=state.encoder,
        features=state.features,
        scaler=state.scaler,
        ids=state.ids,
        centroids=state.centroids.astype(np.float32),
        thresholds=state.thresholds,
        descriptions=nothing,
        made_ms=state.watermark_ms,
    )


def build_model(
    state: TrainerState, seen: Population, serving: SegmentModel | None, policy: TrainingPolicy, salt: str
) -> SegmentModel:
    """The state's segments as a model of the state's version; `serving` is the one to tell a trend from. `salt` is that
    of the hashes of members."""
    where = assign_held_out(seen, state.centroids, state.counts, state.thresholds)
    before = {} if serving is None else dict(zip(serving.ids, (d.share for d in serving.descriptions), strict=True))
    sizes = effective_sizes(state).tolist()
    members = _members(seen, where, state.centroids, None if policy.member_ids else salt)
    described = tuple(
        _completed(d, before.get(segment, 0.0), policy.rare_share, size, *named)
        for d, segment, size, named in zip(_described(state, seen, where), state.ids, sizes, members, strict=True)
    )
    return replace(model_without_descriptions(state), descriptions=described, objective=objective(seen, where))


def segment_shares(seen: Population, where: Assignments, ids: Sequence[str]) -> dict[str, float]:
    """The part of people in each segment, and under UNKNOWN of those in none."""
    total = float(seen.weights.sum())
    found = {segment: float(seen.weights[where.members(at)].sum()) / total for at, segment in enumerate(ids)}
    return {**found, UNKNOWN: float(seen.weights[~where.known].sum()) / total}


def objective(seen: Population, where: Assignments) -> float:
    """J: the mean squared distance of known people to their centroid."""
    weights = seen.weights[where.known]
    return float(np.average(np.square(where.distance[where.known]), weights=weights)) if len(weights) else 0.0


def _described(state: TrainerState, seen: Population, where: Assignments) -> tuple[Description, ...]:
    scaler = state.scaler
    z = np.clip((seen.raw.explicit - scaler.explicit_mean) / scaler.explicit_scale, -CLIP, CLIP)
    portraits = []
    for at, segment in enumerate(state.ids):
        rows = where.members(at)
        published_names, given = state.published_names.get(segment, ""), state.names.get(segment, "")
        texts = [seen.people[row].sample.texts for row in rows.tolist()]
        portraits.append(
            segment_stats(segment, published_names, given, seen.weights[rows], where.distance[rows], z[rows], texts)
        )
    return describe(portraits, state.features)


def _completed(
    described: Description,
    before: float,
    rare_share: float,
    effective_size: float,
    typical: tuple[str, ...],
    boundary: tuple[str, ...],
) -> Description:
    trend = described.share / before - 1 if before else 0.0
    return replace(
        described,
        trend=trend,
        rare=described.share < rare_share,
        effective_size=effective_size,
        typical=typical,
        boundary=boundary,
    )


def _members(
    seen: Population, where: Assignments, centroids: Floats, salt: str | None
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """For each segment those nearest to the centroid, and those to whom another is nearly as near."""
    others = np.sqrt(np.maximum(squared_distances(seen.x, centroids), 0.0))
    others[np.arange(len(others)), where.nearest] = np.inf
    ratio = where.distance / others.min(axis=1)
    found = []
    for at in range(len(centroids)):
        rows = where.members(at)
        near = rows[np.argsort(where.distance[rows], kind="stable")[:_N_MEMBERS]].tolist()
        edge = rows[np.argsort(-ratio[rows], kind="stable")[:_N_MEMBERS]].tolist() if len(centroids) > 1 else []
        found.append((_shown(seen, near, salt), _shown(seen, edge, salt)))
    return found


def _shown(seen: Population, rows: Sequence[int], salt: str | None) -> tuple[str, ...]:
    users = [seen.people[row].sample.user for row in rows]
    return tuple(users if salt is None else [hashed(user, salt) for user in users])


def hashed(user: str, salt: str) -> str:
    """A user as 16 hex digits that tell nobody who it is, unless they can guess the user."""
    return blake2b(user.encode(), key=salt.encode()[:64], digest_size=8).hexdigest()
