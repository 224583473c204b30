"""Households that a method may learn from, and others that it is then judged on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bench.apps.marketing.lift import Ranked, Rates, rates
from bench.apps.marketing.situations import Learners, Situation
from bench.quality.estimates import resampled_counts
from export.presets.completejourney import TEST_BUCKETS, TRAINING_BUCKETS, bucket
from stream.core.arrays import Floats

N_BUCKETS = 10
VALIDATION_BUCKET = 3
TRAINING = "training"

Scores = dict[str, list[Floats]]  # by group of learners: the scores of each judged campaign's recipients


@cache
def bucket_of(user: str) -> int:
    """Return the bucket of a household."""
    return bucket(user)


def groups() -> dict[str, Learners]:
    """Return the training households, and for each bucket all households but its own."""
    others: dict[str, Learners] = {without(each): _outside(each) for each in range(N_BUCKETS)}
    return {TRAINING: lambda user: bucket_of(user) in TRAINING_BUCKETS, **others}


def without(left_out: int) -> str:
    """Return the name of the group without a bucket."""
    return f"without {left_out}"


def rates_of_test(situations: Sequence[Situation], scores: Scores, share: float) -> Rates:
    """Return the rates of the test households, learned from training households."""
    ranked = []
    for at, learned in zip(situations, scores[TRAINING], strict=True):
        ranked.append(_ranked(at, learned, np.isin(_buckets(at), TEST_BUCKETS)))
    return _rates(ranked, share)


def rates_of_all(situations: Sequence[Situation], scores: Scores, share: float) -> Rates:
    """Return the rates of all households, each scored by what was learned from other buckets."""
    ranked = []
    for row, at in enumerate(situations):
        by_bucket = np.stack([scores[without(each)][row] for each in range(N_BUCKETS)])
        ranked.append(_ranked(at, by_bucket[_buckets(at), np.arange(len(at.households))], np.True_))
    return _rates(ranked, share)


def _outside(left_out: int) -> Callable[[str], bool]:
    return lambda user: bucket_of(user) != left_out


def _buckets(at: Situation) -> NDArray[np.intp]:
    return np.array([bucket_of(str(household)) for household in at.households], np.intp)


def _ranked(at: Situation, scores: Floats, kept: NDArray[np.bool_] | np.bool_) -> Ranked:
    chosen = np.broadcast_to(kept, scores.shape)
    return Ranked(at.households[chosen], scores[chosen], np.isfinite(at.redeemed_ms[chosen]))


def _rates(campaigns: Iterable[Ranked], share: float) -> Rates:
    """Return the rates, resampled over the households of these campaigns."""
    judged = [each for each in campaigns if len(each.households)]
    numbers = np.unique(np.concatenate([each.households for each in judged]))
    placed = [
        Ranked(np.searchsorted(numbers, each.households), each.scores, each.is_redeemed) for each in judged
    ]  # fmt: skip
    return rates(placed, share, resampled_counts(len(numbers)))
