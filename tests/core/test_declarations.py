"""Declared traits within steps."""

from __future__ import annotations

from stream.core.event import TRAITS_BYTES_MAX, Declaration
from stream.core.output import Membership, Rejection
from tests.core.builders import POLICY, event_at, records_with
from tests.core.recorder import run_steps


def test_a_membership_shows_the_traits_declared_before_it() -> None:
    contents = (event_at(0, "milk"), Declaration("ann", {"age": 41, "club": True}), Declaration("ann", {"age": 42}))
    recorder = run_steps(records_with(*contents), POLICY)
    recorder.step([], POLICY, until_ms=99)
    assert [m.traits for m in recorder.outputs if isinstance(m, Membership)] == [None, {"age": 42, "club": True}]
    assert recorder.steps[0].counts["declarations"] == 2


def test_traits_that_would_exceed_their_limit_are_rejected_and_the_earlier_ones_stay() -> None:
    small, large = {"age": 41}, {"note": "x" * (TRAITS_BYTES_MAX - 12)}  # either alone has room, both have not
    recorder = run_steps(
        records_with(Declaration("ann", small), Declaration("ann", large), Declaration("ann", {"age": 42})), POLICY
    )
    rejections = [output for output in recorder.outputs if isinstance(output, Rejection)]
    assert [(r.offset, r.reason) for r in rejections] == [(1, "traits_too_large")]
    assert recorder.partition.users["ann"].traits == {"age": 42}
