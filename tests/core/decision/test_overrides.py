"""Overrides: parsing, the margins and dwells they set, and the changes that follow, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.assignment import assign
from stream.core.decision.overrides import Margins, Override
from stream.core.policy import Policy
from stream.core.setting import SettingError
from stream.core.transition import Hysteresis, MembershipState, Rule, required
from tests.core.builders import POLICY, START_MS, WALL, event_at, records_with, word_model
from tests.core.cores import CoreType
from tests.core.recorder import run_steps
from tests.specification.transition import NEVER_MS, Transition, decide, dwell_due_ms, shortest_dwell_ms


def parsed(*texts: str) -> tuple[Override, ...]:
    return tuple(Override.parse(text) for text in texts)


SURE = word_model(threshold=9.0)
OWN = replace(POLICY, margin=0.1, dwell_ms=50)
BOTH = replace(
    OWN,
    overrides=parsed(
        "s-0001:leave_margin=0.4:leave_dwell_ms=70",
        "s-0002:margin=0.2:dwell_ms=90",
        "s-0003:dwell_ms=0",
        "unknown:margin=0.5:dwell_ms=7",
    ),
)


@pytest.mark.parametrize(
    ("segment", "candidate", "margin", "dwell_ms"),
    [
        ("s-0009", "s-0008", 0.1, 50),  # the policy's own
        ("s-0009", "s-0002", 0.2, 90),  # into
        ("s-0001", "s-0009", 0.4, 70),  # out of
        ("s-0001", "s-0002", 0.4, 90),  # both: the larger of each
        ("s-0009", "s-0003", 0.1, 0),
        ("s-0001", "s-0003", 0.4, 70),
        ("s-0002", "s-0001", 0.1, 50),  # neither into s-0001 nor out of s-0002
        ("s-0002", "unknown", 0.5, 7),
        ("unknown", "s-0002", 0.2, 90),
    ],
)
def test_the_larger_override_of_either_segment_holds_or_the_policys_own_value(
    segment: str, candidate: str, margin: float, dwell_ms: int
) -> None:
    assert required(BOTH, segment, candidate) == Hysteresis(margin, dwell_ms)
    assert required(OWN, segment, candidate) == Hysteresis(0.1, 50)
    assert Margins(0.1, BOTH.overrides).between(segment, candidate) == margin
    assert dwell_due_ms(MembershipState(segment, 0, candidate, 1000), BOTH) == 1000 + dwell_ms


def test_without_a_candidate_no_dwell_is_due() -> None:
    assert dwell_due_ms(MembershipState("s-0001"), BOTH) is None


@pytest.mark.parametrize(
    ("dwell_ms", "overrides", "expected"),
    [
        (50, (), 50),
        (0, (), NEVER_MS),
        (50, ("s-0001:dwell_ms=70",), 50),
        (50, ("s-0001:dwell_ms=70:leave_dwell_ms=30", "s-0002:dwell_ms=0"), 30),
        (0, ("s-0001:margin=0.3", "s-0002:dwell_ms=4"), 4),
    ],
)
def test_the_shortest_dwell_is_the_smallest_that_is_not_0(
    dwell_ms: int, overrides: tuple[str, ...], expected: int
) -> None:
    assert shortest_dwell_ms(replace(POLICY, dwell_ms=dwell_ms, overrides=parsed(*overrides))) == expected


@pytest.mark.parametrize(
    "override",
    ["", "s-0001", "s-0001:", "s-0001:margin", "s-0001:margin=", "s-0001:margin=x", "s-0001:margin=1",
     "s-0001:margin=-0.1", "s-0001:margin=nan", "s-0001:dwell_ms=-1", "s-0001:dwell_ms=1.5", "s-0001:dwell=5",
     "s-0001:margin=0.1:margin=0.2", "s-0001:leave_margin=2", "s-0001:leave_dwell_ms=x", "S-1:margin=0.1",
     ":margin=0.1", "pending:dwell_ms=1", "inactive:dwell_ms=1", "unknown:leave_margin=0.1"],
)  # fmt: skip
def test_a_malformed_override_is_refused_with_the_expected_form(override: str) -> None:
    with pytest.raises(ValueError, match="`segment:key=value:"):
        Override.parse(override)


def test_a_second_override_of_a_segment_is_refused() -> None:
    with pytest.raises(SettingError) as refused:
        Policy(overrides=parsed("s-0007:dwell_ms=9", "s-0007:margin=0.2"))
    message = "overrides must be one for each segment, got ['s-0007', 's-0007'] (SEGUE_OVERRIDES)"
    assert str(refused.value) == message


@pytest.mark.parametrize("cuts", [(), (1,)])
def test_a_change_waits_for_the_dwell_of_its_segment_and_reports_it(core: CoreType, cuts: tuple[int, ...]) -> None:
    #  ms       0      10                 15      19
    #  ann      milk   bread ▶ candidate  (own)   s-0002 has its own: 9
    policy = replace(WALL, overrides=parsed("s-0002:dwell_ms=9:margin=0.05"))
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(10, "bread")), policy, cuts, SURE, core=core)
    assert recorder.partition.next_due_ms() == START_MS + 19
    recorder.step([], policy, SURE, until_ms=18)
    assert len(recorder.changes()) == 1
    recorder.step([], policy, SURE, until_ms=19)
    moved = recorder.changes()[1]
    assert (moved.to_segment, moved.decision_time_ms) == ("s-0002", START_MS + 19)
    assert (moved.margin_required, moved.dwell_required_ms, moved.dwell_ms) == (0.05, 9, 9)


@pytest.mark.parametrize(
    ("override", "margin"), [("s-0001:leave_margin=0.25", 0.25), ("s-0002:margin=0.5", 0.5), ("s-0003:margin=0.9", 0.0)]
)
def test_a_candidate_must_be_nearer_by_the_margin_of_both_segments(override: str, margin: float) -> None:
    policy = replace(POLICY, dwell_ms=0, margin=0.0, overrides=parsed(override))
    just = 0.5 * (1 - margin)
    for distance, expected in ((just, Transition("s-0002", Rule.MARGIN_AND_DWELL)), (just + 0.001, None)):
        (assignment,) = assign(np.array([[0.5, distance, 0.9]], np.float32))
        if assignment.nearest == 1:
            assert decide(MembershipState("s-0001"), assignment, 3, 7, SURE, policy)[1] == expected


def test_unknown_may_have_its_own_margin() -> None:
    model, policy = word_model(threshold=1.0), replace(POLICY, dwell_ms=0, overrides=parsed("unknown:margin=0.5"))
    for distance, expected in ((1.4, None), (1.6, Transition("unknown", Rule.UNKNOWN))):
        (assignment,) = assign(np.array([[distance, 1.7, 1.7]], np.float32))
        assert decide(MembershipState("s-0001"), assignment, 3, 7, model, policy)[1] == expected


def test_a_dwell_of_0_for_one_segment_leaves_the_dwell_of_others(core: CoreType) -> None:
    policy = replace(WALL, overrides=parsed("s-0002:dwell_ms=0"))
    recorder = run_steps(
        records_with(event_at(0, "milk"), event_at(10, "bread"), event_at(12, "shoes"), event_at(13, "shoes")),
        policy,
        (),
        SURE,
        core=core,
    )
    assert [(c.to_segment, c.decision_time_ms - START_MS) for c in recorder.changes()] == [
        ("s-0001", 0),
        ("s-0002", 10),
    ]
