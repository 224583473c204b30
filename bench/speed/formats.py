"""Time to decode one event, by its format: the same purchase in each, schemas already known.

Values come from confluent-kafka's own serializers with its client in memory. The fastest of several rounds counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import msgspec
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from bench.harness.part import Part
from stream.core.event import Event
from stream.formats.decoder import FormatDecoder
from stream.formats.readers import SchemaId
from stream.formats.schemas import Schemas
from stream.wire.fields import Fields
from stream.wire.records import ConsumerRecord, Headers
from stream.wire.topics import USER_EVENTS

_EVENT: dict[str, Any] = {
    "user_id": "7",
    "id": "31198975059-1039156",
    "kind": "purchase",
    "timestamp": 1_483_277_315_000,
    "text": "Multiple combination vitamins",
    "amount": 10.99,
}
_TYPES = {"timestamp": "long", "amount": "double"}
_CONTEXT = SerializationContext(USER_EVENTS, MessageField.VALUE)
_BINARY: Headers = [("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_source", b"/shop"), ("ce_type", b"purchase")]


@dataclass(frozen=True)
class Sizes:
    """Events a round, and rounds."""

    n_events: int
    n_rounds: int


@dataclass(frozen=True)
class Row:
    """A format, the size of one value, and the microseconds of one event; `ratio` is to plain JSON."""

    format: str
    n_bytes: int
    decode_us: float
    ratio: float


class _InMemory:
    """A source of schemas from a client without a registry."""

    def __init__(self, client: SchemaRegistryClient) -> None:
        self._client = client

    def schema(self, name: SchemaId, *, serialized: bool = False) -> Schema:
        assert isinstance(name, int)
        return self._client.get_schema(name)

    def version(self, subject: str, version: int, *, serialized: bool = False) -> Schema:
        return self._client.get_version(subject, version).schema


def measure(sizes: Sizes) -> list[Row]:
    """Return one row a format."""
    client = SchemaRegistryClient.new_client({"url": "mock://"})
    decoder = FormatDecoder(Fields(), Schemas(_InMemory(client)))
    values = _values(client)
    best = {
        name: min(_us(decoder, sent, sizes.n_events) for _ in range(sizes.n_rounds)) for name, sent in values.items()
    }
    json_us = next(iter(best.values()))
    return [Row(name, len(values[name][0]), us, us / json_us) for name, us in best.items()]


def _values(client: SchemaRegistryClient) -> dict[str, tuple[bytes, Headers]]:
    """Return the event in each format, with headers; plain JSON first."""
    fields = [{"name": name, "type": _TYPES.get(name, "string")} for name in _EVENT]
    avro = AvroSerializer(client, json.dumps({"type": "record", "name": "Event", "fields": fields}))
    in_avro = avro(_EVENT, _CONTEXT) or b""
    in_json_schema = JSONSerializer('{"title": "Event", "type": "object"}', client)(_EVENT, _CONTEXT) or b""
    plain = msgspec.json.encode(_EVENT)
    enveloped = msgspec.json.encode({"specversion": "1.0", "id": "1", "source": "/shop", "type": "p", "data": _EVENT})
    return {
        "JSON": (plain, []),
        "CloudEvents, structured": (enveloped, []),
        "CloudEvents, binary": (plain, _BINARY),
        "Avro": (in_avro, []),
        "Avro in CloudEvents": (in_avro, _BINARY),
        "JSON Schema": (in_json_schema, []),
        "Protobuf": (_protobuf(client), []),
    }


def _protobuf(client: SchemaRegistryClient) -> bytes:
    file = FileDescriptorProto(name="event.proto", syntax="proto3")
    message = file.message_type.add(name="Event")
    types = {"timestamp": FieldDescriptorProto.TYPE_INT64, "amount": FieldDescriptorProto.TYPE_DOUBLE}
    for number, name in enumerate(_EVENT, 1):
        kind = types.get(name, FieldDescriptorProto.TYPE_STRING)
        message.field.add(name=name, number=number, type=kind, label=FieldDescriptorProto.LABEL_OPTIONAL)
    pool = DescriptorPool()
    pool.Add(file)
    event = GetMessageClass(pool.FindMessageTypeByName("Event"))
    return bytes(ProtobufSerializer(event, client)(event(**_EVENT), _CONTEXT) or b"")


def _us(decoder: FormatDecoder, sent: tuple[bytes, Headers], n_events: int) -> float:
    """Return the time of one event, over `n_events` of them."""
    value, headers = sent
    records = [ConsumerRecord(USER_EVENTS, 0, at, 0, b"7", value, headers) for at in range(n_events)]
    started = perf_counter()
    for record in records:
        content = decoder.decode(record)
    took_s = perf_counter() - started
    assert isinstance(content, Event), content
    return took_s / n_events * 1e6


PART = Part(
    title="An event in each format",
    aim="reported",
    full=Sizes(n_events=20_000, n_rounds=7),
    quick=Sizes(n_events=2_000, n_rounds=2),
    measure=measure,
)
