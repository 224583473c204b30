"""Pin rules: parsing, matching, and the changes that follow, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core.decision.pins import PinRule, matching_pin
from stream.core.event import Declaration, Erasure, Record, Scalar
from stream.core.output import Change, Evidence, Membership, Sample
from stream.core.policy import Clock
from stream.core.segment_model import SegmentModel
from tests.core.builders import LABELS, POLICY, START_MS, event_at, records_with, word_model
from tests.core.cores import CoreType
from tests.core.recorder import StepRecorder, run_steps

SURE = word_model(threshold=9.0)
STAFF = replace(POLICY, pin=(PinRule.parse("employee=true:staff"), PinRule.parse("level=3:upper")))
YES, NO = Declaration("ann", {"employee": True}), Declaration("ann", {"employee": False})


def change_lines(recorder: StepRecorder) -> list[str]:
    """Changes as `from>to rule`."""
    return [f"{c.from_segment}>{c.to_segment} {c.rule}" for c in recorder.changes()]


@pytest.mark.parametrize(
    ("rule", "holds", "fails"),
    [
        ("a=true:x", [True], [1, "true", False, None]),
        ("a=1:x", [1, 1.0], [True, "1", 2]),
        ("a=0.5:x", [0.5], ["0.5"]),
        ("a=null:x", [None], [False, "null", ""]),
        ("a=gold:x", ["gold"], ["Gold", True]),
        ('a="true":x', ["true"], [True]),
        ("a=b=c:d:x", ["b=c:d"], ["b"]),
        ("a=:x", [""], [None]),
        ("a=[1]:x", ["[1]"], [1]),
        ("a=NaN:x", ["NaN"], [0]),
    ],
)
def test_values_match_as_json_scalars(rule: str, holds: list[Scalar], fails: list[Scalar]) -> None:
    parsed = PinRule.parse(rule)
    assert all(parsed.matches({"a": value}) for value in holds)
    assert not any(parsed.matches({"a": value}) for value in fails)
    assert not parsed.matches({"b": holds[0]}), "the trait was never declared"
    assert (parsed.segment, parsed.condition) == ("x", rule.removesuffix(":x"))


def test_the_first_matching_rule_decides() -> None:
    one, two, three = (PinRule.parse(text) for text in ("b=1:one", "a=1:two", "a=1:three"))
    rules = (one, two, three)
    assert matching_pin({"a": 1}, rules) is two
    assert matching_pin({"a": 1, "b": 1}, rules) is one
    assert matching_pin({"c": 1}, rules) is None


@pytest.mark.parametrize(
    "rule",
    ["", "a", "a=1", "a:x", "=1:x", "a=1:", "a=1:X", "a=1:1x", "a=1:s-0001", "a=1:s-7", "a=1:pending", "a=1:unknown",
     "a=1:inactive", "a=1:x y"],
)  # fmt: skip
def test_a_malformed_rule_is_refused_with_the_expected_form(rule: str) -> None:
    with pytest.raises(ValueError, match="rules `trait=value:segment`"):
        PinRule.parse(rule)


def test_a_declaration_pins_at_once_without_items_or_a_segment_model(core: CoreType) -> None:
    recorder = run_steps(records_with(YES), STAFF, model=None, core=core)
    change, membership = recorder.outputs
    assert isinstance(change, Change)
    assert isinstance(membership, Membership)
    assert change_lines(recorder) == ["pending>staff pinned"]
    assert (change.pinned_by, change.to_name, change.segment_model) == ("employee=true", "staff", 0)
    assert (change.certainty, change.evidence, change.n_items, change.event_time_ms) == (None, Evidence(), 0, None)
    assert (change.margin_required, change.dwell_required_ms, change.dwell_ms) == (0.0, 0, 0)
    assert (membership.segment, membership.name, membership.sequence) == ("staff", "staff", 1)
    assert (membership.traits, membership.soft_membership, membership.predicted) == ({"employee": True}, (), None)


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (1, 2)])
def test_a_pinned_user_moves_without_dwell_and_ignores_later_behaviour(core: CoreType, cuts: tuple[int, ...]) -> None:
    #  ms        0     0         10 .. 13
    #  ann       milk  employee  bread ..
    records = records_with(event_at(0, "milk"), YES, event_at(10, "bread"), event_at(13, "bread"))
    recorder = run_steps(records, STAFF, cuts, SURE, core=core)
    recorder.step([], STAFF, SURE, until_ms=99)  # an empty window too
    assert change_lines(recorder) == ["pending>s-0001 entered", "s-0001>staff pinned"]
    assert (recorder.changes()[1].certainty, recorder.changes()[1].segment_model) == (None, 1)
    assert recorder.partition.next_due_ms() is None


def test_a_pin_aborts_the_dwell_of_a_candidate(core: CoreType) -> None:
    #  ms       0     10                 12
    #  ann      milk  bread ▶ candidate  employee
    records = records_with(event_at(0, "milk"), event_at(10, "bread"), YES, arrival_ms=(0, 10, 12))
    recorder = run_steps(records, replace(STAFF, clock=Clock.WALL), model=SURE, core=core)
    assert recorder.user("ann").membership.candidate is None
    recorder.step([], replace(STAFF, clock=Clock.WALL), SURE, until_ms=18)
    assert change_lines(recorder)[-1] == "s-0001>staff pinned"


def test_a_rule_that_no_longer_matches_unpins_to_the_nearest_segment_at_once(core: CoreType) -> None:
    recorder = run_steps(records_with(YES, event_at(0, "milk"), event_at(1, "milk"), NO), STAFF, model=SURE, core=core)
    assert change_lines(recorder) == ["pending>staff pinned", "staff>s-0001 unpinned"]
    unpinned = recorder.changes()[1]
    assert (unpinned.from_name, unpinned.to_name, unpinned.pinned_by) == ("staff", "milk", "")
    assert (unpinned.margin_required, unpinned.dwell_required_ms) == (0.0, 0)
    assert unpinned.certainty is not None
    assert unpinned.certainty.from_distance is None
    assert [item.text for item in unpinned.evidence.items] == ["milk"]


def test_an_unpinned_user_far_from_every_segment_is_unknown(core: CoreType) -> None:
    recorder = run_steps(records_with(YES, event_at(0, "soap"), NO), STAFF, model=word_model(threshold=1e-6), core=core)
    assert change_lines(recorder)[-1] == "staff>unknown unpinned"


def test_an_unpinned_user_with_an_empty_window_is_inactive_and_may_return(core: CoreType) -> None:
    recorder = run_steps(records_with(YES, NO, event_at(5, "milk")), STAFF, model=SURE, core=core)
    assert change_lines(recorder) == ["pending>staff pinned", "staff>inactive unpinned", "inactive>s-0001 returned"]


@pytest.mark.parametrize(("model", "n_items"), [(None, 2), (SURE, 1)], ids=["no model yet", "too few items"])
def test_a_user_without_a_result_stays_pinned_until_there_is_one(
    core: CoreType, model: SegmentModel | None, n_items: int
) -> None:
    policy = replace(STAFF, min_items=2)
    recorder = run_steps(
        records_with(YES, *(event_at(at, "milk") for at in range(n_items)), NO), policy, model=model, core=core
    )
    assert change_lines(recorder) == ["pending>staff pinned"]
    recorder.step([Record(9, 0, event_at(2, "milk"))], policy, SURE)
    assert change_lines(recorder)[1:] == ["staff>s-0001 unpinned"]


def test_a_user_waiting_to_be_unpinned_is_inactive_once_the_window_is_empty(core: CoreType) -> None:
    policy = replace(STAFF, min_items=2)
    recorder = run_steps(records_with(YES, event_at(0, "milk"), NO), policy, model=SURE, core=core)
    recorder.step([], policy, SURE, until_ms=99)
    assert change_lines(recorder)[1:] == ["staff>inactive unpinned"]


def test_another_rule_moves_to_another_segment_and_one_of_the_same_segment_changes_nothing(core: CoreType) -> None:
    same = replace(STAFF, pin=(*STAFF.pin, PinRule.parse("boss=true:staff")))
    recorder = run_steps(records_with(YES, Declaration("ann", {"employee": False, "boss": True})), same, core=core)
    assert change_lines(recorder) == ["pending>staff pinned"]
    recorder.step([Record(2, 0, event_at(0, "milk"))], same)  # an evaluation without a change
    assert (change_lines(recorder)[1:], recorder.user("ann").membership.pinned_by) == ([], "boss=true")
    recorder.step([Record(3, 0, Declaration("ann", {"boss": False, "level": 3}))], same)
    assert change_lines(recorder)[1:] == ["staff>upper pinned"]


def test_a_rule_removed_from_the_settings_unpins_at_the_next_event(core: CoreType) -> None:
    recorder = run_steps(records_with(YES, event_at(0, "milk")), STAFF, model=SURE, core=core)
    recorder.step([Record(2, 0, event_at(1, "milk"))], POLICY, SURE)
    assert change_lines(recorder) == ["pending>staff pinned", "staff>s-0001 unpinned"]


def test_a_rule_added_to_the_settings_pins_at_the_next_event(core: CoreType) -> None:
    recorder = run_steps(records_with(YES, event_at(0, "milk")), POLICY, model=SURE, core=core)
    recorder.step([Record(2, 0, event_at(1, "milk"))], STAFF, SURE)
    assert change_lines(recorder) == ["pending>s-0001 entered", "s-0001>staff pinned"]


def test_pinned_users_are_not_sampled_and_unpinned_ones_are(core: CoreType) -> None:
    recorder = run_steps(records_with(YES, event_at(0, "milk"), event_at(10, "milk")), STAFF, model=SURE, core=core)
    assert [o for o in recorder.outputs if isinstance(o, Sample)] == []
    recorder.step([Record(3, 0, NO)], STAFF, SURE)
    (sample,) = [o for o in recorder.outputs if isinstance(o, Sample)]
    assert sample.segment == "s-0001"


def test_a_declaration_without_effect_on_the_segment_publishes_its_traits_and_no_change(core: CoreType) -> None:
    recorder = run_steps(
        records_with(event_at(0, "milk"), NO, YES, YES, Declaration("ann", {"age": 41})), STAFF, model=SURE, core=core
    )
    assert change_lines(recorder) == ["pending>s-0001 entered", "s-0001>staff pinned"]
    told = [(o.segment, o.sequence, o.traits) for o in recorder.outputs if isinstance(o, Membership)]
    assert told == [
        ("s-0001", 1, None),
        ("s-0001", 1, {"employee": False}),
        ("staff", 2, {"employee": True}),
        ("staff", 2, {"employee": True, "age": 41}),
    ]


def test_an_erasure_ends_a_pin(core: CoreType) -> None:
    recorder = run_steps(records_with(YES, Erasure("ann"), event_at(0, "milk")), STAFF, model=SURE, core=core)
    assert change_lines(recorder) == ["pending>staff pinned", "pending>s-0001 entered"]
    assert [c.sequence for c in recorder.changes()] == [1, 1]


def test_labels_of_pinned_users_are_predicted_once_there_is_a_model(core: CoreType) -> None:
    recorder = StepRecorder(labels=LABELS, core=core)
    recorder.step(records_with(event_at(0, "milk"), YES), STAFF, None)
    recorder.step([Record(2, 0, event_at(1, "milk"))], STAFF, SURE)
    pending, later = [o for o in recorder.outputs if isinstance(o, Membership)]
    assert pending.predicted is None
    assert (later.segment, later.sequence, set(later.predicted or ())) == ("staff", 1, {"diet", "club"})
    assert len(later.soft_membership) == 3


def test_a_pinned_user_stays_in_the_segment_while_the_window_is_empty(core: CoreType) -> None:
    wall = replace(STAFF, clock=Clock.WALL)
    recorder = run_steps(records_with(event_at(0, "milk"), YES, arrival_ms=(0, 1)), wall, model=SURE, core=core)
    recorder.step([], wall, SURE, until_ms=60)
    assert recorder.user("ann").items == ()
    recorder.step([Record(2, START_MS + 70, event_at(70, "bread"))], wall, SURE)
    assert change_lines(recorder) == ["pending>s-0001 entered", "s-0001>staff pinned"]
