"""Windows restored from another encoder: encoded again at the next record or timer, in one call a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray

from stream.core.event import Declaration, Erasure, Record
from stream.core.output import Change, Membership, Sample
from stream.core.policy import Clock, Policy
from stream.core.state import UserState
from tests.core.builders import LABELS, START_MS, WALL, WORDS, event_at, records_with
from tests.core.cores import CoreType
from tests.core.drawn import batch_starts, policies, record_lists
from tests.core.encoder_change import CALM, OLD, assert_encoded, new_model, stale, taken_over
from tests.core.planted import bits
from tests.core.recorder import StepRecorder, run_steps
from tests.fakes import HashEncoder

SLOW = replace(CALM, clock=Clock.WALL)


NEW = new_model()


class CountingEncoder(HashEncoder):
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(6, "new")
        self.asked: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As HashEncoder does."""
        self.asked.append(list(texts))
        return super().encode(texts)


def test_a_window_is_reencoded_at_the_next_record_or_timer_of_its_user(core: CoreType) -> None:
    recorder = run_steps(
        records_with(*(event_at(at, "milk", user) for at, user in enumerate(("ann", "bob")))), CALM, core=core
    )
    after = taken_over(recorder, CALM)
    after.step([Record(2, 0, event_at(5, "bread"))], CALM, None)
    assert_encoded(after.user("ann"))
    assert stale(after) == {"bob"}


def test_all_texts_of_a_step_go_to_the_encoder_in_one_call(core: CoreType) -> None:
    #  window    ann: milk, -, soap   bob: soap, jam   eve: wine (untouched)   dan: beer (leaves at 121)
    #  step      ann views bread, bob declares something, the time is 125
    events = [
        event_at(30, "milk"),
        event_at(31),
        event_at(32, "soap"),
        event_at(33, "soap", "bob"),
        event_at(34, "jam", "bob"),
    ]
    recorder = run_steps(
        records_with(event_at(20, "beer", "dan"), event_at(29, "wine", "eve"), *events), SLOW, core=core
    )
    encoder = CountingEncoder()
    after = taken_over(recorder, CALM, encoder)
    now_ms = START_MS + 36
    records = [Record(8, now_ms, event_at(36, "bread")), Record(9, now_ms, Declaration("bob", {"age": 41}))]
    after.step(records, SLOW, None, until_ms=125)
    (asked,) = encoder.asked
    assert sorted(asked) == ["beer", "bread", "jam", "milk", "soap"]
    assert stale(after) == {"eve"}
    after.step([], SLOW, None, until_ms=126)
    assert len(encoder.asked) == 1


def test_an_erased_user_needs_no_reencoding(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), CALM, core=core)
    after = taken_over(recorder, CALM)
    after.step([Record(1, 0, Erasure("ann")), Record(2, 0, event_at(1, "bread"))], CALM, None)
    assert stale(after) == set()
    assert_encoded(after.user("ann"))


@settings(max_examples=80)
@given(records=record_lists(), policy=policies, cuts=batch_starts)
def test_results_after_a_change_of_encoder_do_not_depend_on_the_batches(
    core: CoreType, records: list[Record], policy: Policy, cuts: set[int]
) -> None:
    half = len(records) // 2
    before = run_steps(records[:half], policy, model=OLD, core=core)
    ends = [*sorted(cut for cut in cuts if half < cut < len(records)), len(records)]
    whole, cut, begin = taken_over(before, policy), taken_over(before, policy), half
    whole.step(records[half:], policy, NEW)
    for end in ends:
        cut.step(records[begin:end], policy, NEW)
        begin = end
    assert bits(tuple(cut.outputs)) == bits(tuple(whole.outputs))
    assert cut.snapshots() == whole.snapshots()
    assert (stale(cut), cut.position) == (stale(whole), whole.position)


@settings(max_examples=80)
@given(records=record_lists(), policy=policies)
def test_a_window_never_mixes_two_encoders(core: CoreType, records: list[Record], policy: Policy) -> None:
    half = len(records) // 2
    after = taken_over(run_steps(records[:half], policy, model=OLD, core=core), policy)
    for record in records[half:]:
        after.step([record], policy, NEW)
        for name, user in after.users().items():
            if user.items and name not in stale(after):
                assert_encoded(user)


def unasked(before: dict[str, UserState], after: StepRecorder) -> list[Membership]:
    """The memberships after neither a change nor a declaration of another trait."""
    traits = {name: repr(dict(user.traits)) for name, user in before.items()}
    found, is_change = [], False
    for output in after.outputs:
        if isinstance(output, Membership):
            declared = repr(dict(output.traits or {}))
            if output.segment is not None and not is_change and declared == traits.get(output.user, "{}"):
                found.append(output)
            traits[output.user] = declared
        is_change = isinstance(output, Change)
    return found


@settings(max_examples=80)
@given(records=record_lists(), policy=policies)
def test_no_user_moves_before_a_segment_model_of_the_new_encoder(
    core: CoreType, records: list[Record], policy: Policy
) -> None:
    half = len(records) // 2
    before = run_steps(records[:half], policy, model=OLD, labels=LABELS, core=core)
    after = taken_over(before, policy)  # without any label heads
    after.step(records[half:], policy, None)
    after.step([], policy, None, until_ms=500)
    assert {c.rule for c in after.changes()} <= {"inactive"}
    was = before.users()
    for membership in unasked(was, after):  # the window of an inactive user lost its last text, and with it the labels
        previous = was[membership.user]
        assert membership.segment == previous.membership.segment == "inactive"
        assert previous.labels
        assert membership.predicted is None


def test_users_in_surviving_segments_get_no_change(core: CoreType) -> None:
    #  encoder   old        | new                    | new
    #  model     1          | none                   | 2: the same ids
    #  ann       s-0001     | seen, stays            | seen, stays
    recorder = run_steps(
        records_with(*(event_at(at, word, word) for at, word in enumerate(WORDS))), CALM, model=OLD, core=core
    )
    assert [c.to_segment for c in recorder.changes()] == ["s-0001", "s-0002", "s-0003"]
    after = taken_over(recorder, CALM)
    for model, first in ((None, 5), (NEW, 30), (NEW, 60)):
        after.step([Record(first + n, 0, event_at(first + n, word, word)) for n, word in enumerate(WORDS)], CALM, model)
    assert [o for o in after.outputs if isinstance(o, Change | Membership)] == []
    samples = [o for o in after.outputs if isinstance(o, Sample)]
    assert [(s.user, s.segment, s.encoder) for s in samples[:3]] == [
        ("milk", "s-0001", "new"),
        ("bread", "s-0002", "new"),
        ("shoes", "s-0003", "new"),
    ]


def test_users_of_retired_segments_move_after_the_dwell(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), CALM, model=OLD, core=core)
    after = taken_over(recorder, CALM)
    after.step([Record(1, 0, event_at(10, "milk"))], CALM, new_model(first=7))
    after.step([Record(2, 0, event_at(20, "milk"))], CALM, new_model(first=7))
    assert [(c.rule, c.from_segment, c.to_segment) for c in after.changes()] == [("retired", "s-0001", "s-0007")]


def test_the_dwell_of_a_candidate_starts_again_with_the_new_encoder(core: CoreType) -> None:
    #  ms         0      10         12 swap     13            30
    #  ann        milk   bread ▶ candidate      bread ▶ candidate again, dwell 5
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(10, "bread")), CALM, model=OLD, core=core)
    assert recorder.user("ann").membership.candidate == "s-0002"
    after = taken_over(recorder, CALM)
    after.step([Record(2, 0, event_at(13, "bread"))], CALM, NEW)
    assert after.changes() == []
    after.step([Record(3, 0, event_at(30, "bread"))], CALM, NEW)
    (moved,) = after.changes()
    assert (moved.to_segment, moved.dwell_ms, moved.decision_time_ms) == ("s-0002", 5, START_MS + 19)


def test_a_silent_user_becomes_inactive_without_a_segment_model(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), WALL, model=OLD, core=core)
    after = taken_over(recorder, WALL)
    after.step([], WALL, None, until_ms=50)
    change, membership = after.outputs
    assert isinstance(change, Change)
    assert isinstance(membership, Membership)
    assert (change.rule, change.from_segment, change.from_name) == ("inactive", "s-0001", "s-0001")
    assert (change.segment_model, change.encoder, change.certainty, change.sequence) == (0, "new", None, 2)
    assert (membership.segment, membership.name, membership.sequence) == ("inactive", "inactive", 2)


def test_a_segment_model_of_the_old_encoder_does_not_decide(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), CALM, model=OLD, core=core)
    with pytest.raises(ValueError, match="segment model 1 was made with encoder hash"):
        taken_over(recorder, CALM).step([Record(1, 0, event_at(1, "milk"))], CALM, OLD)
