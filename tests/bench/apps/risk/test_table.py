"""Rows of the table: recall by hand, rings drawn as one, and differences in the same draws."""

from __future__ import annotations

import numpy as np

from bench.apps.risk.alarms import Judgement, Outcome
from bench.apps.risk.cases import Case, Kind
from bench.apps.risk.table import TOGETHER, rows_of


def judged(*found: tuple[Kind, str, bool]) -> Judgement:
    outcomes = [
        Outcome(Case(kind, f"user-{at}", 0, 1, group), *((float(at), 10.0 * at) if is_found else (np.nan, np.nan)))
        for at, (kind, group, is_found) in enumerate(found)
    ]
    return Judgement(outcomes, np.array([1.0, 0.0]), np.array([500.0, 500.0]))


HALF = judged(*((Kind.TAKEOVER, f"{at}", at % 2 == 0) for at in range(40)))
NONE = judged(*((Kind.TAKEOVER, f"{at}", False) for at in range(40)))


def test_recall_delay_and_false_alarms_by_hand() -> None:
    (together, takeover, *others) = rows_of({"half": [HALF], "none": [NONE]}, ["none"], ["half"])
    assert (together.kind, takeover.kind, others[-1].method) == (TOGETHER, Kind.TAKEOVER, "none")
    assert together.n_cases == 40
    assert together.recall.startswith("0.50 (0.3")
    assert together.minus_forests == together.recall
    assert together.delay_events.startswith("19 (")
    assert together.delay_minutes.startswith("190 (")
    assert together.false_alarms.startswith("1.00 (")


def test_a_difference_to_itself_is_nothing() -> None:
    (row, *_) = rows_of({"half": [HALF]}, ["half"], ["half"])
    assert row.minus_forests == "0.00 (0.00–0.00)"


def test_without_a_found_case_there_is_no_delay() -> None:
    (row,) = rows_of({"none": [NONE]}, ["none"], [])
    assert (row.recall, row.delay_events, row.delay_minutes) == ("0.00 (0.00–0.00)", "", "")


def test_members_of_a_ring_are_drawn_together() -> None:
    rings = judged(*((Kind.RING, f"ring-{at // 20}", at < 20) for at in range(40)))
    (row,) = rows_of({"rings": [rings]}, ["rings"], [])
    assert row.recall == "0.50 (0.00–1.00)", "two rings are two draws"
