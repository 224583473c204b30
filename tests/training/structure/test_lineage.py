"""Which former segment a new one goes on as, and what became of the others: by hand, and against every assignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.arrays import Floats
from stream.training.structure.lineage import (
    AFFINITY_MIN,
    SHARED_MIN,
    Reassignment,
    generation_events,
    lineage_of,
    match_ids,
)
from stream.training.values.lineage import Lineage, LineageEvent
from tests.core.builders import word_model

FORMER = ("a", "b", "c")
Moves = tuple[tuple[str, int, float], ...]


def people(moves: Sequence[tuple[str, int, float]]) -> Reassignment:
    """By `(former segment, index of the new one, how many people)`."""
    before, now, weights = zip(*moves, strict=True) if moves else ((), (), ())
    return Reassignment(before, np.array(now, np.intp), np.array(weights, float))


@pytest.mark.parametrize(
    ("story", "moves", "k", "ids"),
    [
        ("the same groups in another order", (("a", 2, 9), ("b", 0, 5), ("c", 1, 2)), 3, ("b", "c", "a")),
        ("half of the people in either is enough", (("a", 0, 2), ("a", 1, 1), ("b", 0, 1)), 2, ("a", None)),
        ("less than half is not", (("a", 0, 2), ("a", 1, 2), ("b", 0, 1)), 2, (None, "a")),
        ("one segment became two", (("a", 0, 6), ("a", 1, 4)), 2, ("a", None)),
        ("one became two halves: neither is more it", (("a", 0, 5), ("a", 1, 6), ("a", 2, 2)), 3, (None,) * 3),
        ("two became one", (("a", 0, 7), ("b", 0, 3)), 1, ("a",)),
        ("nobody known", (("", 0, 9), ("unknown", 1, 9), ("z", 2, 9)), 3, (None, None, None)),
        ("people without a segment do not count", (("a", 0, 3), ("", 0, 90), ("inactive", 0, 9)), 1, ("a",)),
        ("nor do those who are nowhere now", (("a", 0, 3), ("a", -1, 90), ("b", -1, 9)), 1, ("a",)),
        ("no people at all", (), 2, (None, None)),
    ],
)
def test_a_new_segment_keeps_the_id_of_the_one_that_held_its_people(
    story: str, moves: Moves, k: int, ids: tuple[str | None, ...]
) -> None:
    assert match_ids(FORMER, people(moves), k) == ids, story


@pytest.mark.parametrize(
    ("story", "moves", "nearness", "ids"),
    [
        ("the same place makes up for people: 0.4 + 0.5 / 2", (("a", 0, 4), ("", 0, 9), ("a", 1, 6)), 0.5, ("a", None)),
        ("elsewhere it needs more of them", (("a", 0, 4), ("", 0, 9), ("a", 1, 5), ("a", 2, 1)), 0.0, (None, "a")),
        ("a place alone is nothing", (("a", 0, 1), ("a", 1, 3), ("a", 2, 3)), 1.0, (None, None)),
    ],
)
def test_many_of_the_people_near_the_same_place_are_enough(
    story: str, moves: Moves, nearness: float, ids: tuple[str | None, ...]
) -> None:
    near = np.zeros((3, 3))
    near[0, 0] = nearness
    assert match_ids(FORMER, people(moves), 3, near)[:2] == ids, story


def test_a_pair_that_does_not_hold_never_stands_in_the_way_of_one_that_does() -> None:
    #  shares      0             1             without the rule a-1 with b-0 would have the larger sum
    #  a           5/10 holds    4/12
    #  b           4/12          0
    assert match_ids(FORMER, people((("a", 0, 5), ("a", 1, 3), ("b", 0, 2))), 2) == ("a", None)


tables = st.integers(1, 4).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 4), min_size=k, max_size=k), min_size=3, max_size=3)
)


@given(table=tables, nearness=st.lists(st.sampled_from((0.0, 0.3, 0.7, 1.0)), min_size=12, max_size=12))
def test_no_other_assignment_of_pairs_that_hold_has_a_larger_sum(table: list[list[int]], nearness: list[float]) -> None:
    k = len(table[0])
    near = np.array(nearness).reshape(3, 4)[:, :k]
    moves = [(FORMER[row], at, float(n)) for row, counts in enumerate(table) for at, n in enumerate(counts)]
    ids = match_ids(FORMER, people(moves), k, near)
    worth = np.array([[affinity(table, near, row, at) for at in range(k)] for row in range(3)] + [[0.0] * k] * k)
    best = max(sum(worth[row, at] for at, row in enumerate(rows)) for rows in permutations(range(3 + k), k))
    found = [(FORMER.index(segment), at) for at, segment in enumerate(ids) if segment is not None]
    assert sum(worth[pair] for pair in found) == pytest.approx(best)
    assert all(worth[pair] > 0 for pair in found)


def affinity(table: Sequence[Sequence[int]], near: Floats, row: int, at: int) -> float:
    """What a pair is worth, 0 if it does not hold."""
    either = sum(table[row]) + sum(counts[at] for counts in table) - table[row][at]
    shared = table[row][at] / either if either else 0.0
    value = shared + near[row, at] / 2
    return float(value) if value >= AFFINITY_MIN and shared >= SHARED_MIN else 0.0


def test_the_turnover_says_of_every_segment_what_became_of_it() -> None:
    #  former    s-0001   s-0002
    #  model              s-0002   s-0003
    found = generation_events(("s-0001", "s-0002"), word_model(("milk", "bread"), version=7, first=2))
    assert found == (
        Lineage("s-0001", LineageEvent.RETIRED, (), 7, 0.0),
        Lineage("s-0002", LineageEvent.SURVIVED, (), 7, 0.0),
        Lineage("s-0003", LineageEvent.BORN, (), 7, 0.0),
    )


# 1 to 4 are s-0001 to s-0004; the model of each story has three segments
@pytest.mark.parametrize(
    ("story", "former", "first", "moves", "events"),
    [
        ("nothing changed", (1, 2, 3), 1, ((1, 1, 9), (2, 2, 9), (3, 3, 9), (1, 2, 3)), []),
        (
            "half of a segment parted from it",
            (1, 2), 1, ((1, 1, 6), (1, 3, 4), (2, 2, 9)),
            [("s-0001", "split", (), ("s-0001", "s-0003"), (0.6, 0.4))],
        ),
        (
            "a segment fell into two others and is gone",
            (1, 2), 2, ((1, 3, 6), (1, 4, 3), (1, 0, 1), (2, 2, 9)),
            [("s-0001", "split", (), ("s-0003", "s-0004"), (0.6, 0.3))],
        ),
        (
            "two met under the id of one",
            (1, 2, 3, 4), 1, ((1, 1, 9), (2, 2, 9), (3, 3, 9), (4, 3, 4), (4, 1, 1)),
            [("s-0003", "merged", ("s-0003", "s-0004"), (), (1.0, 0.8))],
        ),
        (
            "a group that nobody knew",
            (1, 2), 1, ((1, 1, 9), (2, 2, 9), ("", 3, 7)),
            [("s-0003", "born", (), (), ())],
        ),
        (
            "a group that people of two segments made, and others",
            (1, 2), 1, ((1, 1, 9), (2, 2, 9), (1, 3, 4), (2, 3, 3), ("", 3, 3)),
            [("s-0003", "born", ("s-0001", "s-0002"), (), (0.4, 0.3))],
        ),
        (
            "a segment that nobody is in any more",
            (1, 2, 3, 4), 1, ((1, 1, 9), (2, 2, 9), (3, 3, 9)),
            [("s-0004", "retired", (), (), ())],
        ),
        (
            "one whose people went here and there",
            (1, 2, 3, 4), 1, ((1, 1, 9), (2, 2, 9), (4, 1, 4), (4, 2, 3), (4, 3, 2), (4, 0, 1)),
            [("s-0004", "retired", (), ("s-0001", "s-0002"), (0.4, 0.3))],
        ),
        (
            "a split, a merger and a birth at once, each said once",
            (1, 2, 5), 1, ((1, 1, 5), (1, 3, 5), (2, 2, 9), (5, 2, 8)),
            [
                ("s-0001", "split", (), ("s-0001", "s-0003"), (0.5, 0.5)),
                ("s-0002", "merged", ("s-0002", "s-0005"), (), (1.0, 1.0)),
            ],
        ),
    ],
)  # fmt: skip
def test_what_became_of_segments_by_hand(
    story: str,
    former: tuple[int, ...],
    first: int,
    moves: tuple[tuple[int | str, int, float], ...],
    events: list[tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[float, ...]]],
) -> None:
    model = word_model(version=7, first=first)
    named = [(f"s-{a:04d}" if isinstance(a, int) else a, b - first if b else -1, n) for a, b, n in moves]
    found = lineage_of([f"s-{number:04d}" for number in former], model, people(named))
    told = [(e.segment, e.event, e.parents, e.children, tuple(round(part, 9) for part in e.fractions)) for e in found]
    assert told == events, story
    assert {event.segment_model for event in found} <= {7}
    assert len({(e.segment, e.event) for e in found}) == len(found)


def test_a_share_is_that_of_the_models_description() -> None:
    plain = word_model(version=7)
    described = tuple(replace(d, share=0.1 * n) for n, d in enumerate(plain.descriptions, 1))
    model = replace(plain, descriptions=described)
    moves = (("s-0001", 0, 6.0), ("s-0001", 2, 4.0), ("s-0002", 1, 9.0))
    (split,) = lineage_of(("s-0001", "s-0002"), model, people(moves))
    assert split.share == pytest.approx(0.1)
    met = (("s-0001", 0, 9.0), ("s-0009", 0, 9.0), ("s-0002", 1, 9.0), ("", 2, 5.0))
    born, merged = lineage_of(("s-0001", "s-0002", "s-0009"), model, people(met))
    assert [(event.event, round(event.share, 9)) for event in (born, merged)] == [("born", 0.3), ("merged", 0.1)]


def test_people_are_counted_by_weight_and_those_of_no_former_segment_last() -> None:
    found = people((("a", 0, 2.5), ("a", 1, 1), ("z", 0, 4), ("", 1, 3), ("b", -1, 8)))
    assert found.table(FORMER, 2).tolist() == [[2.5, 1], [0, 0], [0, 0], [4, 3]]
    assert found.sizes(FORMER).tolist() == [3.5, 8.0, 0.0]
