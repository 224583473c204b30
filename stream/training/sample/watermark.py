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
from stream.training.values.state import Memory, TrainerState

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


def rewind_watermark(memory: Memory, state: TrainerState, samples: Sequence[Sample], ahead_ms: int) -> Memory:
    """Return the memory with `state`, rewound if the watermark is more than `ahead_ms` past the median sample.

    Every stored time later than the new watermark is clipped, so a wrong clock can not stop reviews. `samples` come
    from `clip_future`.
    """
    if state.watermark_ms <= median_ms(samples) + ahead_ms:
        return replace(memory, state=state)
    now_ms = batch_watermark_ms(samples)
    candidate = state.candidate
    rewound = replace(
        state,
        watermark_ms=now_ms,
        reviewed_ms=min(state.reviewed_ms, now_ms),
        passing_until_ms=min(state.passing_until_ms, now_ms),
        underpopulated_since_ms=_at_most(state.underpopulated_since_ms, now_ms),
        proposed=_at_most(state.proposed, now_ms),
        candidate=candidate and replace(candidate, since_ms=min(candidate.since_ms, now_ms)),
    )
    return replace(memory, state=rewound, reservoir=_clip_reservoir(memory.reservoir, now_ms))


def _at_most(times_ms: Mapping[Key, int], now_ms: int) -> dict[Key, int]:
    return {key: min(time_ms, now_ms) for key, time_ms in times_ms.items()}


def _clip_reservoir(reservoir: Reservoir, now_ms: int) -> Reservoir:
    """Return the reservoir with no sample later than `now_ms`, so newer samples of the same users are accepted."""
    return {
        user: entry if entry.sample.time_ms <= now_ms else replace(entry, sample=replace(entry.sample, time_ms=now_ms))
        for user, entry in reservoir.items()
    }
