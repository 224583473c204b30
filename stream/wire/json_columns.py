"""A batch of JSON messages as columns, equal in every row to `json_events.decode_json` of the message.

Clean events are the usual case: their fields are read as columns, and each rule is applied to a whole column. Any
message with a doubt, such as another type of a field or a key that differs, is decoded alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeGuard

import msgspec
import numpy as np

from stream.core.event import Content, Rejected
from stream.core.records import Records
from stream.wire.amounts import AMOUNT_MAX
from stream.wire.calls import CALLS, Behaviour, Call, Flat, Page, Screen, Track
from stream.wire.fields import Fields
from stream.wire.flat_events import ID_CHARS_MAX, hash_of
from stream.wire.json_events import DEPTH_MAX, content_of_message, flat_of_behaviour
from stream.wire.records import ConsumerRecord
from stream.wire.timestamp_columns import NOT_READ, to_ms_together
from stream.wire.timestamps import FIRST_MS
from stream.wire.users import USER_CHARS_MAX, user_of_call

DecodeOne = Callable[[ConsumerRecord], Content]

_N_CACHED = 8_192
_CACHED_CHARS_MAX = 512
_NOT_DEEP_BYTES = 2 * DEPTH_MAX  # two brackets a level: shorter JSON cannot be too deep

_UNDECODED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_flat = msgspec.json.Decoder(Flat)
_calls: dict[str, msgspec.json.Decoder[Call]] = {name: msgspec.json.Decoder(form) for name, form in CALLS.items()}
_NO_FLAT = Flat(user_id="", timestamp=FIRST_MS, id="-")  # no clean event: without a user it is never taken for one


class _Cached(dict[str, str]):
    """A cache of a function of texts, most of which come again. Long texts are computed again."""

    def __init__(self, function: Callable[[str], str]) -> None:
        super().__init__()
        self.function = function

    def __missing__(self, text: str) -> str:
        found = self.function(text)
        if len(text) <= _CACHED_CHARS_MAX:
            if len(self) == _N_CACHED:
                self.clear()
            self[text] = found
        return found


class JsonColumns:
    """A decoder of batches of JSON messages with these fields."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._texts = _Cached(fields.clean)
        self._kinds = _Cached(fields.kind_of)

    def decode(self, records: Sequence[ConsumerRecord], decode_one: DecodeOne, alone: Iterable[int] = ()) -> Records:
        """Return the columns of records, all as received.

        `decode_one` decodes the rows in `alone`, and each that is not a clean message.
        """
        messages = _Messages([record.value or b"" for record in records], set(alone))
        messages.read_calls(records, self._fields)
        columns = self._columns(records, messages)
        for row, content in messages.contents.items():
            columns.put(row, content)
        for row in sorted(messages.alone - messages.contents.keys()):
            columns.put(row, decode_one(records[row]))
        return columns

    def _columns(self, records: Sequence[ConsumerRecord], messages: _Messages) -> Records:
        """Return the columns of clean events, and add all other rows to `messages.alone`."""
        flats, texts, kinds = messages.flats, self._texts, self._kinds
        times_ms = to_ms_together([flat.timestamp for flat in flats])
        amounts = np.array([flat.amount or 0.0 for flat in flats], np.float64)
        pairs = zip(flats, messages.values, strict=True)
        ids = [(flat.id or flat.event_id or hash_of(value)).encode() for flat, value in pairs]
        users = [str(flat.user_id or "") for flat in flats]
        names = list(map(str.encode, users))
        messages.alone.update(np.flatnonzero((times_ms == NOT_READ) | (np.abs(amounts) > AMOUNT_MAX)).tolist())
        messages.alone.update(_rows_of_no_user(users, names, [record.key for record in records]))
        messages.alone.update(_rows_longer(ids, ID_CHARS_MAX))
        return Records(
            offsets=np.array([record.offset for record in records], np.int64),
            arrivals_ms=np.array([record.timestamp_ms for record in records], np.int64),
            ops=np.zeros(len(flats), np.uint8),
            users=names,
            ids=ids,
            kinds=[kinds[flat.kind or ""] for flat in flats],
            texts=[texts[flat.text or ""] for flat in flats],
            times_ms=times_ms,
            amounts=amounts,
            contents={},
            ignored=messages.ignored,
            traceparents=[],
        )


class _Messages:
    """Messages of a batch: the flat form of events, contents of calls without behaviour, and rows to decode alone."""

    def __init__(self, values: list[bytes], alone: set[int]) -> None:
        self.values, self.alone = values, alone | _rows_not_utf8(values) | _rows_perhaps_deep(values)
        self.contents: dict[int, Content] = {}
        self.ignored: dict[int, tuple[str, ...]] = {}
        self.flats = [_NO_FLAT] * len(values)
        flats, decode = self.flats, _flat.decode
        for row, value in enumerate(values):
            try:
                flats[row] = decode(value)
            except _UNDECODED:
                continue

    def read_calls(self, records: Sequence[ConsumerRecord], fields: Fields) -> None:
        """Read the messages with a type as calls of the Segment spec."""
        flats, values = self.flats, self.values
        for row, flat in enumerate(flats):
            if flat.type is None:
                continue
            flats[row] = _NO_FLAT
            if row in self.alone or (call := _call(flat.type, values[row])) is None:
                continue
            if not _is_timed_behaviour(call):
                content = content_of_message(call, (), records[row].key, values[row], fields)
                if not isinstance(content, Rejected):
                    self.contents[row] = content
                continue
            ignored: list[str] = []
            flats[row] = flat_of_behaviour(call, call.timestamp, fields, ignored)
            if ignored:
                self.ignored[row] = tuple(ignored)


def _is_timed_behaviour(call: Call) -> TypeGuard[Behaviour]:
    if isinstance(call, Track):
        return call.timestamp is not None and bool(call.event)
    return call.timestamp is not None and isinstance(call, Page | Screen)


def _call(name: Any, value: bytes) -> Call | None:
    """Return the call that a clean message is; None for another message."""
    decoder = _calls.get(name) if isinstance(name, str) else None
    if decoder is None:
        return None
    try:
        call = decoder.decode(value)
    except _UNDECODED:
        return None
    return call if type(user_of_call(call)) in (str, int) else None


def _rows_not_utf8(values: list[bytes]) -> set[int]:
    """Return rows of values that are not UTF-8, also in fields that are not read."""
    return (
        set() if all(map(bytes.isascii, values)) else {row for row, value in enumerate(values) if not _is_utf8(value)}
    )


def _is_utf8(value: bytes) -> bool:
    try:
        return value.isascii() or bool(value.decode())
    except UnicodeDecodeError:
        return False


def _rows_perhaps_deep(values: list[bytes]) -> set[int]:
    """Return rows with so many brackets that they may be nested too deep."""
    long = _rows_longer(values, _NOT_DEEP_BYTES)
    return {row for row in long if values[row].count(b"{") + values[row].count(b"[") > DEPTH_MAX}


def _rows_of_no_user(users: list[str], names: list[bytes], keys: list[bytes | None]) -> Iterator[int]:
    """Yield rows without a valid user that equals the key."""
    if names != keys:
        yield from (row for row, name in enumerate(names) if name != keys[row])
    if "" in users or any(map(str.isspace, users)):
        yield from (row for row, user in enumerate(users) if not user or user.isspace())
    yield from _rows_longer(names, USER_CHARS_MAX)


def _rows_longer(texts: list[bytes], n_bytes: int) -> list[int]:
    return [row for row, text in enumerate(texts) if len(text) > n_bytes]
