"""Declared traits within steps."""

from __future__ import annotations

from stream.core.event import TRAITS_BYTES_MAX, Declaration
from stream.core.output import Membership, Rejection
from tests.core.builders import POLICY, event_at, records_with
from tests.core.cores import CoreType
from tests.core.recorder import run_steps


def test_a_membership_shows_the_traits_declared_before_it(core: CoreType) -> None:
    contents = (event_at(0, "milk"), Declaration("ann", {"age": 41, "club": True}), Declaration("ann", {"age": 42}))
    recorder = run_steps(records_with(*contents), POLICY, core=core)
    recorder.step([], POLICY, until_ms=99)
    first, last = {"age": 41, "club": True}, {"age": 42, "club": True}
    assert [m.traits for m in recorder.outputs if isinstance(m, Membership)] == [None, first, last, last]
    assert recorder.steps[0].counts["declarations"] == 2


def test_a_declaration_of_another_value_publishes_the_membership_again_and_moves_nobody(core: CoreType) -> None:
    yes, no = Declaration("ann", {"club": True}), Declaration("ann", {"club": False})
    contents = (event_at(0, "milk"), yes, yes, no, Declaration("ann", {"club": 0}))
    recorder = run_steps(records_with(*contents), POLICY, core=core)
    published = [m for m in recorder.outputs if isinstance(m, Membership)]
    assert [m.traits for m in published] == [None, {"club": True}, {"club": False}, {"club": 0}]
    assert {(m.segment, m.sequence, m.since_ms) for m in published} == {("s-0001", 1, published[0].since_ms)}
    assert len(recorder.changes()) == 1


def test_a_declaration_before_the_first_segment_publishes_nothing(core: CoreType) -> None:
    recorder = run_steps(
        records_with(Declaration("ann", {"club": True}), Declaration("ann", {"club": False})), POLICY, core=core
    )
    assert recorder.outputs == []


def test_traits_that_would_exceed_their_limit_are_rejected_and_the_earlier_ones_stay(core: CoreType) -> None:
    small, large = {"age": 41}, {"note": "x" * (TRAITS_BYTES_MAX - 12)}  # either alone has room, both have not
    recorder = run_steps(
        records_with(Declaration("ann", small), Declaration("ann", large), Declaration("ann", {"age": 42})),
        POLICY,
        core=core,
    )
    rejections = [output for output in recorder.outputs if isinstance(output, Rejection)]
    assert [(r.offset, r.reason) for r in rejections] == [(1, "traits_too_large")]
    assert recorder.user("ann").traits == {"age": 42}
