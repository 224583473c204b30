"""The real part of a stream: buckets of households, late joiners, and messages by time."""

from __future__ import annotations

import msgspec
import numpy as np

from bench.apps.purchase import Purchase
from bench.apps.risk.stream import CALIBRATE_MS, END_MS, START_MS, histories, households, messages
from export.presets.completejourney import bucket
from stream.core.policy import DAY_MS


def test_households_are_those_of_the_buckets() -> None:
    chosen = households((0, 3), 2)
    assert {bucket(number) for number in chosen} == {0, 3}
    assert len(chosen) == (len(households((0, 3), 1)) + 1) // 2


def test_late_joiners_begin_on_one_day_and_the_rest_have_all_purchases() -> None:
    numbers = households(range(3), 12)
    whole = histories(numbers, _NobodyJoins())  # type: ignore[arg-type]
    found = histories(numbers, np.random.default_rng(4))
    late = {user for user in whole if found.get(user) != whole[user]}
    assert 0 < len(late) < len(whole) / 3
    for user in late & found.keys():
        assert found[user] == whole[user][-len(found[user]) :]
        assert found[user][0].timestamp >= CALIBRATE_MS


def test_messages_are_by_time_with_the_user_as_key() -> None:
    rows = {
        user: [Purchase(user, f"{user}{day}", "purchase", START_MS + day * DAY_MS, "milk", 1.0) for day in days]
        for user, days in (("a", (0, 2)), ("b", (1, 3)))
    }
    found = messages(rows)
    assert [key for key, _ in found] == [b"a", b"b", b"a", b"b"]
    assert [msgspec.json.decode(value, type=Purchase) for _, value in found] == [
        rows["a"][0], rows["b"][0], rows["a"][1], rows["b"][1],
    ]  # fmt: skip
    assert all(START_MS <= msgspec.json.decode(value)["timestamp"] < END_MS for _, value in found)


class _NobodyJoins:
    def random(self) -> float:
        return 1.0
