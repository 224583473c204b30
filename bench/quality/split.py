"""Households of The Complete Journey with enough events on both sides of the date, by what they may be used for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from export.texts import (
    BEFORE,
    TEST_BUCKETS,
    TRAINING_BUCKETS,
    bucket,
    demo_events,
    demographics,
    of_buckets,
    training_events,
)

N_EVENTS = 50  # of one profile
SOON = "2017-10-31"  # 30 days after BEFORE
UNSEEN_OF = 5  # one text in five is left out of training where an encoder is to be judged on new texts

Texts = list[str]


@dataclass(frozen=True)
class Household:
    """The last N_EVENTS texts before BEFORE and of all after it, and the categories bought from BEFORE to SOON."""

    before: Texts
    after: Texts
    soon: frozenset[str]


@dataclass(frozen=True)
class Split:
    """Households by number, in order; `histories` holds every training household's texts before BEFORE."""

    test: dict[int, Household]
    training: dict[int, Household]
    histories: list[Texts]
    demographics: Any  # a pandas frame by household

    def training_texts(self) -> Texts:
        """Distinct and sorted: what may be fitted on."""
        return sorted({text for history in self.histories for text in history})

    def texts(self) -> Texts:
        """Distinct and sorted: all that a score needs vectors of."""
        households = [*self.test.values(), *self.training.values()]
        return sorted({text for h in households for text in (*h.before, *h.after)} | set(self.training_texts()))


def load_split() -> Split:
    """Some seconds; needs the extra `demo`."""
    events = demo_events()
    by_household = training_events(events).groupby("household_id", sort=True)
    return Split(
        test=_households(events, TEST_BUCKETS),
        training=_households(events, TRAINING_BUCKETS),
        histories=[history.text.tolist() for _, history in by_household],
        demographics=demographics(),
    )


def unseen(text: str) -> bool:
    """Whether `text` is one of those that a training for new texts leaves out."""
    return bucket(text, UNSEEN_OF) == 0


def _households(events: Any, buckets: Collection[int]) -> dict[int, Household]:
    chosen = of_buckets(events, buckets)
    late = chosen.transaction_timestamp >= BEFORE
    soon = chosen[late & (chosen.transaction_timestamp < SOON)]
    before, after = _by_household(chosen[~late], "text"), _by_household(chosen[late], "text")
    categories = _by_household(soon, "product_category")
    return {
        number: Household(before[number][-N_EVENTS:], after[number][-N_EVENTS:], frozenset(categories.get(number, [])))
        for number in sorted(before.keys() & after.keys())
        if min(len(before[number]), len(after[number])) >= N_EVENTS
    }


def _by_household(events: Any, column: str) -> dict[int, list[str]]:
    return {int(number): values.tolist() for number, values in events.groupby("household_id")[column]}
