"""The warm-up: from the first samples to the first segments, which serve at once.

A warm-up that replaces a memory of another encoder is a new generation: a segment that holds the people of a former one
keeps its id and, given by hand, its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from sklearn.preprocessing import StandardScaler

from stream.core.features import Floats
from stream.core.output import Sample
from stream.core.profile import Profiles
from stream.core.segment_model import Scaler
from stream.core.training.auto_k import chosen_k
from stream.core.training.clustering import dense_groups, held_out, means, start, thresholds
from stream.core.training.health import reference
from stream.core.training.learn import reached_ms
from stream.core.training.lineage import People, matched, turnover
from stream.core.training.outputs import Retracted
from stream.core.training.policy import TrainingPolicy
from stream.core.training.pool import Pool, in_order, raw_profiles, remember
from stream.core.training.progress import Progress
from stream.core.training.promotion import DROPPED
from stream.core.training.state import Memory, TrainerState, ids_from
from stream.core.training.structure import Place, located, proposed
from stream.core.training.view import View, view

_ROUNDS_MAX = 4
_ROUNDING = 1e-6  # of the components of a unit vector in float32


def warm_up(
    former: Memory, samples: Sequence[Sample], policy: TrainingPolicy, semantic_weight: float, margin: float, salt: str,
    features: tuple[str, ...],
) -> Progress:  # fmt: skip
    """The first segments of `samples`, which must be of one encoder and sound; `former` was remembered before."""
    pool, cuts = remember({}, {}, samples, [""] * len(samples), policy.pool_people)
    scaler = fit_scaler(raw_profiles(in_order(pool)), semantic_weight)
    seen = view(pool, {}, scaler, cuts)
    centroids = first_centroids(seen, policy, policy.n_segments, policy.seed)
    state = replace(_first_state(former.state, seen, centroids, samples, scaler, policy, features), cuts=cuts)
    return _first_progress(state, former, seen, pool, policy, margin, salt)


def first_centroids(seen: View, policy: TrainingPolicy, n_segments: int, seed: int) -> Floats:
    """(k, dims) groups as the policy finds them; `n_segments` 0: as many as its criterion says."""
    if policy.segmentation == "dbscan":
        labels = dense_groups(seen.x, policy.segment_people_min, nested="eom")
        if (labels >= 0).any():
            return means(seen.x, seen.weights, labels)
        n_segments = 1  # nobody is denser than anybody else: one segment
    if n_segments:
        return start(seen.x, seen.weights, n_segments, seed)
    k = chosen_k(seen.x, seen.weights, policy.n_segments_max, policy.k_criterion, seed)
    return _parted(seen, start(seen.x, seen.weights, k, seed), policy, seed)


def _parted(seen: View, centroids: Floats, policy: TrainingPolicy, seed: int) -> Floats:
    """The centroids, with every group that is two cut in two: a criterion over all groups overlooks a small one."""
    for _ in range(_ROUNDS_MAX):
        nearest, distance = located(seen.x, centroids)
        ids = ids_from(1, len(centroids))
        limits = thresholds(distance, nearest, seen.weights, len(centroids), policy.unknown_rate)
        place = Place(ids, centroids, limits, frozenset(), np.empty((0, 0)))
        found = proposed(seen.x, seen.weights, place, (), policy.segment_people_min, policy.n_segments_max, seed)
        if not found.reasons:
            break
        centroids = found.centroids
    nearest, _ = located(seen.x, centroids)
    return means(seen.x, seen.weights, nearest)


def fit_scaler(raw: Profiles, semantic_weight: float) -> Scaler:
    """The scaler of profiles; what does not vary in them is left as it is (scale 1)."""
    explicit = StandardScaler().fit(raw.explicit)
    mean = raw.semantic.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = float(np.sqrt(np.square(raw.semantic - mean, dtype=np.float64).sum(axis=1).mean()))
    return Scaler(explicit.mean_, explicit.scale_, mean, spread if spread > _ROUNDING else 1.0, semantic_weight)


def _first_state(
    former: TrainerState | None,
    seen: View,
    centroids: Floats,
    samples: Sequence[Sample],
    scaler: Scaler,
    policy: TrainingPolicy,
    features: tuple[str, ...],
) -> TrainerState:
    k = len(centroids)
    nearest, distance = located(seen.x, centroids)
    counts = np.bincount(nearest, minlength=k).astype(np.float64)
    kept: tuple[str | None, ...] = (None,) * k
    if former is not None:
        kept = matched(former.ids, People(seen.standing, nearest, seen.weights), k)
    next_id = former.next_id if former else 1
    fresh = iter(ids_from(next_id, kept.count(None)))
    ids = tuple(segment or next(fresh) for segment in kept)
    at_ms = reached_ms(samples)
    return TrainerState(
        encoder=samples[-1].encoder,
        features=features,
        scaler=scaler,
        ids=ids,
        next_id=next_id + kept.count(None),
        centroids=centroids,
        counts=counts,
        squares=counts.copy(),
        thresholds=thresholds(held_out(distance, counts[nearest]), nearest, seen.weights, k, policy.unknown_rate),
        reference=reference(seen.raw.explicit, seen.weights, {}),
        version=former.version if former else 0,
        n_samples=len(samples),
        at_ms=at_ms,
        reviewed_ms=at_ms,
        names={s: n for s, n in former.names.items() if s in ids} if former else {},
        called={s: n for s, n in former.called.items() if s in ids} if former else {},
    )


def _first_progress(
    state: TrainerState, former: Memory, seen: View, pool: Pool, policy: TrainingPolicy, margin: float, salt: str
) -> Progress:
    """The first model serves. Those of the former memory are of another space, and can not serve again."""
    progress = Progress(state, pool, {}, {}, policy, margin, salt)
    ids: tuple[str, ...] = ()
    if former.state is not None:
        ids = former.state.ids
        progress.state = replace(state, by_hand=former.state.by_hand)
        if former.state.candidate is not None:
            progress.say(former.state.candidate.version, DROPPED, "warm_up", "segments are learned anew")
    model = progress.make(state, seen)
    progress.promote(
        model, seen, "warm_up", "the first samples", lineage=turnover(ids, model), ramp_ms=0, kept=state.ids
    )
    progress.outputs += [Retracted(version) for version in former.models]
    return progress
