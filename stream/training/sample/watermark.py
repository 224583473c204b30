"""The trainer's event time: a watermark robust to single wrong clocks.

A sample carries the time of a partition, and one wrong event can put a partition far ahead for good. The watermark
follows the majority of samples, and times far ahead of the median are clipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from stream.core.output import Sample
from stream.training.values.reservoir import Reservoir
from stream.training.values.state import TrainerState

_REACHED = 0.9  # of a batch's samples are older than its watermark or as old
Key = TypeVar("Key")


def batch_watermark_ms(samples: Sequence[Sample]) -> int:
    """Return the 0.9 quantile of the samples' times; a tenth of them may be ahead. There must be a sample."""
    return int(np.quantile([sample.time_ms for sample in samples], _REACHED, method="lower"))


def median_ms(samples: Sequence[Sample]) -> int:
    """Return the lower median of the samples' times; there must be a sample."""
    return sorted(sample.time_ms for sample in samples)[(len(samples) - 1) // 2]


def clip_future(samples: Sequence[Sample], ahead_ms: int) -> list[Sample]:
    """Return the samples in order, times more than `ahead_ms` past the median set to the watermark of the others."""
    limit_ms = median_ms(samples) + ahead_ms
    now_ms = batch_watermark_ms([sample for sample in samples if sample.time_ms <= limit_ms])
    return [sample if sample.time_ms <= limit_ms else replace(sample, time_ms=now_ms) for sample in samples]


def pending_watermark_ms(samples: Sequence[Sample], ahead_ms: int) -> int:
    """Return the watermark of samples waiting for a full batch; 0 for fewer than two.

    A single sample would be the median itself, so a wrong clock would go unnoticed.
    """
    return batch_watermark_ms(clip_future(samples, ahead_ms)) if len(samples) > 1 else 0


def rewind_watermark(state: TrainerState, samples: Sequence[Sample], ahead_ms: int) -> TrainerState:
    """Return the state, rewound if its watermark is more than `ahead_ms` past the median sample.

    Every stored time later than the new watermark is clipped, so a wrong clock can not stop reviews. `samples` come
    from `clip_future`.
    """
    if state.watermark_ms <= median_ms(samples) + ahead_ms:
        return state
    now_ms = batch_watermark_ms(samples)
    segments, rollout, candidate = state.segments, state.rollout, state.rollout.candidate
    return replace(
        state,
        segments=replace(
            segments,
            watermark_ms=now_ms,
            underpopulated_since_ms=_at_most(segments.underpopulated_since_ms, now_ms),
        ),
        rollout=replace(
            rollout,
            ramp_ends_ms=min(rollout.ramp_ends_ms, now_ms),
            changes_since=_at_most(rollout.changes_since, now_ms),
            candidate=candidate and replace(candidate, since_ms=min(candidate.since_ms, now_ms)),
        ),
        users=replace(state.users, reservoir=_clip_reservoir(state.users.reservoir, now_ms)),
        reviewed_ms=min(state.reviewed_ms, now_ms),
    )


def _at_most(times_ms: Mapping[Key, int], now_ms: int) -> dict[Key, int]:
    return {key: min(time_ms, now_ms) for key, time_ms in times_ms.items()}


def _clip_reservoir(reservoir: Reservoir, now_ms: int) -> Reservoir:
    """Return the reservoir with no sample later than `now_ms`, so newer samples of the same users are accepted."""
    return {
        user: entry if entry.sample.time_ms <= now_ms else replace(entry, sample=replace(entry.sample, time_ms=now_ms))
        for user, entry in reservoir.items()
    }
