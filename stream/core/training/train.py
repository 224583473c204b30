"""Training as one function of values: from a memory and what came on `profile-sample` to the next memory.

The first samples (warm-up) fix the scaler, the segments and their ids. Every later batch moves the centroids, and once
in `review_ms` the segments are reviewed. Commands are done at their place among the samples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stream.core.output import Sample
from stream.core.training.commands import Command, Forget
from stream.core.training.learn import learn
from stream.core.training.obey import obey
from stream.core.training.outputs import Output
from stream.core.training.policy import TrainingPolicy
from stream.core.training.pool import without
from stream.core.training.progress import Progress
from stream.core.training.promotion import REFUSED, Promotion
from stream.core.training.review import review
from stream.core.training.state import Memory, TrainerState
from stream.core.training.warm_up import warm_up


@dataclass(frozen=True, slots=True)
class Course:
    """What a trainer is told once: its policy, the workers' margin and semantic weight, the encoder and the explicit
    features of the samples that count, and the salt of members' hashes."""

    policy: TrainingPolicy
    semantic_weight: float
    margin: float
    features: tuple[str, ...]
    encoder: str
    salt: str


@dataclass(frozen=True, slots=True)
class Trained:
    """One training step's result. `n_skipped` samples were of another encoder, misshapen or not finite."""

    memory: Memory
    outputs: tuple[Output, ...]
    n_skipped: int = 0


def needed(memory: Memory, course: Course) -> int:
    """How many samples the next training step takes."""
    return course.policy.batch_samples if present(memory, course) else course.policy.warm_up_samples


def train(memory: Memory, samples: Sequence[Sample], course: Course) -> Trained:
    """Learn `samples`, of which there must be as many as `needed`; the same arguments give the same bits.

    A memory of another encoder or other features is succeeded by a warm-up.
    """
    if len(samples) != needed(memory, course):
        raise ValueError(f"a training step takes {needed(memory, course)} samples, got {len(samples)}")
    state = present(memory, course)
    width = len(state.scaler.semantic_mean) if state else _usual_width(samples)
    usable = [s for s in samples if s.encoder == course.encoder and _sound(s, len(course.features), width)]
    n_skipped = len(samples) - len(usable)
    if not usable:
        return Trained(memory, (), n_skipped)
    policy = course.policy
    if state is None:
        progress = warm_up(memory, usable, policy, course.semantic_weight, course.margin, course.salt, course.features)
    else:
        learned = learn(memory, state, usable, policy)
        progress = _progress(learned, course)
        if progress.state.at_ms - progress.state.reviewed_ms >= policy.review_ms:
            review(progress)
    return Trained(progress.memory(), tuple(progress.outputs), n_skipped)


def command(memory: Memory, asked: Command, course: Course, now_ms: int = 0) -> Trained:
    """Do what was asked, at the time of the newest sample that came. Before the warm-up there is nothing to steer, and
    only a person can be forgotten."""
    if present(memory, course) is None:
        if isinstance(asked, Forget):
            pool, homes = without(memory.pool, asked.user), without(memory.homes, asked.user)
            return Trained(replace(memory, pool=pool, homes=homes), ())
        refusal = f"there is no segment model yet (asked for by {asked.id})"
        return Trained(memory, (Promotion(0, 0, REFUSED, "hand", refusal, 0),))
    progress = replace(_progress(memory, course), now_ms=now_ms)
    obey(progress, asked)
    return Trained(progress.memory(), tuple(progress.outputs))


def present(memory: Memory, course: Course) -> TrainerState | None:
    """The state, if it is of the course's encoder and features."""
    state = memory.state
    fits = state is not None and (state.encoder, state.features) == (course.encoder, course.features)
    return state if fits else None


def _progress(memory: Memory, course: Course) -> Progress:
    if memory.state is None:
        raise ValueError("training goes on from a state")
    return Progress(
        memory.state, memory.pool, memory.homes, dict(memory.models), course.policy, course.margin, course.salt
    )


def _usual_width(samples: Sequence[Sample]) -> int:
    """The dimension of most samples' semantic halves."""
    return Counter(sample.semantic.size for sample in samples).most_common(1)[0][0]


def _sound(sample: Sample, n_features: int, n_semantic: int) -> bool:
    """Whether arithmetic on the sample is safe: one NaN would be in every later centroid."""
    shapes = sample.explicit.shape == (n_features,) and sample.semantic.shape == (n_semantic,)
    return shapes and bool(np.isfinite(sample.explicit).all() and np.isfinite(sample.semantic).all())
