"""Hypothesis strategies: records of one partition, policies, and batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from hypothesis import strategies as st

from stream.core.decision.conditions import Condition
from stream.core.decision.overrides import Override
from stream.core.decision.pins import PinRule
from stream.core.event import Content, Declaration, Erasure, Event, Ignored, Record, Rejected
from stream.core.policy import PublishProfiles
from stream.core.reasons import Reason
from stream.core.serving import Serving
from tests.core.builders import (
    MODEL,
    POLICY,
    START_MS,
    WALL,
    WORDS,
    word_model,
)


class DrawnRecord(NamedTuple):
    """One record as Hypothesis draws it."""

    what: str
    user: str
    gap_ms: int  # since the record before
    back_ms: int  # how late the event is; negative: ahead
    skew_ms: int  # lead of the previous record's arrival over this one
    word: str
    kind: str
    amount: float
    earlier: int  # which earlier event is repeated


EVENTS = ("event", "event", "event", "event", "event", "repeat")
ANYTHING = (*EVENTS, *EVENTS, "other content", "declare", "erase", "reject", "ignore")
DECLARING = ("event", "declare", "event", "declare", "event")


def drawn_records(what: Sequence[str] = ANYTHING) -> st.SearchStrategy[DrawnRecord]:
    """One record: ties, late and early ones, gaps within the dwell, beyond it and beyond the window."""
    return st.builds(
        DrawnRecord,
        what=st.sampled_from(what),
        user=st.sampled_from(("ann", "ann", "ann", "李娜")),
        gap_ms=st.sampled_from((1, 0, 2, 5, 3, 0, 4, 6, 2, 5, 12, 30)),
        back_ms=st.sampled_from((0, 0, 0, 1, 3, 9, 20, 21, -1, -3, -9)),
        skew_ms=st.sampled_from((0, 0, 0, 1, 7)),
        word=st.sampled_from((*WORDS, "milk bread", "")),
        kind=st.sampled_from(("view", "buy", "wink")),
        amount=st.sampled_from((0.0, 2.5, -7.0)),
        earlier=st.integers(0, 7),
    )


def records_of(drawn: Sequence[DrawnRecord]) -> list[Record]:
    """The drawn records, every second offset."""
    records: list[Record] = []
    events: list[Event] = []
    at_ms = START_MS
    for number, draw in enumerate(drawn):
        at_ms += draw.gap_ms
        arrival_ms = at_ms - draw.skew_ms
        content = _content(draw, number, arrival_ms - draw.back_ms, events)
        if isinstance(content, Event):
            events.append(content)
        traceparent = f"00-{number + 1:032x}-{number + 1:016x}-01" if number % 3 else ""
        records.append(Record(2 * number, arrival_ms, content, traceparent))
    return records


def _content(draw: DrawnRecord, number: int, time_ms: int, events: list[Event]) -> Content:
    fresh = Event(draw.user, f"e{number}", draw.kind, time_ms, draw.word, draw.amount)
    earlier = events[draw.earlier % len(events)] if events else fresh
    contents: dict[str, Content] = {
        "event": fresh,
        "repeat": earlier,
        "other content": replace(fresh, user=earlier.user, id=earlier.id),
        "declare": Declaration(draw.user, {"age": number, "club": draw.word}),
        "erase": Erasure(draw.user),
        "reject": Rejected(Reason.NOT_JSON, "a brace is missing"),
        "ignore": Ignored("alias"),
    }
    return contents[draw.what]


def record_lists(what: Sequence[str] = ANYTHING, n_max: int = 18) -> st.SearchStrategy[list[Record]]:
    """Records of one partition: few, so that they shrink well, or many, so that users have time to move."""
    drawn = drawn_records(what)
    return (st.lists(drawn, max_size=4) | st.lists(drawn, min_size=n_max // 2, max_size=n_max)).map(records_of)


PINS = (PinRule.parse("club=milk:members"), PinRule.parse("club=bread:staff"))
CONSENT = (Condition.parse("club=milk"),)
OVERRIDES = (
    Override("s-0001", dwell_ms=11, margin=0.3),
    Override("s-0002", leave_dwell_ms=2),
    Override("unknown", dwell_ms=0),
)
ROLLOUT = Serving(word_model(("shoes", "milk", "bread"), version=2), MODEL, START_MS + 10, 50)
rule_policies = st.sampled_from(
    [
        replace(WALL, pin=PINS, min_items=2, publish_profiles=PublishProfiles.CHANGES),
        replace(WALL, overrides=OVERRIDES),
        replace(POLICY, pin=PINS, overrides=OVERRIDES),
        replace(POLICY, dwell_ms=0, overrides=(Override("s-0003", dwell_ms=4),)),
        replace(WALL, consent=CONSENT, publish_profiles=PublishProfiles.CHANGES),
    ]
)
policies = st.sampled_from(
    [
        POLICY,
        WALL,
        replace(WALL, dwell_ms=0, min_items=2),
        replace(POLICY, dwell_ms=11, publish_profiles=PublishProfiles.ALWAYS),
        replace(WALL, publish_profiles=PublishProfiles.ALWAYS),
    ]
)
batch_starts = st.sets(st.integers(1, 17))
