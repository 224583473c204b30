from __future__ import annotations

from dataclasses import asdict, replace
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
from stream.core.output import Change
from stream.core.policy import Policy
from stream.core.sentence.change_sentence import change_sentence
from stream.wire.changes import SegmentChange, change_id, change_line, change_message
from tests.core.builders import POLICY, START_MS, event_at, records_with, word_model
from tests.core.drawn import DECLARING, policies, record_lists, rule_policies
from tests.core.recorder import run_steps

SURE = word_model(threshold=9.0)
CONTENTS = (
    Declaration("李娜", {"age": 41, "vip": True, "club": None}),
    event_at(0, "milk", "李娜"),
    event_at(10, "bread", "李娜"),
)


def scenario_changes() -> list[Change]:
    """Return the changes of a user that enters, moves and leaves."""
    recorder = run_steps(records_with(*CONTENTS), POLICY, model=SURE)
    recorder.step([], POLICY, SURE, until_ms=99)
    return recorder.changes()


MOVED = scenario_changes()[1]
SCHEMA = jsonschema.Draft202012Validator(msgspec.json.schema(SegmentChange))


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
    assert found["certainty"]["nearest"] == found["to"]
    assert found["certainty"]["runner_up"] in ({"id": "s-0001", "name": "milk"}, {"id": "s-0003", "name": "shoes"})
    assert found["evidence"]["items"][0]["first_ms"] == found["evidence"]["items"][0]["last_ms"] == START_MS + 10
    assert found["evidence"]["items"][0]["kinds"] == ["view"]
    assert found["certainty"]["distance"] == MOVED.certainty.distance if MOVED.certainty else False


@settings(max_examples=60)
@given(records=record_lists() | record_lists(DECLARING), policy=policies | rule_policies)
def test_every_change_is_valid_by_its_schema_and_comes_back(records: list[Record], policy: Policy) -> None:
    recorder = run_steps(records, policy)
    recorder.step([], policy, until_ms=500)
    for change in recorder.changes():
        SCHEMA.validate(body(change))
        again = msgspec.json.decode(change_message(change).value or b"", type=SegmentChange)
        assert msgspec.to_builtins(again.evidence) == msgspec.to_builtins(change.evidence)
        if again.certainty is not None and change.certainty is not None:
            found, decided = msgspec.to_builtins(again.certainty), asdict(change.certainty)
            for segment in ("nearest", "runner_up"):
                assert found[segment] == {"id": decided[segment], "name": decided.pop(f"{segment}_name")}
            assert found == decided | {segment: found[segment] for segment in ("nearest", "runner_up")}


def test_the_schema_refuses_a_wrong_type() -> None:
    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate({**body(MOVED), "sequence": "two"})


def test_a_pinned_change_names_the_trait_that_pins() -> None:
    policy = replace(POLICY, pin=(PinRule.parse("vip=true:guests"),))
    (change,) = run_steps(records_with(CONTENTS[0]), policy).changes()
    found = body(change)
    assert (found["rule"], found["pinned_by"], found["certainty"]) == ("pinned", "vip=true", None)
    assert found["to"] == {"id": "guests", "name": "guests"}


def test_the_summary_is_the_sentence_of_the_change() -> None:
    found = body(MOVED)
    assert found["summary"] == change_sentence(MOVED)
    assert found["summary"].startswith("moved to bread: ")


def test_a_line_has_time_user_and_summary() -> None:
    change = msgspec.convert(body(replace(MOVED, user="7\n\x1b[2J")), SegmentChange)
    assert change_line(change) == f"2023-11-14 22:13 user 7 [2J {change.summary}"
