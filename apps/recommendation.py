"""Recommendation: what a user buys next, and what for the first time; said anew when the user's segment changes.

A ranker weighs the user's own purchases, those of users who bought alike, and what Segue knows: segment and semantic
half. It is fitted when a horizon is over, on what users bought in it. An item is the text of an event up to its first
comma, or what a catalogue says of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from apps.app import Action, App
from apps.methods.population import Population, population_of
from apps.methods.ranker import FEATURES, Ranker, fitted, untrained, why
from apps.methods.shoppers import Sheet, Shopper
from apps.settings import RecommendationSettings
from stream.core.arrays import Floats
from stream.core.event import Event
from stream.core.policy import DAY_MS
from stream.wire.changes import SegmentChange, change_id
from stream.wire.memberships import UserSegment
from stream.wire.profiles import UserProfile
from stream.wire.topics import SEGMENT_CHANGES, USER_EVENTS, USER_PROFILES, USER_SEGMENTS

_N_FITTED = 1_000  # users of a fit: more change the third digit only, and a fit must not hold up actions


def first_words(text: str) -> str:
    """Return the text up to its first comma.

    >>> first_words("Bottled soft drinks, 2 liter")
    'Bottled soft drinks'
    """
    return text.partition(",")[0].strip()


class Recommendation(App):
    """An application that recommends items. Time is the newest event's."""

    topics = (USER_EVENTS, USER_SEGMENTS, USER_PROFILES, SEGMENT_CHANGES)

    def __init__(
        self,
        settings: RecommendationSettings,
        item_of: Callable[[str], str] = first_words,
        features: tuple[str, ...] = FEATURES,
    ) -> None:
        self.settings, self.item_of = settings, item_of
        self.shoppers: dict[str, Shopper] = {}
        self.ranker: Ranker = untrained(features)
        self.population: Population | None = None
        self._earlier: Population | None = None  # of the start of the horizon that the next fit is about
        self._changes: dict[str, SegmentChange] = {}
        self._now_ms = 0

    def on_event(self, event: Event) -> Iterable[Action]:
        """Keep a purchase."""
        item = self.item_of(event.text) if event.kind == self.settings.recommendation_kind else ""
        if item:
            self._shopper(event.user).add(item, event.time_ms)
            self._now_ms = max(self._now_ms, event.time_ms)
        return ()

    def on_segment(self, record: UserSegment) -> Iterable[Action]:
        """Keep the user's segment."""
        self._shopper(record.user).segment = record.segment.id
        return ()

    def on_profile(self, record: UserProfile) -> Iterable[Action]:
        """Keep the user's semantic half."""
        shopper = self._shopper(record.user)
        shopper.semantic, shopper.profile_ms = record.semantic, record.time_ms
        return ()

    def on_change(self, change: SegmentChange) -> Iterable[Action]:
        """Note the change: its profile is in the same transaction, and may come next."""
        self._shopper(change.user).segment = change.to.id
        self._changes[change.user] = change
        return ()

    def on_idle(self) -> Iterator[Action]:
        """Yield a recommendation for each user whose segment changed; learn when a day is over."""
        changes, self._changes = self._changes, {}
        if self.population is not None:
            yield from (self._action(self.population, change) for change in changes.values())
        if self._now_ms and (self.population is None or self._now_ms >= self.population.time_ms + DAY_MS):
            self.learn(self._now_ms)

    def forget(self, user: str) -> None:
        """Drop the user, as a neighbour of others too."""
        self.shoppers.pop(user, None)
        self._changes.pop(user, None)
        self.population = self.population and self.population.without(user)
        self._earlier = self._earlier and self._earlier.without(user)

    def learn(self, now_ms: int) -> None:
        """Take the population of now, and fit the ranker if a horizon is over.

        Only purchases are known of a time before the start: segments and profiles are what became of the users.
        """
        horizon_ms = self.settings.recommendation_horizon_ms
        if self._earlier is None:
            past = population_of(self.shoppers, now_ms - horizon_ms, horizon_ms)
            self._fit(past and past.of_purchases_alone())
        elif now_ms >= self._earlier.time_ms + horizon_ms:
            self._fit(self._earlier)
            self._earlier = None
        self.population = population_of(self.shoppers, now_ms, horizon_ms)
        self._earlier = self._earlier or self.population

    def _fit(self, then: Population | None) -> None:
        if then is not None:
            chosen = np.random.default_rng(0).permutation(len(then.sheet.users))[:_N_FITTED]
            sheet = then.sheet.rows(chosen.tolist())
            self.ranker = fitted(then, sheet, then.bought_since(self.shoppers, sheet.users), self.ranker.names)

    def probabilities(self, population: Population, users: Sequence[str], now_ms: int) -> tuple[Floats, Sheet]:
        """Return the probability that each user buys each item within the horizon, and what is known of the users."""
        sheet = population.sheet_of({user: self._shopper(user) for user in users}, now_ms)
        return self.ranker.probabilities(population, sheet), sheet

    def _action(self, population: Population, change: SegmentChange) -> Action:
        user = change.user
        likely, sheet = self.probabilities(population, [user], self._now_ms)
        best = np.argsort(-likely[0], kind="stable").tolist()
        new = [at for at in best if not sheet.days[0, at]]
        n = self.settings.recommendation_items

        def item(at: int) -> dict[str, Any]:
            probability = round(float(likely[0, at]), 4)
            return {"item": population.categories[at], "probability": probability, "why": why(population, sheet, at)}

        return {
            "app": "recommendation",
            "time_ms": change.decision_time_ms,
            "user": user,
            "reason": f"the user {change.summary}",
            "segment": change.to.id,
            "change": change_id(user, change.sequence, change.decision_time_ms),
            "profile_ms": self._shopper(user).profile_ms,
            "items": [item(at) for at in best[:n]],
            "new": [item(at) for at in new[:n]],
        }

    def _shopper(self, user: str) -> Shopper:
        return self.shoppers.setdefault(user, Shopper())
