"""Protobuf payloads as values, by file descriptors of the registry. A payload begins with the indexes of its message.

Source: https://protobuf.dev/programming-guides/encoding/, and the message indexes of Confluent's wire format.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from typing import Any

from confluent_kafka.schema_registry.common.protobuf import _init_pool
from google.protobuf.descriptor import Descriptor, FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import Error
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from stream.formats.protobuf_values import values_of
from stream.formats.readers import PayloadError, Reader, UnusableSchemaError

_MAIN = "segue/event.proto"
_INDEXES_MAX = 32  # nested as deep as that; a corrupted count would be read for long
_UNREADABLE = (DecodeError, Error, ValueError, ArithmeticError, LookupError, TypeError, RecursionError)


def file_descriptor(text: str) -> FileDescriptorProto | None:
    """Return the descriptor of a schema in base64, None for any other text."""
    if not text:
        return None
    try:
        return FileDescriptorProto.FromString(b64decode(text, validate=True))
    except (ValueError, DecodeError):
        return None


def protobuf_reader(main: FileDescriptorProto, imports: Iterable[FileDescriptorProto]) -> Reader:
    """Return the reader of a schema; `imports` come in the order of their imports. Raises UnusableSchemaError."""
    pool = DescriptorPool()
    _init_pool(pool)  # Google's and Confluent's own types, which no registry holds
    main = FileDescriptorProto.FromString(main.SerializeToString())
    main.name = _MAIN  # an import may have the name of this file
    try:
        for file in (*imports, main):
            pool.Add(file)
        descriptor = pool.FindFileByName(_MAIN)
    except (TypeError, KeyError) as error:
        raise UnusableSchemaError(f"the Protobuf schema cannot be read: {error}") from error
    types: dict[tuple[int, ...], type[Message]] = {}

    def read_message(payload: bytes) -> dict[str, Any]:
        try:
            indexes, at = _indexes(payload)
            if indexes not in types:
                types[indexes] = GetMessageClass(_message(descriptor, indexes))
            return values_of(types[indexes].FromString(payload[at:]))
        except _UNREADABLE as error:
            raise PayloadError(f"Protobuf: {type(error).__name__}: {error}") from error

    return read_message


def _message(file: FileDescriptor, indexes: tuple[int, ...]) -> Descriptor:
    """Return the message that the indexes lead to, through messages inside messages."""
    inside = list(file.message_types_by_name.values())
    found = None
    for index in indexes:
        if not 0 <= index < len(inside):
            raise ValueError(f"the schema has no message at {list(indexes)}")
        found = inside[index]
        inside = list(found.nested_types)
    assert found is not None
    return found


def _indexes(payload: bytes) -> tuple[tuple[int, ...], int]:
    """Return the indexes at the start of a payload, and the offset after them. One zero is short for the first."""
    count, at = _varint(payload, 0)
    if not 0 <= count <= _INDEXES_MAX:
        raise ValueError(f"{count} message indexes")
    found = []
    for _ in range(count):
        index, at = _varint(payload, at)
        found.append(index)
    return tuple(found) or (0,), at


def _varint(payload: bytes, at: int) -> tuple[int, int]:
    """Return a zigzag varint of at most five bytes at `at`, and the offset after it."""
    value = 0
    for shift in range(0, 35, 7):
        byte = payload[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), at
    raise ValueError("a message index of more than 32 bits")
