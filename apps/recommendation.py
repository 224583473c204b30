"""Recommendation: what a user buys next, and what for the first time; said anew when the user's segment changes.

A ranker weighs the user's own purchases, those of users who bought alike, and what Segue knows: segment and semantic
half. It is fitted when a horizon is over, on what users bought in it. An item is the text of an event up to its first
comma, or what a catalogue says of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from apps.app import Action, App
from apps.methods.population import Population, population_of
from apps.methods.ranker import FEATURES, Names, Ranker, fitted, untrained, why
from apps.methods.shoppers import Shopper, first_words
from apps.settings import RecommendationSettings
from stream.core.event import Event
from stream.core.policy import DAY_MS
from stream.wire.changes import SegmentChange, change_id
from stream.wire.memberships import UserSegment
from stream.wire.profiles import UserProfile
from stream.wire.topics import SEGMENT_CHANGES, USER_EVENTS, USER_PROFILES, USER_SEGMENTS

_N_FITTED = 1_000  # users of a fit: more change the third digit only, and a fit must not hold up actions
_N_WAITS = 3  # polls that a change may wait for its profile


class Recommendation(App):
    """An application that recommends items. Time is the newest event's."""

    topics = (USER_EVENTS, USER_SEGMENTS, USER_PROFILES, SEGMENT_CHANGES)

    def __init__(
        self, settings: RecommendationSettings, item_of: Callable[[str], str] = first_words, names: Names = FEATURES
    ) -> None:
        self.settings, self.item_of = settings, item_of
        self.shoppers: dict[str, Shopper] = {}
        self.ranker: Ranker = untrained(names)
        self.population: Population | None = None
        self._earlier: Population | None = None  # of the start of the horizon that the next fit is about
        self._changes: dict[str, tuple[SegmentChange, int]] = {}
        self._now_ms = 0
        self._n_learnt = 0  # users when it last learnt

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
        """Note the change: its profile is in the same transaction, and may be read after it."""
        self._shopper(change.user).segment = change.to.id
        self._changes[change.user] = (change, _N_WAITS)
        return ()

    def on_idle(self) -> Iterator[Action]:
        """Yield a recommendation for each user whose segment changed; learn when a day is over."""
        if self.population is None:  # nothing is learnt yet, and the past leads to no action
            self._changes.clear()
        else:
            yield from self._actions(self.population)
        day_over = self.population is None or self._now_ms >= self.population.time_ms + DAY_MS
        if self._now_ms and (day_over or len(self.shoppers) >= 2 * self._n_learnt):
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
        if len(self.shoppers) >= 2 * self._n_learnt:  # few users teach little: begin the horizon anew
            self._earlier = None
        self._n_learnt = len(self.shoppers)
        self.population = population_of(self.shoppers, now_ms, horizon_ms)
        self._earlier = self._earlier or self.population

    def _fit(self, then: Population | None) -> None:
        if then is not None:
            chosen = np.random.default_rng(0).permutation(len(then.sheet.users))[:_N_FITTED]
            sheet = then.sheet.rows(chosen.tolist())
            self.ranker = fitted(then, sheet, then.bought_since(self.shoppers, sheet.users), self.ranker.names)

    def _actions(self, population: Population) -> Iterator[Action]:
        for user, (change, n_waits) in [*self._changes.items()]:
            if n_waits and (self._shopper(user).profile_ms or 0) < change.decision_time_ms:
                self._changes[user] = (change, n_waits - 1)
            else:
                del self._changes[user]
                yield self._action(population, change)

    def _action(self, population: Population, change: SegmentChange) -> Action:
        user = change.user
        sheet = population.sheet_of({user: self._shopper(user)}, self._now_ms)
        likely = self.ranker.probabilities(population, sheet)[0]
        best = np.argsort(-likely, kind="stable").tolist()
        new = [at for at in best if not sheet.days[0, at]]
        n = self.settings.recommendation_items

        def item(at: int) -> dict[str, Any]:
            probability = round(float(likely[at]), 4)
            return {"item": population.categories[at], "probability": probability, "why": why(population, sheet, at)}

        return {
            "app": "recommendation",
            "time_ms": change.decision_time_ms,
            "user": user,
            "do": f"offer {', '.join(population.categories[at] for at in best[:n][:3])}",
            "reason": change.summary,
            "segment": change.to.id,
            "change": change_id(user, change.sequence, change.decision_time_ms),
            "profile_ms": self._shopper(user).profile_ms,
            "items": [item(at) for at in best[:n]],
            "new": [item(at) for at in new[:n]],
        }

    def _shopper(self, user: str) -> Shopper:
        return self.shoppers.setdefault(user, Shopper())
