"""Messages as bytes: the forms that the documents show, and ids that are functions of values."""

from __future__ import annotations

import json
from dataclasses import replace

from stream.sink.gate import Reason
from stream.sink.message import Message, Move, batch_body, batch_key, hashed_id
from stream.sink.policy import Format

ENTERED = Message(1, "7", "s-0003", "Snacks", Move.ENTERED, None, "a1", 1_767_225_600_250)
EXITED = Message(2, "8", "s-0003", "Snacks", Move.EXITED, Reason.CONSENT, "a2", 1_767_225_600_000)


def test_the_form_of_segment_is_that_of_its_documents() -> None:
    assert json.loads(batch_body([ENTERED, EXITED], Format.SEGMENT)) == {
        "batch": [
            {
                "type": "track",
                "event": "Audience Entered",
                "userId": "7",
                "messageId": "a1",
                "timestamp": "2026-01-01T00:00:00.250Z",
                "properties": {"audience_key": "s-0003", "audience_name": "Snacks", "s-0003": True},
                "context": {"personas": {"computation_class": "audience", "computation_key": "s-0003"}},
            },
            {
                "type": "track",
                "event": "Audience Exited",
                "userId": "8",
                "messageId": "a2",
                "timestamp": "2026-01-01T00:00:00.000Z",
                "properties": {
                    "audience_key": "s-0003",
                    "audience_name": "Snacks",
                    "s-0003": False,
                    "reason": "consent",
                },
                "context": {"personas": {"computation_class": "audience", "computation_key": "s-0003"}},
            },
        ]
    }


def test_the_form_of_segue_has_the_names_of_its_topics() -> None:
    segment = {"id": "s-0003", "name": "Snacks"}
    assert json.loads(batch_body([ENTERED, EXITED], Format.SEGUE)) == {
        "changes": [
            {
                "id": "a1",
                "user": "7",
                "segment": segment,
                "change": "entered",
                "reason": None,
                "time_ms": 1_767_225_600_250,
            },
            {
                "id": "a2",
                "user": "8",
                "segment": segment,
                "change": "exited",
                "reason": "consent",
                "time_ms": 1_767_225_600_000,
            },
        ]
    }


def test_a_key_changes_with_every_message_and_with_their_order() -> None:
    batches = ([ENTERED], [EXITED], [ENTERED, EXITED], [EXITED, ENTERED], [replace(ENTERED, id="a3")])
    assert len({batch_key(batch) for batch in batches}) == len(batches)
    assert batch_key([ENTERED, EXITED]) == batch_key([ENTERED, replace(EXITED, name="Sweets")])


def test_an_id_tells_values_apart_wherever_they_begin() -> None:
    assert len({hashed_id("ab", "c"), hashed_id("a", "bc"), hashed_id("abc"), hashed_id("ab", "c", None)}) == 4
    assert len(hashed_id("7")) == 32
