"""Protobuf messages of the tests, built without a compiler: `shop/event.proto` and what it imports."""

from __future__ import annotations

from typing import Any

from google.protobuf import struct_pb2, timestamp_pb2, wrappers_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

_TYPES = {
    name: getattr(FieldDescriptorProto, f"TYPE_{name.upper()}")
    for name in ("string", "double", "int64", "bool", "bytes", "uint64")
}


def field(name: str, number: int, kind: str, repeated: bool = False, optional: bool = False) -> FieldDescriptorProto:
    """A field; a `kind` with a dot first is a message, with a # first an enum."""
    label = FieldDescriptorProto.LABEL_REPEATED if repeated else FieldDescriptorProto.LABEL_OPTIONAL
    made = FieldDescriptorProto(name=name, number=number, label=label, json_name=name)
    if kind.startswith("."):
        made.type, made.type_name = FieldDescriptorProto.TYPE_MESSAGE, kind
    elif kind.startswith("#"):
        made.type, made.type_name = FieldDescriptorProto.TYPE_ENUM, kind[1:]
    else:
        made.type = _TYPES[kind]
    if optional:
        made.proto3_optional, made.oneof_index = True, 0
    return made


def event_file() -> FileDescriptorProto:
    """The file of `Unused`, `Event` with a nested `Item`, and `Loose`, whose fields take values of any type."""
    kind = EnumDescriptorProto(name="EventKind")
    for number, name in enumerate(("EVENT_KIND_UNSPECIFIED", "EVENT_KIND_VIEW", "EVENT_KIND_PURCHASE")):
        kind.value.add(name=name, number=number)
    item = DescriptorProto(name="Item", field=[field("name", 1, "string"), field("price", 2, "double")])
    labels = DescriptorProto(name="LabelsEntry", field=[field("key", 1, "string"), field("value", 2, "int64")])
    labels.options.map_entry = True
    event = DescriptorProto(
        name="Event",
        field=[
            field("user_id", 1, "string"),
            field("timestamp", 2, ".google.protobuf.Timestamp"),
            field("text", 3, ".google.protobuf.StringValue"),
            field("kind", 4, "#.shop.EventKind"),
            field("amount", 5, "double", optional=True),
            field("id", 6, "string"),
            field("items", 7, ".shop.Event.Item", repeated=True),
            field("labels", 8, ".shop.Event.LabelsEntry", repeated=True),
            field("seen_by", 9, "int64", repeated=True),
            field("raw", 10, "bytes"),
            field("extra", 11, ".google.protobuf.Struct"),
        ],
        nested_type=[item, labels],
    )
    event.oneof_decl.add(name="_amount")
    names = ("user_id", "timestamp", "text", "kind", "amount", "id")
    loose = DescriptorProto(
        name="Loose", field=[field(name, n, ".google.protobuf.Value") for n, name in enumerate(names, 1)]
    )
    file = FileDescriptorProto(name="shop/event.proto", package="shop", syntax="proto3", enum_type=[kind])
    file.dependency[:] = [f"google/protobuf/{name}.proto" for name in ("timestamp", "wrappers", "struct")]
    file.message_type.extend([DescriptorProto(name="Unused"), event, loose])
    return file


def message_class(name: str, file: FileDescriptorProto, *imports: FileDescriptorProto) -> type[Any]:
    """The class of a message of `file`, by its full name."""
    pool = DescriptorPool()
    for known in (timestamp_pb2, wrappers_pb2, struct_pb2):
        pool.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    for each in (*imports, file):
        pool.Add(each)
    found: type[Message] = GetMessageClass(pool.FindMessageTypeByName(name))
    return found
