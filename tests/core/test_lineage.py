"""Which former segment a new one goes on as: by hand, and against every possible assignment."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.training.lineage import SHARED_MIN, Lineage, matched, turnover
from tests.core.people import segments

FORMER = ("a", "b", "c")


def match(*people: tuple[str, int, int], k: int = 3) -> tuple[str | None, ...]:
    """Match by `(former segment, new segment, how many people)`."""
    before = [segment for segment, _, n in people for _ in range(n)]
    now = [at for _, at, n in people for _ in range(n)]
    return matched(FORMER, before, np.array(now, np.intp), k)


@pytest.mark.parametrize(
    ("story", "people", "k", "ids"),
    [
        ("the same groups in another order", (("a", 2, 9), ("b", 0, 5), ("c", 1, 2)), 3, ("b", "c", "a")),
        ("half of the people in either is enough", (("a", 0, 2), ("a", 1, 1), ("b", 0, 1)), 2, ("a", None)),
        ("less than half is not", (("a", 0, 2), ("a", 1, 2), ("b", 0, 1)), 2, (None, "a")),
        ("one segment became two", (("a", 0, 6), ("a", 1, 4)), 2, ("a", None)),
        ("one became two halves: neither is more it", (("a", 0, 5), ("a", 1, 6), ("a", 2, 2)), 3, (None,) * 3),
        ("two became one", (("a", 0, 7), ("b", 0, 3)), 1, ("a",)),
        ("nobody known", (("", 0, 9), ("unknown", 1, 9), ("z", 2, 9)), 3, (None, None, None)),
        ("people without a segment do not count", (("a", 0, 3), ("", 0, 90), ("inactive", 0, 9)), 1, ("a",)),
        ("no people at all", (), 2, (None, None)),
    ],
)
def test_a_new_segment_keeps_the_id_of_the_one_that_held_its_people(
    story: str, people: tuple[tuple[str, int, int], ...], k: int, ids: tuple[str | None, ...]
) -> None:
    assert match(*people, k=k) == ids, story


def test_a_pair_that_does_not_hold_never_stands_in_the_way_of_one_that_does() -> None:
    #  shares      0             1             without the rule a-1 with b-0 would have the larger sum
    #  a           5/10 holds    4/12
    #  b           4/12          0
    people = (("a", 0, 5), ("a", 1, 3), ("b", 0, 2))
    assert match(*people, k=2) == ("a", None)


tables = st.integers(1, 4).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 4), min_size=k, max_size=k), min_size=3, max_size=3)
)


@given(table=tables)
def test_no_other_assignment_of_pairs_that_hold_has_larger_shares(table: list[list[int]]) -> None:
    k = len(table[0])
    people = [(FORMER[row], at, n) for row, counts in enumerate(table) for at, n in enumerate(counts)]
    ids = match(*people, k=k)
    rows = [*range(3), *[None] * k]
    best = max(sum(share(table, row, at) for at, row in enumerate(each)) for each in permutations(rows, k))
    found = [None if segment is None else FORMER.index(segment) for segment in ids]
    assert sum(share(table, row, at) for at, row in enumerate(found)) == pytest.approx(best)
    assert all(share(table, row, at) > 0 for at, row in enumerate(found) if row is not None)


def share(table: Sequence[Sequence[int]], row: int | None, at: int) -> float:
    """The part of the people in either segment that is in both, if it is enough."""
    if row is None or not table[row][at]:
        return 0.0
    either = sum(table[row]) + sum(counts[at] for counts in table) - table[row][at]
    return table[row][at] / either if table[row][at] / either >= SHARED_MIN else 0.0


def test_the_turnover_says_of_every_segment_what_became_of_it() -> None:
    #  former    s-0001   s-0002
    #  model              s-0002   s-0003
    found = turnover(("s-0001", "s-0002"), segments(("milk", "bread"), version=7, first=2))
    assert found == (
        Lineage("s-0001", "retired", (), 7, 0.0),
        Lineage("s-0002", "survived", (), 7, 0.0),
        Lineage("s-0003", "born", (), 7, 0.0),
    )
