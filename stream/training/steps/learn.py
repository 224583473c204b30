"""One batch of samples: centroids move, the past fades, and everyone sampled is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stream.core.output import Sample
from stream.core.policy import DAY_MS
from stream.core.profile import Profiles
from stream.core.reserved import UNKNOWN
from stream.training.cluster.centroids import is_nearer, nearest_centroids
from stream.training.cluster.kmeans import advance
from stream.training.sample.watermark import batch_watermark_ms
from stream.training.values.policy import TrainingPolicy
from stream.training.values.reservoir import Reservoir, update_reservoir
from stream.training.values.state import Memory, TrainerState, watched


def learn(memory: Memory, state: TrainerState, samples: Sequence[Sample], policy: TrainingPolicy) -> Memory:
    """The memory after `samples`, which must be of the state's encoder and sound. A sample far from every segment, or
    of a group that is being watched, moves no centroid: it would pull the nearest one away from its people."""
    raw = Profiles(np.stack([s.explicit for s in samples]), np.stack([s.semantic for s in samples]))
    x = state.scaler.transform(raw).astype(np.float64)
    nearest, distance = nearest_centroids(x, state.centroids)
    known = distance <= state.thresholds[nearest]
    moving = known & ~is_nearer(x, watched(memory), distance)
    watermark_ms = max(state.watermark_ms, batch_watermark_ms(samples))
    samples = [replace(sample, time_ms=min(sample.time_ms, watermark_ms)) for sample in samples]
    fade = 0.5 ** ((watermark_ms - state.watermark_ms) / policy.learning_half_life_ms)
    centroids, counts = advance(state.centroids, state.counts * fade, x[moving])
    flips, user_days = _flips(memory.reservoir, samples)
    strata = [state.ids[at] if ok else UNKNOWN for at, ok in zip(nearest.tolist(), known.tolist(), strict=True)]
    learned = replace(
        state,
        watermark_ms=watermark_ms,
        centroids=centroids,
        counts=counts,
        squares=state.squares * fade**2 + np.bincount(nearest[moving], minlength=len(state.ids)),
        flips=state.flips + flips,
        user_days=state.user_days + user_days,
    )
    reservoir, inclusion_thresholds = update_reservoir(
        memory.reservoir, state.inclusion_thresholds, samples, strata, policy.reservoir_users
    )
    return replace(memory, state=replace(learned, inclusion_thresholds=inclusion_thresholds), reservoir=reservoir)


def _flips(reservoir: Reservoir, samples: Sequence[Sample]) -> tuple[int, float]:
    """How many of those sampled again are neither in the segment of the last time nor where a model took them since,
    among how many days of theirs."""
    before: dict[str, Sample] = {}
    flips, days = 0, 0.0
    for sample in samples:
        known = reservoir.get(sample.user)
        last = before.get(sample.user) or (known.sample if known else None)
        expected_segments = known.expected_segments if known and sample.user not in before else ""
        before[sample.user] = sample
        if last is not None and last.segment and sample.segment:
            flips += sample.segment not in (last.segment, expected_segments)
            days += max(sample.time_ms - last.time_ms, 0) / DAY_MS
    return flips, days
