"""Does a household's group tell what it buys next? Better than what is popular, and than other ways to make groups?

A household is offered the categories in the order of its group's rates: of the training households in the group that
could buy a category, the share that did, `(n_bought + s p) / (n_could + s)`, where p, the popularity, is the share
of all training households and counts as s more. Small groups know little: s is what cross-validation among the training
households finds best, for each way and outcome, so that no way suffers from having many groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.quality.estimates import Estimate, Floats, mean_estimate
from bench.stability.groups import SEED, Grouping
from bench.stability.outcomes import Outcome, Purchases
from bench.stability.ranking import Ranked, lift, rank

STRENGTHS = (1, 5, 20, 50, 100, 200, 500, 2_000)
N_FOLDS = 5
POPULARITY = "popularity alone"

Labels = NDArray[np.str_]
Interval = tuple[float, float, float]  # a value, and the ends of its 95 % interval


@dataclass(frozen=True)
class Row:
    """`strength` is s. mAP in percent, and its differences to popularity and to the first way, household by household;
    `lift_at_10` is to popularity."""

    groups: str
    n_groups: int
    strength: int | None
    mean_average_precision: Interval
    above_popularity: Interval | None
    above_segue: Interval | None
    lift_at_10: Interval | None


def rows(outcome: Outcome, groupings: Sequence[Grouping], judged: NDArray[np.bool_]) -> Iterator[Row]:
    """One for each way, the first of which is Segue's, then popularity's; only the test households `judged (n,)`
    count, and of these only who bought anything."""

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
    """Of STRENGTHS, by the mAP of training households whose own fold is left out of the rates."""
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
    """(n, categories): the rates of each test household's group."""
    asked, labels = np.split(np.array(grouping.labels), [len(outcome.test.bought)])
    return rates(asked, labels, outcome.training, popularity(outcome.training, outcome.earlier), strength)


def rates(asked: Labels, labels: Labels, learnt: Purchases, popular: Floats, strength: float) -> Floats:
    """(len(asked), categories): of the group that each label of `asked` names; `labels` are those of `learnt`."""
    names, index = np.unique(asked, return_inverse=True)
    members = (labels == names[:, None]).astype(float)
    return np.asarray(((members @ learnt.bought + strength * popular) / (members @ learnt.could + strength))[index])


def popularity(learnt: Purchases, earlier: Floats) -> Floats:
    """(categories,): the share of those who could buy a category that did, with one more household that bought as much
    as the average one had before."""
    return np.asarray((learnt.bought.sum(axis=0) + earlier) / (learnt.could.sum(axis=0) + 1))


def _percent(values: Floats) -> Interval:
    return _interval(mean_estimate(100 * values))


def _interval(found: Estimate) -> Interval:
    return found.value, found.low, found.high
