"""Force rules: what one says, and what follows for a person, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.core.decision.pins import force_rules, forced
from stream.core.event import Declaration, Erasure, Record, Scalar
from stream.core.output import Change, Evidence, Membership, Sample
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from stream.core.setting import SettingError
from tests.core.builders import LABELS, POLICY, START_MS, Told, event, of_contents, run, segments

SURE = segments(threshold=9.0)
STAFF = replace(POLICY, force=("employee=true:staff", "level=3:upper"))
YES, NO = Declaration("ann", {"employee": True}), Declaration("ann", {"employee": False})


def says(told: Told) -> list[str]:
    """Changes as `from>to rule`."""
    return [f"{c.from_segment}>{c.to_segment} {c.rule}" for c in told.changes()]


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
def test_values_are_compared_as_json_has_them(rule: str, holds: list[Scalar], fails: list[Scalar]) -> None:
    (read,) = force_rules((rule,))
    assert all(read.holds({"a": value}) for value in holds)
    assert not any(read.holds({"a": value}) for value in fails)
    assert not read.holds({"b": holds[0]}), "it was never declared"
    assert (read.segment, read.by) == ("x", rule.removesuffix(":x"))


def test_the_first_rule_that_holds_decides() -> None:
    rules = force_rules(("b=1:one", "a=1:two", "a=1:three"))
    assert [rule.segment for rule in (forced({"a": 1}, rules), forced({"a": 1, "b": 1}, rules)) if rule] == [
        "two",
        "one",
    ]
    assert forced({"c": 1}, rules) is None


@pytest.mark.parametrize(
    "rule",
    ["", "a", "a=1", "a:x", "=1:x", "a=1:", "a=1:X", "a=1:1x", "a=1:s-0001", "a=1:s-7", "a=1:warming", "a=1:unknown",
     "a=1:inactive", "a=1:x y"],
)  # fmt: skip
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(SettingError) as refused:
        Policy(force=("a=1:fine", rule))
    assert str(refused.value).startswith("force must be rules `trait=value:segment`")
    assert str(refused.value).endswith(f"got {rule!r} (SEGUE_FORCE)")


def test_a_declaration_forces_at_once_without_items_or_a_segment_model() -> None:
    told = run(of_contents(YES), STAFF, model=None)
    change, membership = told.outputs
    assert isinstance(change, Change)
    assert isinstance(membership, Membership)
    assert says(told) == ["warming>staff forced"]
    assert (change.forced_by, change.to_name, change.model_version) == ("employee=true", "staff", 0)
    assert (change.certainty, change.evidence, change.n_items, change.event_time_ms) == (None, Evidence(), 0, None)
    assert (change.margin_required, change.dwell_required_ms, change.dwell_ms) == (0.0, 0, 0)
    assert (membership.segment, membership.name, membership.sequence) == ("staff", "staff", 1)
    assert (membership.traits, membership.mixture, membership.predicted) == ({"employee": True}, (), None)


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (1, 2)])
def test_who_is_forced_leaves_their_segment_without_dwell_and_stays_whatever_they_do(cuts: tuple[int, ...]) -> None:
    #  ms        0     0         10 .. 13
    #  ann       milk  employee  bread ..
    records = of_contents(event(0, "milk"), YES, event(10, "bread"), event(13, "bread"))
    told = run(records, STAFF, cuts, SURE)
    told.tell([], STAFF, SURE, until_ms=99)  # an empty window too
    assert says(told) == ["warming>s-0001 entered", "s-0001>staff forced"]
    assert told.changes()[1].certainty is None
    assert told.changes()[1].model_version == 1
    assert told.partition.timers == []


def test_a_candidate_is_forgotten_when_a_rule_decides() -> None:
    #  ms       0     10                 12
    #  ann      milk  bread ▶ candidate  employee
    records = of_contents(event(0, "milk"), event(10, "bread"), YES, arrival_ms=(0, 10, 12))
    told = run(records, replace(STAFF, clock="wall"), model=SURE)
    assert told.partition.users["ann"].standing.candidate is None
    told.tell([], replace(STAFF, clock="wall"), SURE, until_ms=18)
    assert says(told)[-1] == "s-0001>staff forced"


def test_a_rule_that_holds_no_longer_releases_to_what_the_window_says_at_once() -> None:
    told = run(of_contents(YES, event(0, "milk"), event(1, "milk"), NO), STAFF, model=SURE)
    assert says(told) == ["warming>staff forced", "staff>s-0001 released"]
    released = told.changes()[1]
    assert (released.from_name, released.to_name, released.forced_by) == ("staff", "milk", "")
    assert (released.margin_required, released.dwell_required_ms) == (0.0, 0)
    assert released.certainty is not None
    assert released.certainty.from_distance is None
    assert [item.text for item in released.evidence.items] == ["milk"]


def test_who_is_released_far_from_every_segment_is_unknown() -> None:
    told = run(of_contents(YES, event(0, "soap"), NO), STAFF, model=segments(threshold=1e-6))
    assert says(told)[-1] == "staff>unknown released"


def test_who_is_released_with_nothing_in_the_window_is_inactive_and_may_return() -> None:
    told = run(of_contents(YES, NO, event(5, "milk")), STAFF, model=SURE)
    assert says(told) == ["warming>staff forced", "staff>inactive released", "inactive>s-0001 returned"]


@pytest.mark.parametrize(("model", "n_items"), [(None, 2), (SURE, 1)], ids=["no model yet", "too few items"])
def test_who_can_not_be_answered_yet_stays_forced_until_there_is_an_answer(
    model: SegmentModel | None, n_items: int
) -> None:
    policy = replace(STAFF, min_items=2)
    told = run(of_contents(YES, *(event(at, "milk") for at in range(n_items)), NO), policy, model=model)
    assert says(told) == ["warming>staff forced"]
    told.tell([Record(9, 0, event(2, "milk"))], policy, SURE)
    assert says(told)[1:] == ["staff>s-0001 released"]


def test_who_waits_to_be_released_is_inactive_when_the_window_empties() -> None:
    policy = replace(STAFF, min_items=2)
    told = run(of_contents(YES, event(0, "milk"), NO), policy, model=SURE)
    told.tell([], policy, SURE, until_ms=99)
    assert says(told)[1:] == ["staff>inactive released"]


def test_another_rule_moves_to_its_own_segment_and_the_same_segment_is_no_change() -> None:
    same = replace(STAFF, force=(*STAFF.force, "boss=true:staff"))
    told = run(of_contents(YES, Declaration("ann", {"employee": False, "boss": True})), same)
    assert says(told) == ["warming>staff forced"]
    told.tell([Record(2, 0, event(0, "milk"))], same)  # is looked at, and is where she was
    assert (says(told)[1:], told.partition.users["ann"].standing.forced_by) == ([], "boss=true")
    told.tell([Record(3, 0, Declaration("ann", {"boss": False, "level": 3}))], same)
    assert says(told)[1:] == ["staff>upper forced"]


def test_a_rule_taken_out_of_the_settings_releases_when_the_person_is_next_seen() -> None:
    told = run(of_contents(YES, event(0, "milk")), STAFF, model=SURE)
    told.tell([Record(2, 0, event(1, "milk"))], POLICY, SURE)
    assert says(told) == ["warming>staff forced", "staff>s-0001 released"]


def test_a_rule_put_into_the_settings_forces_when_the_person_is_next_seen() -> None:
    told = run(of_contents(YES, event(0, "milk")), POLICY, model=SURE)
    told.tell([Record(2, 0, event(1, "milk"))], STAFF, SURE)
    assert says(told) == ["warming>s-0001 entered", "s-0001>staff forced"]


def test_who_is_forced_is_not_sampled_and_is_again_when_released() -> None:
    told = run(of_contents(YES, event(0, "milk"), event(10, "milk")), STAFF, model=SURE)
    assert [o for o in told.outputs if isinstance(o, Sample)] == []
    told.tell([Record(3, 0, NO)], STAFF, SURE)
    (sample,) = [o for o in told.outputs if isinstance(o, Sample)]
    assert sample.segment == "s-0001"


def test_a_declaration_that_changes_no_answer_says_nothing() -> None:
    told = run(of_contents(event(0, "milk"), NO, YES, YES, Declaration("ann", {"age": 41})), STAFF, model=SURE)
    assert says(told) == ["warming>s-0001 entered", "s-0001>staff forced"]
    assert sum(isinstance(o, Membership) for o in told.outputs) == 2


def test_who_is_erased_is_forced_no_more() -> None:
    told = run(of_contents(YES, Erasure("ann"), event(0, "milk")), STAFF, model=SURE)
    assert says(told) == ["warming>staff forced", "warming>s-0001 entered"]
    assert [c.sequence for c in told.changes()] == [1, 1]


def test_labels_are_still_predicted_of_who_is_forced_once_there_is_a_model() -> None:
    told = Told(labels=LABELS)
    told.tell(of_contents(event(0, "milk"), YES), STAFF, None)
    told.tell([Record(2, 0, event(1, "milk"))], STAFF, SURE)
    warming, later = [o for o in told.outputs if isinstance(o, Membership)]
    assert warming.predicted is None
    assert (later.segment, later.sequence, set(later.predicted or ())) == ("staff", 1, {"diet", "club"})
    assert len(later.mixture) == 3


def test_a_forced_person_falls_silent_and_comes_back_where_they_were() -> None:
    wall = replace(STAFF, clock="wall")
    told = run(of_contents(event(0, "milk"), YES, arrival_ms=(0, 1)), wall, model=SURE)
    told.tell([], wall, SURE, until_ms=60)
    assert len(told.partition.users["ann"].window) == 0
    told.tell([Record(2, START_MS + 70, event(70, "bread"))], wall, SURE)
    assert says(told) == ["warming>s-0001 entered", "s-0001>staff forced"]
