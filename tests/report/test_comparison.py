"""Two dates and two versions side by side equal what follows from the users as they were made."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from stream.report.comparison import Request, compare, read_lineage, read_request
from stream.report.errors import ReportError
from stream.report.sampled import read_sampled
from stream.report.values import Comparison, Sides
from stream.store.queries.models import lineage
from stream.store.store import open_store
from tests.report.made_store import DAY, T0, Made, made_store, segment_id


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made_store(tmp_path_factory.mktemp("store") / "made.store", 90, 4)


def compared(made: Made, request: Request | None) -> Comparison | None:
    store = open_store(made.path)
    sampled, _ = read_sampled(store)
    found = compare(store, request, sampled, read_lineage(lineage(store, 100)))
    store.close()
    return found


def moves(made: Made) -> Counter[tuple[str, str]]:
    return Counter((segment_id(a), segment_id(b)) for a, b in zip(made.of, made.now, strict=True) if a != b)


@pytest.mark.parametrize(
    "request_", [None, Request(Sides.DATES, T0 + 5 * DAY, None), Request(Sides.DATES, T0 + DAY, T0 + 11 * DAY)]
)
def test_dates_have_the_users_of_both_days_and_who_moved(made: Made, request_: Request | None) -> None:
    found = compared(made, request_)
    assert found is not None
    assert {row.id: row.before for row in found.rows} == Counter(segment_id(at) for at in made.of)
    assert {row.id: row.after for row in found.rows} == Counter(made.segments)
    assert (found.n_users, found.n_moved) == (90, moves(made).total())
    assert {(flow.from_id, flow.to_id): flow.n_users for flow in found.flows} == moves(made)


def test_before_the_moves_both_days_are_alike(made: Made) -> None:
    found = compared(made, Request(Sides.DATES, T0 + 2 * DAY, T0 + 5 * DAY))
    assert found is not None
    assert (found.n_moved, found.flows) == (0, ())
    assert all(row.before == row.after for row in found.rows)


def test_lives_of_segments_are_those_between_both_sides(made: Made) -> None:
    early = compared(made, Request(Sides.DATES, T0 + 2 * DAY, T0 + 5 * DAY))
    found = compared(made, Request(Sides.VERSIONS, 1, 2))
    assert early is not None
    assert found is not None
    assert early.lineage == ()
    assert [(each.segment_model, each.time_ms) for each in found.lineage] == [(2, T0 + 20 * DAY)]


@pytest.mark.parametrize("after", [2, None])
def test_versions_are_compared_on_the_same_users(made: Made, after: int | None) -> None:
    found = compared(made, Request(Sides.VERSIONS, 1, after))
    assert found is not None
    vectors = np.concatenate([made.explicit * 0.75, made.semantic], axis=1)
    nearest = [
        [segment_id(int(np.linalg.norm(each.centroids - v, axis=1).argmin())) for v in vectors] for each in made.models
    ]
    assert {row.id: (row.before, row.after) for row in found.rows if row.before or row.after} == {
        each: (Counter(nearest[0])[each], Counter(nearest[1])[each]) for each in {*nearest[0], *nearest[1]}
    }
    pairs = Counter(pair for pair in zip(*nearest, strict=True) if pair[0] != pair[1])
    assert {(flow.from_id, flow.to_id): flow.n_users for flow in found.flows} == pairs
    assert (found.n_users, found.n_moved) == (90, pairs.total())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3", Request(Sides.VERSIONS, 3, None)),
        ("3..5", Request(Sides.VERSIONS, 3, 5)),
        ("2023-11-15", Request(Sides.DATES, T0, None)),
        ("2023-11-15T00:00Z .. 2023-11-16", Request(Sides.DATES, T0, T0 + DAY)),
        ("2023-11-15T01:00+01:00", Request(Sides.DATES, T0, None)),
    ],
)
def test_a_request_is_one_or_two_dates_or_versions(text: str, expected: Request) -> None:
    assert read_request(text) == expected


@pytest.mark.parametrize(
    "text", ["yesterday", "3..2023-11-15", "2023-11-16..2023-11-15", "..", "3..5..7", "-1", "2023-13-01"]
)
def test_another_request_is_refused_by_name(text: str) -> None:
    with pytest.raises(ReportError, match="--compare"):
        read_request(text)


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (Request(Sides.VERSIONS, 7, None), "the store has no model 7 to compare, only 2, 1"),
        (Request(Sides.DATES, T0 - 5 * DAY, None), "the store begins at 2023-11-15 00:00"),
        (Request(Sides.DATES, T0 + 300 * DAY, None), "nothing is after"),
    ],
)
def test_a_side_that_is_not_there_is_refused_with_what_is(made: Made, request_: Request, sentence: str) -> None:
    with pytest.raises(ReportError, match=sentence):
        compared(made, request_)
