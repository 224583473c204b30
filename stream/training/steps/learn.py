"""One batch of samples: centroids move, the past decays, and the reservoir is updated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stream.core.output import Sample
from stream.core.policy import DAY_MS
from stream.core.reserved import UNKNOWN
from stream.training.cluster.centroids import is_nearer, nearest_centroids
from stream.training.cluster.kmeans import advance
from stream.training.sample.watermark import batch_watermark_ms
from stream.training.values.policy import TrainingPolicy
from stream.training.values.reservoir import Reservoir, sampled_profiles, update_reservoir
from stream.training.values.state import TrainerState


def learn(state: TrainerState, samples: Sequence[Sample], policy: TrainingPolicy) -> TrainerState:
    """Return the state after `samples`, finite and fitting the segments.

    A sample beyond the threshold, or nearer to a watched cluster, moves no centroid: the nearest one would be pulled
    away from its users.
    """
    segments = state.segments
    x = segments.scaler.transform(sampled_profiles(samples)).astype(np.float64)
    nearest, distance = nearest_centroids(x, segments.centroids)
    known = distance <= segments.thresholds[nearest]
    moving = known & ~is_nearer(x, state.watched, distance)
    watermark_ms = max(segments.watermark_ms, batch_watermark_ms(samples))
    samples = [replace(sample, time_ms=min(sample.time_ms, watermark_ms)) for sample in samples]
    decay = 0.5 ** ((watermark_ms - segments.watermark_ms) / policy.learning_half_life_ms)
    centroids, counts = advance(segments.centroids, segments.counts * decay, x[moving])
    squares = segments.squares * decay**2 + np.bincount(nearest[moving], minlength=len(segments.ids))
    flips, user_days = _flips(state.users.reservoir, samples)
    strata = [segments.ids[at] if ok else UNKNOWN for at, ok in zip(nearest.tolist(), known.tolist(), strict=True)]
    reservoir, inclusion_thresholds = update_reservoir(
        state.users.reservoir, state.users.inclusion_thresholds, samples, strata, policy.reservoir_users
    )
    return replace(
        state,
        segments=replace(segments, watermark_ms=watermark_ms, centroids=centroids, counts=counts, squares=squares),
        users=replace(state.users, reservoir=reservoir, inclusion_thresholds=inclusion_thresholds),
        flips=state.flips + flips,
        user_days=state.user_days + user_days,
    )


def _flips(reservoir: Reservoir, samples: Sequence[Sample]) -> tuple[int, float]:
    """Return the number of flips, and the days between the samples of the same users.

    A flip is a sample in another segment than the last one, unless a promoted model was expected to move the user
    there.
    """
    before: dict[str, Sample] = {}
    flips, days = 0, 0.0
    for sample in samples:
        known = reservoir.get(sample.user)
        last = before.get(sample.user) or (known.sample if known else None)
        expected = known.expected_segment if known and sample.user not in before else ""
        before[sample.user] = sample
        if last is not None and last.segment and sample.segment:
            flips += sample.segment not in (last.segment, expected)
            days += max(sample.time_ms - last.time_ms, 0) / DAY_MS
    return flips, days
