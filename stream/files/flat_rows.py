"""Rows of any kind to messages of `user-events`: the flat event of a table's row, and JSON that is a message already.

How the rows of a file are read is decided once, by the first of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from stream.files.cells import as_amount, as_id, as_text, as_time
from stream.files.columns import Paths, check_columns, choose_columns, column_names, told, value_at
from stream.files.day_order import as_iso, find_day_first
from stream.files.ga4 import ga4_fields, is_ga4
from stream.files.json_rows import parse
from stream.files.layout import Layout
from stream.files.snowplow import is_snowplow, snowplow_fields
from stream.wire.calls import call_name
from stream.wire.users import json_key

Row = bytes | Mapping[str, Any] | Sequence[Any]
Mapper = Callable[[Row], bytes]

_encode = msgspec.json.Encoder().encode
_USERS = ("userId", "anonymousId", "user_id")


def choose_mapper(sample: Sequence[Row], layout: Layout, commas: bool, tell: Callable[[str], None]) -> Mapper:
    """Return the function from a row to a message, for a file that begins with the rows of `sample`.

    `commas` is True in a file with decimal commas. Raises ColumnsError if no column holds the user or the time.
    """
    objects = [row for row in map(_object, sample) if row is not None]
    tables = [row for row in objects if not _is_message(row)]
    if not tables:
        return _as_it_is
    exported = next((known for known in _EXPORTS if not layout.columns and known[0](tables[0])), None)
    if exported is not None:
        tell(f"read the rows as {exported[2]}; --columns changes it")
        return _mapper(exported[1], commas)
    return _table_mapper(tables, layout, commas, tell, is_json=isinstance(sample[0], bytes))


def _table_mapper(
    tables: Sequence[Mapping[str, Any]], layout: Layout, commas: bool, tell: Callable[[str], None], *, is_json: bool
) -> Mapper:
    names = column_names(tables)
    chosen = choose_columns(names, layout.columns)
    check_columns(chosen, names, layout.columns)
    times = [_at(row, chosen["timestamp"]) for row in tables]
    day_first = find_day_first(times, layout.day_first)
    has_floats = sum(isinstance(row.get("user_id"), float) for row in tables) > len(tables) / 2
    if is_json and day_first is None and not has_floats and all(paths == (name,) for name, paths in chosen.items()):
        return _as_it_is
    if sentence := told(chosen, layout.columns):
        tell(sentence)
    if day_first is None:
        return _mapper(lambda row: _fields(row, chosen), commas)
    if layout.day_first is None:
        which = "day" if day_first else "month"
        tell(f"read times such as {times[0]!r} as {which} first; --day-first or --no-day-first")
    return _mapper(lambda row: _with_iso_time(_fields(row, chosen), day_first), commas)


def _fields(row: Mapping[str, Any], chosen: Paths) -> dict[str, Any]:
    return {field: _at(row, paths) for field, paths in chosen.items()}


def _with_iso_time(fields: dict[str, Any], day_first: bool) -> dict[str, Any]:
    return fields | {"timestamp": as_iso(fields["timestamp"], day_first)}


_EXPORTS = (
    (is_ga4, ga4_fields, "Google Analytics 4's export to BigQuery"),
    (is_snowplow, snowplow_fields, "Snowplow's enriched events"),
)


def _mapper(fields_of: Callable[[Mapping[str, Any]], Mapping[str, Any]], commas: bool) -> Mapper:
    """Return a mapper with these fields; calls of the Segment spec stay as they are, and so does what has no fields."""

    def message(row: Row) -> bytes:
        read = _object(row)
        if read is None or _is_message(read):
            return _as_it_is(row)
        try:
            return _flat_event(fields_of(read), commas)
        except (ValueError, RecursionError):  # half a surrogate pair, lists in lists: the decoder says what is wrong
            return _as_it_is(row)

    return message


def _flat_event(fields: Mapping[str, Any], commas: bool) -> bytes:
    flat = {
        "user_id": as_id(fields.get("user_id")),
        "timestamp": as_time(fields.get("timestamp")),
        "text": as_text(fields.get("text")),
        "kind": as_text(fields.get("kind")),
        "amount": as_amount(fields.get("amount"), commas),
        "id": as_id(fields.get("id")),
    }
    return _encode({name: value for name, value in flat.items() if value is not None})


def _as_it_is(row: Row) -> bytes:
    return row if isinstance(row, bytes) else msgspec.json.encode(row, enc_hook=str)


def _object(row: Row) -> Mapping[str, Any] | None:
    read = parse(row) if isinstance(row, bytes) else row
    return read if isinstance(read, Mapping) else None


def _is_message(row: Mapping[str, Any]) -> bool:
    """Return True for a call of the Segment spec, an erasure, and a CloudEvent."""
    is_call = call_name(row.get("type"), row) is not None and any(row.get(name) is not None for name in _USERS)
    return is_call or ("specversion" in row and bool({"data", "data_base64"} & row.keys()))


def key_of(value: bytes) -> bytes | None:
    """Return the key required of a message: the user id in UTF-8, of a CloudEvent that of its data or its subject."""
    key = json_key(value)
    if key is not None or b'"specversion"' not in value:
        return key
    event = _object(value) or {}
    data = event.get("data")
    named = [data.get(name) for name in ("user_id", "userId", "anonymousId")] if isinstance(data, dict) else []
    user = next((each for each in (*named, event.get("subject")) if each is not None), None)
    with suppress(UnicodeEncodeError):  # half a surrogate pair
        return user.encode() if isinstance(user, str) else None
    return None


def _at(row: Mapping[str, Any], paths: tuple[str, ...]) -> Any:
    """Return the value of one path, or the list of the values of several."""
    values = [path[1:] if path.startswith("=") else value_at(row, path) for path in paths]
    return values[0] if len(values) == 1 else values
