"""Values of Protobuf messages as plain values, with the meaning of the well-known types.

A field without presence that holds its default is absent, as the language guide says: there is no telling them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

_NANO = Decimal("1e-9")
_EXACT = 2**53  # up to here a double holds every integer


def values_of(message: Message) -> dict[str, Any]:
    """Return the present fields of a message by name. Raises ValueError, OverflowError for a time out of range."""
    return {field.name: _value(field, value) for field, value in message.ListFields()}


def _value(field: FieldDescriptor, value: Any) -> Any:
    if field.message_type and field.message_type.GetOptions().map_entry:
        inner = field.message_type.fields_by_name["value"]
        return {str(key): _single(inner, each) for key, each in value.items()}
    if field.is_repeated:
        return [_single(field, each) for each in value]
    return _single(field, value)


def _single(field: FieldDescriptor, value: Any) -> Any:
    if isinstance(value, Message):
        known = _WELL_KNOWN.get(value.DESCRIPTOR.full_name)
        return known(value) if known else values_of(value)
    if field.enum_type is not None:
        return _symbol(field, value)
    return value


def _symbol(field: FieldDescriptor, number: int) -> str | None:
    """Return an enum value's name without the enum's own, which the style guide puts before it; None if unknown.

    `KIND_VIEW` of an enum `Kind` is `VIEW`.
    """
    symbol = field.enum_type.values_by_number.get(number)
    if symbol is None:
        return None
    prefix = "".join(f"_{each}" if each.isupper() else each for each in field.enum_type.name).strip("_").upper() + "_"
    return str(symbol.name).removeprefix(prefix)


def _time(message: Any) -> Any:
    return message.ToDatetime(UTC)


def _json(message: Any) -> Any:
    return _with_integers(MessageToDict(message))


def _with_integers(value: Any) -> Any:
    """Return a JSON value with whole numbers as integers: `Value` has doubles only."""
    if isinstance(value, dict):
        return {name: _with_integers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_integers(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT else value


def _wrapped(message: Any) -> Any:
    return message.value


def _date(message: Any) -> str:
    return f"{message.year:04}-{message.month:02}-{message.day:02}"


def _money(message: Any) -> Decimal:
    return Decimal(message.units) + Decimal(message.nanos) * _NANO


def _number(message: Any) -> Decimal:
    return Decimal(message.value)


def _decimal(message: Any) -> Decimal:
    """Return Confluent's decimal: an integer in two's complement, divided by 10 ** scale."""
    unscaled = int.from_bytes(message.value, "big", signed=True)
    return Decimal(unscaled).scaleb(-int(message.scale))


_WRAPPERS = ("Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes")
_WELL_KNOWN: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "google.protobuf.Timestamp": _time,
        "google.protobuf.Struct": _json,
        "google.protobuf.Value": _json,
        "google.protobuf.ListValue": _json,
        "google.type.Date": _date,
        "google.type.Money": _money,
        "google.type.Decimal": _number,
        "confluent.type.Decimal": _decimal,
        **{f"google.protobuf.{name}Value": _wrapped for name in _WRAPPERS},
    }
)
