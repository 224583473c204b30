"""The scenario of a small shop is what its docstring says."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from bench.meaning.events import START_MS, Planted
from bench.meaning.long_tail import LAST_JOIN_DAY, MAIN, N_DAYS, N_USERS, SHARES, plant_long_tail
from bench.meaning.texts import products_by_category
from stream.core.policy import DAY_MS


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant_long_tail(0)


def test_the_shares_of_the_groups_add_up() -> None:
    assert sum(SHARES.values()) == pytest.approx(1)
    assert (max(SHARES.values()), min(SHARES.values())) == (0.4, 0.01)


def test_groups_have_a_long_tail(planted: Planted) -> None:
    sizes = Counter(groups[MAIN] for groups in planted.truth.values())
    assert sizes.total() == N_USERS
    assert sizes["SOFT DRINKS"] / N_USERS == pytest.approx(SHARES["SOFT DRINKS"], abs=0.06)


def test_users_join_all_the_time(planted: Planted) -> None:
    first_day: dict[str, int] = {}
    for event in planted.events:
        first_day.setdefault(event.user_id, (event.timestamp - START_MS) // DAY_MS)
    thirds = Counter(day * 3 // LAST_JOIN_DAY for day in first_day.values())
    assert min(thirds[third] for third in range(3)) > N_USERS / 4


def test_the_main_interest_is_the_larger_one_and_loses(planted: Planted) -> None:
    category_of = {text: category for category in SHARES for text in products_by_category()[category]}
    main = defaultdict[int, list[bool]](list)
    for event in planted.events:
        third = (event.timestamp - START_MS) * 3 // ((N_DAYS + 1) * DAY_MS)
        main[third].append(category_of[event.text] == planted.truth[event.user_id][MAIN])
    shares = [sum(main[third]) / len(main[third]) for third in range(3)]
    assert shares[0] > shares[1] > shares[2] > 0.45


def test_amounts_depend_on_the_main_interest(planted: Planted) -> None:
    paid = defaultdict[str, list[float]](list)
    for event in planted.events:
        if event.amount:
            paid[planted.truth[event.user_id][MAIN]].append(event.amount)
    medians = [sorted(paid[group])[len(paid[group]) // 2] for group in list(SHARES)[:5]]
    assert medians == sorted(medians)


def test_the_same_seed_gives_the_same_events(planted: Planted) -> None:
    assert plant_long_tail(0).events == planted.events
    assert plant_long_tail(1).events != planted.events
