"""Events of users who come and go, as a function of a seed and of elapsed time.

*Regulars* act for a while, fall silent until their windows are empty, and return with another interest. *Guests* are
new users; each acts some times and is erased later. So the numbers of users and of items have a steady state.
Some events are repeats, some are no JSON, and some have a text that nobody has sent before.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

KINDS = ("view", "search", "purchase")
THEMES = {
    "camping": ("tent", "sleeping bag", "gas stove", "head torch", "hiking boots", "water filter"),
    "baking": ("bread flour", "dry yeast", "cake tin", "vanilla sugar", "rolling pin", "sourdough starter"),
    "cycling": ("road bike tyre", "bicycle pump", "helmet", "chain oil", "cycling shorts", "bike light"),
    "gardening": ("tomato seeds", "potting soil", "pruning shears", "watering can", "rose bush", "garden gloves"),
    "music": ("guitar strings", "violin bow", "piano lessons", "drum sticks", "sheet music", "microphone stand"),
    "infants": ("nappies size 2", "baby formula", "pushchair", "cot mattress", "teething ring", "baby monitor"),
    "gaming": ("graphics card", "mechanical keyboard", "gaming chair", "console controller", "headset", "game key"),
    "coffee": ("espresso beans", "milk frother", "paper filters", "coffee grinder", "moka pot", "descaler"),
}
QUALITIES = ("cheap", "large", "red", "used", "organic", "light", "premium", "small", "new", "refurbished")
SHARE_NEW_TEXT, SHARE_GUEST, SHARE_REPEATED, SHARE_BROKEN = 0.005, 0.01, 0.01, 0.001
GUEST_EVENTS = 10

Event = tuple[bytes, bytes]


@dataclass(frozen=True)
class Rhythm:
    """Regulars take turns: in each period of `period_s`, each is active for `active_s`. Guests are erased `later_s`
    after their last event.
    """

    n_regulars: int = 10_000
    period_s: float = 900.0
    active_s: float = 180.0
    later_s: float = 120.0


class Churn:
    """A stream of events that goes on for as long as it is asked."""

    def __init__(self, rhythm: Rhythm, seed: int) -> None:
        self._rhythm, self._chance = rhythm, random.Random(seed)
        self._themes = list(THEMES)
        self._n_made = self._n_guests = 0
        self._guest_left = 0
        self._to_erase: deque[tuple[float, str]] = deque()
        self._last: Event = (b"", b"")

    def events(self, elapsed_s: float, now_ms: int, n: int) -> Iterator[Event]:
        """Yield the next `n` messages, with the time `now_ms` in each."""
        for _ in range(n):
            if self._to_erase and self._to_erase[0][0] <= elapsed_s:
                yield _erasure(self._to_erase.popleft()[1])
                continue
            drawn = self._chance.random()
            if self._n_made and drawn < SHARE_REPEATED:
                yield self._last
            elif drawn > 1 - SHARE_BROKEN:
                yield self._regular(elapsed_s).encode(), b'{"user_id": '
            else:
                yield self._event(elapsed_s, now_ms)

    def _event(self, elapsed_s: float, now_ms: int) -> Event:
        self._n_made += 1
        is_guest = self._chance.random() < SHARE_GUEST
        user = self._guest(elapsed_s) if is_guest else self._regular(elapsed_s)
        cycle = int(elapsed_s / self._rhythm.period_s)
        theme = self._themes[(int(user[1:]) + cycle // 2) % len(self._themes)]  # another one after two periods
        text = f"{self._chance.choice(QUALITIES)} {self._chance.choice(THEMES[theme])}"
        if self._chance.random() < SHARE_NEW_TEXT:
            text += f" model {self._n_made}"
        value = {"user_id": user, "id": str(self._n_made), "text": text, "timestamp": now_ms}
        self._last = user.encode(), msgspec.json.encode(value | {"kind": self._chance.choice(KINDS)})
        return self._last

    def _regular(self, elapsed_s: float) -> str:
        """Draw one of the users who are active now; the active ones move through all of them in a period."""
        rhythm = self._rhythm
        first = int(elapsed_s / rhythm.period_s * rhythm.n_regulars)
        n_active = max(1, int(rhythm.active_s / rhythm.period_s * rhythm.n_regulars))
        return f"r{(first + self._chance.randrange(n_active)) % rhythm.n_regulars}"

    def _guest(self, elapsed_s: float) -> str:
        if self._guest_left == 0:
            self._n_guests, self._guest_left = self._n_guests + 1, GUEST_EVENTS
        self._guest_left -= 1
        user = f"g{self._n_guests}"
        if self._guest_left == 0:
            self._to_erase.append((elapsed_s + self._rhythm.later_s, user))
        return user


def _erasure(user: str) -> Event:
    return user.encode(), msgspec.json.encode({"type": "erase", "userId": user})
