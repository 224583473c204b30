"""Purchases of households before and after a date, as tables of categories.

Test and training households, the date, the weeks after it and the categories are those of `bench.quality`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.quality.purchases import Bought
from bench.quality.split import Split, load_split
from export.presets.completejourney import BEFORE, demo_events
from stream.core.arrays import Floats
from stream.files.product_texts import in_words


@dataclass(frozen=True)
class Purchases:
    """Tables `(n, categories)` of the categories that each household bought, and could buy."""

    bought: Bought
    could: Bought

    def of(self, chosen: NDArray[np.bool_]) -> Purchases:
        """Return the rows of some households."""
        return Purchases(self.bought[chosen], self.could[chosen])


@dataclass(frozen=True)
class Outcome:
    """Purchases of test and training households after the date.

    `earlier (categories,)` is the share of training households that bought a category before the date. It orders
    categories with equal counts since then: ties broken by noise would look like knowledge.
    """

    test: Purchases
    training: Purchases
    earlier: Floats


def split_of(households: Collection[int]) -> Split:
    """Return the split of `bench.quality` with these households only."""
    split = load_split()
    return replace(
        split,
        test={number: household for number, household in split.test.items() if number in households},
        training={number: household for number, household in split.training.items() if number in households},
    )


def outcomes(split: Split) -> tuple[Outcome, Outcome]:
    """Return all purchases soon after the date, and those of categories not bought before since January."""
    sides = split.test, split.training
    categories = sorted({category for side in sides for household in side.values() for category in household.soon})
    before = _bought_before()
    test, training = (_table([household.soon for household in side.values()], categories) for side in sides)
    new_test, new_training = (~_table([before[number] for number in side], categories) for side in sides)
    earlier = 1 - new_training.mean(axis=0)
    return (
        Outcome(Purchases(test, np.ones_like(test)), Purchases(training, np.ones_like(training)), earlier),
        Outcome(Purchases(test & new_test, new_test), Purchases(training & new_training, new_training), earlier),
    )


def _bought_before() -> dict[int, set[str]]:
    """Return the categories bought before the date, by household."""
    events = demo_events(in_words)
    earlier = events[events.transaction_timestamp < BEFORE]
    return {int(number): set(bought) for number, bought in earlier.groupby("household_id").product_category}


def _table(bought: Iterable[Collection[str]], categories: list[str]) -> Bought:
    return np.array([[category in each for category in categories] for each in bought])
