from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stream.maps.selection import N_OF_SEGMENT, allot, choose


@given(st.lists(st.integers(1, 500), min_size=1, max_size=30), st.integers(1, 3_000))
def test_as_many_as_asked_are_taken_and_no_stratum_gives_more_than_it_has(sizes: list[int], n: int) -> None:
    n = min(n, sum(sizes))
    taken = allot(np.array(sizes), n)
    assert taken.sum() == n
    assert (taken >= 0).all()
    assert (taken <= sizes).all()


@given(st.lists(st.integers(1, 500), min_size=1, max_size=30))
def test_small_strata_are_taken_fully_where_there_is_room(sizes: list[int]) -> None:
    n = N_OF_SEGMENT * len(sizes)
    taken = allot(np.array(sizes), min(n, sum(sizes)))
    assert (taken >= np.minimum(sizes, N_OF_SEGMENT)).all()


def test_a_segment_of_seven_among_ten_thousand_users_is_taken_whole() -> None:
    segments = ["large"] * 9_993 + ["ring"] * 7
    rows = choose(segments, 500, seed=1)
    assert Counter(segments[row] for row in rows) == {"large": 493, "ring": 7}


def test_landmarks_are_drawn_from_all_rows_and_not_from_the_head() -> None:
    rows = choose(["one"] * 10_000, 1_000, seed=1)
    assert len(set(rows.tolist())) == 1_000
    assert abs(rows.mean() - 5_000) < 500  # the head would give 500; a mean of 1,000 draws has a deviation of 91


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    segments = [f"s-{at % 7}" for at in range(900)]
    assert choose(segments, 300, seed=4).tolist() == choose(segments, 300, seed=4).tolist()
    assert choose(segments, 300, seed=4).tolist() != choose(segments, 300, seed=5).tolist()


def test_few_users_are_all_taken() -> None:
    assert choose([], 10, seed=0).tolist() == []
    assert choose(["a", "b"], 10, seed=0).tolist() == [0, 1]
