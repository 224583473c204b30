"""Test and training households of The Complete Journey with enough events before and after the date."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from export.presets.completejourney import (
    BEFORE,
    TEST_BUCKETS,
    TRAINING_BUCKETS,
    bucket,
    demo_events,
    demographics,
    of_buckets,
    training_events,
)
from stream.files.product_texts import ProductText, in_words

N_EVENTS = 50  # of one profile
SOON = "2017-10-31"  # 30 days after BEFORE
UNSEEN_OF = 5  # one text in five is left out of a training whose encoder is scored on new texts

Texts = list[str]


@dataclass(frozen=True)
class Household:
    """A household: its last N_EVENTS texts before and after BEFORE, and the categories bought from BEFORE to SOON."""

    before: Texts
    after: Texts
    soon: frozenset[str]


@dataclass(frozen=True)
class Split:
    """Households by number, in order; `histories` holds the texts of each training household before BEFORE."""

    test: dict[int, Household]
    training: dict[int, Household]
    histories: list[Texts]
    demographics: Any  # a pandas frame by household

    def training_texts(self) -> Texts:
        """Return the distinct texts to fit on, sorted."""
        return sorted({text for history in self.histories for text in history})

    def texts(self) -> Texts:
        """Return the distinct texts that scores need vectors of, sorted."""
        households = [*self.test.values(), *self.training.values()]
        return sorted({text for h in households for text in (*h.before, *h.after)} | set(self.training_texts()))


def load_split(text_of: ProductText = in_words) -> Split:
    """Load the split in some seconds, with `text_of` a product as its text; needs the extra `demo`."""
    events = demo_events(text_of)
    by_household = training_events(events).groupby("household_id", sort=True)
    return Split(
        test=_households(events, TEST_BUCKETS),
        training=_households(events, TRAINING_BUCKETS),
        histories=[history.text.tolist() for _, history in by_household],
        demographics=demographics(),
    )


def unseen(text: str) -> bool:
    """Return True if a training for new texts leaves `text` out."""
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
