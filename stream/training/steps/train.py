"""Training as one function of values: from a memory and what came on `profile-sample` to the next memory.

The first samples (warm-up) fix the scaler, the segments and their ids. Every later batch moves the centroids, and once
in `review_ms` the segments are reviewed. Commands are done at their place among the samples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stream.core.decision.overrides import Margins, Override
from stream.core.output import Sample
from stream.training.rollout.session import Progress
from stream.training.sample.watermark import clip_future, pending_watermark_ms, rewind_watermark
from stream.training.steps.command_handlers import handle
from stream.training.steps.erasure import erase
from stream.training.steps.learn import learn
from stream.training.steps.review import review
from stream.training.steps.warm_up import warm_up
from stream.training.values.commands import Command, Forget
from stream.training.values.outputs import Output
from stream.training.values.policy import TrainingPolicy
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.training.values.state import Memory, TrainerState


@dataclass(frozen=True, slots=True)
class TrainerConfig:
    """What a trainer is told once: its policy, the workers' margin, semantic weight and overrides, the encoder and the
    explicit features of the samples that count, and the salt of members' hashes."""

    policy: TrainingPolicy
    semantic_weight: float
    margin: float
    features: tuple[str, ...]
    encoder: str
    salt: str
    overrides: tuple[Override, ...] = ()

    @property
    def margins(self) -> Margins:
        """What holds people where they are."""
        return Margins(self.margin, self.overrides)


@dataclass(frozen=True, slots=True)
class Trained:
    """One training step's result. `n_skipped` samples of a warm-up had vectors of another width than most."""

    memory: Memory
    outputs: tuple[Output, ...]
    n_skipped: int = 0


def needed(memory: Memory, config: TrainerConfig) -> int:
    """How many samples the next training step takes."""
    return config.policy.batch_samples if present(memory, config) else config.policy.warm_up_samples


def learnable(sample: Sample, memory: Memory, config: TrainerConfig) -> bool:
    """Whether arithmetic on a sample of the course's encoder is safe: it has the shape of those before, and no NaN, of
    which one would be in every later centroid."""
    state = present(memory, config)
    shapes = sample.explicit.shape == (len(config.features),) and sample.semantic.ndim == 1
    if state is not None:
        shapes = shapes and sample.semantic.shape == state.scaler.semantic_mean.shape
    return shapes and bool(np.isfinite(sample.explicit).all() and np.isfinite(sample.semantic).all())


def train(memory: Memory, samples: Sequence[Sample], config: TrainerConfig) -> Trained:
    """Learn `samples` of the course's encoder, all of them `learnable` and as many as `needed`; the same arguments
    give the same bits.

    A memory of another encoder or other features is succeeded by a warm-up.
    """
    if len(samples) != needed(memory, config):
        raise ValueError(f"a training step takes {needed(memory, config)} samples, got {len(samples)}")
    state, policy = present(memory, config), config.policy
    if state is None:
        usual = _of_usual_width(samples)
        progress = warm_up(
            memory,
            clip_future(usual, policy.reservoir_ms),
            policy,
            config.semantic_weight,
            config.margins,
            config.salt,
            config.features,
        )
        return Trained(progress.memory(), tuple(progress.outputs), len(samples) - len(usual))
    samples = clip_future(samples, policy.reservoir_ms)
    memory = rewind_watermark(memory, state, samples, policy.reservoir_ms)
    progress = _progress(learn(memory, _state_of(memory), samples, policy), config)
    if progress.state.watermark_ms - progress.state.reviewed_ms >= policy.review_ms:
        review(progress)
    return Trained(progress.memory(), tuple(progress.outputs))


def command(memory: Memory, asked: Command, config: TrainerConfig, waiting: Sequence[Sample] = ()) -> Trained:
    """Do what was asked, at the time that the samples which wait have reached. Before the warm-up there is nothing to
    steer, and only a person can be forgotten."""
    if present(memory, config) is None:
        if isinstance(asked, Forget):
            return Trained(*erase(memory, asked.user, config.salt))
        refusal = Promotion(0, 0, Status.REFUSED, Trigger.OPERATOR, Cause.NO_MODEL_YET, 0, asked.id)
        return Trained(memory, (refusal,))
    progress = replace(_progress(memory, config), now_ms=pending_watermark_ms(waiting, config.policy.reservoir_ms))
    handle(progress, asked)
    return Trained(progress.memory(), tuple(progress.outputs))


def present(memory: Memory, config: TrainerConfig) -> TrainerState | None:
    """The state, if it is of the course's encoder and features."""
    state = memory.state
    fits = state is not None and (state.encoder, state.features) == (config.encoder, config.features)
    return state if fits else None


def _progress(memory: Memory, config: TrainerConfig) -> Progress:
    return Progress(
        _state_of(memory),
        memory.reservoir,
        memory.home_segments,
        dict(memory.models),
        config.policy,
        config.margins,
        config.salt,
    )


def _state_of(memory: Memory) -> TrainerState:
    if memory.state is None:
        raise ValueError("training goes on from a state")
    return memory.state


def _of_usual_width(samples: Sequence[Sample]) -> list[Sample]:
    """Those whose semantic half has the dimension that most have."""
    width = Counter(sample.semantic.size for sample in samples).most_common(1)[0][0]
    return [sample for sample in samples if sample.semantic.size == width]
