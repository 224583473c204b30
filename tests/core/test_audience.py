"""Segments of too few users do not decide: as if the model had never had them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from stream.core.audience import with_large_segments
from stream.core.event import Record
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving
from tests.core.builders import POLICY, event_at, records_with, word_model
from tests.core.cores import CoreType
from tests.core.drawn import DECLARING, policies, record_lists, rule_policies
from tests.core.planted import bits
from tests.core.recorder import run_steps

SIZES = {"milk": 50, "bread": 9, "shoes": 10}


def sized(model: SegmentModel) -> SegmentModel:
    """The model with the users of SIZES in its descriptions."""
    return replace(model, descriptions=tuple(replace(d, n_users=SIZES[d.name]) for d in model.descriptions))


MODEL = sized(word_model(threshold=9.0))
LARGE = sized(replace(word_model(("milk", "shoes"), threshold=9.0), ids=("s-0001", "s-0003")))


def test_segments_below_the_bound_are_gone_with_all_that_is_theirs() -> None:
    found = with_large_segments(Serving(MODEL), 10)
    assert found is not None
    assert found.model.ids == LARGE.ids
    assert found.model.descriptions == LARGE.descriptions
    assert np.array_equal(found.model.centroids, LARGE.centroids)
    assert np.array_equal(found.model.thresholds, LARGE.thresholds)
    assert found.versions == Serving(MODEL).versions


def test_a_model_without_small_segments_stays_the_same_object() -> None:
    serving = Serving(MODEL, MODEL, 5, 7)
    for n_users in (0, 9):
        found = with_large_segments(serving, n_users)
        assert found is not None
        assert found.model is found.previous is MODEL
    assert with_large_segments(None, 9) is None


def test_without_any_large_segment_no_model_decides(core: CoreType) -> None:
    assert with_large_segments(Serving(MODEL), 51) is None
    recorder = run_steps(records_with(event_at(0, "milk")), replace(POLICY, min_audience=51), model=MODEL, core=core)
    assert (recorder.changes(), recorder.user("ann").membership.segment) == ([], "pending")
    assert recorder.partition.serving.model == MODEL.version, "the model serves, and does not decide"


@settings(max_examples=80)
@given(records=record_lists() | record_lists(DECLARING), policy=policies | rule_policies)
def test_decisions_are_those_of_a_model_without_the_small_segments(
    core: CoreType, records: list[Record], policy: Policy
) -> None:
    gated = run_steps(records, replace(policy, min_audience=10), model=MODEL, core=core)
    small = run_steps(records, policy, model=LARGE, core=core)
    assert bits(tuple(gated.outputs)) == bits(tuple(small.outputs))
    assert gated.snapshots() == small.snapshots()
    assert "s-0002" not in {change.to_segment for change in gated.changes()}


def test_members_of_a_segment_that_became_too_small_leave_it(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "bread")), POLICY, model=MODEL, core=core)
    gated = replace(POLICY, min_audience=10)
    recorder.step(records_with(event_at(1, "bread")), gated, MODEL)
    recorder.step([], gated, MODEL, until_ms=8)
    assert [(c.from_segment, c.rule) for c in recorder.changes()] == [("pending", "entered"), ("s-0002", "retired")]
    assert recorder.changes()[-1].from_name == "s-0002", "no longer by its name"


@pytest.mark.parametrize("n_users", [1, 50])
def test_a_larger_bound_leaves_fewer_segments(n_users: int) -> None:
    found = with_large_segments(Serving(MODEL), n_users)
    assert found is not None
    assert len(found.model.ids) == sum(size >= n_users for size in SIZES.values())
