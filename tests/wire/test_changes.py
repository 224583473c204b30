from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.decision.pins import PinRule
from stream.core.event import Declaration, Record
from stream.core.labels import Prediction
from stream.core.output import Change, Membership
from stream.core.policy import Policy
from stream.wire.changes import SegmentChange, UserSegment, change_id, change_message, membership_message
from tests.core.builders import POLICY, START_MS, event_at, records_with, word_model
from tests.core.drawn import DECLARING, policies, record_lists, rule_policies
from tests.core.recorder import run_steps

SURE = word_model(threshold=9.0)
CONTENTS = (
    Declaration("李娜", {"age": 41, "vip": True, "club": None}),
    event_at(0, "milk", "李娜"),
    event_at(10, "bread", "李娜"),
)


def scenario_outputs() -> list[Any]:
    """Return the changes and memberships of a user that enters, moves and leaves."""
    recorder = run_steps(records_with(*CONTENTS), POLICY, model=SURE)
    recorder.step([], POLICY, SURE, until_ms=99)
    return recorder.outputs


CHANGES: list[Change] = [output for output in scenario_outputs() if isinstance(output, Change)]
MOVED = CHANGES[1]


def validator(of: type[Any]) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(msgspec.json.schema(of))


def body(change: Change) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.json.decode(change_message(change).value or b"")
    return value


def test_a_change_is_a_cloud_event_in_binary_mode() -> None:
    message = change_message(MOVED)
    assert (message.topic, message.key) == ("segment-changes", "李娜".encode())
    assert message.headers == [
        ("ce_specversion", b"1.0"),
        ("ce_id", sha256(f"2:{MOVED.decision_time_ms}:李娜".encode()).hexdigest()[:32].encode()),
        ("ce_source", b"segue"),
        ("ce_type", b"io.segue.segment.changed.v1"),
        ("ce_subject", "李娜".encode()),
        ("ce_time", b"2023-11-14T22:13:20.016Z"),
        ("ce_sequence", b"2"),
        ("content-type", b"application/json"),
    ]


@given(time_ms=st.integers(946_684_800_000, 4_102_444_799_999))
def test_the_time_is_rfc_3339_in_utc_to_the_millisecond(time_ms: int) -> None:
    time = dict(change_message(replace(MOVED, decision_time_ms=time_ms)).headers)["ce_time"].decode()
    assert len(time) == len("2023-11-14T22:13:20.016Z")
    assert time.endswith("Z")
    moment = datetime.fromisoformat(time)
    assert (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000 == pytest.approx(time_ms, abs=1e-3)


def test_the_id_is_equal_for_equal_changes_only() -> None:
    assert change_id("ann", 1, 7) == change_id("ann", 1, 7)
    pairs = [("ann", 1), ("ann", 11), ("1:ann", 1), ("ann", 2), ("bob", 1), ("", 1), ("1", 1)]
    assert len({change_id(user, sequence, at) for user, sequence in pairs for at in (7, 71)}) == 2 * len(pairs)


def test_the_value_of_a_change_is_plain_json() -> None:
    found = body(MOVED)
    assert found["user"] == "李娜"
    assert (found["sequence"], found["rule"], found["quality"]) == (2, "margin_and_dwell", "full")
    assert (found["from"], found["to"]) == ({"id": "s-0001", "name": "milk"}, {"id": "s-0002", "name": "bread"})
    assert found["hysteresis"] == {"margin_required": 0.1, "dwell_required_ms": 5, "dwell_ms": 5}
    assert (found["event_time_ms"], found["decision_time_ms"]) == (START_MS + 10, START_MS + 16)
    assert (found["n_items"], found["segment_model"], found["encoder"]) == (2, 1, "hash")
    assert found["evidence"]["items"][0]["text"] == "bread"
    assert found["certainty"]["nearest"] == "s-0002"
    assert found["certainty"]["distance"] == MOVED.certainty.distance if MOVED.certainty else False


@settings(max_examples=60)
@given(records=record_lists() | record_lists(DECLARING), policy=policies | rule_policies)
def test_every_change_and_membership_is_valid_by_its_schema_and_comes_back(
    records: list[Record], policy: Policy
) -> None:
    recorder = run_steps(records, policy)
    recorder.step([], policy, until_ms=500)
    changes, memberships = validator(SegmentChange), validator(UserSegment)
    for output in recorder.outputs:
        if isinstance(output, Change):
            changes.validate(body(output))
            again = msgspec.json.decode(change_message(output).value or b"", type=SegmentChange)
            for public, decided in ((again.certainty, output.certainty), (again.evidence, output.evidence)):
                assert msgspec.to_builtins(public) == msgspec.to_builtins(decided)
        if isinstance(output, Membership) and output.segment is not None:
            memberships.validate(msgspec.json.decode(membership_message(output).value or b""))


def test_the_schema_refuses_a_wrong_type() -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator(SegmentChange).validate({**body(MOVED), "sequence": "two"})


def test_the_value_of_a_membership_is_the_current_segment() -> None:
    message = membership_message(next(o for o in scenario_outputs() if isinstance(o, Membership)))
    assert (message.topic, message.key) == ("user-segments", "李娜".encode())
    assert message.headers == [("content-type", b"application/json")]
    found = msgspec.json.decode(message.value or b"")
    soft_membership = found["soft_membership"]
    assert found == {
        "user": "李娜",
        "segment": {"id": "s-0001", "name": "milk"},
        "since_ms": START_MS + 1,
        "sequence": 1,
        "segment_model": 1,
        "encoder": "hash",
        "traits": {"age": 41, "vip": True, "club": None},
        "predicted": {},
        "label_heads": "",
        "soft_membership": soft_membership,
    }
    assert [part["id"] for part in soft_membership] == ["s-0001", "s-0002", "s-0003"]
    assert sum(part["weight"] for part in soft_membership) == pytest.approx(1.0)
    assert [part["name"] for part in soft_membership] == ["milk", "bread", "shoes"]


def test_a_pinned_change_names_the_trait_that_pins() -> None:
    policy = replace(POLICY, pin=(PinRule.parse("vip=true:guests"),))
    change, membership = run_steps(records_with(CONTENTS[0]), policy).outputs
    assert isinstance(change, Change)
    assert isinstance(membership, Membership)
    found = body(change)
    assert (found["rule"], found["pinned_by"], found["certainty"]) == ("pinned", "vip=true", None)
    assert found["to"] == {"id": "guests", "name": "guests"}
    assert msgspec.json.decode(membership_message(membership).value or b"")["soft_membership"] == []


def test_a_prediction_is_sure_if_it_has_a_value() -> None:
    predicted = {"age": Prediction("35-44", 0.71), "club": Prediction(None, 0.52)}
    message = membership_message(Membership("ann", "s-0001", predicted=predicted, label_heads="0123456789ab"))
    found = msgspec.json.decode(message.value or b"")
    assert found["predicted"] == {
        "age": {"value": "35-44", "probability": 0.71, "sure": True},
        "club": {"value": None, "probability": 0.52, "sure": False},
    }
    assert (found["label_heads"], found["traits"]) == ("0123456789ab", {})
    validator(UserSegment).validate(found)


def test_a_user_without_traits_has_an_empty_object() -> None:
    message = membership_message(Membership("ann", "s-0001"))
    assert msgspec.json.decode(message.value or b"")["traits"] == {}


def test_an_erased_user_is_a_tombstone() -> None:
    message = membership_message(Membership("李娜", None))
    assert message == ("user-segments", "李娜".encode(), None, [])
