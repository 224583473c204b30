"""A batch's summary counts refused records and ignored fields, each with the first record as its example."""

from __future__ import annotations

import json

from stream.formats.decoder import FormatDecoder
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.runtime.job import BatchSummary, Example
from stream.wire.fields import Fields
from stream.wire.placement import Placement
from stream.wire.records import ConsumerRecord
from tests.core.builders import ENCODER, MODEL, POLICY, START_MS

TOPIC = "eu.user-events"


def summary_of(*values: bytes) -> BatchSummary:
    """The summary of records with these values, from offset 40 on in partition 0 of 1."""
    segmenter = Segmenter("g", ENCODER, POLICY, FormatDecoder(Fields(), None), FixedModel(MODEL), Placement(1))
    segmenter.prepare()
    segmenter.restore(0, segmenter.state_reader())
    records = [ConsumerRecord(TOPIC, 0, 40 + at, START_MS, b"ann", value, []) for at, value in enumerate(values)]
    return segmenter.process(0, records, 0).summary


def event(**fields: object) -> bytes:
    return json.dumps({"user_id": "ann", "text": "milk", "timestamp": START_MS} | fields).encode()


def test_each_reason_and_each_field_is_counted_with_its_first_record() -> None:
    done = summary_of(
        event(id="1"),
        b"milk",
        event(id="2", amount="free"),
        event(user_id="bob"),
        b"bread",
        event(id="3", amount=[], kind={}),
        b'{"type": "identify", "userId": "ann", "traits": 7}',
    )
    assert done.rejections == {"not_json": 2, "key_mismatch": 1}
    assert done.ignored == {"amount": 2, "kind": 1, "traits": 1}
    assert done.outcomes["applied"] == 3
    assert done.examples.keys() == {*done.rejections, *done.ignored}
    assert done.examples["not_json"]._replace(detail="") == Example(TOPIC, 0, 41)
    assert done.examples["not_json"].detail.startswith("JSON is malformed")
    assert done.examples["key_mismatch"].offset == 43
    assert done.examples["amount"] == Example(TOPIC, 0, 42)
    assert done.examples["kind"] == Example(TOPIC, 0, 45)
    assert done.examples["traits"] == Example(TOPIC, 0, 46)


def test_a_clean_batch_has_no_examples() -> None:
    done = summary_of(event(id="1"), event(id="2"))
    assert (done.rejections, done.ignored, done.examples) == ({}, {}, {})
