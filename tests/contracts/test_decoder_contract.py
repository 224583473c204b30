"""One suite for every `EventDecoder`: the formats that Segue reads, and another encoding that proves the seam."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.event import Content, Event, Record, Rejected
from stream.core.reasons import Reason
from stream.core.records import Records
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.wire.calls import Flat
from stream.wire.event_decoder import EventDecoder, decode_one_by_one
from stream.wire.fields import Fields
from stream.wire.flat_events import event_of
from stream.wire.placement import Placement
from stream.wire.reasons import rejected
from stream.wire.records import ConsumerRecord
from stream.wire.timestamps import END_MS, FIRST_MS
from stream.wire.topics import USER_EVENTS
from tests.core.builders import ENCODER, MODEL, POLICY, START_MS
from tests.core.record_rows import record_rows
from tests.formats.encodings import (
    ANY_JSON,
    LOOSE_AVRO,
    avro,
    decoder_of,
    json_schema,
    loose_protobuf,
    memory_client,
)


class MsgpackEventDecoder:
    """Flat events in msgpack: what a deployment with an encoding of its own writes."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self._flat = msgspec.msgpack.Decoder(Flat)

    def decode(self, record: ConsumerRecord) -> Content:
        if record.value is None:
            return rejected(Reason.NULL_VALUE)
        try:
            flat = self._flat.decode(record.value)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return rejected(Reason.WRONG_TYPE, str(error))
        return event_of(flat, record.key, record.value, self.fields)

    def decode_batch(self, records: Sequence[ConsumerRecord]) -> Records:
        return decode_one_by_one(self.decode, records)


@dataclass(frozen=True)
class Encoding:
    """A decoder and the encoder of its flat events."""

    name: str
    decoder: EventDecoder
    encode: Callable[[Any], bytes]

    def decode(self, key: bytes | None, value: bytes | None) -> Content:
        return self.decoder.decode(ConsumerRecord(USER_EVENTS, 0, 0, 0, key, value, []))

    def decode_flat(self, **fields: Any) -> Content:
        """Return the content of a good flat event with these fields instead."""
        flat = {"user_id": "ann", "text": "red  shoes", "timestamp": START_MS, "kind": "Order Completed", "id": "e-1"}
        return self.decode(b"ann", self.encode(flat | fields))


def cloud_event(event: Any) -> bytes:
    """A CloudEvent in structured mode."""
    return msgspec.json.encode({"specversion": "1.0", "type": "shop.viewed", "source": "/shop", "data": event})


CLIENT = memory_client()
FORMATS = decoder_of(CLIENT)

ENCODINGS = (
    Encoding("json", FORMATS, msgspec.json.encode),
    Encoding("cloudevents", FORMATS, cloud_event),
    Encoding("avro", FORMATS, avro(CLIENT, LOOSE_AVRO)),
    Encoding("json schema", FORMATS, json_schema(CLIENT, ANY_JSON)),
    Encoding("protobuf", FORMATS, loose_protobuf(CLIENT)),
    Encoding("msgpack", MsgpackEventDecoder(Fields()), msgspec.msgpack.encode),
)
every_encoding = pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda encoding: encoding.name)
TEXTS = st.text(max_size=40)


@every_encoding
@given(key=st.none() | st.binary(max_size=40), value=st.none() | st.binary(max_size=200))
def test_arbitrary_bytes_are_a_content_or_a_rejection(
    encoding: Encoding, key: bytes | None, value: bytes | None
) -> None:
    content = encoding.decode(key, value)
    assert isinstance(content, Content)
    if isinstance(content, Rejected):
        assert content.reason in Reason
        assert content.detail


@every_encoding
@given(
    user=st.text(min_size=1, max_size=256).filter(lambda user: not user.isspace()),
    text=TEXTS,
    time_ms=st.integers(FIRST_MS, END_MS - 1),
    amount=st.floats(-1e15, 1e15),
)
def test_a_flat_event_comes_back_with_its_text_normalised(
    encoding: Encoding, user: str, text: str, time_ms: int, amount: float
) -> None:
    fields = {"user_id": user, "text": text, "timestamp": time_ms, "amount": amount, "id": "e", "kind": "view"}
    expected = Event(user, "e", "view", time_ms, " ".join(text.split()), amount)
    assert encoding.decode(user.encode(), encoding.encode(fields)) == expected


@every_encoding
def test_kind_and_text_follow_the_fields(encoding: Encoding) -> None:
    assert encoding.decode_flat() == Event("ann", "e-1", "purchase", START_MS, "red shoes", 0.0)


@every_encoding
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"user_id": None}, Reason.MISSING_USER),
        ({"user_id": " "}, Reason.EMPTY_USER),
        ({"user_id": "x" * 257}, Reason.USER_TOO_LONG),
        ({"user_id": "bob"}, Reason.KEY_MISMATCH),
        ({"timestamp": None}, Reason.MISSING_TIMESTAMP),
        ({"timestamp": "yesterday"}, Reason.BAD_TIMESTAMP),
        ({"timestamp": FIRST_MS - 1}, Reason.TIMESTAMP_OUT_OF_RANGE),
    ],
    ids=lambda value: value.value if isinstance(value, Reason) else "",
)
def test_a_faulty_event_is_rejected_with_its_reason(encoding: Encoding, fields: dict[str, Any], reason: Reason) -> None:
    content = encoding.decode_flat(**fields)
    assert isinstance(content, Rejected)
    assert content.reason is reason


@every_encoding
def test_a_record_needs_a_value_and_a_key(encoding: Encoding) -> None:
    value = encoding.encode({"user_id": "ann", "timestamp": START_MS})
    assert encoding.decode(b"ann", None) == rejected(Reason.NULL_VALUE)
    assert encoding.decode(None, value) == rejected(Reason.MISSING_KEY)


@every_encoding
@given(
    messages=st.lists(
        st.tuples(st.sampled_from([b"ann", b"bob", None]), TEXTS, st.sampled_from([None, 0, START_MS, "2024-01-01"]))
    )
)
def test_a_batch_has_the_contents_of_its_records(
    encoding: Encoding, messages: list[tuple[bytes | None, str, int | str | None]]
) -> None:
    values = [(key, {"user_id": "ann", "text": text, "timestamp": time}) for key, text, time in messages]
    records = [
        ConsumerRecord(USER_EVENTS, 0, offset, START_MS, key, encoding.encode(event), [])
        for offset, (key, event) in enumerate(values)
    ]
    expected = [Record(each.offset, START_MS, encoding.decoder.decode(each)) for each in records]
    assert record_rows(encoding.decoder.decode_batch(records)) == expected


@every_encoding
@given(values=st.lists(TEXTS, min_size=1, max_size=5))
def test_the_content_depends_on_the_record_alone(encoding: Encoding, values: list[str]) -> None:
    forwards = [encoding.decode_flat(text=text, id=None) for text in values]
    backwards = [encoding.decode_flat(text=text, id=None) for text in reversed(values)]
    assert forwards == backwards[::-1]
    ids = {content.id for content in forwards if isinstance(content, Event)}
    assert len(ids) == len(set(values))


@every_encoding
def test_the_segmenter_decides_on_the_decoded_events(encoding: Encoding) -> None:
    segmenter = Segmenter("g", ENCODER, POLICY, encoding.decoder, FixedModel(MODEL), Placement(1))
    segmenter.prepare()
    segmenter.restore(0, segmenter.state_reader())
    value = encoding.encode({"user_id": "ann", "text": "milk", "timestamp": START_MS, "kind": "view", "id": "1"})
    batch = segmenter.process(0, [ConsumerRecord(USER_EVENTS, 0, 0, START_MS, b"ann", value, [])], 0)
    assert {record.topic for record in batch.messages} >= {"segment-changes", "user-segments"}
