"""Planted cases are what they are said to be, counted in the purchases themselves."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from bench.apps.purchase import Purchase
from bench.apps.risk.cases import Case, Kind, Numbers
from bench.apps.risk.edits import GROWTH_MS
from bench.apps.risk.planted import N_SPREE, N_TESTS, SPREE_MS, TEST_AMOUNT, Planted, plant
from bench.apps.risk.stream import END_MS, START_MS, TEST_MS, Histories
from stream.core.policy import DAY_MS

N_USERS = 30


@pytest.fixture(scope="module")
def real() -> Histories:
    """Users who buy three things every other day, each of a shelf of their own."""
    days = range((END_MS - START_MS) // DAY_MS)
    return {
        f"{user}": [
            Purchase(
                f"{user}", f"{user}-{day}-{at}", "purchase", START_MS + day * DAY_MS, f"shelf {user}-{at}", 2.0 + at
            )
            for day in days[user % 2 :: 2]
            for at in range(3)
        ]
        for user in range(N_USERS)
    }


@pytest.fixture(scope="module")
def planted(real: Histories) -> Planted:
    return plant(real, Numbers(takeovers=2, tests=2, bust_outs=2, rings=1), np.random.default_rng(1))


def cases(planted: Planted, kind: Kind) -> list[Case]:
    return [case for case in planted.cases if case.kind is kind]


def shelves(purchases: list[Purchase]) -> set[str]:
    return {each.text.partition("-")[0] for each in purchases}


def test_no_user_is_in_two_cases_and_all_begin_in_the_test_period(planted: Planted) -> None:
    assert Counter(case.kind for case in planted.cases) == {
        Kind.TAKEOVER: 2, Kind.TESTING: 2, Kind.BUST_OUT: 2, Kind.RING: 6,
    }  # fmt: skip
    assert len({case.user for case in planted.cases}) == len(planted.cases)
    assert all(TEST_MS <= case.start_ms < case.end_ms <= END_MS + DAY_MS for case in planted.cases)


def test_a_takeover_goes_on_as_a_household_that_is_gone(planted: Planted, real: Histories) -> None:
    for case in cases(planted, Kind.TAKEOVER):
        history = planted.histories[case.user]
        before = [each for each in history if each.timestamp < case.start_ms]
        after = [each for each in history if each.timestamp >= case.start_ms]
        assert shelves(before) == {f"shelf {case.user}"}
        (donor,) = {shelf.removeprefix("shelf ") for shelf in shelves(after)}
        assert donor != case.user
        assert donor not in planted.histories
        assert [each.text for each in after] == [each.text for each in real[donor] if each.timestamp >= case.start_ms]
        assert {each.user_id for each in history} == {case.user}


def test_card_tests_are_small_amounts_within_an_hour_beside_the_own_purchases(
    planted: Planted, real: Histories
) -> None:
    for case in cases(planted, Kind.TESTING):
        history = planted.histories[case.user]
        tests = [each for each in history if each.id.startswith("test-")]
        assert N_TESTS[0] <= len(tests) <= N_TESTS[1]
        assert tests[-1].timestamp - tests[0].timestamp < 3_600_000
        assert all(TEST_AMOUNT[0] <= each.amount <= TEST_AMOUNT[1] for each in tests)
        assert len(history) - len(tests) == len(real[case.user])
        assert [each.timestamp for each in history] == sorted(each.timestamp for each in history)


def test_a_bust_out_grows_and_ends_in_a_spree(planted: Planted, real: Histories) -> None:
    for case in cases(planted, Kind.BUST_OUT):
        history = planted.histories[case.user]
        spree_ms = case.start_ms + GROWTH_MS
        spree = [each for each in history if each.timestamp >= spree_ms]
        last_week = [each for each in history if spree_ms - 7 * DAY_MS <= each.timestamp < spree_ms]
        usual = [each for each in real[case.user] if each.timestamp < case.start_ms]
        assert len(spree) == N_SPREE
        assert max(each.timestamp for each in spree) < spree_ms + SPREE_MS
        mean = np.mean([each.amount for each in usual])
        assert np.mean([each.amount for each in last_week]) > 2 * mean
        assert np.mean([each.amount for each in spree]) > 4 * mean
        assert len(last_week) > 1.2 * len([each for each in usual if each.timestamp < START_MS + 7 * DAY_MS])


def test_a_ring_buys_the_same_things_within_hours(planted: Planted) -> None:
    members = [case.user for case in cases(planted, Kind.RING)]
    start_ms = min(case.start_ms for case in cases(planted, Kind.RING))
    assert sum(member.startswith("ring-0-") for member in members) == 3
    bought = [[each for each in planted.histories[member] if each.timestamp >= start_ms] for member in members]
    (lender,) = set().union(*(shelves(each) for each in bought))
    assert lender.removeprefix("shelf ") not in planted.histories
    n_bought = [len(each) for each in bought]
    assert max(n_bought) < 1.5 * min(n_bought), "each leaves out about a third"


def test_too_many_cases_for_the_households_are_refused(real: Histories) -> None:
    with pytest.raises(ValueError, match="plant fewer"):
        plant(real, Numbers(takeovers=20, tests=0, bust_outs=0, rings=0), np.random.default_rng(2))


def test_the_same_seed_plants_the_same(real: Histories, planted: Planted) -> None:
    again = plant(real, Numbers(takeovers=2, tests=2, bust_outs=2, rings=1), np.random.default_rng(1))
    assert again == planted
