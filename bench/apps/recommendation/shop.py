"""The application over the records of a deployment: what it learns, and what the judged users bought after.

It learns from training households at the start of the last horizon and at its end. Judged users come after the last
fit, so nothing is learnt from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from apps.methods.population import Population
from apps.methods.ranker import FEATURES, OTHERS, OWN, SEGMENT, VECTOR, of_segment
from apps.methods.shoppers import Sheet
from apps.recommendation import Recommendation
from apps.settings import RecommendationSettings
from bench.apps.published import Published
from bench.apps.recommendation.catalogue import category_of
from bench.apps.recommendation.households import HORIZON_MS, Purchases, Seen
from stream.core.arrays import Floats, Ints

APPLICATION, WITHOUT_SEGUE = "application", "ranker without Segue"
RANKERS = {
    "ranker on the profile alone": ("popular", *VECTOR),
    WITHOUT_SEGUE: OWN + OTHERS,
    "ranker with the segment": OWN + OTHERS + SEGMENT,
    "ranker with the profile": OWN + OTHERS + VECTOR,
    APPLICATION: FEATURES,
}


@dataclass(frozen=True)
class Shop:
    """Rankers by name, and the judged users by purchases seen (0: all): what is known, and what they bought after."""

    rankers: Mapping[str, Recommendation]
    population: Population
    sheets: Mapping[int, Sheet]
    outcomes: Mapping[int, Floats]

    def methods(self) -> Mapping[str, Callable[[Sheet], Floats]]:
        """Return the scores of the methods that know segment or profile, and of the ranker without them."""
        return {
            "segment id alone": lambda sheet: of_segment(self.population, sheet),
            **{name: self._ranked(name) for name in self.rankers},
        }

    def _ranked(self, name: str) -> Callable[[Sheet], Floats]:
        return lambda sheet: self.rankers[name].ranker.probabilities(self.population, sheet)


def learnt(made: Purchases, seen: Seen, then: Published, now: Published) -> Shop:
    """Return the shop at `now`, after fits to the horizon since `then`."""
    rankers = {
        name: Recommendation(RecommendationSettings(), category_of().__getitem__, RANKERS[name]) for name in RANKERS
    }
    first = rankers[APPLICATION]
    for each in rankers.values():
        each.shoppers = first.shoppers
    for published, start_ms in ((then, 0), (now, then.time_ms)):
        _feed(first, made, seen.learnt, published, start_ms)
        for each in rankers.values():
            each.learn(published.time_ms)
    population = first.population
    if population is None:
        raise ValueError(f"no purchase in the {HORIZON_MS} ms before {now.time_ms}")
    sheets, outcomes = {}, {}
    for n_seen, households in seen.judged.items():
        users = seen.judged_users(n_seen)
        _feed(first, made, users, now, 0)
        sheets[n_seen] = population.sheet_of({user: first.shoppers[user] for user in users}, now.time_ms)
        outcomes[n_seen] = bought(made, population, list(households), now.time_ms)
    return Shop(rankers, population, sheets, outcomes)


def bought(made: Purchases, population: Population, households: list[int], now_ms: int) -> Floats:
    """Return the categories that households bought in the horizon after `now_ms`, (n, n_categories) as 0 or 1."""
    rows, found = made.rows_of(now_ms, now_ms + HORIZON_MS), np.zeros((len(households), len(population.categories)))
    for at, household in enumerate(households):
        for row in rows.get(household, ()):
            column = population.index.get(category_of()[made.texts[row]])
            if column is not None:
                found[at, column] = 1.0
    return found


def _feed(app: Recommendation, made: Purchases, users: Mapping[str, Ints], published: Published, start_ms: int) -> None:
    """Give the application the events since `start_ms`, and the newest records of the users."""
    for event in made.events(users, start_ms, published.time_ms):
        app.on_event(event)
    for user in users:
        if user in published.segments:
            app.on_segment(published.segments[user])
        if user in published.profiles:
            app.on_profile(published.profiles[user])
