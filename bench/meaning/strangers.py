"""Strangers: late users unlike anybody, in the scenario `interests`, and the share of them that is found.

A stranger's texts are products of a grocer among the requests of all others. A stranger is found while called unknown,
or in a segment of which strangers are half or more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from bench.meaning.events import START_MS, Event, Planted, in_order
from bench.meaning.scores import share
from bench.meaning.texts import products_by_category
from bench.meaning.yardstick import Size, draw_habits, events_of, plant
from bench.stability.timeline import NOWHERE, Timeline, segment_before
from stream.core.policy import DAY_MS
from stream.core.reserved import UNKNOWN

SHARE = 0.02  # of all users
BEGIN, BEGIN_DAYS = 2 / 3, 7  # strangers begin in the week after this part of the days
ITEMS = 3  # events before a user gets a segment by default


@dataclass(frozen=True)
class Found:
    """Strangers found some days after their third event; `n_strangers` had it early enough.

    `false_unknown` is the share of unknown among the other users with an answer at the same moments.
    """

    days: int
    n_strangers: int
    recall: float
    false_unknown: float


def plant_strangers(seed: int, size: Size) -> Planted:
    """Return `interests` with strangers added; the events of all others are those of `interests`."""
    known = plant("interests", seed, size)
    rng = np.random.default_rng([seed, 1])
    products = [text for texts in products_by_category().values() for text in texts]
    begin = int(BEGIN * size.n_days)
    events: list[Event] = []
    strangers = [f"x{number:05d}" for number in range(round(SHARE * size.n_users / (1 - SHARE)))]
    for user in strangers:
        days = np.arange(begin + rng.integers(BEGIN_DAYS), size.n_days)
        habits = replace(draw_habits("", rng), n_events=int(np.clip(rng.lognormal(2.8, 0.5), 6, 60)))
        events.extend(events_of(user, habits, days, products, products, rng))
    return replace(known, events=in_order([*known.events, *events]), strangers=frozenset(strangers))


def found(planted: Planted, timelines: Mapping[str, Timeline], days: int) -> Found:
    """Look at each stranger and all other users `days` days after the stranger's third event."""
    times = defaultdict[str, list[int]](list)
    for event in planted.events:
        if event.user_id in planted.strangers:
            times[event.user_id].append(event.timestamp)
    moments = {user: each[ITEMS - 1] + days * DAY_MS for user, each in times.items() if len(each) >= ITEMS}
    in_time = {user: at_ms for user, at_ms in moments.items() if at_ms <= START_MS + planted.n_days * DAY_MS}
    flags, false_unknown = [], []
    for user, at_ms in in_time.items():
        said = {each: segment_before(timeline, at_ms + 1) for each, timeline in timelines.items()}
        flags.append(_is_found(said.get(user, ""), said, planted.strangers))
        known = [segment for each, segment in said.items() if each not in planted.strangers and segment not in NOWHERE]
        false_unknown.append(share([segment == UNKNOWN for segment in known]))
    return Found(days, len(in_time), share(flags), float(np.mean(false_unknown)) if false_unknown else 0.0)


def _is_found(segment: str, said: Mapping[str, str], strangers: frozenset[str]) -> bool:
    if segment == UNKNOWN:
        return True
    members = Counter(user in strangers for user, each in said.items() if each == segment)
    return segment != "" and segment not in NOWHERE and members[True] >= members[False]
