"""A step's rules one by one: time, timers, late and early events, erasure, a new segment model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.core.event import TRAITS_BYTES_MAX, Declaration, Erasure, Ignored, Record, Rejected
from stream.core.outcome import Switch
from stream.core.output import Change, Membership, Rejection, Sample
from stream.core.reasons import Reason
from stream.core.state import PartitionState
from stream.core.step import step
from tests.core.builders import ENCODER, POLICY, START_MS, WALL, Told, event, of_contents, run, segments
from tests.fakes import HashEncoder

SURE = segments(threshold=9.0)  # nobody is unknown


def says(told: Told) -> list[str]:
    """Changes as `time user from>to`."""
    return [f"{c.decision_time_ms - START_MS} {c.user} {c.from_segment}>{c.to_segment}" for c in told.changes()]


def test_a_silent_person_changes_at_exactly_the_end_of_the_dwell_however_late_somebody_looks() -> None:
    #  ms        0       10                 15        90
    #  ann       milk    bread
    #  ahead             s-0002 ──dwell 5──▶|
    #  asked                            14  15  or only here
    for looks, times in (((14, 15), [[], ["15 ann s-0001>s-0002"]]), ((29,), [["15 ann s-0001>s-0002"]])):
        told = run(of_contents(event(0, "milk"), event(10, "bread")), WALL, model=SURE)
        assert says(told) == ["0 ann pending>s-0001"]
        for look, expected in zip(looks, times, strict=True):
            before = len(told.changes())
            told.tell([], WALL, SURE, until_ms=look)
            assert says(told)[before:] == expected


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (1, 2)])
def test_a_dwell_that_ends_when_an_event_comes_ends_before_it(cuts: tuple[int, ...]) -> None:
    #  ms        0       10             15
    #  ann       milk    bread          shoes
    #  ahead             s-0002 ───────▶| decided on two items
    records = of_contents(event(0, "milk"), event(10, "bread"), event(15, "shoes"))
    moved = run(records, WALL, cuts, SURE).changes()[1]
    assert (moved.to_segment, moved.decision_time_ms, moved.n_items) == ("s-0002", START_MS + 15, 2)


def test_a_silent_person_is_inactive_in_the_first_millisecond_that_the_window_is_empty() -> None:
    #  ms        0                  20     21
    #  ann       milk               |      |
    #  window    [0,                20)    empty
    told = run(of_contents(event(0, "milk")), WALL)
    assert told.tell([], WALL, until_ms=20) == []
    assert told.partition.next_due_ms() == START_MS + 21
    told.tell([], WALL, until_ms=21)
    assert says(told) == ["0 ann pending>s-0001", "21 ann s-0001>inactive"]
    assert told.partition.next_due_ms() is None


def test_a_challenger_ahead_for_less_than_the_dwell_changes_nothing() -> None:
    #  ms        0      10      13     14 ... 20
    #  ann       milk   bread   milk   milk
    #  ahead            2       1
    records = of_contents(event(0, "milk"), event(10, "bread"), event(13, "milk"), event(14, "milk"))
    told = run(records, WALL, model=SURE)
    told.tell([], WALL, SURE, until_ms=20)
    assert says(told) == ["0 ann pending>s-0001"]


def test_an_item_that_leaves_the_window_can_change_a_silent_person() -> None:
    #  ms        0      1      1      ...  21   22       26
    #  ann       bread  milk   milk        |    two milks are left
    policy = replace(WALL, half_life_ms=10**9, dwell_ms=0, margin=0.0)
    bread = (event(0, "bread", event_id="a"), event(0, "bread", event_id="b"), event(1, "milk"))
    told = run(of_contents(*bread), policy, model=SURE)
    told.tell([], policy, SURE, until_ms=21)
    assert says(told) == ["0 ann pending>s-0002", "21 ann s-0002>s-0001"]


def test_an_event_too_far_ahead_of_its_arrival_is_rejected() -> None:
    #  arrival   10   10
    #  event     13   14     (3 ms ahead are allowed)
    told = run(of_contents(event(13, "milk"), event(14, "milk"), arrival_ms=(10, 10)), WALL)
    (rejection,) = [output for output in told.outputs if isinstance(output, Rejection)]
    assert rejection == Rejection(1, Reason.TIMESTAMP_AHEAD, "4 ms after it was received")
    assert [item.id for item in told.partition.users["ann"].window.items] == ["e13"]
    assert (told.partition.now_ms, told.steps[0].counts["rejected"]) == (START_MS + 10, 1)


def test_the_wall_clock_is_the_arrival_and_never_goes_back() -> None:
    told = run(of_contents(event(0, "milk"), event(1, "milk"), arrival_ms=(9, 4)), WALL)
    assert told.partition.now_ms == START_MS + 9
    assert told.tell([], WALL, until_ms=5) == []
    assert told.partition.now_ms == START_MS + 9


@pytest.mark.parametrize(
    "content", [Rejected(Reason.NOT_JSON, ""), Ignored("alias"), Declaration("bob", {}), Erasure("bob")]
)
def test_every_record_brings_the_wall_clock_to_its_arrival(content: Rejected | Ignored | Declaration | Erasure) -> None:
    #  arrival    30        8
    #  content    anything  event at 9: late, as 9 < 30 - 20
    told = run(of_contents(content, event(9, "milk"), arrival_ms=(30, 8)), WALL)
    assert told.partition.now_ms == START_MS + 30
    assert told.steps[0].counts["late"] == 1


def test_the_event_clock_is_just_after_the_newest_event_and_is_not_moved_by_arrival() -> None:
    records = [Record(4, 0, event(7, "milk")), Record(5, START_MS + 500, event(3, "milk"))]
    told = run(records, POLICY)
    assert (told.partition.now_ms, told.partition.offset) == (START_MS + 8, 5)


def test_a_late_event_is_counted_and_not_applied() -> None:
    told = run(of_contents(event(30, "milk"), event(10, "milk"), event(11, "milk"), event(30, "milk")), POLICY)
    assert told.steps[0].counts == {"applied": 2, "late": 1, "duplicate": 1}
    assert told.partition.users["ann"].n_events == 2
    assert told.partition.users["ann"].offset == 3


def test_people_do_not_touch_each_other() -> None:
    anns, bobs = [event(at, "milk") for at in (0, 4)], [event(at, "bread", "bob", f"b{at}") for at in (2, 6)]
    both = run(of_contents(anns[0], bobs[0], anns[1], bobs[1]), replace(WALL, window_items=8))
    alone = run(of_contents(*anns), replace(WALL, window_items=8))
    assert [c for c in both.changes() if c.user == "ann"] == alone.changes()


def test_rejections_and_erasures_are_said_after_what_came_before_them() -> None:
    contents = (event(0, "milk"), Rejected(Reason.NOT_JSON, "no brace"), event(1, "milk", "bob"), Erasure("bob"))
    told = run(of_contents(*contents), POLICY)
    assert [type(output) for output in told.outputs] == [
        Change, Membership, Sample, Rejection, Change, Membership, Sample, Membership,
    ]  # fmt: skip
    assert told.outputs[3] == Rejection(1, Reason.NOT_JSON, "no brace")
    assert told.outputs[-1] == Membership("bob", None)


def test_a_membership_shows_the_traits_declared_before_it() -> None:
    contents = (event(0, "milk"), Declaration("ann", {"age": 41, "club": True}), Declaration("ann", {"age": 42}))
    told = run(of_contents(*contents), POLICY)
    told.tell([], POLICY, until_ms=99)
    assert [m.traits for m in told.outputs if isinstance(m, Membership)] == [None, {"age": 42, "club": True}]
    assert told.steps[0].counts["declarations"] == 2


def test_an_erased_person_is_forgotten_and_may_begin_anew() -> None:
    #  batch 1    ann: milk bread          slots 0, 1 in the changelog
    #  batch 2    ann: shoes, erase, milk, erase, milk
    told = run(of_contents(event(0, "milk"), event(1, "bread")), POLICY)
    again = (event(2, "shoes"), Erasure("ann"), event(3, "milk"), Erasure("ann"), event(4, "milk"))
    told.tell(of_contents(*again), POLICY)
    done, ann = told.steps[-1], told.partition.users["ann"]
    assert done.erased == {"ann": 0b11}
    assert done.counts["erased"] == 2
    assert [item.id for item in ann.window.items] == ["e4"]
    assert (ann.n_events, ann.membership.sequence) == (1, 1)


def test_erasing_who_was_never_seen_still_leaves_a_tombstone() -> None:
    told = run(of_contents(Erasure("ann")), POLICY)
    assert told.outputs == [Membership("ann", None)]
    assert (told.steps[0].erased, told.partition.users) == ({"ann": 0}, {})


def test_an_erased_persons_timers_come_to_nothing() -> None:
    told = run(of_contents(event(0, "milk"), event(10, "bread")), WALL, model=SURE)
    erase = Record(9, START_MS + 11, Erasure("ann"))
    told.tell([erase], WALL, SURE, until_ms=12)
    assert told.tell([], WALL, SURE, until_ms=99) == []
    assert told.partition.timers == []


def test_an_erased_persons_timers_come_to_nothing_in_the_same_batch() -> None:
    told = run(of_contents(event(0, "milk"), event(10, "bread")), WALL, model=SURE)
    told.tell([Record(9, START_MS + 11, Erasure("ann"))], WALL, SURE, until_ms=99)
    assert len(told.changes()) == 1
    assert (told.partition.timers, told.partition.users, told.steps[-1].users) == ([], {}, {})


def test_an_ignored_record_moves_the_offset_only() -> None:
    told = run(of_contents(Ignored("alias")), POLICY)
    assert (told.outputs, told.partition) == ([], PartitionState(offset=0, segment_model=1))
    assert told.steps[0].counts == {"ignored": 1}


def test_nothing_to_do_says_nothing_and_moves_nothing() -> None:
    done = step([], PartitionState(now_ms=7, offset=3), None, ENCODER, POLICY)
    assert (done.users, done.outputs, done.switch) == ({}, [], None)
    assert (done.now_ms, done.offset, done.segment_model) == (7, 3, 0)


def test_a_new_segment_model_decides_from_the_next_record_on_and_the_switch_says_so() -> None:
    #  ms        0         10       16
    #  model     none      1        2 (s-0001 .. are gone)
    told = Told()
    told.tell([Record(4, 0, event(0, "milk"))], POLICY, None)
    assert (told.steps[-1].switch, told.changes()) == (None, [])
    told.tell([Record(5, 0, event(10, "milk"))], POLICY, SURE)
    assert told.steps[-1].switch == Switch(1, 4)
    renewed = segments(version=2, threshold=9.0, first=11)
    told.tell([Record(6, 0, event(11, "milk")), Record(7, 0, event(16, "milk"))], POLICY, renewed)
    assert told.steps[-1].switch == Switch(2, 5)
    assert says(told) == ["11 ann pending>s-0001", "17 ann s-0001>s-0011"]
    moved = told.changes()[-1]
    assert (moved.rule, moved.segment_model, moved.from_name) == ("retired", 2, "s-0001")
    told.tell([Record(8, 0, event(17, "milk"))], POLICY, renewed)
    assert told.steps[-1].switch is None


class CountingEncoder(HashEncoder):
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__(4)
        self.asked: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As HashEncoder does."""
        self.asked.append(list(texts))
        return super().encode(texts)


def test_each_distinct_text_of_a_batch_is_encoded_once_and_the_empty_one_never() -> None:
    encoder = CountingEncoder()
    texts = ("milk", "", "bread", "milk", "")
    records = of_contents(*(event(at, text) for at, text in enumerate(texts)), Rejected(Reason.NOT_JSON, ""))
    step(records, PartitionState(), None, encoder, POLICY)
    step(of_contents(event(9)), PartitionState(), None, encoder, POLICY)
    assert encoder.asked == [["milk", "bread"]]


def test_traits_that_would_grow_beyond_their_limit_are_rejected_and_the_former_stay() -> None:
    small, large = {"age": 41}, {"note": "x" * (TRAITS_BYTES_MAX - 12)}  # either alone has room, both have not
    told = run(
        of_contents(Declaration("ann", small), Declaration("ann", large), Declaration("ann", {"age": 42})), POLICY
    )
    rejections = [output for output in told.outputs if isinstance(output, Rejection)]
    assert [(r.offset, r.reason) for r in rejections] == [(1, "traits_too_large")]
    assert told.partition.users["ann"].traits == {"age": 42}
