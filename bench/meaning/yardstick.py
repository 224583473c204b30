"""The three scenarios of the yardstick: real texts, and made-up users who say them, by seed.

    interests  each user has one domain of texts: 70 % are from it, the rest from anywhere. Hours, weekends, amounts and
               activity are habits of the user that have nothing to do with the domain.
    rhythms    texts are from anywhere for everybody. Users are of four rhythms: office hours, evenings, weekends, and
               rare visits with large amounts.
    both       domain and rhythm, independent of each other. Both are the truth.

Activity is uneven as in life: 4 to 120 events a user, log-normal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bench.meaning.events import HOUR_MS, START_MS, Event, Planted, in_order
from bench.meaning.texts import requests_by
from stream.core.arrays import Ints
from stream.core.policy import DAY_MS

DOMAIN, RHYTHM = "domain", "rhythm"
OFFICE, EVENINGS, WEEKENDS, RARE = "office", "evenings", "weekends", "rare and large"
RHYTHMS = (OFFICE, EVENINGS, WEEKENDS, RARE)
OWN_SHARE = 0.7
KINDS, KIND_SHARES = ("view", "search", "purchase"), (0.5, 0.3, 0.2)

Facets = Literal["interests", "rhythms", "both"]


@dataclass(frozen=True)
class Size:
    """A number of users and days; only the first `n_domains` domains have users, and only their texts are used."""

    n_users: int = 2_400
    n_days: int = 60
    n_domains: int = 10


@dataclass(frozen=True)
class Habits:
    """Habits of a user: active hour, share of active days on weekends, and usual amount."""

    n_events: int
    hour: float
    weekend: float
    amount: float


def plant(facets: Facets, seed: int, size: Size) -> Planted:
    """Return the events of a scenario; the same arguments give the same bytes."""
    rng = np.random.default_rng(seed)
    domains = {name: requests_by("domain")[name] for name in sorted(requests_by("domain"))[: size.n_domains]}
    names, everything = list(domains), [text for texts in domains.values() for text in texts]
    days = np.arange(size.n_days)
    events: list[Event] = []
    truth: dict[str, dict[str, str]] = {}
    for number in range(size.n_users):
        user = f"u{number:05d}"
        domain = names[rng.integers(len(names))] if facets != "rhythms" else ""
        rhythm = RHYTHMS[rng.integers(len(RHYTHMS))] if facets != "interests" else ""
        truth[user] = {facet: group for facet, group in ((DOMAIN, domain), (RHYTHM, rhythm)) if group}
        habits = draw_habits(rhythm, rng)
        events.extend(events_of(user, habits, days, domains.get(domain, []), everything, rng))
    own_texts = {} if facets == "rhythms" else domains
    return Planted(in_order(events), truth, size.n_days, tuple(truth["u00000"]), own_texts)


def draw_habits(rhythm: str, rng: np.random.Generator) -> Habits:
    """Draw the habits of a user of a rhythm, "" for no rhythm."""
    n_events = int(np.clip(rng.lognormal(2.8, 0.8), 4, 120))
    if rhythm == RARE:
        n_events = int(rng.integers(4, 9))
    hour, weekend = rng.uniform(0, 24), rng.beta(2, 5)
    amount = rng.lognormal(3, 1) * (20 if rhythm == RARE else 1)
    hour = {OFFICE: 11, EVENINGS: 21}.get(rhythm, hour)
    weekend = {OFFICE: 0.02, WEEKENDS: 0.9}.get(rhythm, weekend)
    return Habits(n_events, hour, weekend, amount)


def events_of(
    user: str, habits: Habits, days: Ints, own: Sequence[str], everything: Sequence[str], rng: np.random.Generator
) -> Iterator[Event]:
    """Yield the events of a user on some of `days`, in no order; `own` is empty for a user without a domain."""
    weight = np.where(days % 7 >= 5, habits.weekend / 2, (1 - habits.weekend) / 5)
    for day in rng.choice(days, size=habits.n_events, p=weight / weight.sum()):
        when = START_MS + int(day) * DAY_MS + int((rng.normal(habits.hour, 1.5) % 24) * HOUR_MS)
        pool = own if own and rng.random() < OWN_SHARE else everything
        kind = KINDS[rng.choice(len(KINDS), p=KIND_SHARES)]
        text = pool[int(rng.integers(len(pool)))]
        amount = round(float(habits.amount * rng.lognormal(0, 0.3)), 2) if kind == "purchase" else 0
        yield Event(user, when, kind, text, amount)
