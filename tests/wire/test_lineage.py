"""Lineage as other services read it, and how they tell a repeat."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest

from stream.training.values.lineage import Lineage, LineageEvent
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from stream.wire.lineage import SegmentLineage, lineage_messages

SPLIT = Lineage("s-0001", LineageEvent.SPLIT, (), 7, 0.25, ("s-0001", "s-0009"), (0.5, 0.375))
BORN = Lineage("s-0009", LineageEvent.BORN, ("s-0001",), 7, 0.125, (), (0.75,))
DECISION = Promotion(
    7,
    5,
    Status.PROMOTED,
    Trigger.AUTOMATIC,
    Cause.STRUCTURE_CHANGE,
    1_700_000_000_123,
    "7f",
    lineage=(SPLIT, BORN),
)


def ids(promotion: Promotion) -> list[bytes]:
    """CloudEvents ids of what is said."""
    return [dict(message.headers)["ce_id"] for message in lineage_messages(promotion)]


def test_an_event_is_this_json_under_the_segment() -> None:
    split, born = lineage_messages(DECISION)
    assert [(m.topic, m.key) for m in (split, born)] == [("segment-lineage", b"s-0001"), ("segment-lineage", b"s-0009")]
    assert msgspec.json.decode(split.value or b"") == {
        "segment": "s-0001", "event": "split", "parents": [], "segment_model": 7, "share": 0.25,
        "children": ["s-0001", "s-0009"], "fractions": [0.5, 0.375], "time_ms": 1_700_000_000_123,
    }  # fmt: skip
    assert msgspec.json.decode(born.value or b"", type=SegmentLineage).parents == ("s-0001",)


def test_the_headers_are_a_cloudevent_with_the_time_of_the_decision() -> None:
    headers = dict(lineage_messages(DECISION)[0].headers)
    assert headers.pop("ce_id") == sha256(b"7:split:s-0001:1700000000123:7f").hexdigest()[:32].encode()
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_source": b"segue",
        "ce_type": b"io.segue.segment.lineage.v1",
        "ce_subject": b"s-0001",
        "ce_time": b"2023-11-14T22:13:20.123Z",
        "content-type": b"application/json",
    }


def test_a_repeated_event_has_the_id_it_had_and_no_other_event_has() -> None:
    assert ids(DECISION) == ids(replace(DECISION))
    others = [
        replace(DECISION, lineage=(replace(SPLIT, segment="s-0002"),)),
        replace(DECISION, lineage=(replace(SPLIT, event=LineageEvent.MERGED),)),
        replace(DECISION, lineage=(replace(SPLIT, segment_model=8),)),
        replace(DECISION, command_id="ann"),  # gone back to, and promoted again: it is split a second time
        replace(DECISION, time_ms=DECISION.time_ms + 1),
    ]
    assert ids(replace(DECISION, cause=Cause.REFIT)) == ids(DECISION)
    found = [event_id for decision in (DECISION, *others) for event_id in ids(decision)]
    assert len(set(found)) == len(found) == 2 + 3 + 4


@pytest.mark.parametrize(
    ("status", "n"),
    [(Status.PROMOTED, 2), (Status.ROLLED_BACK, 2), (Status.PROPOSED, 0), (Status.HELD, 0), (Status.DROPPED, 0)],
)
def test_lineage_is_published_only_by_decisions_that_change_the_serving_model(status: Status, n: int) -> None:
    assert len(lineage_messages(replace(DECISION, status=status))) == n
