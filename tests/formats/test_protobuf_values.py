"""Values of Protobuf messages: presence, enums, maps, and well-known types."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from confluent_kafka.schema_registry.confluent.type import decimal_pb2
from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.type import date_pb2, money_pb2
from google.type import decimal_pb2 as google_decimal_pb2

from stream.formats.protobuf_values import values_of
from tests.formats.messages import event_file, field, message_class

Event = message_class("shop.Event", event_file())
ConfluentDecimal = GetMessageClass(decimal_pb2.DESCRIPTOR.message_types_by_name["Decimal"])


def holder(part: type[Message]) -> Any:
    """A message with one field `value` of this type."""
    file = FileDescriptorProto(name="holder.proto", syntax="proto3", dependency=[part.DESCRIPTOR.file.name])
    file.message_type.append(DescriptorProto(name="Holder", field=[field("value", 1, f".{part.DESCRIPTOR.full_name}")]))
    imported = type(file)()
    part.DESCRIPTOR.file.CopyToProto(imported)
    return message_class("Holder", file, imported)


def test_every_kind_of_field_has_a_plain_value() -> None:
    event = Event(user_id="7", kind=1, amount=0.0, raw=b"\xff", seen_by=[1, 2], labels={"a": 2**40})
    event.timestamp.FromDatetime(datetime(2026, 11, 27, 12, tzinfo=UTC))
    event.text.value = "red shoes"
    event.items.add(name="shoe", price=59.9)
    event.extra.update({"nested": {"a": [1.0, None]}})
    assert values_of(event) == {
        "user_id": "7",
        "timestamp": datetime(2026, 11, 27, 12, tzinfo=UTC),
        "text": "red shoes",
        "kind": "VIEW",
        "amount": 0.0,
        "items": [{"name": "shoe", "price": 59.9}],
        "labels": {"a": 2**40},
        "seen_by": [1, 2],
        "raw": b"\xff",
        "extra": {"nested": {"a": [1.0, None]}},
    }


def test_a_field_without_presence_at_its_default_is_absent_and_a_wrapper_at_its_default_is_not() -> None:
    assert values_of(Event(user_id="", kind=0)) == {}
    event = Event()
    event.text.SetInParent()
    assert values_of(event) == {"text": ""}


def test_an_unknown_enum_value_is_none() -> None:
    assert values_of(Event(kind=77)) == {"kind": None}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (money_pb2.Money(currency_code="EUR", units=59, nanos=900_000_000), Decimal("59.9")),
        (money_pb2.Money(units=-1, nanos=-500_000_000), Decimal("-1.5")),
        (date_pb2.Date(year=2026, month=1, day=2), "2026-01-02"),
        (google_decimal_pb2.Decimal(value="59.90"), Decimal("59.90")),
        (ConfluentDecimal(value=(5990).to_bytes(2, "big"), precision=4, scale=2), Decimal("59.90")),
        (ConfluentDecimal(value=b"\xff", scale=1), Decimal("-0.1")),
    ],
    ids=lambda value: str(value).split("\n")[0],
)
def test_googles_and_confluents_types_mean_what_they_say(message: Message, expected: object) -> None:
    held = holder(type(message))()
    held.value.ParseFromString(message.SerializeToString())
    assert values_of(held) == {"value": expected}
