"""The real part of a stream: purchases of households by user, of which some join late."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from bench.apps.purchase import Purchase, read_purchase
from bench.stability.runs import at_ms
from export.presets.completejourney import bucket
from stream.core.policy import DAY_MS
from stream.files.complete_journey import purchases

if TYPE_CHECKING:
    from numpy.random import Generator

START_MS = at_ms("2017-07-15")
CALIBRATE_MS = at_ms("2017-08-20")  # thresholds are chosen from here to TEST_MS
TEST_MS = at_ms("2017-10-01")  # cases are planted from here on; encoders saw no event after it
END_MS = at_ms("2017-11-19")  # before the week of Thanksgiving, in which everyone is unlike himself
JOIN_SHARE = 0.1  # of the households, which join between CALIBRATE_MS and END_MS: new users are no fraud


Histories = dict[str, list[Purchase]]  # purchases of each user, by time


@dataclass(frozen=True)
class Real:
    """Purchases by user: of the `judged` users, among whom cases are planted, and of `others`, who stay clean."""

    judged: Histories
    others: Histories


def households(buckets: Collection[int], one_in: int) -> list[int]:
    """Return every `one_in`-th household of these buckets."""
    return [number for number in range(1, 2_501) if bucket(number) in buckets][::one_in]


def histories(numbers: Collection[int], rng: Generator) -> Histories:
    """Return the purchases of households; those of late joiners begin on a day drawn at random."""
    by_user: defaultdict[str, list[Purchase]] = defaultdict(list)
    for _, value in purchases(START_MS, END_MS, numbers):
        purchase = read_purchase(value)
        by_user[purchase.user_id].append(purchase)
    for user in sorted(by_user):
        if rng.random() < JOIN_SHARE:
            joins_ms = CALIBRATE_MS + int(rng.integers((END_MS - CALIBRATE_MS) // DAY_MS)) * DAY_MS
            by_user[user] = [each for each in by_user[user] if each.timestamp >= joins_ms]
    return {user: history for user, history in by_user.items() if history}


def messages(by_user: Histories) -> list[tuple[bytes, bytes]]:
    """Return all purchases as messages of `user-events`, by time."""
    encode = msgspec.json.Encoder().encode
    everything = sorted((e for history in by_user.values() for e in history), key=lambda e: (e.timestamp, e.user_id))
    return [(each.user_id.encode(), encode(each)) for each in everything]
