"""The warm-up: from the first samples to the first segments, serving at once.

A warm-up after a state of another encoder begins a new generation. A segment with the users of an earlier one keeps the
id, and a name set by an operator.
"""

from __future__ import annotations

from collections.abc import Sequence

from stream.core.output import Sample
from stream.training.sample.watermark import batch_watermark_ms
from stream.training.steps.generation import first_generation
from stream.training.values.config import TrainerConfig
from stream.training.values.outputs import Step
from stream.training.values.reservoir import update_reservoir
from stream.training.values.state import SampledUsers, TrainerState


def warm_up(previous: TrainerState | None, samples: Sequence[Sample], config: TrainerConfig) -> Step:
    """Return the state with the first segments of `samples`, all finite and of one encoder.

    `previous` is the state of the generation before.
    """
    strata = [""] * len(samples)
    reservoir, inclusion_thresholds = update_reservoir({}, {}, samples, strata, config.policy.reservoir_users)
    users = SampledUsers(reservoir, inclusion_thresholds)
    return first_generation(users, batch_watermark_ms(samples), previous, config)
