"""Decisions made again: equal to the first ones, whoever else was there, and whatever served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.evaluated import Evaluated
from stream.core.event import Record
from stream.core.policy import Policy
from stream.core.serving import NOTHING_SERVES, Serving, ServingVersions
from stream.explain.past import Past, Place
from stream.explain.redecide import Rules, Span, redecide, spans
from stream.wire.state_records import SwitchRecord
from tests.core.builders import ENCODER, LABELS, MODEL, POLICY, START_MS, WORDS, event_at, records_with, word_model
from tests.core.drawn import ROLLOUT, policies, record_lists, rule_policies
from tests.core.recorder import StepRecorder
from tests.explain.pasts import models_by_versions, past_of

SERVINGS = (None, Serving(MODEL), ROLLOUT, Serving(word_model(WORDS[1:], version=3, first=2)), Serving(MODEL))
USERS = ("ann", "李娜")


def decided(records: Sequence[Record], policy: Policy, cuts: Sequence[int]) -> StepRecorder:
    """The records decided in batches, each by the next of the models."""
    recorder, bounds = StepRecorder(labels=LABELS), [0, *sorted(cuts), len(records)]
    for at, (begin, end) in enumerate(pairwise(bounds)):
        recorder.step(records[begin:end], policy, SERVINGS[at % len(SERVINGS)])
    return recorder


@settings(max_examples=80)
@given(
    records=record_lists(n_max=40),
    policy=policies | rule_policies,
    cuts=st.lists(st.integers(0, 40), max_size=6),
)
def test_every_change_is_decided_again_from_the_users_own_records(
    records: list[Record], policy: Policy, cuts: list[int]
) -> None:
    recorder = decided(records, policy, [min(cut, len(records)) for cut in cuts])
    known = models_by_versions(SERVINGS)
    for user in USERS:
        past = past_of(user, records, recorder.steps, policy)
        again = redecide(past, known.get, Rules(ENCODER, policy, LABELS))
        assert again == [change for change in recorder.changes() if change.user == user]


@settings(max_examples=40)
@given(records=record_lists(n_max=30), policy=policies | rule_policies, cuts=st.lists(st.integers(0, 30), max_size=4))
def test_a_past_cut_at_every_record_and_timer_is_decided_the_same(
    records: list[Record], policy: Policy, cuts: list[int]
) -> None:
    recorder = decided(records, policy, [min(cut, len(records)) for cut in cuts])
    past, known = past_of("ann", records, recorder.steps, policy), models_by_versions(SERVINGS)
    rules, whole, cut, piece = Rules(ENCODER, policy, LABELS), list[Evaluated](), list[Evaluated](), list[Evaluated]()

    def between() -> None:
        assert len({each.now_ms for each in piece}) <= 1
        cut.extend(piece)
        piece.clear()

    again = redecide(past, known.get, rules, observe=piece.append, between=between)
    assert again == redecide(past, known.get, rules, observe=whole.append)
    assert repr(cut) == repr(whole)


def test_spans_part_records_at_the_switches() -> None:
    #  offset    0     1  │  2     3  │  (end)
    #  serving   none     │  1        │  2
    records = [replace(each, arrival_ms=START_MS + each.offset) for each in records_with(*map(event_at, range(4)))]
    switches = [SwitchRecord(START_MS + 1, 1, ServingVersions(1)), SwitchRecord(START_MS + 3, 3, ServingVersions(2))]
    assert list(spans(Past(records, switches, Place(3, START_MS + 9)))) == [
        Span(records[:2], NOTHING_SERVES, START_MS + 1),
        Span(records[2:], ServingVersions(1), START_MS + 3),
        Span([], ServingVersions(2), START_MS + 9),
    ]


def test_a_model_that_serves_twice_decides_twice() -> None:
    one, two = Serving(MODEL), Serving(word_model(("bread", "milk", "shoes"), version=2, first=11))
    recorder, policy = StepRecorder(), replace(POLICY, window_items=1)
    records = records_with(event_at(0, "milk"), event_at(9, "milk"), event_at(18, "milk"))
    for record, serving in zip(records, (one, two, one), strict=True):
        recorder.step([record], policy, serving)
    past = past_of("ann", records, recorder.steps, policy)
    assert [switch.serving.model for switch in past.switches] == [1, 2, 1]
    again = redecide(past, models_by_versions((one, two)).get, Rules(ENCODER, policy))
    assert again == recorder.changes()
