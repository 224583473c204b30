"""A scenario as far from the yardstick as we could think of: a small shop with a long tail of interests.

    texts     no sentences: product names in capitals, with abbreviations and package sizes that all groups share
    groups    14, from 40 % of the users to 1 %, which is six users
    interest  two a user, of unequal strength; the second one gains on the first until the end
    users     600, who join all the time and buy in a few baskets, so that windows fill slowly
    amounts   depend on the main interest, and kinds include one that has no feature of its own
    hours     evenings and mornings of three time zones

The truth is the main interest, the larger one in every user's events.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bench.meaning.events import HOUR_MS, START_MS, Event, Planted, in_order
from bench.meaning.texts import products_by_category
from stream.core.policy import DAY_MS

MAIN = "main interest"
SHARES = {
    "SOFT DRINKS": 0.4,
    "BEEF": 0.15,
    "MAKEUP AND TREATMENT": 0.1,
    "HARDWARE SUPPLIES": 0.08,
    "CANDY - PACKAGED": 0.06,
    "MAGAZINE": 0.05,
    "HISPANIC": 0.04,
    "LIQUOR": 0.03,
    "FLORAL-FRESH CUT": 0.025,
    "TOYS AND GAMES": 0.02,
    "STATIONERY & SCHOOL SUPPLIES": 0.015,
    "SEAFOOD - FROZEN": 0.01,
    "VITAMINS": 0.01,
    "PET CARE SUPPLIES": 0.01,
}
N_USERS, N_DAYS, LAST_JOIN_DAY = 600, 60, 50
AT_START, AT_END = (0.7, 0.1), (0.5, 0.35)  # shares of the main and the second interest; the rest is from anywhere
DAYS_BETWEEN_BASKETS = 5.0
ZONES_H = (-8, 0, 9)
KINDS, KIND_SHARES = ("purchase", "view", "return"), (0.6, 0.35, 0.05)
_MINUTE_MS = 60_000


def plant_long_tail(seed: int) -> Planted:
    """Return the events of the scenario; the same seed gives the same bytes."""
    rng = np.random.default_rng(seed)
    groups, shares = list(SHARES), np.array(list(SHARES.values()))
    texts = products_by_category()
    everything = [text for group in groups for text in texts[group]]
    events: list[Event] = []
    truth = {}
    for number in range(N_USERS):
        user = f"u{number:05d}"
        main, second = rng.choice(len(groups), size=2, replace=False, p=shares)
        truth[user] = {MAIN: groups[main]}
        pools = (texts[groups[main]], texts[groups[second]], everything)
        events.extend(_baskets(user, pools, 4.0 * 1.4 ** int(main), rng))
    return Planted(in_order(events), truth, N_DAYS, (MAIN,), {group: texts[group] for group in groups})


def _baskets(user: str, pools: Sequence[Sequence[str]], price: float, rng: np.random.Generator) -> Iterator[Event]:
    """Yield the events of a user, basket by basket; `price` is the usual amount of the main interest."""
    joined, zone, hour = rng.uniform(0, LAST_JOIN_DAY), ZONES_H[rng.integers(len(ZONES_H))], rng.choice([8, 20])
    day = joined
    while day < N_DAYS:
        progress = (day - joined) / (N_DAYS - joined)
        local = (rng.normal(hour, 1.5) - zone) % 24
        at_ms = START_MS + int(day) * DAY_MS + int(local * HOUR_MS)
        for item in range(1 + int(rng.geometric(0.4))):
            text = _text(pools, progress, rng)
            kind = KINDS[rng.choice(len(KINDS), p=KIND_SHARES)]
            amount = round(float(price * rng.lognormal(0, 0.5)), 2) if kind != "view" else 0
            yield Event(user, at_ms + item * _MINUTE_MS, kind, text, amount)
        day += rng.exponential(DAYS_BETWEEN_BASKETS)


def _text(pools: Sequence[Sequence[str]], progress: float, rng: np.random.Generator) -> str:
    main, second = (start + progress * (end - start) for start, end in zip(AT_START, AT_END, strict=True))
    pool = pools[rng.choice(3, p=(main, second, 1 - main - second))]
    return pool[int(rng.integers(len(pool)))]
