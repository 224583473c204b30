"""Outputs that hold the raw profile of an evaluation: samples for training, and profiles to publish."""

from __future__ import annotations

import numpy as np

from stream.core.output import Profile, Sample
from stream.core.policy import Policy
from stream.core.reserved import PENDING
from stream.core.transition import MembershipState
from tests.specification.evaluation import EvaluationResult
from tests.specification.profile import contrasts

_SAMPLE_TEXTS = 8  # newest distinct texts of a sample, for the descriptions


def build_sample(result: EvaluationResult, membership: MembershipState, encoder: str, policy: Policy) -> Sample:
    """Return the training sample of an evaluation, with the membership after it."""
    evaluation, raw = result.evaluation, result.batch.raw
    texts = dict.fromkeys(item.text for item in reversed(evaluation.items) if item.text)
    return Sample(
        user=evaluation.user_id,
        time_ms=evaluation.now_ms,
        explicit=raw.explicit[result.row],
        semantic=raw.semantic[result.row],
        mass=float(raw.mass[result.row]),
        contrast=contrasts(result.batch.windows.row(result.row), policy.half_life_ms)[0],
        texts=tuple(texts)[:_SAMPLE_TEXTS],
        encoder=encoder,
        segment="" if membership.segment == PENDING else membership.segment,
    )


def build_profile(
    result: EvaluationResult, membership: MembershipState, features: tuple[str, ...], encoder: str
) -> Profile:
    """Return the profile of an evaluation, with the membership after it; `features` names the explicit half."""
    evaluation, model, raw, row = result.evaluation, result.model, result.batch.raw, result.row
    mass, explicit, semantic = float(raw.mass[row]), raw.explicit[row].tolist(), raw.semantic[row]
    if not evaluation.items:  # its row is that of a stale item
        mass, explicit, semantic = 0.0, [0.0] * len(explicit), np.zeros_like(semantic)
    return Profile(
        user=evaluation.user_id,
        time_ms=evaluation.now_ms,
        n_items=len(evaluation.items),
        mass=mass,
        explicit=dict(zip(features, explicit, strict=True)),
        semantic=semantic,
        segment=membership.segment,
        segment_model=model.version if model else 0,
        encoder=encoder,
    )
