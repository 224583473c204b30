"""Warm-ups without spread: scripted users before real ones, and users who are all the same."""

from __future__ import annotations

import numpy as np

from bench.meaning.events import HOUR_MS, START_MS, Event, Planted, in_order
from bench.meaning.texts import requests_by
from stream.core.policy import DAY_MS

INTEREST = "interest"
SCRIPT = "is the service up"
INTERESTS = ("banking", "kitchen_and_dining")
N_SCRIPTED, SCRIPTED_DAYS = 60, 20
N_PEOPLE, PEOPLE_DAYS = 120, 40
IDENTICAL_DAYS = 45
_HOURS = (9, 15)  # of the events of a day


def plant_scripted(seed: int) -> Planted:
    """Return 60 users with equal events for 20 days, a group of their own, then 120 users of two clear interests."""
    rng = np.random.default_rng(seed)
    scripted = [f"s{number:05d}" for number in range(N_SCRIPTED)]
    events = [_equal(user, day, hour) for user in scripted for day in range(SCRIPTED_DAYS) for hour in _HOURS]
    truth = {user: {INTEREST: SCRIPT} for user in scripted}
    for number in range(N_PEOPLE):
        user, interest = f"u{number:05d}", INTERESTS[number % len(INTERESTS)]
        truth[user] = {INTEREST: interest}
        texts, hour = requests_by("domain")[interest], rng.uniform(0, 24)
        for day in rng.choice(PEOPLE_DAYS, size=int(rng.integers(20, 60))):
            when = START_MS + (SCRIPTED_DAYS + int(day)) * DAY_MS + int((rng.normal(hour, 1.5) % 24) * HOUR_MS)
            events.append(Event(user, when, "view", texts[rng.integers(len(texts))], 0))
    return Planted(in_order(events), truth, SCRIPTED_DAYS + PEOPLE_DAYS, (INTEREST,))


def plant_identical(seed: int) -> Planted:
    """Return 120 users who say the same at the same times, for 45 days: two requests a day of one domain."""
    rng = np.random.default_rng(seed)
    texts = requests_by("domain")[INTERESTS[0]]
    said = [(day, hour, texts[int(rng.integers(len(texts)))]) for day in range(IDENTICAL_DAYS) for hour in _HOURS]
    users = [f"u{number:05d}" for number in range(N_PEOPLE)]
    events = [_equal(user, day, hour, text) for user in users for day, hour, text in said]
    truth = {user: {INTEREST: INTERESTS[0]} for user in users}
    return Planted(in_order(events), truth, IDENTICAL_DAYS, (INTEREST,))


def _equal(user: str, day: int, hour: int, text: str = SCRIPT) -> Event:
    return Event(user, START_MS + day * DAY_MS + hour * HOUR_MS, "view", text, 0)
