"""Households of The Complete Journey as users of a recommender: some known for months, some for a few purchases.

Households of training are seen with all purchases. Those of two buckets join late: before the month of the fit only
their last 3, 5 or 10 purchases are seen. A judged household is seen as itself, and again as three users with only its
last 3, 5 and 10 purchases. An item is a category of the shop.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from bench.apps.purchase import read_purchase
from export.presets.completejourney import TRAINING_BUCKETS, bucket
from stream.core.arrays import Ints
from stream.core.event import Event
from stream.core.policy import DAY_MS
from stream.files.complete_journey import START_MS, purchases

FIRSTS = (3, 5, 10)  # purchases of a household that has just joined
LATE_BUCKETS = (8, 9)  # of training: households that join late
HORIZON_MS = 30 * DAY_MS
KIND = "purchase"


_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True)
class Purchases:
    """Purchases in time order as messages, with `household (n,)`, `time_ms (n,)` and texts."""

    messages: tuple[tuple[bytes, bytes], ...]
    household: Ints
    time_ms: Ints
    texts: tuple[str, ...]

    def rows_of(self, start_ms: int, end_ms: int) -> dict[int, Ints]:
        """Return the rows in `[start_ms, end_ms)` by household."""
        low, high = np.searchsorted(self.time_ms, (start_ms, end_ms))
        order = np.argsort(self.household[low:high], kind="stable")
        names, starts = np.unique(self.household[low:high][order], return_index=True)
        return dict(zip(names.tolist(), np.split(order + low, starts[1:]), strict=True))

    def events(self, users: Mapping[str, Ints], start_ms: int, end_ms: int) -> Iterator[Event]:
        """Yield the purchases of users in `[start_ms, end_ms)`, user by user."""
        low, high = np.searchsorted(self.time_ms, (start_ms, end_ms))
        for user, rows in users.items():
            for row in rows[(rows >= low) & (rows < high)].tolist():
                yield Event(user, str(row), KIND, int(self.time_ms[row]), self.texts[row])


@dataclass(frozen=True)
class Seen:
    """Rows of the purchases that a recommender sees at `now_ms`.

    `learnt` has those of training by user. `judged` has them by purchases seen (0: all), then by household.
    """

    now_ms: int
    learnt: Mapping[str, Ints]
    judged: Mapping[int, Mapping[int, Ints]]

    def users(self) -> dict[str, Ints]:
        """Return the rows of every user."""
        return {**self.learnt, **{user: rows for n in self.judged for user, rows in self.judged_users(n).items()}}

    def judged_users(self, n_seen: int) -> dict[str, Ints]:
        """Return the rows of the judged users with so many purchases (0: all)."""
        return {named(each, n_seen): rows for each, rows in self.judged[n_seen].items()}


def purchases_until(end_ms: int, households: Collection[int]) -> Purchases:
    """Return the purchases of these households before `end_ms`."""
    messages = tuple(purchases(START_MS, end_ms, households))
    read = [read_purchase(value) for _, value in messages]
    household = np.array([int(each.user_id) for each in read], np.int64)
    time_ms = np.array([each.timestamp for each in read], np.int64)
    return Purchases(messages, household, time_ms, tuple(each.text for each in read))


def seen_at(now_ms: int, made: Purchases, judged_buckets: Collection[int]) -> Seen:
    """Return what is seen at `now_ms`, when the households of these buckets are judged."""
    before, lately = made.rows_of(START_MS, now_ms), made.rows_of(now_ms - HORIZON_MS, now_ms)
    learnt = {
        str(each): _late(each, rows, made, now_ms - HORIZON_MS) if bucket(each) in LATE_BUCKETS else rows
        for each, rows in before.items()
        if bucket(each) in TRAINING_BUCKETS
    }
    whole = {each: rows for each, rows in before.items() if bucket(each) in judged_buckets}
    recent = [each for each in whole if len(lately.get(each, ())) >= max(FIRSTS)]
    return Seen(now_ms, learnt, {0: whole, **{n: {each: whole[each][-n:] for each in recent} for n in FIRSTS}})


def messages(seen: Seen, made: Purchases, start_ms: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the purchases that are seen, from `start_ms` on, as messages of all the users that have them."""
    low, high = np.searchsorted(made.time_ms, (start_ms, seen.now_ms))
    users: list[list[str]] = [[] for _ in range(high)]
    for user, rows in seen.users().items():
        for row in rows[rows >= low].tolist():
            users[row].append(user)
    for row in range(low, high):
        for user in users[row]:
            yield _of_user(user, *made.messages[row])


def named(household: int, n_seen: int) -> str:
    """Return the user id of a household, or of its copy with so many purchases.

    >>> named(7, 0), named(7, 3)
    ('7', '7-3')
    """
    return f"{household}-{n_seen}" if n_seen else str(household)


def _late(household: int, rows: Ints, made: Purchases, then_ms: int) -> Ints:
    """Return the rows of a household that joins late: few before `then_ms`, and all later ones."""
    n_before = int(np.searchsorted(made.time_ms[rows], then_ms))
    return rows[max(n_before - FIRSTS[bucket(household, 30) % 3], 0) :]


def _of_user(user: str, key: bytes, value: bytes) -> tuple[bytes, bytes]:
    if user.encode() == key:
        return key, value
    return user.encode(), _encode(msgspec.structs.replace(read_purchase(value), user_id=user))
