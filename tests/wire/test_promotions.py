"""Decisions as other services read them, and how they tell a repeat."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest

from stream.training.values.lineage import Lineage, LineageEvent
from stream.training.values.promotion import Cause, Promotion, SegmentTransition, Status, Trigger
from stream.training.values.structure_change import ChangeKind, StructureChange
from stream.wire.promotions import SERVING_KEY, promotion_messages, promotion_record, read_promotion

SPLIT = Lineage("s-0001", LineageEvent.SPLIT, (), 7, 0.25, ("s-0001", "s-0009"), (0.5, 0.375))
DECISION = Promotion(
    segment_model=7,
    previous_model=5,
    status=Status.PROMOTED,
    trigger=Trigger.AUTOMATIC,
    cause=Cause.STRUCTURE_CHANGE,
    time_ms=1_700_000_000_000,
    command_id="7f",
    changes=(StructureChange(ChangeKind.SPLIT, ("s-0001",)),),
    ramp_ms=60_000,
    n_sampled=400,
    share_moved=0.125,
    share_entered=0.0625,
    churn_budget=0.2,
    transitions=(
        SegmentTransition("s-0001", "s-0009", 50, 0.125),
        SegmentTransition("unknown", "s-0009", 25, 0.0625),
    ),
    lineage=(SPLIT,),
    auto_promotion_paused=True,
)
DOCUMENT = {
    "segment_model": 7,
    "previous_model": 5,
    "status": "promoted",
    "trigger": "automatic",
    "cause": "structure_change",
    "reason": "split s-0001",
    "command_id": "7f",
    "changes": [{"kind": "split", "segments": ["s-0001"]}],
    "time_ms": 1_700_000_000_000,
    "ramp_ms": 60_000,
    "n_sampled": 400,
    "share_moved": 0.125,
    "share_entered": 0.0625,
    "churn_budget": 0.2,
    "transitions": [
        {"from_segment": "s-0001", "to_segment": "s-0009", "n_users": 50, "share": 0.125},
        {"from_segment": "unknown", "to_segment": "s-0009", "n_users": 25, "share": 0.0625},
    ],
    "lineage": [
        {
            "segment": "s-0001",
            "event": "split",
            "parents": [],
            "segment_model": 7,
            "share": 0.25,
            "children": ["s-0001", "s-0009"],
            "fractions": [0.5, 0.375],
        }
    ],
    "auto_promotion_paused": True,
}


def test_a_decision_is_this_cloud_event() -> None:
    message, _ = promotion_messages(DECISION)
    assert (message.topic, message.key) == ("segment-promotions", b"7")
    assert msgspec.json.decode(message.value or b"") == DOCUMENT
    said = b"7:promoted:automatic:structure_change:1700000000000:7f"
    assert dict(message.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": sha256(said).hexdigest()[:32].encode(),
        "ce_source": b"segue",
        "ce_type": b"io.segue.segment_model.promotion.v1",
        "ce_subject": b"7",
        "ce_time": b"2023-11-14T22:13:20.000Z",
        "content-type": b"application/json",
    }


def test_a_repeated_decision_has_the_id_it_had_and_no_other_decision_has() -> None:
    others = (
        replace(DECISION, segment_model=8),
        replace(DECISION, status=Status.HELD),
        replace(DECISION, trigger=Trigger.OPERATOR),
        replace(DECISION, cause=Cause.REFIT),
        replace(DECISION, time_ms=DECISION.time_ms + 1),
        replace(DECISION, command_id=""),
    )
    assert event_id(replace(DECISION, n_sampled=401)) == event_id(DECISION)
    assert len({event_id(each) for each in (DECISION, *others)}) == 1 + len(others)


def event_id(decision: Promotion) -> bytes:
    """Return the CloudEvents id of a decision."""
    return dict(promotion_messages(decision)[0].headers)["ce_id"]


@pytest.mark.parametrize("status", [Status.PROMOTED, Status.ROLLED_BACK])
def test_a_decision_that_changes_the_serving_model_is_on_segment_model_too(status: Status) -> None:
    message, serves = promotion_messages(replace(DECISION, status=status))
    assert (serves.topic, serves.key) == ("segment-model", SERVING_KEY)
    assert serves.headers == [("content-type", b"application/json")]
    assert serves.value == message.value


@pytest.mark.parametrize("status", [Status.PROPOSED, Status.HELD, Status.DROPPED, Status.REFUSED])
def test_other_decisions_are_on_segment_promotions_only(status: Status) -> None:
    messages = promotion_messages(replace(DECISION, status=status))
    assert [message.topic for message in messages] == ["segment-promotions"]


def test_a_decision_comes_back() -> None:
    assert read_promotion(promotion_messages(DECISION)[0].value or b"") == promotion_record(DECISION)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_reason_in_prose(cause: Cause) -> None:
    assert replace(DECISION, cause=cause).reason


@pytest.mark.parametrize("name", ["status", "trigger", "cause"])
def test_a_value_outside_an_enum_is_refused(name: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=name):
        read_promotion(msgspec.json.encode(DOCUMENT | {name: "other"}))


@pytest.mark.parametrize("value", [b"", b"{}", b"[]", b'{"segment_model":"seven"}'])
def test_a_value_that_is_no_decision_is_refused(value: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_promotion(value)
