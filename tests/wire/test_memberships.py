from __future__ import annotations

from dataclasses import replace

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings

from stream.core.decision.pins import PinRule
from stream.core.event import Declaration, Record
from stream.core.labels import Prediction
from stream.core.output import Membership
from stream.core.policy import Policy
from stream.wire.memberships import UserSegment, membership_message
from stream.wire.records import ProducerRecord
from tests.core.builders import POLICY, START_MS, event_at, records_with, word_model
from tests.core.drawn import DECLARING, policies, record_lists, rule_policies
from tests.core.recorder import StepRecorder, run_steps

SURE = word_model(threshold=9.0)
TRAITS = Declaration("李娜", {"age": 41, "vip": True, "club": None})
CONTENTS = (TRAITS, event_at(0, "milk", "李娜"), event_at(10, "bread", "李娜"))
SCHEMA = jsonschema.Draft202012Validator(msgspec.json.schema(UserSegment))


def memberships(recorder: StepRecorder) -> list[Membership]:
    return [output for output in recorder.outputs if isinstance(output, Membership)]


@settings(max_examples=60)
@given(records=record_lists() | record_lists(DECLARING), policy=policies | rule_policies)
def test_every_membership_is_valid_by_its_schema(records: list[Record], policy: Policy) -> None:
    recorder = run_steps(records, policy)
    recorder.step([], policy, until_ms=500)
    for membership in memberships(recorder):
        if membership.segment is not None:
            SCHEMA.validate(msgspec.json.decode(membership_message(membership).value or b""))


def test_the_value_of_a_membership_is_the_current_segment() -> None:
    message = membership_message(memberships(run_steps(records_with(*CONTENTS), POLICY, model=SURE))[0])
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


def test_a_prediction_is_sure_if_it_has_a_value() -> None:
    predicted = {"age": Prediction("35-44", 0.71), "club": Prediction(None, 0.52)}
    message = membership_message(Membership("ann", "s-0001", predicted=predicted, label_heads="0123456789ab"))
    found = msgspec.json.decode(message.value or b"")
    assert found["predicted"] == {
        "age": {"value": "35-44", "probability": 0.71, "sure": True},
        "club": {"value": None, "probability": 0.52, "sure": False},
    }
    assert (found["label_heads"], found["traits"]) == ("0123456789ab", {})
    SCHEMA.validate(found)


def test_a_user_without_traits_has_an_empty_object() -> None:
    message = membership_message(Membership("ann", "s-0001"))
    assert msgspec.json.decode(message.value or b"")["traits"] == {}


def test_an_erased_user_is_a_tombstone() -> None:
    message = membership_message(Membership("李娜", None))
    assert message == ProducerRecord("user-segments", "李娜".encode(), None, [])


def test_a_pinned_user_without_items_has_no_soft_membership() -> None:
    policy = replace(POLICY, pin=(PinRule.parse("vip=true:guests"),))
    [membership] = memberships(run_steps(records_with(TRAITS), policy))
    found = msgspec.json.decode(membership_message(membership).value or b"")
    assert (found["segment"], found["soft_membership"]) == ({"id": "guests", "name": "guests"}, [])
