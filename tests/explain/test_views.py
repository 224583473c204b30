"""Views of evaluations, by hand: weights, shares, distances, and who was ahead since when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core.change import segment_name
from stream.explain.snapshot import Cause
from stream.explain.views import lead_of, points, snapshot
from tests.core.builders import START_MS
from tests.explain.stories import STORY_POLICY, told

ENTERED, MOVED = told().decisions


def test_a_timeline_says_who_was_ahead_since_when() -> None:
    found = points(MOVED.evaluations, STORY_POLICY, before=ENTERED.evaluations[-1])
    assert [point.time_ms - START_MS for point in found] == [2, 3, 11, 12, 13, 14, 18]
    assert [point.nearest.id for point in found] == ["s-0001"] * 3 + ["s-0002"] * 4
    assert [point.ahead for point in found] == [False] * 4 + [True] * 3
    assert {point.ahead_since_ms for point in found if point.ahead} == {START_MS + 13}
    assert [point.cause for point in found] == [Cause.EVENT] * 6 + [Cause.DWELL_ENDED]
    assert [point.n_items for point in found] == [2, 3, 4, 4, 4, 4, 4]
    assert {point.lead_required for point in found} == {STORY_POLICY.margin}


def test_a_lead_is_relative_to_the_current_segment() -> None:
    close = MOVED.evaluations[3]
    assert close.assignment is not None
    at_milk, at_bread = close.assignment.distances[:2]
    assert lead_of(close, "s-0001") == pytest.approx(1 - at_bread / at_milk)
    assert (lead_of(close, "s-0002"), lead_of(close, "s-0009")) == (0.0, 0.0)


def test_weights_halve_with_every_half_life() -> None:
    found = snapshot(MOVED.evaluations[-1], "s-0001", "s-0002", STORY_POLICY)
    ages_ms = [18 - at for at in (10, 11, 12, 13)]
    weights = [2 ** (-age_ms / STORY_POLICY.half_life_ms) for age_ms in ages_ms]
    assert [item.weight for item in found.items] == pytest.approx(weights)
    assert [item.share for item in found.items] == pytest.approx([each / sum(weights) for each in weights])
    assert found.mass == pytest.approx(sum(weights) ** 2 / sum(each**2 for each in weights))
    assert [item.text for item in found.items] == ["bread"] * 4


def test_distances_are_of_both_halves_together() -> None:
    found = snapshot(MOVED.evaluations[-1], "s-0001", "s-0002", STORY_POLICY)
    assert [each.segment.id for each in found.distances] == ["s-0002", "s-0003", "s-0001"]
    for each in found.distances:
        assert each.distance**2 == pytest.approx(each.explicit_distance**2 + each.semantic_distance**2, abs=1e-6)


def test_parts_of_a_move_sum_to_one_and_are_those_of_the_evidence() -> None:
    found, evidence = snapshot(MOVED.evaluations[-1], "s-0001", "s-0002", STORY_POLICY), MOVED.change.evidence
    parts = [abs(feature.contribution) for feature in found.features]
    assert sum(parts) + abs(found.semantic_contribution) == pytest.approx(1)
    assert found.semantic_contribution == evidence.semantic_contribution
    assert sum(item.pull for item in found.items) == pytest.approx(evidence.items[0].contribution)
    by_name = {feature.name: feature for feature in found.features}
    for each in evidence.features:
        assert (by_name[each.name].value, by_name[each.name].contribution) == (each.value, each.contribution)


def test_texts_are_left_out_where_changes_leave_them_out() -> None:
    found = snapshot(MOVED.evaluations[-1], "s-0001", "s-0002", replace(STORY_POLICY, evidence_texts=False))
    assert {item.text for item in found.items} == {""}


def test_a_name_is_that_of_the_deciding_model() -> None:
    found = snapshot(MOVED.evaluations[-1], "s-0001", "s-0002", STORY_POLICY)
    assert found.distances[0].segment.name == segment_name("s-0002", MOVED.evaluations[-1].model) == "bread"
