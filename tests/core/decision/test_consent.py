"""The gate of consent, by hand and beside a run over the records that it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings

from stream.core.decision.conditions import Condition
from stream.core.decision.consent import admit, after, has_consent
from stream.core.event import Content, Declaration, Erasure, Event, Ignored, Record, Rejected, Scalar
from stream.core.output import Membership
from stream.core.reasons import Reason
from tests.core.builders import POLICY, WALL, event_at, records_with
from tests.core.cores import CoreType
from tests.core.drawn import CONSENT, DECLARING, batch_starts, record_lists
from tests.core.planted import bits
from tests.core.recorder import run_steps

YES, NO, OTHER = (Declaration("ann", {"club": value}) for value in ("milk", "bread", None))
COUNTRY = Declaration("ann", {"country": "NL"})
MILK = event_at(0, "milk")
GATED = replace(POLICY, consent=CONSENT)
AGREED: Mapping[str, Scalar] = {"club": "milk"}


@pytest.mark.parametrize(
    ("content", "known", "expected"),
    [
        (MILK, None, None),
        (MILK, AGREED, MILK),
        (MILK, {"club": "bread"}, Erasure("ann")),
        (YES, None, YES),
        (YES, {"club": "bread"}, YES),
        (NO, None, None),
        (NO, AGREED, Erasure("ann")),
        (OTHER, AGREED, Erasure("ann")),
        (COUNTRY, None, None),
        (COUNTRY, AGREED, COUNTRY),
        (Erasure("ann"), None, Erasure("ann")),
        (Ignored("alias"), None, Ignored("alias")),
        (Rejected(Reason.NOT_JSON, ""), None, Rejected(Reason.NOT_JSON, "")),
    ],
)
def test_what_is_left_of_a_record(
    content: Content, known: Mapping[str, Scalar] | None, expected: Content | None
) -> None:
    assert admit(content, known, CONSENT) == expected
    assert admit(content, known, ()) is content, "without the setting nothing is held back"


def test_all_conditions_must_hold_and_none_is_always_met() -> None:
    both = (*CONSENT, Condition.parse("ads=true"))
    assert has_consent({"club": "milk", "ads": True}, both)
    assert not has_consent({"club": "milk"}, both)
    assert has_consent({}, ())


def test_a_user_is_processed_from_consent_to_withdrawal_and_nothing_stays(core: CoreType) -> None:
    #  ann    milk   country  club=milk  milk   bread    club=bread  milk
    #         │      │                   └ applied ┘     erased      │
    #         no consent                                            no consent
    contents = (MILK, COUNTRY, YES, MILK, event_at(1, "bread"), NO, event_at(2, "milk"))
    recorder = run_steps(records_with(*contents), GATED, core=core)
    (step,) = recorder.steps
    assert step.counts == {"no_consent": 3, "declarations": 1, "applied": 2, "erased": 1}
    tombstones = [output for output in recorder.outputs if isinstance(output, Membership) and output.segment is None]
    assert tombstones == [Membership("ann", None)]
    assert recorder.users() == {}
    published = [output.traits for output in recorder.outputs if isinstance(output, Membership) and output.segment]
    assert published[0] == {"club": "milk"}, "traits declared before consent are not kept"


def test_a_declaration_without_consent_of_an_unknown_user_says_nothing(core: CoreType) -> None:
    recorder = run_steps(records_with(NO, COUNTRY), GATED, core=core)
    assert (recorder.outputs, recorder.users()) == ([], {})


def test_a_state_from_before_the_setting_is_erased_at_the_next_record(core: CoreType) -> None:
    before = run_steps(records_with(MILK, YES, event_at(0, "milk", "bob")), POLICY, core=core)
    before.step(records_with(event_at(1, "milk"), event_at(1, "milk", "bob")), GATED)
    assert list(before.users()) == ["ann"]
    assert before.outputs[-1] == Membership("bob", None)


@settings(max_examples=100)
@given(records=record_lists(DECLARING) | record_lists(), cuts=batch_starts)
def test_the_gate_equals_a_run_over_what_it_leaves(core: CoreType, records: list[Record], cuts: set[int]) -> None:
    known: dict[str, Mapping[str, Scalar] | None] = {}
    left = []
    for record in records:
        content: Content | None = record.content
        if isinstance(content, Event | Declaration | Erasure):
            content = admit(content, known.get(content.user), CONSENT)
            if content is None or not _is_refused(record, content):
                known[record.content.user] = after(content, known.get(record.content.user))  # type: ignore[union-attr]
        left.append(replace(record, content=Ignored("no consent") if content is None else content))
    gated, open_ = run_steps(records, replace(WALL, consent=CONSENT), cuts, core=core), run_steps(left, WALL, core=core)
    assert bits(tuple(gated.outputs)) == bits(tuple(open_.outputs))
    assert gated.snapshots() == open_.snapshots()


def _is_refused(record: Record, content: Content) -> bool:
    """Return True for an event that is too far ahead: it makes no state."""
    return isinstance(content, Event) and content.time_ms - record.arrival_ms > WALL.max_ahead_ms
