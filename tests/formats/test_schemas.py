"""Readers by schema id: asked for once, missing ids asked for again later, references resolved."""

from __future__ import annotations

import json
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

from stream.core.event import Rejected
from stream.core.reasons import Reason
from stream.formats.framing import framed
from stream.formats.readers import SchemaId
from stream.formats.registry import SchemaRegistry
from stream.formats.registry_settings import Registry
from stream.formats.schemas import ASK_AGAIN_S, Schemas
from stream.runtime.job import UnavailableError
from tests.formats import encodings
from tests.formats.encodings import ClientSource, memory_client
from tests.formats.messages import event_file, field, message_class
from tests.formats.test_avro_shape import record
from tests.registry_server import registry_server


def read(schemas: Schemas, value: bytes) -> Any:
    """The record of a value with a schema id."""
    named = framed(value, [])
    assert named is not None
    reader = schemas.reader(named.schema)
    assert not isinstance(reader, Rejected), reader.detail
    return reader(named.payload)


def reason_of(schemas: Schemas, name: SchemaId) -> Reason:
    """Why there is no reader of a schema."""
    found = schemas.reader(name)
    assert isinstance(found, Rejected)
    return found.reason


def test_a_schema_is_asked_for_once() -> None:
    source = ClientSource(memory_client())
    encode, schemas = encodings.avro(source.client, record("E", x="int")), Schemas(source)
    assert [read(schemas, encode({"x": n}))["x"] for n in range(5)] == list(range(5))
    assert source.n_asked == 1


def test_a_missing_id_is_asked_for_again_only_after_a_while() -> None:
    now_s = [0.0]
    source = ClientSource(memory_client())
    schemas = Schemas(source, clock_s=lambda: now_s[0])
    assert [reason_of(schemas, 1) for _ in range(5)] == [Reason.UNKNOWN_SCHEMA] * 5
    assert source.n_asked == 1
    source.client.register_schema("e", Schema(json.dumps(record("E", x="int")), "AVRO"))
    now_s[0] = ASK_AGAIN_S
    assert not isinstance(schemas.reader(1), Rejected)


def test_a_registry_without_an_answer_is_asked_again_at_once() -> None:
    class Silent(ClientSource):
        def schema(self, name: SchemaId, *, serialized: bool = False) -> Schema:
            if self.n_asked == 0:
                self.n_asked += 1
                raise UnavailableError("silent")
            return super().schema(name, serialized=serialized)

    source = Silent(memory_client())
    source.client.register_schema("e", Schema(json.dumps(record("E", x="int")), "AVRO"))
    schemas = Schemas(source)
    with pytest.raises(UnavailableError, match="silent"):
        schemas.reader(1)
    assert not isinstance(schemas.reader(1), Rejected)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('"string"', "AVRO"),
        ("nonsense", "AVRO"),
        ('syntax = "proto3"; message E {}', "PROTOBUF"),
        ("<schema/>", "XML"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_for_ever(text: str, kind: str) -> None:
    source = ClientSource(memory_client())
    source.client.register_schema("e", Schema(text, kind))
    schemas = Schemas(source)
    assert reason_of(schemas, 1) is reason_of(schemas, 1) is Reason.UNUSABLE_SCHEMA
    assert source.n_asked <= 2  # as stored, and serialized


def registered(client: SchemaRegistryClient, name: str, schema: Schema) -> SchemaReference:
    """A reference to a schema, which is registered under its name."""
    client.register_schema(name, schema)
    return SchemaReference(name, name, 1)


@pytest.mark.parametrize("kind", ["short", "full"])
def test_avro_references_are_resolved_with_their_own(kind: str) -> None:
    client = memory_client()
    colour = record("Colour", name="string") | {"namespace": "shop"}
    product = record("Product", colour="shop.Colour") | {"namespace": "shop"}
    first = registered(client, "shop.Colour", Schema(json.dumps(colour), "AVRO"))
    name = "Product" if kind == "short" else "shop.Product"
    client.register_schema(name, Schema(json.dumps(product), "AVRO", [first]))
    event = record("Event", product="shop.Product", again="shop.Product")
    client.register_schema("event", Schema(json.dumps(event), "AVRO", [SchemaReference(name, name, 1)]))
    value = b"\0\0\0\0\x03\x06red\x06red"
    red = {"colour": {"name": "red"}}
    assert read(Schemas(ClientSource(client)), value) == {"product": red, "again": red}


def test_protobuf_imports_are_registered_by_the_serializer_and_resolved_here() -> None:
    place = FileDescriptorProto(name="geo/place.proto", package="geo", syntax="proto3")
    place.message_type.append(DescriptorProto(name="Place", field=[field("city", 1, "string")]))
    visit = FileDescriptorProto(name="visit.proto", package="shop", syntax="proto3", dependency=[place.name])
    visit.message_type.append(DescriptorProto(name="Visit", field=[field("place", 1, ".geo.Place")]))
    with registry_server() as server:
        client = SchemaRegistryClient({"url": server.url})
        value = encodings.protobuf(client, message_class("shop.Visit", visit, place))({"place": {"city": "Bonn"}})
        schemas = Schemas(SchemaRegistry(Registry(server.url)))
        assert read(schemas, value) == {"place": {"city": "Bonn"}}


def test_a_protobuf_schema_stored_as_text_is_asked_for_in_its_serialized_form() -> None:
    with registry_server() as server:
        client = SchemaRegistryClient({"url": server.url})
        value = encodings.protobuf(client, message_class("shop.Event", event_file()))({"user_id": "7"})
        stored = server.store.schemas[0]
        server.store.serialized["syntax = ..."] = stored["schema"]
        stored["schema"] = "syntax = ..."
        assert read(Schemas(SchemaRegistry(Registry(server.url))), value) == {"user_id": "7"}
