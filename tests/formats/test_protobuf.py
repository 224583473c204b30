"""Protobuf payloads by a file descriptor: which message, and what does not fit."""

from __future__ import annotations

from base64 import b64encode

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from stream.formats.protobuf import file_descriptor, protobuf_reader
from stream.formats.readers import PayloadError, UnusableSchemaError
from tests.formats.messages import event_file, field, message_class

FILE = event_file()
EVENT, ITEM = message_class("shop.Event", FILE), message_class("shop.Event.Item", FILE)
READER = protobuf_reader(FILE, ())


@pytest.mark.parametrize(
    ("indexes", "message", "expected"),
    [
        (b"\x02\x02", EVENT(user_id="7"), {"user_id": "7"}),
        (b"\x04\x02\x00", ITEM(name="shoe"), {"name": "shoe"}),  # the first message inside the second one
        (b"\x00", EVENT(), {}),  # short for the first message of the file
    ],
)
def test_indexes_choose_the_message(indexes: bytes, message: object, expected: object) -> None:
    assert READER(indexes + message.SerializeToString()) == expected  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("payload", "detail"),
    [
        (b"", "IndexError"),
        (b"\x02\x0e", "no message at"),
        (b"\x04\x00\x00", "no message at"),
        (b"\x02\x01", "no message at"),  # -1
        (b"\xfe\x01", "127 message indexes"),
        (b"\x01", "-1 message indexes"),
        (b"\xff" * 8, "more than 32 bits"),
        (b"\x02\x02\xff\xff", "DecodeError"),
        (b"\x02\x02\x0a\x02\xff\xfe", "DecodeError"),  # a string that is not UTF-8
        (b"\x02\x02\x12\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x10\x00", "Error"),  # a time in another age
    ],
)
def test_a_payload_that_does_not_fit_is_an_error_with_its_cause(payload: bytes, detail: str) -> None:
    with pytest.raises(PayloadError, match=detail):
        READER(payload)


@given(payload=st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_payload_error(payload: bytes) -> None:
    for start in (b"", b"\x02\x02"):
        try:
            assert isinstance(READER(start + payload), dict)
        except PayloadError:
            continue


def test_a_file_may_import_another_one_even_of_its_own_name() -> None:
    place = FileDescriptorProto(name="segue/event.proto", package="geo", syntax="proto3")
    place.message_type.append(DescriptorProto(name="Place", field=[field("city", 1, "string")]))
    visit = FileDescriptorProto(name="visit.proto", package="shop", syntax="proto3", dependency=[place.name])
    visit.message_type.append(DescriptorProto(name="Visit", field=[field("place", 1, ".geo.Place")]))
    kind = message_class("shop.Visit", visit, place)
    place.name = visit.dependency[0] = "geo/place.proto"
    message = kind(place={"city": "Bonn"})
    assert protobuf_reader(visit, [place])(b"\x00" + message.SerializeToString()) == {"place": {"city": "Bonn"}}


def test_a_file_whose_import_is_missing_is_unusable() -> None:
    with pytest.raises(UnusableSchemaError, match="cannot be read"):
        protobuf_reader(FileDescriptorProto(name="a.proto", syntax="proto3", dependency=["no/where.proto"]), ())


def test_a_descriptor_is_base64_of_its_bytes_and_nothing_else() -> None:
    assert file_descriptor(b64encode(FILE.SerializeToString()).decode()) == FILE
    assert file_descriptor('syntax = "proto3";') is None
    assert file_descriptor("") is None
    assert file_descriptor("AAAA") is None
