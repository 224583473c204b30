"""Erasures within steps: state, timers and outputs."""

from __future__ import annotations

from stream.core.event import Erasure, Record, Rejected
from stream.core.output import Change, Membership, Rejection, Sample
from stream.core.reasons import Reason
from tests.core.builders import POLICY, START_MS, WALL, event_at, records_with, word_model
from tests.core.cores import CoreType
from tests.core.recorder import run_steps

SURE = word_model(threshold=9.0)  # no user is unknown


def test_rejections_and_erasures_are_output_in_the_order_of_records(core: CoreType) -> None:
    contents = (event_at(0, "milk"), Rejected(Reason.NOT_JSON, "no brace"), event_at(1, "milk", "bob"), Erasure("bob"))
    recorder = run_steps(records_with(*contents), POLICY, core=core)
    assert [type(output) for output in recorder.outputs] == [
        Change, Membership, Sample, Rejection, Change, Membership, Sample, Membership,
    ]  # fmt: skip
    assert recorder.outputs[3] == Rejection(1, Reason.NOT_JSON, "no brace")
    assert recorder.outputs[-1] == Membership("bob", None)


def test_an_erased_user_starts_again_from_nothing(core: CoreType) -> None:
    #  batch 1    ann: milk bread
    #  batch 2    ann: shoes, erase, milk, erase, milk
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(1, "bread")), POLICY, core=core)
    again = (event_at(2, "shoes"), Erasure("ann"), event_at(3, "milk"), Erasure("ann"), event_at(4, "milk"))
    recorder.step(records_with(*again), POLICY)
    done, ann = recorder.steps[-1], recorder.user("ann")
    assert done.counts["erased"] == 2
    assert [item.id for item in ann.items] == ["e4"]
    assert (ann.n_events, ann.membership.sequence) == (1, 1)


def test_erasing_an_unknown_user_still_leaves_a_tombstone(core: CoreType) -> None:
    recorder = run_steps(records_with(Erasure("ann")), POLICY, core=core)
    assert recorder.outputs == [Membership("ann", None)]
    assert (recorder.steps[0].counts, recorder.users()) == ({"erased": 1}, {})


def test_the_timers_of_an_erased_user_have_no_effect(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(10, "bread")), WALL, model=SURE, core=core)
    erase = Record(9, START_MS + 11, Erasure("ann"))
    recorder.step([erase], WALL, SURE, until_ms=12)
    assert recorder.step([], WALL, SURE, until_ms=99) == []
    assert recorder.partition.next_due_ms() is None


def test_the_timers_of_an_erased_user_have_no_effect_in_the_same_batch(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(10, "bread")), WALL, model=SURE, core=core)
    recorder.step([Record(9, START_MS + 11, Erasure("ann"))], WALL, SURE, until_ms=99)
    assert len(recorder.changes()) == 1
    assert (recorder.partition.next_due_ms(), recorder.users()) == (None, {})
