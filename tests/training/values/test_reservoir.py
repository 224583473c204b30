"""The reservoir of users: one entry a user, and a stratified sample that keeps all users of rare strata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import permutations
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.output import Sample
from stream.training.values.reservoir import (
    Reservoir,
    ReservoirEntry,
    by_priority,
    priority_of,
    raw_profiles,
    recent,
    sampling_weights,
    update_reservoir,
)
from tests.core.planted import sample


def at(user: str, time_ms: int = 0, texts: tuple[str, ...] = ()) -> Sample:
    return replace(sample(texts=texts), user=user, time_ms=time_ms)


def strata_of(**sizes: int) -> dict[str, str]:
    """Return the stratum of each of so many users."""
    return {f"{stratum}{n}": stratum for stratum, size in sizes.items() for n in range(size)}


def filled(strata: dict[str, str], n_users: int, batch: int = 50, order: Sequence[str] = ()) -> Reservoir:
    """Return a reservoir that these users entered, `batch` at a time."""
    return filled_with_thresholds(strata, n_users, batch, order)[0]


def filled_with_thresholds(
    strata: dict[str, str], n_users: int, batch: int = 50, order: Sequence[str] = ()
) -> tuple[Reservoir, dict[str, float]]:
    """Return the same with the inclusion thresholds."""
    users, reservoir, inclusion_thresholds = list(order or strata), dict[str, ReservoirEntry](), dict[str, float]()
    for begin in range(0, len(users), batch):
        here = users[begin : begin + batch]
        reservoir, inclusion_thresholds = update_reservoir(
            reservoir, inclusion_thresholds, [at(user) for user in here], [strata[user] for user in here], n_users
        )
    return reservoir, inclusion_thresholds


def counted(reservoir: Reservoir) -> Counter[str]:
    return Counter(entry.stratum for entry in reservoir.values())


def test_a_user_counts_once_with_the_newest_sample() -> None:
    samples = [at("ann", 5), at("bob", 1), at("ann", 9), at("ann", 7)]
    reservoir, _ = update_reservoir({}, {}, samples, ["a", "b", "c", "d"], 100)
    assert {user: (p.sample.time_ms, p.stratum) for user, p in reservoir.items()} == {"ann": (9, "c"), "bob": (1, "b")}
    later, _ = update_reservoir(reservoir, {}, [at("ann", 9), at("bob", 0)], ["e", "z"], 100)
    assert {user: (p.sample.time_ms, p.stratum) for user, p in later.items()} == {"ann": (9, "e"), "bob": (1, "b")}
    assert reservoir["ann"].stratum == "c"  # the argument is as it was


def test_a_priority_is_a_uniform_hash_of_the_user_in_56_bits() -> None:
    digest = blake2b("李娜".encode(), digest_size=7).hexdigest()
    assert priority_of("李娜") == int(digest, 16) / 2**56
    priorities = np.sort([priority_of(f"u{n}") for n in range(2000)])
    # Kolmogorov-Smirnov at one in a thousand
    assert np.abs(priorities - (np.arange(2000) + 0.5) / 2000).max() < 1.95 / sqrt(2000)


def test_the_largest_strata_shrink_first_and_rare_strata_keep_all_users() -> None:
    #  a size of 100 for   300 + 60 + 8
    #  the rare keep 8, the two others share 92
    assert counted(filled(strata_of(big=300, mid=60, rare=8), 100)) == {"big": 46, "mid": 46, "rare": 8}
    #  a stratum below the level is not touched: 70 of 300, and all 30
    assert counted(filled(strata_of(big=300, small=30), 100)) == {"big": 70, "small": 30}
    assert counted(filled(strata_of(big=60, small=40), 100)) == {"big": 60, "small": 40}


@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=6), n_users=st.integers(1, 120))
def test_strata_shrink_to_the_highest_common_size_at_which_all_fit(sizes: list[int], n_users: int) -> None:
    strata = strata_of(**{f"s{chr(97 + n)}": size for n, size in enumerate(sizes)})
    kept = counted(filled(strata, n_users, batch=10_000))
    if sum(sizes) <= n_users:
        assert sorted(kept.values()) == sorted(sizes)
        return
    level = max(level for level in range(61) if sum(min(size, level) for size in sizes) <= n_users)
    assert sorted(kept.values()) == sorted(min(size, level) for size in sizes if level)


def test_a_stratum_that_shrinks_keeps_the_users_of_lowest_priority() -> None:
    strata = strata_of(big=300, mid=60, rare=8)
    reservoir = filled(strata, 100, batch=10_000)
    for stratum, n in (("big", 46), ("mid", 46)):
        lowest = sorted((u for u, s in strata.items() if s == stratum), key=priority_of)[:n]
        assert sorted(lowest) == sorted(user for user, entry in reservoir.items() if entry.stratum == stratum)


def test_the_kept_users_do_not_depend_on_the_order_of_arrival_or_the_batches() -> None:
    strata = strata_of(big=150, mid=60, rare=8)
    users = list(strata)
    orders = [users, users[::-1], np.random.default_rng(1).permutation(users).tolist()]
    kept = [sorted(filled(strata, 100, batch, order)) for order in orders for batch in (7, 50, 1000)]
    assert all(each == kept[0] for each in kept)


def test_users_are_ordered_by_priority_independent_of_arrival() -> None:
    names = ("ann", "bob", "李娜", "eve")
    orders = {
        tuple(
            p.sample.user for p in by_priority(update_reservoir({}, {}, [at(user) for user in users], [""] * 4, 100)[0])
        )
        for users in permutations(names)
    }
    assert orders == {tuple(sorted(names, key=priority_of))}
    raw = raw_profiles(by_priority(update_reservoir({}, {}, [at("ann"), at("bob")], ["", ""], 100)[0]))
    assert (raw.explicit.shape, raw.semantic.shape) == ((2, 3), (2, 8))


def test_users_without_a_recent_sample_are_dropped() -> None:
    reservoir, _ = update_reservoir({}, {}, [at("ann", 9), at("bob", 10), at("eve", 11)], ["", "", ""], 100)
    assert list(recent(reservoir, 10)) == ["bob", "eve"]


@pytest.mark.parametrize(("big", "rare"), [(2000, 8), (5000, 30)])
def test_sampling_weights_estimate_the_size_of_a_stratum_that_shrank(big: int, rare: int) -> None:
    strata = strata_of(big=big, other=900, rare=rare)
    reservoir, inclusion_thresholds = filled_with_thresholds(strata, 400, batch=200)
    entries = by_priority(reservoir)
    weights = sampling_weights(entries, inclusion_thresholds)
    estimate = {
        s: sum(w for w, p in zip(weights, entries, strict=True) if p.stratum == s) for s in ("big", "other", "rare")
    }
    assert estimate["rare"] == rare  # no user of it was left out
    n = (400 - rare) // 2
    for stratum, truth in (("big", big), ("other", 900)):
        # the n-th lowest of so many uniform priorities is beta distributed: its relative spread is 1 / sqrt(n)
        assert estimate[stratum] == pytest.approx(truth, rel=3 / sqrt(n))
        assert len({w for w, p in zip(weights, entries, strict=True) if p.stratum == stratum}) == 1


def test_sampling_weights_are_one_while_the_reservoir_is_not_full() -> None:
    reservoir, inclusion_thresholds = filled_with_thresholds(strata_of(big=80), 100)
    assert inclusion_thresholds == {}
    assert sampling_weights(by_priority(reservoir), inclusion_thresholds).tolist() == [1.0] * 80


@pytest.mark.parametrize("returning", [0, 800])
def test_estimated_shares_stay_right_while_users_leave_and_arrive(returning: int) -> None:
    #  a reservoir of 400 and a week, 1,000 new users a day of 3,000: one in a hundred is rare
    rng, reservoir, inclusion_thresholds = (
        np.random.default_rng(returning),
        dict[str, ReservoirEntry](),
        dict[str, float](),
    )
    for day in range(30):
        users = [f"{day}-{n}" for n in range(1000 - returning)] + [f"r{n}" for n in rng.permutation(3000)[:returning]]
        strata = ["rare" if priority_of(f"kind of {user}") < 0.01 else "usual" for user in users]
        reservoir, inclusion_thresholds = update_reservoir(
            recent(reservoir, day - 7), inclusion_thresholds, [at(user, day) for user in users], strata, 400
        )
    entries = by_priority(reservoir)
    weights = sampling_weights(entries, inclusion_thresholds)
    rare = sum(w for w, p in zip(weights, entries, strict=True) if p.stratum == "rare") / weights.sum()
    assert rare == pytest.approx(0.01, rel=0.5)


def test_inclusion_thresholds_rise_while_there_is_room_until_they_are_removed() -> None:
    reservoir, inclusion_thresholds = filled_with_thresholds(strata_of(big=300), 100, batch=300)
    assert 0.2 < inclusion_thresholds["big"] < 0.5
    few = {user: reservoir[user] for user in list(reservoir)[:80]}
    widths = []
    while inclusion_thresholds:
        widths.append(inclusion_thresholds["big"])
        _, inclusion_thresholds = update_reservoir(few, inclusion_thresholds, [], [], 100)
    assert np.diff(np.log(widths)) == pytest.approx(np.log(1.05))
    assert widths[-1] < 1


def test_a_user_above_the_threshold_of_the_present_stratum_is_not_kept() -> None:
    threshold = priority_of("ann")
    reservoir, _ = update_reservoir({}, {"big": threshold}, [at("ann", 1), at("ann", 2)], ["small", "big"], 100)
    assert reservoir == {}


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (("milk", "", "bread"), ("milk", "bread")),
        (("x" * 390, "y" * 11, "milk"), ("x" * 390, "milk")),
        (("鞋" * 140, "milk"), ("鞋" * 133,)),
        (("x" * 398 + "鞋", "milk"), ("x" * 398,)),
        (("word " * 90, "milk"), (("word " * 80).strip(),)),
        (("👟" * 99 + "ab", "👟", "c"), ("👟" * 99 + "ab", "c")),
        ((), ()),
    ],
    ids=[
        "empty",
        "only whole ones",
        "400 bytes of Chinese",
        "no half a character",
        "no half a word",
        "no emoji",
        "none",
    ],
)
def test_texts_that_fit_into_400_bytes_are_kept_newest_first_and_a_long_one_in_part(
    texts: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    reservoir, _ = update_reservoir({}, {}, [at("ann", texts=texts)], [""], 100)
    assert reservoir["ann"].sample.texts == kept
    assert sum(len(text.encode()) for text in kept) <= 400
