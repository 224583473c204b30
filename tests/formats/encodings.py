"""Real serializers of confluent-kafka on its client in memory, and decoders that ask the same client."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from stream.formats.decoder import FormatDecoder
from stream.formats.readers import SchemaId
from stream.formats.registry import UnknownSchemaError
from stream.formats.schemas import Schemas
from stream.wire.fields import Fields
from stream.wire.topics import USER_EVENTS
from tests.formats.messages import event_file, message_class

Encode = Callable[[Any], bytes]

LOOSE_AVRO = {
    "type": "record",
    "name": "Event",
    "namespace": "shop",
    "fields": [
        {"name": name, "type": ["null", *types], "default": None}
        for name, types in {
            "user_id": ["string", "long"],
            "timestamp": ["long", "string"],
            "text": ["string"],
            "kind": ["string"],
            "amount": ["double"],
            "id": ["string"],
        }.items()
    ],
}
ANY_JSON = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Event", "type": "object"}


class ClientSource:
    """A `SchemaSource` from a client in memory."""

    def __init__(self, client: SchemaRegistryClient) -> None:
        self.client = client
        self.n_asked = 0

    def schema(self, name: SchemaId, *, serialized: bool = False) -> Schema:
        """A schema by id or GUID."""
        self.n_asked += 1
        try:
            if isinstance(name, int):
                return self.client.get_schema(name)
            return self.client.get_schema_by_guid(str(name))
        except SchemaRegistryError as error:
            raise UnknownSchemaError(str(error)) from error

    def version(self, subject: str, version: int, *, serialized: bool = False) -> Schema:
        """A version of a subject."""
        return self.client.get_version(subject, version).schema


def memory_client() -> SchemaRegistryClient:
    """A client without a registry: it keeps what is registered."""
    return SchemaRegistryClient.new_client({"url": "mock://"})


def decoder_of(client: SchemaRegistryClient) -> FormatDecoder:
    """A decoder of all formats, with the schemas of this client."""
    return FormatDecoder(Fields(), Schemas(ClientSource(client)))


def context(headers: Any = None) -> SerializationContext:
    """The context of a value on `user-events`."""
    return SerializationContext(USER_EVENTS, MessageField.VALUE, headers)


def avro(client: SchemaRegistryClient, schema: Any, references: list[Any] | None = None, **conf: Any) -> Encode:
    """Avro by this schema."""
    stored = Schema(json.dumps(schema), "AVRO", references or [])
    serializer = AvroSerializer(client, stored, conf=conf)
    return lambda event: bytes(serializer(event, context()) or b"")


def json_schema(client: SchemaRegistryClient, schema: Any) -> Encode:
    """JSON Schema by this schema."""
    serializer = JSONSerializer(json.dumps(schema), client)
    return lambda event: bytes(serializer(event, context()) or b"")


def protobuf(client: SchemaRegistryClient, kind: type[Any]) -> Encode:
    """Protobuf by this message; an event is a message of it, or its fields."""
    serializer = ProtobufSerializer(kind, client)

    def encode(event: Any) -> bytes:
        message = event if isinstance(event, kind) else kind(**event)
        return bytes(serializer(message, context()) or b"")

    return encode


def loose_protobuf(client: SchemaRegistryClient) -> Encode:
    """Protobuf messages whose fields take values of any type."""
    kind = message_class("shop.Loose", event_file())
    encode = protobuf(client, kind)

    def encode_loose(event: dict[str, Any]) -> bytes:
        message = kind()
        for name, value in event.items():
            match value:
                case None:
                    getattr(message, name).null_value = 0
                case str():
                    getattr(message, name).string_value = value
                case _:
                    getattr(message, name).number_value = value
        return encode(message)

    return encode_loose
