"""Training as a function of values: from a state and the records of `profile-sample` to the next state.

The first samples (warm-up) fix the scaler, the segments and their ids. Every later batch moves the centroids, and every
`review_ms` the segments are reviewed. A command is executed at its place among the samples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stream.core.output import Sample
from stream.training.rollout.findings import Detector, measure
from stream.training.sample.population import assign_held_out, build_population, updated_home_segments
from stream.training.sample.watermark import clip_future, pending_watermark_ms, rewind_watermark
from stream.training.steps.carry_out import carry_out
from stream.training.steps.command_handlers import handle
from stream.training.steps.erasure import erase
from stream.training.steps.generation import begin_generation, is_outgrown
from stream.training.steps.learn import learn
from stream.training.steps.review import RolloutRules, review
from stream.training.steps.warm_up import warm_up
from stream.training.structure.detect import detect_structure
from stream.training.values.commands import Command, Forget
from stream.training.values.config import TrainerConfig
from stream.training.values.outputs import Step, TrainResult
from stream.training.values.promotion import Cause, Grounds, Promotion, Status, Trigger
from stream.training.values.reservoir import recent, within
from stream.training.values.state import TrainerState


def needed(state: TrainerState | None, config: TrainerConfig) -> int:
    """Return the number of samples that the next training step takes."""
    return config.policy.batch_samples if fitting(state, config) else config.policy.warm_up_samples


def fitting(state: TrainerState | None, config: TrainerConfig) -> TrainerState | None:
    """Return the state if it is of the configuration's encoder and features; None before a warm-up."""
    return state if state is not None and state.segments.fits(config.encoder, config.features) else None


def learnable(sample: Sample, state: TrainerState | None, config: TrainerConfig) -> bool:
    """Return True if the sample is finite and has the shapes of the samples before.

    A single NaN would be in every later centroid.
    """
    fits = sample.explicit.shape == (len(config.features),) and sample.semantic.ndim == 1
    state = fitting(state, config)
    if state is not None:
        fits = fits and sample.semantic.shape == state.segments.scaler.semantic_mean.shape
    return fits and bool(np.isfinite(sample.explicit).all() and np.isfinite(sample.semantic).all())


def train(
    state: TrainerState | None,
    samples: Sequence[Sample],
    config: TrainerConfig,
    detect: Detector = detect_structure,
) -> TrainResult:
    """Learn as many `samples` as are `needed`, all of them `learnable`; the same arguments give the same bits.

    A state of another encoder or other features is followed by a warm-up, which may also take fewer samples if they
    suffice. Raises ValueError on another number of samples.
    """
    present, policy = fitting(state, config), config.policy
    is_early = present is None and len(samples) < policy.warm_up_samples and suffices(samples, config)
    if len(samples) != needed(state, config) and not is_early:
        raise ValueError(f"a training step takes {needed(state, config)} samples, got {len(samples)}")
    if present is None:
        usual = _of_usual_dimension(samples)
        warmed_up, outputs = warm_up(state, clip_future(usual, policy.reservoir_ms), config)
        return TrainResult(_without_stale_homes(warmed_up), outputs, len(samples) - len(usual))
    samples = clip_future(samples, policy.reservoir_ms)
    learned = learn(rewind_watermark(present, samples, policy.reservoir_ms), samples, policy)
    outputs = ()
    if learned.watermark_ms - learned.reviewed_ms >= policy.review_ms:
        learned, outputs = _review(learned, config, detect)
    return TrainResult(_without_stale_homes(learned), outputs)


def suffices(samples: Sequence[Sample], config: TrainerConfig) -> bool:
    """Return True if a first generation can be fitted to the samples, however many a warm-up takes.

    There must be as many users as segments asked for, and as a new segment has at least.
    """
    return len({sample.user for sample in samples}) >= max(config.policy.n_segments, config.policy.segment_users_min)


def execute(
    state: TrainerState | None, command: Command, config: TrainerConfig, waiting: Sequence[Sample] = ()
) -> TrainResult:
    """Execute a command at the watermark of the samples that wait for a training step.

    Before the warm-up a user can be erased, and every other command is refused.
    """
    if isinstance(command, Forget):
        return TrainResult(None) if state is None else TrainResult(*erase(state, command.user, config.salt))
    present = fitting(state, config)
    if present is None:
        refusal = Promotion(0, 0, Status.REFUSED, Trigger.OPERATOR, Cause.NO_MODEL_YET, 0, command.id)
        return TrainResult(state, (refusal,))
    time_ms = max(pending_watermark_ms(waiting, config.policy.reservoir_ms), present.watermark_ms)
    executed, outputs = handle(present, command, config, time_ms)
    return TrainResult(_without_stale_homes(executed), outputs)


def _review(state: TrainerState, config: TrainerConfig, detect: Detector) -> Step:
    """Measure, decide and carry out; home segments follow the users while no candidate waits."""
    reservoir = recent(state.users.reservoir, state.watermark_ms - config.policy.reservoir_ms)
    if not reservoir:  # the watermark has jumped, and no user was sampled since
        return replace(state, reviewed_ms=state.watermark_ms), ()
    state = replace(state, users=replace(state.users, reservoir=reservoir))
    population = build_population(state.users, state.segments.scaler)
    measured = measure(state, population, config, detect)
    if is_outgrown(measured.state, population, measured.health.unknown_share, config):
        grounds = Grounds(Trigger.AUTOMATIC, Cause.GROWN, state.watermark_ms)
        state, outputs = begin_generation(measured.state, grounds, config)
        return state, (measured.health, *measured.warnings, *outputs)
    policy = config.policy
    rules = RolloutRules(policy.churn_budget, policy.shadow_ms, policy.retire_after_ms)
    decided = review(measured.state.rollout, measured.findings, rules, state.watermark_ms)
    state, outputs = carry_out(decided, measured)
    if state.rollout.candidate is None:
        segments = state.segments
        where = assign_held_out(population, segments.centroids, segments.counts, segments.thresholds)
        home_segments = updated_home_segments(population, where, segments.ids)
        state = replace(state, users=replace(state.users, home_segments=home_segments))
    return state, outputs


def _without_stale_homes(state: TrainerState) -> TrainerState:
    """Return the state with home segments of users in the reservoir only."""
    users = state.users
    home_segments = within(users.home_segments, users.reservoir)
    return (
        state
        if home_segments is users.home_segments
        else replace(state, users=replace(users, home_segments=home_segments))
    )


def _of_usual_dimension(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples whose semantic half has the most frequent dimension."""
    dimension = Counter(sample.semantic.size for sample in samples).most_common(1)[0][0]
    return [sample for sample in samples if sample.semantic.size == dimension]
