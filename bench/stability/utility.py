"""Predictive utility of a grouping: next purchases ranked by group, beside popularity and other groupings.

Categories are ranked by the rates of a household's group, smoothed towards popularity:

    (n_bought + s p) / (n_could + s)

Here n_could training households of the group could buy a category, n_bought did, and p is the share of all training
households. The strength s is chosen by cross-validation among the training households, for each grouping and outcome.
So a grouping with many small groups is not at a disadvantage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.quality.estimates import Estimate, mean_estimate
from bench.stability.groups import SEED, Grouping
from bench.stability.outcomes import Outcome, Purchases
from bench.stability.ranking import Ranked, lift, rank
from stream.core.arrays import Floats

STRENGTHS = (1, 5, 20, 50, 100, 200, 500, 2_000)
N_FOLDS = 5
POPULARITY = "popularity alone"

Labels = NDArray[np.str_]
Interval = tuple[float, float, float]  # a value, and the ends of its 95 % interval


@dataclass(frozen=True)
class Row:
    """Utility of one grouping; `strength` is s, `lift_at_10` is to popularity.

    mAP is in percent; differences to popularity and to the first grouping are paired by household.
    """

    groups: str
    n_groups: int
    strength: int | None
    mean_average_precision: Interval
    above_popularity: Interval | None
    above_segue: Interval | None
    lift_at_10: Interval | None


def rows(outcome: Outcome, groupings: Sequence[Grouping], judged: NDArray[np.bool_]) -> Iterator[Row]:
    """Yield one row for each grouping, Segue's first, then one for popularity.

    Only the test households `judged (n,)` count, and only those that bought anything.
    """
    asked = outcome.test.of(judged)
    popular = rank(np.tile(popularity(outcome.training, outcome.earlier), (len(asked.bought), 1)), asked)
    strengths = [best_strength(outcome, grouping) for grouping in groupings]
    found = [rank(offers(outcome, *each)[judged], asked) for each in zip(groupings, strengths, strict=True)]
    for grouping, strength, each in zip(groupings, strengths, found, strict=True):
        size = len(set(grouping.labels))
        yield _row(grouping.name, size, strength, each, popular, found[0])
    yield _row(POPULARITY, 1, None, popular, popular, found[0])


def _row(name: str, n_groups: int, strength: int | None, found: Ranked, popular: Ranked, segue: Ranked) -> Row:
    return Row(
        name,
        n_groups,
        strength,
        _percent(found.average_precision),
        None if found is popular else _percent(found.average_precision - popular.average_precision),
        None if found is segue else _percent(found.average_precision - segue.average_precision),
        None if found is popular else _interval(lift(found, popular)),
    )


def best_strength(outcome: Outcome, grouping: Grouping) -> int:
    """Return the best of STRENGTHS by mAP of training households, each rated without its own fold."""
    labels = np.array(grouping.labels)[len(outcome.test.bought) :]
    folds = np.random.default_rng(SEED).permutation(len(labels)) % N_FOLDS

    def precision(strength: int) -> float:
        scores = np.empty(outcome.training.bought.shape)
        for fold in range(N_FOLDS):
            kept = folds != fold
            learnt = outcome.training.of(kept)
            scores[~kept] = rates(labels[~kept], labels[kept], learnt, popularity(learnt, outcome.earlier), strength)
        return float(rank(scores, outcome.training).average_precision.mean())

    return max(STRENGTHS, key=precision)


def offers(outcome: Outcome, grouping: Grouping, strength: int) -> Floats:
    """Return `(n, categories)` rates of each test household's group."""
    asked, labels = np.split(np.array(grouping.labels), [len(outcome.test.bought)])
    return rates(asked, labels, outcome.training, popularity(outcome.training, outcome.earlier), strength)


def rates(asked: Labels, labels: Labels, learnt: Purchases, popular: Floats, strength: float) -> Floats:
    """Return `(len(asked), categories)` rates of the groups in `asked`; `labels` are those of `learnt`."""
    names, index = np.unique(asked, return_inverse=True)
    members = (labels == names[:, None]).astype(float)
    return np.asarray(((members @ learnt.bought + strength * popular) / (members @ learnt.could + strength))[index])


def popularity(learnt: Purchases, earlier: Floats) -> Floats:
    """Return `(categories,)` shares of the households that bought a category among those that could.

    One more household is counted, with the shares from before the date.
    """
    return np.asarray((learnt.bought.sum(axis=0) + earlier) / (learnt.could.sum(axis=0) + 1))


def _percent(values: Floats) -> Interval:
    return _interval(mean_estimate(100 * values))


def _interval(found: Estimate) -> Interval:
    return found.value, found.low, found.high
