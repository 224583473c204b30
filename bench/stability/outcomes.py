"""What households bought before a date and after it, as tables of categories.

Who is judged, who may be learnt from, the date, the weeks after it and the categories are those of `bench.quality`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.quality.estimates import Floats
from bench.quality.purchases import Bought
from bench.quality.split import Split, load_split
from export.texts import BEFORE, demo_events


@dataclass(frozen=True)
class Purchases:
    """(n, categories): what each household bought, and what it could buy."""

    bought: Bought
    could: Bought

    def of(self, chosen: NDArray[np.bool_]) -> Purchases:
        """Those of some households."""
        return Purchases(self.bought[chosen], self.could[chosen])


@dataclass(frozen=True)
class Outcome:
    """Of the test and of the training households, after the date.

    `earlier (categories,)`: the share of the training households that had bought a category before it. It orders rare
    categories that equally many bought since; without it any noise in a score looks like knowledge.
    """

    test: Purchases
    training: Purchases
    earlier: Floats


def split_of(households: Collection[int]) -> Split:
    """The split of the yardstick, of these households only."""
    split = load_split()
    return replace(
        split,
        test={number: household for number, household in split.test.items() if number in households},
        training={number: household for number, household in split.training.items() if number in households},
    )


def outcomes(split: Split) -> tuple[Outcome, Outcome]:
    """Everything that was bought soon after the date; and of it the categories that were new to the household, which
    had never bought them before, since January."""
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
    """Categories by household."""
    events = demo_events()
    earlier = events[events.transaction_timestamp < BEFORE]
    return {int(number): set(bought) for number, bought in earlier.groupby("household_id").product_category}


def _table(bought: Iterable[Collection[str]], categories: list[str]) -> Bought:
    return np.array([[category in each for category in categories] for each in bought])
