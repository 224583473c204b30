"""Outputs of decisions: changes, memberships and samples, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.assignment import assign
from stream.core.change import certainty
from stream.core.event import Declaration, Event
from stream.core.output import Change, Membership, Sample
from tests.core.builders import MODEL, POLICY, START_MS, event_at, records_with, stored_vector, word_model
from tests.core.cores import CoreType
from tests.core.recorder import StepRecorder, run_steps

SURE = word_model(threshold=9.0)  # no user is unknown
CALM = replace(POLICY, window_ms=100, window_items=12)


def test_a_change_is_self_contained(core: CoreType) -> None:
    #  ms       0     10           15
    #  ann      milk  bread        |
    #  ahead          s-0002 ─────▶ change
    recorder = run_steps(
        records_with(event_at(0, "milk"), event_at(10, "bread", amount=3.0)), POLICY, model=SURE, core=core
    )
    recorder.step([], POLICY, SURE, until_ms=20)
    entered, moved = recorder.changes()
    assert (entered.sequence, entered.rule) == (1, "entered")
    assert (entered.from_segment, entered.from_name) == ("pending", "pending")
    assert (entered.decision_time_ms, entered.dwell_ms, entered.event_time_ms) == (START_MS + 1, 0, START_MS)
    assert (moved.user, moved.sequence, moved.rule) == ("ann", 2, "margin_and_dwell")
    assert (moved.from_segment, moved.from_name) == ("s-0001", "milk")
    assert (moved.to_segment, moved.to_name) == ("s-0002", "bread")
    assert (moved.decision_time_ms, moved.dwell_ms, moved.dwell_required_ms) == (START_MS + 16, 5, 5)
    assert (moved.event_time_ms, moved.n_items, moved.margin_required) == (START_MS + 10, 2, POLICY.margin)
    assert (moved.segment_model, moved.encoder, moved.quality) == (1, "hash", "full")
    assert moved.evidence.items[0].ids == ("e10",)
    assert moved.certainty is not None
    assert (moved.certainty.nearest, moved.certainty.threshold) == ("s-0002", 9.0)
    assert moved.certainty.distance < 0.9 * (moved.certainty.from_distance or 0.0)


def test_every_change_is_followed_by_the_new_membership_with_declared_traits(core: CoreType) -> None:
    recorder = run_steps(
        records_with(Declaration("ann", {"age": 41}), event_at(0, "milk"), event_at(0, "milk", "bob")),
        POLICY,
        core=core,
    )
    for change, membership in zip(recorder.outputs[0::3], recorder.outputs[1::3], strict=True):
        assert isinstance(change, Change)
        assert isinstance(membership, Membership)
        assert membership.user == change.user
        assert (membership.segment, membership.name) == (change.to_segment, change.to_name)
        assert (membership.since_ms, membership.sequence) == (change.decision_time_ms, change.sequence)
        assert (membership.segment_model, membership.encoder) == (1, "hash")
    assert [m.traits for m in recorder.outputs if isinstance(m, Membership)] == [{"age": 41}, None]


def test_a_change_to_inactive_has_no_certainty_and_no_evidence(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), POLICY, core=core)
    recorder.step([], POLICY, until_ms=99)
    left = recorder.changes()[-1]
    assert (left.rule, left.from_segment) == ("inactive", "s-0001")
    assert (left.to_segment, left.to_name) == ("inactive", "inactive")
    assert (left.certainty, left.evidence.items, left.evidence.features, left.event_time_ms) == (None, (), (), None)
    assert (left.n_items, left.quality) == (0, "explicit-only")


def test_the_quality_is_explicit_only_without_texts(core: CoreType) -> None:
    (change,) = run_steps(records_with(event_at(0, amount=5.0)), POLICY, core=core).changes()
    assert change.quality == "explicit-only"


def test_the_margin_compares_the_nearest_with_the_runner_up() -> None:
    (assignment,) = assign(np.array([[0.5, 2.0, 1.0]], np.float32))
    found = certainty(assignment, "s-0002", MODEL)
    assert found is not None
    assert (found.nearest, found.distance, found.runner_up, found.runner_up_distance) == ("s-0001", 0.5, "s-0003", 1.0)
    assert (found.nearest_name, found.runner_up_name) == ("milk", "shoes")
    assert (found.margin, found.from_distance, found.threshold) == (0.5, 2.0, 0.5)


@pytest.mark.parametrize("distance", [0.0, 0.5])
def test_the_only_segment_has_no_margin(distance: float) -> None:
    (assignment,) = assign(np.array([[distance]], np.float32))
    found = certainty(assignment, "pending", word_model(("milk",)))
    assert found is not None
    assert (found.margin, found.runner_up, found.from_distance) == (0.0, "s-0001", None)


def test_an_empty_window_has_no_certainty() -> None:
    assert certainty(None, "s-0001", MODEL) is None


def samples_of(recorder: StepRecorder) -> list[Sample]:
    return [output for output in recorder.outputs if isinstance(output, Sample)]


def test_a_user_is_sampled_at_once_and_then_once_a_period(core: CoreType) -> None:
    #  ms        0    3    6    7   10   14
    #  sample    x              x        x
    records = records_with(*(event_at(at, "milk") for at in (0, 3, 6, 7, 10, 14)))
    found = samples_of(run_steps(records, CALM, core=core))
    assert [sample.time_ms - START_MS for sample in found] == [1, 8, 15]
    assert {sample.segment for sample in found} == {"s-0001"}, "where they are when it is taken"


def test_a_pending_user_is_sampled_once_there_are_enough_items(core: CoreType) -> None:
    recorder = run_steps(
        records_with(event_at(0, "milk"), event_at(1, "milk")), replace(CALM, min_items=2), model=None, core=core
    )
    (sample,) = recorder.outputs
    assert isinstance(sample, Sample)
    assert (sample.user, sample.time_ms, sample.encoder, sample.segment) == ("ann", START_MS + 2, "hash", "")
    vector, scale = stored_vector("milk")
    np.testing.assert_allclose(sample.semantic, vector * scale / np.linalg.norm(vector * scale), rtol=1e-5)
    assert sample.explicit.shape == (len(MODEL.features),)


def test_a_sample_carries_its_eight_newest_distinct_texts(core: CoreType) -> None:
    texts = ("0", "1", "2", "3", "4", "", "5", "6", "7", "8", "9", "8")
    contents = [event_at(at, text) for at, text in enumerate(texts)]
    (sample,) = samples_of(run_steps(records_with(*contents), replace(CALM, min_items=12), core=core))
    assert sample.texts == ("8", "9", "7", "6", "5", "4", "3", "2")


def test_the_quality_is_full_as_soon_as_one_item_has_a_text(core: CoreType) -> None:
    items: list[Event] = [event_at(0, "milk"), event_at(1)]
    recorder = run_steps(records_with(*items), replace(POLICY, min_items=2), core=core)
    assert [change.quality for change in recorder.changes()] == ["full"]
