"""Purchases as matrices at a time."""

from __future__ import annotations

from base64 import b64encode

import numpy as np
import pytest

from apps.methods.shoppers import NEVER_DAYS, Sheet, Shopper, sheet_of, vector_of
from stream.core.policy import DAY_MS
from stream.wire.profiles import SemanticHalf

INDEX = {"bread": 0, "milk": 1}


def shopper(*purchases: tuple[float, str], segment: str = "", semantic: SemanticHalf | None = None) -> Shopper:
    made = Shopper(segment=segment, semantic=semantic)
    for day, category in purchases:
        made.add(category, int(day * DAY_MS))
    return made


def half(numbers: list[int]) -> SemanticHalf:
    return SemanticHalf(b64encode(np.array(numbers, np.int8).tobytes()).decode(), 1 / 127)


def sheet(now_day: float, *purchases: tuple[float, str]) -> Sheet:
    return sheet_of({"ann": shopper(*purchases)}, INDEX, 0, int(now_day * DAY_MS))


def test_purchases_of_a_day_count_once() -> None:
    found = sheet(1, (0, "milk"), (0.1, "milk"), (0.9, "milk"))
    assert (found.days[0, 1], found.n_purchases[0, 0], found.n_days[0, 0]) == (1, 3, 1)
    assert found.since_days[0, 1] == pytest.approx(0.1)


def test_decayed_counts_of_days_halve_in_30_and_in_120_days() -> None:
    days = [0, 3, 4, 31, 90]
    found = sheet(90, *((day, "milk") for day in days))
    assert found.recent[0, 1] == pytest.approx(sum(0.5 ** ((90 - day) / 30) for day in days))
    assert found.lasting[0, 1] == pytest.approx(sum(0.5 ** ((90 - day) / 120) for day in days))


def test_nothing_later_than_the_time_is_in_it_and_order_does_not_matter() -> None:
    purchases = [(5.0, "milk"), (1.0, "bread"), (9.0, "bread"), (2.0, "milk")]
    found, expected = sheet(6, *purchases), sheet(6, *sorted(purchases)[:3])
    assert found.days.tolist() == expected.days.tolist() == [[1, 2]]
    assert found.since_days.tolist() == expected.since_days.tolist() == [[5, 1]]


@pytest.mark.parametrize(("now_day", "last_day"), [(0.5, -1), (1, 1), (4, 2), (9, 9), (10, 9)])
def test_the_last_purchase_until_a_time(now_day: float, last_day: int) -> None:
    found = shopper((2, "milk"), (9, "bread"), (1, "milk")).last_until(int(now_day * DAY_MS))
    assert found == (last_day * DAY_MS if last_day > 0 else -1)


def test_users_become_rows_and_known_categories_columns() -> None:
    ann = shopper((0, "milk"), (0, "bread"), (1, "milk"), (1, "caviar"), segment="s-0001")
    bob = shopper(semantic=half([127, 0]))
    found = sheet_of({"ann": ann, "bob": bob}, INDEX, 2, 2 * DAY_MS)
    assert found.users == ("ann", "bob")
    assert found.days.tolist() == [[1, 2], [0, 0]]
    assert found.since_days.tolist() == [[2, 1], [NEVER_DAYS, NEVER_DAYS]]
    assert (found.n_purchases.ravel().tolist(), found.n_days.ravel().tolist()) == ([4, 0], [2, 0])
    assert found.segments == ("s-0001", "")
    np.testing.assert_allclose(found.semantic, [[0, 0], [1, 0]])


def test_a_sheet_of_purchases_alone_says_nothing_that_segue_says() -> None:
    found = sheet_of({"bob": shopper((0, "milk"), segment="s-0001", semantic=half([127, 0]))}, INDEX, 2, DAY_MS)
    alone = found.of_purchases_alone()
    assert alone.segments == ("",)
    assert not alone.semantic.any()
    assert alone.days.tolist() == found.days.tolist()


def test_rows_keep_every_part() -> None:
    users = {"ann": shopper((0, "milk")), "bob": shopper((0, "bread"), segment="s-0002", semantic=half([127, 0]))}
    both = sheet_of(users, INDEX, 2, DAY_MS)
    alone = sheet_of({"bob": users["bob"]}, INDEX, 2, DAY_MS)
    for name, value in vars(both.rows([1])).items():
        np.testing.assert_array_equal(value, getattr(alone, name))


def test_a_vector_of_another_length_counts_as_none() -> None:
    assert sheet_of({"bob": shopper(semantic=half([127, 0, 0]))}, {}, 2, 0).semantic.tolist() == [[0, 0]]


def test_the_stored_bytes_are_signed() -> None:
    np.testing.assert_allclose(vector_of(half([-127, 64])), [-1, 64 / 127])
