"""Who is remembered: everyone once, and of too many a fair sample in which the rare are all there."""

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


def people(**sizes: int) -> dict[str, str]:
    """The stratum of each of so many people."""
    return {f"{stratum}{n}": stratum for stratum, size in sizes.items() for n in range(size)}


def filled(strata: dict[str, str], n_people: int, batch: int = 50, order: Sequence[str] = ()) -> Reservoir:
    """A pool that these people came into, some at a time."""
    return filled_and_cut(strata, n_people, batch, order)[0]


def filled_and_cut(
    strata: dict[str, str], n_people: int, batch: int = 50, order: Sequence[str] = ()
) -> tuple[Reservoir, dict[str, float]]:
    """The same with the pool's cuts."""
    users, reservoir, inclusion_thresholds = list(order or strata), dict[str, ReservoirEntry](), dict[str, float]()
    for begin in range(0, len(users), batch):
        here = users[begin : begin + batch]
        reservoir, inclusion_thresholds = update_reservoir(
            reservoir, inclusion_thresholds, [at(user) for user in here], [strata[user] for user in here], n_people
        )
    return reservoir, inclusion_thresholds


def counted(reservoir: Reservoir) -> Counter[str]:
    return Counter(person.stratum for person in reservoir.values())


def test_nobody_counts_twice_and_the_newest_sample_wins() -> None:
    samples = [at("ann", 5), at("bob", 1), at("ann", 9), at("ann", 7)]
    reservoir, _ = update_reservoir({}, {}, samples, ["a", "b", "c", "d"], 100)
    assert {user: (p.sample.time_ms, p.stratum) for user, p in reservoir.items()} == {"ann": (9, "c"), "bob": (1, "b")}
    later, _ = update_reservoir(reservoir, {}, [at("ann", 9), at("bob", 0)], ["e", "z"], 100)
    assert {user: (p.sample.time_ms, p.stratum) for user, p in later.items()} == {"ann": (9, "e"), "bob": (1, "b")}
    assert reservoir["ann"].stratum == "c"  # the argument is as it was


def test_a_place_is_a_hash_of_the_user_in_56_bits() -> None:
    digest = blake2b("李娜".encode(), digest_size=7).hexdigest()
    assert priority_of("李娜") == int(digest, 16) / 2**56
    places = np.sort([priority_of(f"u{n}") for n in range(2000)])
    # Kolmogorov-Smirnov at one in a thousand
    assert np.abs(places - (np.arange(2000) + 0.5) / 2000).max() < 1.95 / sqrt(2000)


def test_the_largest_strata_give_way_first_and_rare_ones_keep_everyone() -> None:
    #  100 places for     300 + 60 + 8
    #  the rare keep 8, the two others share 92
    assert counted(filled(people(big=300, mid=60, rare=8), 100)) == {"big": 46, "mid": 46, "rare": 8}
    #  a stratum below the level is not touched: 70 of 300, and all 30
    assert counted(filled(people(big=300, small=30), 100)) == {"big": 70, "small": 30}
    assert counted(filled(people(big=60, small=40), 100)) == {"big": 60, "small": 40}


@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=6), n_people=st.integers(1, 120))
def test_the_level_is_the_highest_at_which_all_strata_fit(sizes: list[int], n_people: int) -> None:
    strata = people(**{f"s{chr(97 + n)}": size for n, size in enumerate(sizes)})
    kept = counted(filled(strata, n_people, batch=10_000))
    if sum(sizes) <= n_people:
        assert sorted(kept.values()) == sorted(sizes)
        return
    level = max(level for level in range(61) if sum(min(size, level) for size in sizes) <= n_people)
    assert sorted(kept.values()) == sorted(min(size, level) for size in sizes if level)


def test_of_a_stratum_that_gives_way_those_with_the_lowest_places_stay() -> None:
    strata = people(big=300, mid=60, rare=8)
    reservoir = filled(strata, 100, batch=10_000)
    for stratum, n in (("big", 46), ("mid", 46)):
        lowest = sorted((u for u, s in strata.items() if s == stratum), key=priority_of)[:n]
        assert sorted(lowest) == sorted(user for user, person in reservoir.items() if person.stratum == stratum)


def test_the_order_of_arrival_and_the_cut_of_batches_do_not_matter_for_who_stays() -> None:
    strata = people(big=150, mid=60, rare=8)
    users = list(strata)
    orders = [users, users[::-1], np.random.default_rng(1).permutation(users).tolist()]
    kept = [sorted(filled(strata, 100, batch, order)) for order in orders for batch in (7, 50, 1000)]
    assert all(each == kept[0] for each in kept)


def test_everybody_is_in_one_order_whatever_the_pools_own() -> None:
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


def test_who_was_not_seen_for_long_is_forgotten() -> None:
    reservoir, _ = update_reservoir({}, {}, [at("ann", 9), at("bob", 10), at("eve", 11)], ["", "", ""], 100)
    assert list(recent(reservoir, 10)) == ["bob", "eve"]


@pytest.mark.parametrize(("big", "rare"), [(2000, 8), (5000, 30)])
def test_a_stratum_that_gave_way_still_says_how_many_people_it_has(big: int, rare: int) -> None:
    strata = people(big=big, other=900, rare=rare)
    reservoir, inclusion_thresholds = filled_and_cut(strata, 400, batch=200)
    folk = by_priority(reservoir)
    weights = sampling_weights(folk, inclusion_thresholds)
    estimate = {
        s: sum(w for w, p in zip(weights, folk, strict=True) if p.stratum == s) for s in ("big", "other", "rare")
    }
    assert estimate["rare"] == rare  # nobody of it was left out
    n = (400 - rare) // 2
    for stratum, truth in (("big", big), ("other", 900)):
        # the n-th lowest of so many uniform places is beta distributed: its relative spread is 1 / sqrt(n)
        assert estimate[stratum] == pytest.approx(truth, rel=3 / sqrt(n))
        assert len({w for w, p in zip(weights, folk, strict=True) if p.stratum == stratum}) == 1


def test_who_is_in_a_pool_that_is_not_full_stands_for_themselves() -> None:
    reservoir, inclusion_thresholds = filled_and_cut(people(big=80), 100)
    assert inclusion_thresholds == {}
    assert sampling_weights(by_priority(reservoir), inclusion_thresholds).tolist() == [1.0] * 80


@pytest.mark.parametrize("returning", [0, 800])
def test_shares_stay_right_when_people_leave_the_pool_and_others_come(returning: int) -> None:
    #  a pool of 400 and a week, 1,000 new people a day of 3,000: one in a hundred is rare
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
    folk = by_priority(reservoir)
    weights = sampling_weights(folk, inclusion_thresholds)
    rare = sum(w for w, p in zip(weights, folk, strict=True) if p.stratum == "rare") / weights.sum()
    assert rare == pytest.approx(0.01, rel=0.5)


def test_cuts_widen_while_there_is_room_until_they_are_gone() -> None:
    reservoir, inclusion_thresholds = filled_and_cut(people(big=300), 100, batch=300)
    assert 0.2 < inclusion_thresholds["big"] < 0.5
    few = {user: reservoir[user] for user in list(reservoir)[:80]}
    widths = []
    while inclusion_thresholds:
        widths.append(inclusion_thresholds["big"])
        _, inclusion_thresholds = update_reservoir(few, inclusion_thresholds, [], [], 100)
    assert np.diff(np.log(widths)) == pytest.approx(np.log(1.05))
    assert widths[-1] < 1


def test_who_is_beyond_the_cut_of_where_they_are_now_is_not_kept() -> None:
    place = priority_of("ann")
    reservoir, _ = update_reservoir({}, {"big": place}, [at("ann", 1), at("ann", 2)], ["small", "big"], 100)
    assert reservoir == {}


@pytest.mark.parametrize(
    ("texts", "kept"),
    [
        (("milk", "", "bread"), ("milk", "bread")),
        (("x" * 159, "yz", "never"), ("x" * 159, "y")),
        (("鞋" * 54, "milk"), ("鞋" * 53, "m")),
        (("x" * 158 + "鞋", "milk"), ("x" * 158, "mi")),
        (("👟" * 39 + "ab", "👟", "c"), ("👟" * 39 + "ab", "c")),
        ((), ()),
    ],
    ids=["empty", "the last in part", "160 bytes of Chinese", "no half a character", "no half an emoji", "none"],
)
def test_of_texts_160_bytes_are_kept_newest_first_in_whole_characters(
    texts: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    reservoir, _ = update_reservoir({}, {}, [at("ann", texts=texts)], [""], 100)
    assert reservoir["ann"].sample.texts == kept
    assert sum(len(text.encode()) for text in kept) <= 160
