"""Segment ids carried over to new clusters, against every possible assignment; events of lineage, by hand."""

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

PREVIOUS = ("a", "b", "c")
Moves = tuple[tuple[str, int, float], ...]


def reassignment(moves: Sequence[tuple[str, int, float]]) -> Reassignment:
    """Return the reassignment of `(previous segment, index of the new one, number of users)`."""
    before, now, weights = zip(*moves, strict=True) if moves else ((), (), ())
    return Reassignment(before, np.array(now, np.intp), np.array(weights, float))


@pytest.mark.parametrize(
    ("case", "moves", "k", "ids"),
    [
        ("the same clusters in another order", (("a", 2, 9), ("b", 0, 5), ("c", 1, 2)), 3, ("b", "c", "a")),
        ("half of the users in either is enough", (("a", 0, 2), ("a", 1, 1), ("b", 0, 1)), 2, ("a", None)),
        ("less than half of the users is not enough", (("a", 0, 2), ("a", 1, 2), ("b", 0, 1)), 2, (None, "a")),
        ("one segment becomes two", (("a", 0, 6), ("a", 1, 4)), 2, ("a", None)),
        ("one segment becomes two halves: neither has the id", (("a", 0, 5), ("a", 1, 6), ("a", 2, 2)), 3, (None,) * 3),
        ("two segments become one", (("a", 0, 7), ("b", 0, 3)), 1, ("a",)),
        ("no user of a previous segment", (("", 0, 9), ("unknown", 1, 9), ("z", 2, 9)), 3, (None, None, None)),
        ("users without a segment do not count", (("a", 0, 3), ("", 0, 90), ("inactive", 0, 9)), 1, ("a",)),
        ("users in no cluster do not count", (("a", 0, 3), ("a", -1, 90), ("b", -1, 9)), 1, ("a",)),
        ("no users at all", (), 2, (None, None)),
    ],
)
def test_a_cluster_keeps_the_id_of_the_segment_of_most_of_its_users(
    case: str, moves: Moves, k: int, ids: tuple[str | None, ...]
) -> None:
    assert match_ids(PREVIOUS, reassignment(moves), k) == ids, case


@pytest.mark.parametrize(
    ("case", "moves", "nearness", "ids"),
    [
        ("nearness makes up for users: 0.4 + 0.5 / 2", (("a", 0, 4), ("", 0, 9), ("a", 1, 6)), 0.5, ("a", None)),
        ("far away more users are needed", (("a", 0, 4), ("", 0, 9), ("a", 1, 5), ("a", 2, 1)), 0.0, (None, "a")),
        ("nearness alone is not enough", (("a", 0, 1), ("a", 1, 3), ("a", 2, 3)), 1.0, (None, None)),
    ],
)
def test_near_the_same_centroid_fewer_users_are_enough(
    case: str, moves: Moves, nearness: float, ids: tuple[str | None, ...]
) -> None:
    near = np.zeros((3, 3))
    near[0, 0] = nearness
    assert match_ids(PREVIOUS, reassignment(moves), 3, near)[:2] == ids, case


def test_a_pair_below_the_least_affinity_displaces_no_other_pair() -> None:
    #  shares      0             1             without the rule a-1 with b-0 would have the larger sum
    #  a           5/10 holds    4/12
    #  b           4/12          0
    assert match_ids(PREVIOUS, reassignment((("a", 0, 5), ("a", 1, 3), ("b", 0, 2))), 2) == ("a", None)


tables = st.integers(1, 4).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 4), min_size=k, max_size=k), min_size=3, max_size=3)
)


@given(table=tables, nearness=st.lists(st.sampled_from((0.0, 0.3, 0.7, 1.0)), min_size=12, max_size=12))
def test_no_other_assignment_of_matching_pairs_has_a_larger_sum(table: list[list[int]], nearness: list[float]) -> None:
    k = len(table[0])
    near = np.array(nearness).reshape(3, 4)[:, :k]
    moves = [(PREVIOUS[row], at, float(n)) for row, counts in enumerate(table) for at, n in enumerate(counts)]
    ids = match_ids(PREVIOUS, reassignment(moves), k, near)
    worth = np.array([[affinity(table, near, row, at) for at in range(k)] for row in range(3)] + [[0.0] * k] * k)
    best = max(sum(worth[row, at] for at, row in enumerate(rows)) for rows in permutations(range(3 + k), k))
    found = [(PREVIOUS.index(segment), at) for at, segment in enumerate(ids) if segment is not None]
    assert sum(worth[pair] for pair in found) == pytest.approx(best)
    assert all(worth[pair] > 0 for pair in found)


def affinity(table: Sequence[Sequence[int]], near: Floats, row: int, at: int) -> float:
    """Return the affinity of a pair, 0 if it is too small to match."""
    either = sum(table[row]) + sum(counts[at] for counts in table) - table[row][at]
    shared = table[row][at] / either if either else 0.0
    value = shared + near[row, at] / 2
    return float(value) if value >= AFFINITY_MIN and shared >= SHARED_MIN else 0.0


def test_a_new_generation_has_one_event_for_every_segment() -> None:
    #  previous  s-0001   s-0002
    #  model              s-0002   s-0003
    found = generation_events(("s-0001", "s-0002"), word_model(("milk", "bread"), version=7, first=2))
    assert found == (
        Lineage("s-0001", LineageEvent.RETIRED, (), 7, 0.0),
        Lineage("s-0002", LineageEvent.SURVIVED, (), 7, 0.0),
        Lineage("s-0003", LineageEvent.BORN, (), 7, 0.0),
    )


# 1 to 4 are s-0001 to s-0004; the model of each case has three segments
@pytest.mark.parametrize(
    ("case", "previous", "first", "moves", "events"),
    [
        ("nothing changed", (1, 2, 3), 1, ((1, 1, 9), (2, 2, 9), (3, 3, 9), (1, 2, 3)), []),
        (
            "almost half of a segment splits off",
            (1, 2), 1, ((1, 1, 6), (1, 3, 4), (2, 2, 9)),
            [("s-0001", "split", (), ("s-0001", "s-0003"), (0.6, 0.4))],
        ),
        (
            "a segment splits into two new ones and ends",
            (1, 2), 2, ((1, 3, 6), (1, 4, 3), (1, 0, 1), (2, 2, 9)),
            [("s-0001", "split", (), ("s-0003", "s-0004"), (0.6, 0.3))],
        ),
        (
            "two segments merge under the id of one",
            (1, 2, 3, 4), 1, ((1, 1, 9), (2, 2, 9), (3, 3, 9), (4, 3, 4), (4, 1, 1)),
            [("s-0003", "merged", ("s-0003", "s-0004"), (), (1.0, 0.8))],
        ),
        (
            "a new cluster of unknown users",
            (1, 2), 1, ((1, 1, 9), (2, 2, 9), ("", 3, 7)),
            [("s-0003", "born", (), (), ())],
        ),
        (
            "a new cluster of users of two segments and unknown ones",
            (1, 2), 1, ((1, 1, 9), (2, 2, 9), (1, 3, 4), (2, 3, 3), ("", 3, 3)),
            [("s-0003", "born", ("s-0001", "s-0002"), (), (0.4, 0.3))],
        ),
        (
            "a segment without users",
            (1, 2, 3, 4), 1, ((1, 1, 9), (2, 2, 9), (3, 3, 9)),
            [("s-0004", "retired", (), (), ())],
        ),
        (
            "a segment whose users scatter",
            (1, 2, 3, 4), 1, ((1, 1, 9), (2, 2, 9), (4, 1, 4), (4, 2, 3), (4, 3, 2), (4, 0, 1)),
            [("s-0004", "retired", (), ("s-0001", "s-0002"), (0.4, 0.3))],
        ),
        (
            "a split and a merge at once, each with one event",
            (1, 2, 5), 1, ((1, 1, 5), (1, 3, 5), (2, 2, 9), (5, 2, 8)),
            [
                ("s-0001", "split", (), ("s-0001", "s-0003"), (0.5, 0.5)),
                ("s-0002", "merged", ("s-0002", "s-0005"), (), (1.0, 1.0)),
            ],
        ),
    ],
)  # fmt: skip
def test_events_of_examples_worked_by_hand(
    case: str,
    previous: tuple[int, ...],
    first: int,
    moves: tuple[tuple[int | str, int, float], ...],
    events: list[tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[float, ...]]],
) -> None:
    model = word_model(version=7, first=first)
    named = [(f"s-{a:04d}" if isinstance(a, int) else a, b - first if b else -1, n) for a, b, n in moves]
    found = lineage_of([f"s-{number:04d}" for number in previous], model, reassignment(named))
    events_of = [
        (e.segment, e.event, e.parents, e.children, tuple(round(part, 9) for part in e.fractions)) for e in found
    ]
    assert events_of == events, case
    assert {event.segment_model for event in found} <= {7}
    assert len({(e.segment, e.event) for e in found}) == len(found)


def test_the_share_of_an_event_is_that_of_the_models_description() -> None:
    plain = word_model(version=7)
    described = tuple(replace(d, share=0.1 * n) for n, d in enumerate(plain.descriptions, 1))
    model = replace(plain, descriptions=described)
    moves = (("s-0001", 0, 6.0), ("s-0001", 2, 4.0), ("s-0002", 1, 9.0))
    (split,) = lineage_of(("s-0001", "s-0002"), model, reassignment(moves))
    assert split.share == pytest.approx(0.1)
    merging = (("s-0001", 0, 9.0), ("s-0009", 0, 9.0), ("s-0002", 1, 9.0), ("", 2, 5.0))
    born, merged = lineage_of(("s-0001", "s-0002", "s-0009"), model, reassignment(merging))
    assert [(event.event, round(event.share, 9)) for event in (born, merged)] == [("born", 0.3), ("merged", 0.1)]


def test_the_table_counts_users_by_weight_with_users_of_no_segment_last() -> None:
    found = reassignment((("a", 0, 2.5), ("a", 1, 1), ("z", 0, 4), ("", 1, 3), ("b", -1, 8)))
    assert found.table(PREVIOUS, 2).tolist() == [[2.5, 1], [0, 0], [0, 0], [4, 3]]
    assert found.sizes(PREVIOUS).tolist() == [3.5, 8.0, 0.0]
