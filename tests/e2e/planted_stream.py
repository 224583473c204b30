"""A stream in which one group of users splits and another is born, so that its lineage is known.

day          0 ......... 5 ................ 18
readers      books
cooks        spices and pans, mixed ─┬─ 80 to spices
                                     └─ 60 to pans
gardeners    seeds
sailors                 from day 9 on: 60 new users, ropes
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from stream.core.policy import DAY_MS
from tests.e2e.scenario import Event

START_MS = 1_767_225_600_000  # 2026-01-01
N_DAYS = 20
PARTED_ON, BORN_ON = 5, 9
_A_DAY = 4  # events of each user a day
_STRAY = 0.1  # of all things are of any theme

THEMES = {
    "books": ("crime novel paperback", "poetry collection", "history of rome book", "science fiction trilogy",
              "childrens picture book", "biography hardcover", "reading lamp", "bookmark set"),
    "spices": ("smoked paprika", "cumin seeds", "vanilla pods", "black pepper corns", "cinnamon sticks",
               "curry powder mild", "sea salt flakes", "saffron threads"),
    "pans": ("cast iron skillet", "copper saucepan", "non stick frying pan", "wok with lid", "roasting tin",
             "stainless steel stock pot", "crepe pan", "dutch oven"),
    "seeds": ("tomato seedlings", "lawn fertilizer", "garden hose reel", "pruning shears", "tulip bulbs",
              "potting soil bag", "watering can", "rose bush"),
    "ropes": ("marine rope", "life jacket", "anchor chain", "sailing gloves", "navigation compass",
              "dinghy cover", "boat fender", "waterproof sail bag"),
}  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Users `first` to `last`: their interests before and after PARTED_ON, and the day `joins` of their first event."""

    first: int
    last: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    joins: int = 0


GROUPS = (
    Group(0, 150, ("books",), ("books",)),
    Group(150, 230, ("spices", "pans"), ("spices",)),
    Group(230, 290, ("spices", "pans"), ("pans",)),
    Group(290, 400, ("seeds",), ("seeds",)),
    Group(400, 460, ("ropes",), ("ropes",), joins=BORN_ON),
)


def events(seed: int = 0) -> Iterator[Event]:
    """Every event in the order of time; the same seed gives the same bytes."""
    rng = np.random.default_rng(seed)
    for day in range(N_DAYS):
        users = [(user, group) for group in GROUPS if day >= group.joins for user in range(group.first, group.last)]
        turns = [(*pair, turn) for turn in range(_A_DAY) for pair in users]
        for at, (user, group, turn) in enumerate(turns):
            themes = tuple(THEMES) if rng.random() < _STRAY else group.after if day >= PARTED_ON else group.before
            text = str(rng.choice(THEMES[str(rng.choice(themes))]))
            time_ms = START_MS + day * DAY_MS + at * (DAY_MS // len(turns))
            value = {"user_id": str(user), "id": f"{user}-{day}-{turn}", "text": text, "timestamp": time_ms}
            yield str(user).encode(), msgspec.json.encode(value | {"kind": "view"})
