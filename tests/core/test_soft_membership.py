from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from stream.core.assignment import Assignment, assign
from stream.core.output import Membership
from stream.core.soft_membership import soft_membership
from tests.core.builders import POLICY, event_at, records_with, word_model
from tests.core.recorder import run_steps

WORDS = ("milk", "bread", "shoes", "soap", "jam")
MODEL = word_model(WORDS)


def assignment(*distances: float) -> Assignment:
    """Seen from these distances."""
    return assign(np.array([distances], np.float32))[0]


@given(
    away=st.lists(st.floats(0, 50, width=32), min_size=5, max_size=5),
    thresholds=st.lists(st.floats(0.01, 9), min_size=5, max_size=5),
)
def test_weights_are_the_softmax_of_distances_in_thresholds_over_a_tenth(
    away: list[float], thresholds: list[float]
) -> None:
    model = replace(MODEL, thresholds=np.array(thresholds))
    expected = softmax(-np.array(away) / thresholds / 0.1)
    found = soft_membership(assignment(*away), model)
    assert [part.weight for part in found] == pytest.approx(sorted(expected, reverse=True)[:3], abs=1e-9)
    assert {part.id: part.weight for part in found} == pytest.approx(
        {part.id: expected[model.ids.index(part.id)] for part in found}, abs=1e-9
    )
    assert [part.name for part in found] == [WORDS[model.ids.index(part.id)] for part in found]


def test_a_tenth_of_a_threshold_farther_weighs_one_eth() -> None:
    model = replace(word_model(("milk", "bread")), thresholds=np.array([1.0, 2.0]))
    first, second = soft_membership(assignment(0.5, 1.2), model)  # 0.5 and 0.6 of their thresholds
    assert (first.id, second.id) == ("s-0001", "s-0002")
    assert first.weight / second.weight == pytest.approx(np.e, rel=1e-5)
    assert first.weight + second.weight == pytest.approx(1.0)


def test_equal_weights_keep_the_models_order_and_one_segment_has_all() -> None:
    assert [part.id for part in soft_membership(assignment(1, 1, 1, 1, 1), MODEL)] == ["s-0001", "s-0002", "s-0003"]
    assert [part.weight for part in soft_membership(assignment(7), word_model(("milk",)))] == [1.0]


def test_a_threshold_of_0_gives_all_the_weight_to_users_on_the_centroid() -> None:
    model = replace(word_model(("milk", "bread")), thresholds=np.array([0.0, 0.5]))
    assert [part.weight for part in soft_membership(assignment(0.0, 0.4), model)] == pytest.approx([1, 0], abs=1e-3)
    assert [part.id for part in soft_membership(assignment(1e-3, 0.4), model)] == ["s-0002", "s-0001"]


def test_a_membership_has_soft_memberships_unless_items_or_a_model_are_missing() -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), POLICY)
    recorder.step([], POLICY, until_ms=99)
    entered, left = (output for output in recorder.outputs if isinstance(output, Membership))
    assert entered.soft_membership[0].id == "s-0001"
    assert sum(part.weight for part in entered.soft_membership) == pytest.approx(1.0)  # of three segments
    assert left.soft_membership == ()
