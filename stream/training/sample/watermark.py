"""The trainer's own time: what most samples say it is.

A sample carries the time of the partition it was taken in, and one wrong event can put that far ahead for good. Time
moves with the others, and what was ahead comes back to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from stream.core.output import Sample
from stream.training.steps.learn import batch_watermark_ms
from stream.training.values.reservoir import Reservoir
from stream.training.values.state import Memory, TrainerState

Key = TypeVar("Key")


def median_ms(samples: Sequence[Sample]) -> int:
    """The time that half of the samples have reached, the lower of two; there must be one."""
    return sorted(sample.time_ms for sample in samples)[(len(samples) - 1) // 2]


def clip_future(samples: Sequence[Sample], ahead_ms: int) -> list[Sample]:
    """The samples; one that is more than `ahead_ms` after the median at the time that the others have reached."""
    limit_ms = median_ms(samples) + ahead_ms
    now_ms = batch_watermark_ms([sample for sample in samples if sample.time_ms <= limit_ms])
    return [sample if sample.time_ms <= limit_ms else replace(sample, time_ms=now_ms) for sample in samples]


def pending_watermark_ms(samples: Sequence[Sample], ahead_ms: int) -> int:
    """The time that samples which wait have reached; 0 for less than two, which nothing could contradict."""
    return batch_watermark_ms(clip_future(samples, ahead_ms)) if len(samples) > 1 else 0


def rewind_watermark(memory: Memory, state: TrainerState, samples: Sequence[Sample], ahead_ms: int) -> Memory:
    """The memory, at the time of believed `samples` if it is more than `ahead_ms` after their median: then whatever it
    says of later is said of now."""
    if state.watermark_ms <= median_ms(samples) + ahead_ms:
        return replace(memory, state=state)
    now_ms = batch_watermark_ms(samples)
    candidate = state.candidate
    back = replace(
        state,
        watermark_ms=now_ms,
        reviewed_ms=min(state.reviewed_ms, now_ms),
        passing_until_ms=min(state.passing_until_ms, now_ms),
        underpopulated_since_ms=_at_most(state.underpopulated_since_ms, now_ms),
        proposed=_at_most(state.proposed, now_ms),
        candidate=candidate and replace(candidate, since_ms=min(candidate.since_ms, now_ms)),
    )
    return replace(memory, state=back, reservoir=_until(memory.reservoir, now_ms))


def _at_most(times_ms: Mapping[Key, int], now_ms: int) -> dict[Key, int]:
    return {what: min(since_ms, now_ms) for what, since_ms in times_ms.items()}


def _until(reservoir: Reservoir, now_ms: int) -> Reservoir:
    """Everyone last seen at `now_ms` at the latest, so that they can be seen again."""
    return {
        user: person
        if person.sample.time_ms <= now_ms
        else replace(person, sample=replace(person.sample, time_ms=now_ms))
        for user, person in reservoir.items()
    }
