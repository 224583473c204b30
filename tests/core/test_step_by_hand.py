"""A step's rules one by one: time, timers, late and early events, erasure, a new segment model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.core.event import Declaration, Erasure, Ignored, Record, Rejected
from stream.core.output import Change, Evidence, Rejection
from stream.core.reasons import Reason
from stream.core.serving import ServingVersions
from tests.core.builders import POLICY, START_MS, WALL, event_at, records_with, word_model
from tests.core.cores import CoreType
from tests.core.recorder import StepRecorder, run_steps
from tests.fakes import HashEncoder

SURE = word_model(threshold=9.0)  # no user is unknown


def change_lines(recorder: StepRecorder) -> list[str]:
    """Changes as `time user from>to`."""
    return [f"{c.decision_time_ms - START_MS} {c.user} {c.from_segment}>{c.to_segment}" for c in recorder.changes()]


def test_a_silent_user_changes_at_the_end_of_the_dwell_however_late_time_advances(core: CoreType) -> None:
    #  ms        0       10                 15        90
    #  ann       milk    bread
    #  ahead             s-0002 ──dwell 5──▶|
    #  asked                            14  15  or only here
    for looks, times in (((14, 15), [[], ["15 ann s-0001>s-0002"]]), ((29,), [["15 ann s-0001>s-0002"]])):
        recorder = run_steps(records_with(event_at(0, "milk"), event_at(10, "bread")), WALL, model=SURE, core=core)
        assert change_lines(recorder) == ["0 ann pending>s-0001"]
        for count, expected in zip(looks, times, strict=True):
            before = len(recorder.changes())
            recorder.step([], WALL, SURE, until_ms=count)
            assert change_lines(recorder)[before:] == expected


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (1, 2)])
def test_a_dwell_that_ends_with_an_event_is_decided_before_it(core: CoreType, cuts: tuple[int, ...]) -> None:
    #  ms        0       10             15
    #  ann       milk    bread          shoes
    #  ahead             s-0002 ───────▶| decided on two items
    records = records_with(event_at(0, "milk"), event_at(10, "bread"), event_at(15, "shoes"))
    moved = run_steps(records, WALL, cuts, SURE, core=core).changes()[1]
    assert (moved.to_segment, moved.decision_time_ms, moved.n_items) == ("s-0002", START_MS + 15, 2)


def test_a_silent_user_is_inactive_in_the_first_millisecond_of_an_empty_window(core: CoreType) -> None:
    #  ms        0                  20     21
    #  ann       milk               |      |
    #  window    [0,                20)    empty
    recorder = run_steps(records_with(event_at(0, "milk")), WALL, core=core)
    assert recorder.step([], WALL, until_ms=20) == []
    assert recorder.partition.next_due_ms() == START_MS + 21
    outputs = recorder.step([], WALL, until_ms=21)
    assert change_lines(recorder) == ["0 ann pending>s-0001", "21 ann s-0001>inactive"]
    assert [output.evidence for output in outputs if isinstance(output, Change)] == [Evidence()]
    assert recorder.partition.next_due_ms() is None


def test_a_candidate_nearer_for_less_than_the_dwell_has_no_effect(core: CoreType) -> None:
    #  ms        0      10      13     14 ... 20
    #  ann       milk   bread   milk   milk
    #  ahead            2       1
    records = records_with(event_at(0, "milk"), event_at(10, "bread"), event_at(13, "milk"), event_at(14, "milk"))
    recorder = run_steps(records, WALL, model=SURE, core=core)
    recorder.step([], WALL, SURE, until_ms=20)
    assert change_lines(recorder) == ["0 ann pending>s-0001"]


def test_an_expired_item_can_change_the_segment_of_a_silent_user(core: CoreType) -> None:
    #  ms        0      1      1      ...  21   22       26
    #  ann       bread  milk   milk        |    two milks are left
    policy = replace(WALL, half_life_ms=10**9, dwell_ms=0, margin=0.0)
    bread = (event_at(0, "bread", event_id="a"), event_at(0, "bread", event_id="b"), event_at(1, "milk"))
    recorder = run_steps(records_with(*bread), policy, model=SURE, core=core)
    recorder.step([], policy, SURE, until_ms=21)
    assert change_lines(recorder) == ["0 ann pending>s-0002", "21 ann s-0002>s-0001"]


def test_an_event_too_far_ahead_of_its_arrival_is_rejected(core: CoreType) -> None:
    #  arrival   10   10
    #  event     13   14     (3 ms ahead are allowed)
    recorder = run_steps(records_with(event_at(13, "milk"), event_at(14, "milk"), arrival_ms=(10, 10)), WALL, core=core)
    (rejection,) = [output for output in recorder.outputs if isinstance(output, Rejection)]
    assert rejection == Rejection(1, Reason.TIMESTAMP_AHEAD, "4 ms after it was received")
    assert [item.id for item in recorder.user("ann").items] == ["e13"]
    assert (recorder.partition.now_ms, recorder.steps[0].counts["rejected"]) == (START_MS + 10, 1)


def test_the_wall_clock_is_the_arrival_and_never_goes_back(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "milk"), event_at(1, "milk"), arrival_ms=(9, 4)), WALL, core=core)
    assert recorder.partition.now_ms == START_MS + 9
    assert recorder.step([], WALL, until_ms=5) == []
    assert recorder.partition.now_ms == START_MS + 9


@pytest.mark.parametrize(
    "content", [Rejected(Reason.NOT_JSON, ""), Ignored("alias"), Declaration("bob", {}), Erasure("bob")]
)
def test_every_record_brings_the_wall_clock_to_its_arrival(
    core: CoreType, content: Rejected | Ignored | Declaration | Erasure
) -> None:
    #  arrival    30        8
    #  content    anything  event at 9: late, as 9 < 30 - 20
    recorder = run_steps(records_with(content, event_at(9, "milk"), arrival_ms=(30, 8)), WALL, core=core)
    assert recorder.partition.now_ms == START_MS + 30
    assert recorder.steps[0].counts["late"] == 1


def test_the_event_clock_is_just_after_the_newest_event_and_is_not_moved_by_arrival(core: CoreType) -> None:
    records = [Record(4, 0, event_at(7, "milk")), Record(5, START_MS + 500, event_at(3, "milk"))]
    recorder = run_steps(records, POLICY, core=core)
    assert (recorder.partition.now_ms, recorder.partition.offset) == (START_MS + 8, 5)


def test_a_late_event_is_counted_and_not_applied(core: CoreType) -> None:
    recorder = run_steps(
        records_with(event_at(30, "milk"), event_at(10, "milk"), event_at(11, "milk"), event_at(30, "milk")),
        POLICY,
        core=core,
    )
    assert recorder.steps[0].counts == {"applied": 2, "late": 1, "duplicate": 1}
    assert recorder.user("ann").n_events == 2
    assert recorder.user("ann").offset == 3


def test_users_do_not_affect_each_other(core: CoreType) -> None:
    anns, bobs = [event_at(at, "milk") for at in (0, 4)], [event_at(at, "bread", "bob", f"b{at}") for at in (2, 6)]
    both = run_steps(records_with(anns[0], bobs[0], anns[1], bobs[1]), replace(WALL, window_items=8), core=core)
    alone = run_steps(records_with(*anns), replace(WALL, window_items=8), core=core)
    assert [c for c in both.changes() if c.user == "ann"] == alone.changes()


def test_an_ignored_record_moves_the_offset_only(core: CoreType) -> None:
    recorder = run_steps(records_with(Ignored("alias")), POLICY, core=core)
    assert (recorder.outputs, recorder.users(), recorder.position) == ([], {}, (0, 0, ServingVersions(1)))
    assert recorder.steps[0].counts == {"ignored": 1}


def test_a_step_without_records_has_no_outputs(core: CoreType) -> None:
    recorder = run_steps(records_with(event_at(0, "milk")), POLICY, model=None, core=core)
    done = recorder.take([], POLICY, None)
    assert (done.outputs, done.counts, done.switch) == ([], {}, None)
    assert (done.now_ms, done.offset, done.serving) == (START_MS + 1, 0, ServingVersions())


def switch_of(recorder: StepRecorder) -> tuple[ServingVersions, int, int]:
    """The switch of the last step: the new model, the last offset before it, and the time."""
    switch = recorder.steps[-1].switch
    return switch.serving, switch.offset, switch.now_ms


def test_a_new_segment_model_decides_from_the_next_record_on_with_a_switch(core: CoreType) -> None:
    #  ms        0         10       16
    #  model     none      1        2 (s-0001 .. are gone)
    recorder = StepRecorder(core=core)
    recorder.step([Record(4, 0, event_at(0, "milk"))], POLICY, None)
    assert (recorder.steps[-1].switch, recorder.changes()) == (None, [])
    recorder.step([Record(5, 0, event_at(10, "milk"))], POLICY, SURE)
    assert switch_of(recorder) == (ServingVersions(1), 4, START_MS + 1)
    renewed = word_model(version=2, threshold=9.0, first=11)
    recorder.step([Record(6, 0, event_at(11, "milk")), Record(7, 0, event_at(16, "milk"))], POLICY, renewed)
    assert switch_of(recorder) == (ServingVersions(2), 5, START_MS + 11)
    assert change_lines(recorder) == ["11 ann pending>s-0001", "17 ann s-0001>s-0011"]
    moved = recorder.changes()[-1]
    assert (moved.rule, moved.segment_model, moved.from_name) == ("retired", 2, "s-0001")
    recorder.step([Record(8, 0, event_at(17, "milk"))], POLICY, renewed)
    assert recorder.steps[-1].switch is None


class CountingEncoder(HashEncoder):
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(4)
        self.asked: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As HashEncoder does."""
        self.asked.append(list(texts))
        return super().encode(texts)


def test_each_distinct_text_of_a_batch_is_encoded_once_and_the_empty_one_never(core: CoreType) -> None:
    encoder = CountingEncoder()
    texts = ("milk", "", "bread", "milk", "")
    records = records_with(*(event_at(at, text) for at, text in enumerate(texts)), Rejected(Reason.NOT_JSON, ""))
    recorder = StepRecorder(core, encoder=encoder)
    recorder.step(records, POLICY, None)
    recorder.step(records_with(event_at(9)), POLICY, None)
    assert encoder.asked == [["milk", "bread"]]


def test_users_to_be_evaluated_get_a_result_without_an_event_at_the_end_of_the_step(core: CoreType) -> None:
    #  ms        0      10        15
    #  ann       milk             evaluated
    #  bob              bread     not evaluated
    records = records_with(event_at(0, "milk"), event_at(10, "bread", "bob"))
    recorder = run_steps(records, WALL, model=None, core=core)
    outputs = recorder.take([], WALL, SURE, 15, evaluated=["ann"]).outputs
    assert [(o.user, o.from_segment, o.to_segment, o.decision_time_ms) for o in outputs if isinstance(o, Change)] == [
        ("ann", "pending", "s-0001", START_MS + 15)
    ]
    assert recorder.user("ann").membership.sequence == 0
