"""One topic with records of every format, each recognized by itself."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from confluent_kafka.schema_registry import header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from hypothesis import given
from hypothesis import strategies as st

from stream.core.event import Content, Event, Rejected
from stream.core.reasons import Reason
from stream.files.flat_rows import key_of
from stream.formats.decoder import KEY_HINT, FormatDecoder
from stream.wire.fields import Fields
from stream.wire.records import ConsumerRecord, Headers
from stream.wire.topics import USER_EVENTS
from tests.core.record_rows import record_rows
from tests.formats import encodings
from tests.formats.encodings import ANY_JSON, decoder_of, memory_client
from tests.formats.messages import event_file, message_class
from tests.formats.test_avro import RICH, VALUES, written
from tests.formats.test_avro_shape import record

TIME = datetime(2026, 11, 27, 12, tzinfo=UTC)
TIME_MS = round(TIME.timestamp() * 1000)
EXPECTED = Event("ann", "1", "view", TIME_MS, "red shoes", 9.5)

CLIENT = memory_client()
DECODER = decoder_of(CLIENT)
OLD = record("Event", userId="string", timestamp="long", id="string")
NEW = record(
    "Event",
    userId="string",
    timestamp={"type": "long", "logicalType": "timestamp-millis"},
    id="string",
    text=["null", "string"],
    amount=["null", {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}],
    kind={"type": "enum", "name": "Kind", "symbols": ["VIEW"]},
)
CLEAN = ConsumerRecord(USER_EVENTS, 0, 0, 0, b"bob", b'{"user_id": "bob", "timestamp": 1700000000000}', [])
PROTO = message_class("shop.Event", event_file())


def decode(value: bytes | None, headers: Headers | None = None, key: bytes = b"ann") -> Content:
    """The content of a record of ann's, which is the same within a batch."""
    record = ConsumerRecord(USER_EVENTS, 0, 0, 0, key, value, headers or [])
    content = DECODER.decode(record)
    assert record_rows(DECODER.decode_batch([CLEAN, record, CLEAN]))[1].content == content
    return content


def new_avro() -> bytes:
    """An event by the newest Avro schema."""
    event: dict[str, Any] = {"userId": "ann", "timestamp": TIME, "id": "1", "text": "red shoes", "kind": "VIEW"}
    return encodings.avro(CLIENT, NEW)(event | {"amount": Decimal("9.50")})


def proto() -> Any:
    """An event as a Protobuf message."""
    event = PROTO(user_id="ann", id="1", kind=1, amount=9.5)
    event.timestamp.FromDatetime(TIME)
    event.text.value = "red shoes"
    return event


def reason_of(content: Content) -> Reason:
    """The reason of a rejection."""
    assert isinstance(content, Rejected), content
    return content.reason


def test_every_format_says_the_same_event() -> None:
    plain = {"user_id": "ann", "timestamp": TIME, "text": "red shoes", "amount": 9.5, "kind": "view", "id": "1"}
    in_json = msgspec.json.encode(plain)
    json_schema = encodings.json_schema(CLIENT, ANY_JSON)(msgspec.json.decode(in_json))
    camel = in_json.replace(b"user_id", b"userId")
    values = [in_json, json_schema, new_avro(), encodings.protobuf(CLIENT, PROTO)(proto())]
    assert [decode(value) for value in values] == [EXPECTED] * 4
    enveloped = [camel, json_schema, new_avro()]
    headers = [("ce_specversion", b"1.0"), ("ce_id", b"9"), ("content-type", b"application/json")]
    assert [decode(value, headers) for value in enveloped] == [EXPECTED] * 3
    structured: list[dict[str, Any]] = [{"data": msgspec.Raw(camel)}, {"data_base64": b64encode(new_avro()).decode()}]
    wrapped = [msgspec.json.encode({"specversion": "1.0", "id": "9", "source": "s"} | data) for data in structured]
    assert [decode(value) for value in wrapped] == [EXPECTED] * 2


def test_old_and_new_schemas_live_on_one_topic() -> None:
    old = encodings.avro(CLIENT, OLD)({"userId": "ann", "timestamp": TIME_MS, "id": "1"})
    assert old[:5] != new_avro()[:5]
    assert [decode(value) for value in (old, new_avro(), old)] == [
        Event("ann", "1", "other", TIME_MS),
        EXPECTED,
        Event("ann", "1", "other", TIME_MS),
    ]


@pytest.mark.parametrize("kind", ["avro", "protobuf"])
def test_the_schema_may_be_named_in_a_header(kind: str) -> None:
    headers: Headers = []
    conf = {"schema.id.serializer": header_schema_id_serializer}
    if kind == "avro":
        avro = AvroSerializer(CLIENT, msgspec.json.encode(OLD).decode(), conf=conf)
        value = avro({"userId": "ann", "timestamp": TIME_MS, "id": "1"}, encodings.context(headers))
    else:
        value = ProtobufSerializer(PROTO, CLIENT, conf)(proto(), encodings.context(headers))
    assert [name for name, _ in headers] == ["__value_schema_id"]
    content = decode(value, headers)
    assert isinstance(content, Event)
    assert (content.user, content.id, content.time_ms) == ("ann", "1", TIME_MS)


@pytest.mark.parametrize(
    ("value", "headers", "reason"),
    [
        (None, [], Reason.NULL_VALUE),
        (b"\0\0\0\0\xff!", [], Reason.UNKNOWN_SCHEMA),
        (b"\0\0\0\0\0!", [], Reason.NOT_JSON),
        (new_avro()[:-2], [], Reason.BAD_PAYLOAD),
        (new_avro() + b"!", [], Reason.BAD_PAYLOAD),
        (b"<event/>", [("ce_specversion", b"1.0"), ("content-type", b"text/xml")], Reason.UNKNOWN_FORMAT),
        (b"[]", [("content-type", b"application/cloudevents-batch+json")], Reason.UNKNOWN_FORMAT),
        (b"[]", [("content-type", b"application/cloudevents+json")], Reason.NOT_AN_OBJECT),
        (b"[]", [("ce_specversion", b"1.0")], Reason.NOT_AN_OBJECT),
        (b"{", [("ce_specversion", b"1.0")], Reason.NOT_JSON),
        (b'{"specversion": "1.0", "data": "text"}', [], Reason.NOT_AN_OBJECT),
        (b'{"specversion": "1.0", "data": {"timestamp": 1}}', [], Reason.MISSING_USER),
    ],
)
def test_a_faulty_record_is_rejected_with_its_reason(value: bytes | None, headers: Headers, reason: Reason) -> None:
    assert reason_of(decode(value, headers)) is reason


@pytest.mark.parametrize(
    "fields",
    [
        {"data": {"user_id": "ann", "timestamp": TIME_MS}},
        {"data": {"userId": "ann", "timestamp": TIME_MS}, "subject": "bob"},
        {"data": {"timestamp": TIME_MS}, "subject": "ann"},
        {"subject": "ann", "time": TIME.isoformat()},
        {"data": {"type": "track", "userId": "ann", "event": "Seen", "timestamp": TIME_MS}},
        {"data": {"type": "track", "anonymousId": "ann", "event": "Seen", "timestamp": TIME_MS}},
    ],
)
def test_a_structured_event_of_a_file_gets_the_key_that_it_needs(fields: dict[str, Any]) -> None:
    value = msgspec.json.encode({"specversion": "1.0", "id": "1", "source": "/shop"} | fields)
    key = key_of(value)
    assert key == b"ann"
    assert isinstance(decode(value, key=key), Event)


@pytest.mark.parametrize("data", [b'"text"', b"[" * 2000 + b"]" * 2000, b"null", b'{"user_id": [7]}'])
def test_a_structured_event_without_a_user_has_no_key(data: bytes) -> None:
    assert key_of(b'{"specversion": "1.0", "data": ' + data + b"}") is None


def test_a_key_with_a_schema_id_is_refused_with_a_hint() -> None:
    assert decode(new_avro(), key=b"\0\0\0\0\x01\x06ann") == Rejected(Reason.KEY_MISMATCH, KEY_HINT)
    assert decode(new_avro(), key=b"bob") != Rejected(Reason.KEY_MISMATCH, KEY_HINT)


def test_without_a_registry_a_schema_id_is_refused_and_the_setting_named() -> None:
    content = FormatDecoder(Fields(), None).decode(ConsumerRecord(USER_EVENTS, 0, 0, 0, b"ann", new_avro(), []))
    assert reason_of(content) is Reason.UNKNOWN_SCHEMA
    assert "SEGUE_REGISTRY_URL" in getattr(content, "detail", "")


def test_an_event_without_an_id_gets_a_hash_of_its_bytes() -> None:
    encode = encodings.avro(CLIENT, record("Event", user_id="string", timestamp="long"))
    first, again, other = (encode({"user_id": "ann", "timestamp": TIME_MS + n}) for n in (0, 0, 1))
    ids = [getattr(decode(value), "id", "") for value in (first, again, other)]
    assert ids[0] == ids[1] != ids[2]


SCHEMAS = [
    encodings.avro(CLIENT, RICH)(VALUES)[:5],
    new_avro()[:5],
    encodings.json_schema(CLIENT, ANY_JSON)({})[:5],
    encodings.protobuf(CLIENT, PROTO)(proto())[:5],
]


@given(
    prefix=st.sampled_from(SCHEMAS),
    payload=st.binary(max_size=200) | st.just(written(RICH, VALUES)),
    header=st.sampled_from(["ce_specversion", "content-type", "__value_schema_id"]),
    text=st.sampled_from([b"1.0", b"application/cloudevents+json", b"\x01"]) | st.binary(max_size=30),
)
def test_any_bytes_under_any_schema_and_header_are_a_content(
    prefix: bytes, payload: bytes, header: str, text: bytes
) -> None:
    for value, headers in ((prefix + payload, []), (prefix + payload, [(header, text)]), (payload, [(header, text)])):
        content = decode(value, headers)
        assert isinstance(content, Content)
        assert content == decode(value, headers)
