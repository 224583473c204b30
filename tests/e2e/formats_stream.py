"""The stream of the scenario in every format, event by event in turn, written by real serializers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import cycle
from typing import Any, NamedTuple

import msgspec
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient, header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroSerializer

from stream.wire.records import Headers
from stream.wire.topics import USER_EVENTS
from tests.e2e import scenario
from tests.e2e.deployment import Deployment
from tests.formats import encodings
from tests.formats.messages import event_file, message_class
from tests.formats.test_avro_shape import record

OLD = record("Purchase", userId="string", id="string", timestamp="long", text="string", kind="string", amount="double")
NEW = record(
    "Purchase",
    user_id="string",
    id="string",
    timestamp={"type": "long", "logicalType": "timestamp-millis"},
    text=["null", "string"],
    kind={"type": "enum", "name": "Kind", "symbols": ["PURCHASE"]},
    amount=["null", "double"],
    basket=["null", record("Basket", size="int")],
)
BINARY: Headers = [
    ("ce_specversion", b"1.0"),
    ("ce_id", b"1"),
    ("ce_source", b"/shop"),
    ("ce_type", b"shop.purchase"),
    ("content-type", b"application/json"),
]


class Sent(NamedTuple):
    """A record to send."""

    key: bytes | None
    value: bytes
    headers: Headers


Write = Callable[[dict[str, Any]], tuple[bytes, Headers]]


def writers(client: SchemaRegistryClient, with_guids: bool) -> list[Write]:
    """A writer of flat events for each format; not every registry has GUIDs."""
    old, new = encodings.avro(client, OLD), encodings.avro(client, NEW)
    in_json_schema = encodings.json_schema(client, encodings.ANY_JSON)
    purchase = message_class("shop.Event", event_file())
    in_protobuf = encodings.protobuf(client, purchase)
    dumps = msgspec.json.encode

    def renewed(event: dict[str, Any]) -> dict[str, Any]:
        moment = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        return event | {"timestamp": moment, "kind": "PURCHASE", "basket": {"size": 1}}

    def by_protobuf(event: dict[str, Any]) -> bytes:
        message = purchase(user_id=event["user_id"], id=event["id"], kind=2, amount=event["amount"])
        message.timestamp.FromMilliseconds(event["timestamp"])
        message.text.value = event["text"]
        return in_protobuf(message)

    def by_header(event: dict[str, Any]) -> tuple[bytes, Headers]:
        headers: Headers = []
        serializer = AvroSerializer(
            client, dumps(NEW).decode(), conf={"schema.id.serializer": header_schema_id_serializer}
        )
        return serializer(renewed(event), encodings.context(headers)) or b"", headers

    def enveloped(event: dict[str, Any]) -> bytes:
        return dumps({"specversion": "1.0", "id": "1", "source": "/shop", "type": "shop.purchase", "data": event})

    every: list[Write] = [
        lambda event: (dumps(event), []),
        lambda event: (old({"userId" if name == "user_id" else name: each for name, each in event.items()}), []),
        lambda event: (new(renewed(event)), []),
        lambda event: (in_json_schema(event), []),
        lambda event: (by_protobuf(event), []),
        lambda event: (enveloped(event), [("content-type", b"application/cloudevents+json; charset=utf-8")]),
        lambda event: (enveloped(event), []),
        lambda event: (dumps(event), BINARY),
        lambda event: (new(renewed(event)), BINARY),
    ]
    return [*every, by_header] if with_guids else every


def in_every_format(
    stream: Iterable[scenario.Event], client: SchemaRegistryClient, with_guids: bool = True
) -> list[Sent]:
    """The events of the stream, each in the next format."""
    found = []
    for (key, value), write in zip(stream, cycle(writers(client, with_guids)), strict=False):
        found.append(Sent(key, *write(msgspec.json.decode(value or b""))))
    return found


def send(deployment: Deployment, records: Iterable[Sent]) -> None:
    """Send records with their headers to the partitions of their keys."""
    producer = Producer(deployment.connection.confluent() | {"partitioner": "murmur2_random"})
    topic = deployment.connection.namespace.qualify(USER_EVENTS)
    for each in records:
        producer.produce(topic, each.value, each.key, headers=list(each.headers))
        producer.poll(0)
    assert producer.flush(60) == 0
