"""Signals of made-up people: each kind of change raises its own signal."""

from __future__ import annotations

from copy import deepcopy

import msgspec
import numpy as np
import pytest

from apps.methods.alarm_budget import NOTHING
from apps.methods.risk_signals import ITEMS_MIN, PAST_MIN, Observed, Signal, Signals
from stream.core.policy import DAY_MS
from stream.wire.profiles import UserProfile
from tests.apps.profiles import profile

N_USERS, N_DAYS, D = 20, 200, 8
START_MS = 20_000 * DAY_MS
END_MS = START_MS + N_DAYS * DAY_MS
TASTES = np.random.default_rng(11).normal(size=(N_USERS + 1, D))


def usual(
    rng: np.random.Generator, user: int, time_ms: int, taste: int | None = None, growth: float = 0
) -> UserProfile:
    """Return a profile near the user's taste, or another's."""
    explicit = {name: mean + growth + rng.normal() / 10 for name, mean in (("frequency", 1.0), ("amount_mean", 1.5))}
    semantic = TASTES[user if taste is None else taste] + rng.normal(size=D) / 5
    return profile(str(user), time_ms, semantic, explicit)


@pytest.fixture(scope="module")
def learned() -> Signals:
    """Signals that have seen each user once a day."""
    signals, rng = Signals(), np.random.default_rng(12)
    for day in range(N_DAYS):
        for user in range(N_USERS):
            signals.observe(usual(rng, user, START_MS + day * DAY_MS))
    return signals


@pytest.fixture
def signals(learned: Signals) -> Signals:
    return deepcopy(learned)


def value(observed: Observed | None, signal: Signal) -> float:
    assert observed is not None
    return float(observed.values[list(Signal).index(signal)])


def test_ordinary_profiles_have_a_distance_of_about_one(signals: Signals) -> None:
    rng = np.random.default_rng(13)
    values = [value(signals.observe(usual(rng, user, END_MS)), Signal.STRANGER) for user in range(N_USERS)]
    assert 0.5 < np.mean(values) < 2


def test_the_profile_of_another_person_is_far_from_the_users_past(signals: Signals) -> None:
    rng = np.random.default_rng(14)
    own = signals.observe(usual(rng, 3, END_MS))
    other = signals.observe(usual(rng, 3, END_MS, taste=N_USERS))
    assert value(other, Signal.STRANGER) > 5 * value(own, Signal.STRANGER)
    assert own is not None
    assert other is not None
    assert other.likeness < own.likeness - 0.3


def test_a_lasting_change_grows_with_every_profile(signals: Signals) -> None:
    rng = np.random.default_rng(15)
    values = [
        value(signals.observe(usual(rng, 4, END_MS + day * DAY_MS, taste=N_USERS)), Signal.OTHER_PERSON)
        for day in range(20)
    ]
    assert values[-1] > 3 * values[1]


def test_more_and_larger_purchases_are_growth_and_fewer_are_not(signals: Signals) -> None:
    rng = np.random.default_rng(16)
    for day in range(20):
        grown = signals.observe(usual(rng, 5, END_MS + day * DAY_MS, growth=0.5))
        shrunk = signals.observe(usual(rng, 6, END_MS + day * DAY_MS, growth=-0.5))
    assert value(grown, Signal.GROWTH) > 3
    assert value(shrunk, Signal.GROWTH) < -3
    assert grown is not None
    assert grown.deviations["amount_mean"] > 1


def test_three_ids_with_the_same_items_are_a_ring_from_the_third_on(signals: Signals) -> None:
    rng = np.random.default_rng(17)
    semantic = rng.normal(size=D)
    members = [signals.observe(profile(f"ring-{at}", END_MS, semantic + rng.normal(size=D) / 50)) for at in range(3)]
    ring = [value(member, Signal.RING) for member in members]
    assert ring[2] > 0.99 > max(ring[:2])
    assert members[2] is not None
    assert {user for user, _ in members[2].twins} == {"ring-0", "ring-1"}


def test_a_user_without_a_past_has_no_signal_but_the_ring(signals: Signals) -> None:
    observed = signals.observe(profile("new", END_MS, TASTES[0]))
    assert observed is not None
    assert observed.values[:3].tolist() == [NOTHING] * 3


def test_profiles_of_few_items_or_of_a_timer_say_nothing(signals: Signals) -> None:
    assert signals.observe(profile("1", END_MS, TASTES[1], n_items=ITEMS_MIN - 1)) is None
    assert signals.observe(profile("1", END_MS, TASTES[1], {"recency": 1.0})) is None


def test_a_forgotten_user_is_new(signals: Signals) -> None:
    signals.forget("2")
    rng = np.random.default_rng(18)
    for at in range(PAST_MIN):
        assert value(signals.observe(usual(rng, 2, END_MS + at)), Signal.STRANGER) == NOTHING
    assert value(signals.observe(usual(rng, 2, END_MS + PAST_MIN)), Signal.STRANGER) != NOTHING


def test_another_encoder_begins_anew(signals: Signals) -> None:
    record = profile("1", END_MS, np.ones(D + 2))
    observed = signals.observe(msgspec.structs.replace(record, encoder="new"))
    assert observed is not None
    assert (observed.values == NOTHING).all()
