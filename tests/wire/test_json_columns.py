"""A batch of JSON messages as columns has in every row what the message has when it is decoded alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.event import Content, Event, Record, Rejected
from stream.core.records import Op, Records
from stream.wire.fields import Fields
from stream.wire.flat_events import ID_CHARS_MAX
from stream.wire.json_columns import JsonColumns
from stream.wire.json_events import DEPTH_MAX, decode_json
from stream.wire.records import ConsumerRecord
from stream.wire.timestamps import END_MS, FIRST_MS
from stream.wire.topics import USER_EVENTS
from stream.wire.users import USER_CHARS_MAX
from tests.bad_input import BAD_INPUT, TIME_MS, USER, flat, raw, track, without
from tests.core.record_rows import record_rows

FIELDS = Fields()
KEY = USER.encode()

Message = tuple[bytes | None, bytes | None]  # key and value

ODD: list[Message] = [
    *((case.key, case.value) for case in BAD_INPUT),
    (KEY, flat() + b"}{"),
    (KEY, b"}" + flat()),
    (KEY, flat()[:-1]),
    (KEY, flat()[1:]),
    (KEY, flat() + b"," + flat()),
    (KEY, flat() + b" garbage"),
    (KEY, flat(text="}{ }, { ] [ \\ \" '")),
    (KEY, raw('"user_id": "bob"')),
    (KEY, raw('"user_id": "bob", "user_id": "ann"')),
    (KEY, raw('"t\\u0079pe": "track", "userId": "ann", "event": "Escaped"')),
    (KEY, raw('"type": null')),
    (KEY, raw('"type": {"name": "track"}')),
    (KEY, flat(note="?").replace(b"?", b"\xc3")),
    (KEY, flat(note=[[[]]] * DEPTH_MAX)),
    (KEY, track(context={"traits": {"type": "identify"}})),
    (KEY, track(type="alias")),
    (KEY, track(type="identify", traits={"vip": True, "tags": ["a"]})),
    (b"bob", track(type="identify", traits={"vip": True})),
    (KEY, track(type="erase")),
    (KEY, track(timestamp=None, sentAt="2024-01-01T00:00:00Z")),
    (KEY, track(timestamp="soon", receivedAt="2024-01-01T00:00:00Z")),
    (b"0", flat(user_id=0)),
    (b"x" * USER_CHARS_MAX, flat(user_id="x" * USER_CHARS_MAX)),
    ("é".encode() * USER_CHARS_MAX, flat(user_id="é" * USER_CHARS_MAX)),
    (KEY, flat(id="é" * ID_CHARS_MAX)),
    (KEY, flat(id="", event_id="e-7")),
    (KEY, flat(amount=1e15)),
    (KEY, flat(amount=-1.1e15)),
    (KEY, flat(amount=-0.0)),
]

TIMES = st.one_of(
    st.integers(FIRST_MS - 1, END_MS),
    st.sampled_from(["2023-11-14T22:13:20.123Z", "2023-11-14 22:13:20", "2023-11-31T00:00:00Z", 1_700_000_000, 1.7e12]),
)
TEXTS = st.sampled_from(["red shoes", " red \n shoes", "", "}{", "\\", '"', "é {[", "x" * 600]) | st.text(max_size=20)
USERS = st.sampled_from(["ann", "bob", "安娜", " ", "7", 7])
KINDS = st.sampled_from([None, "view", "Order Completed", "Added To Cart", ""])
IDS = st.none() | st.text(max_size=4)
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXTS | st.integers(),
        "query": TEXTS,
        "products": st.lists(st.fixed_dictionaries({"name": TEXTS})),
        "price": st.floats(allow_nan=False) | TEXTS,
        "revenue": st.integers(-5, 5) | st.none(),
    },
)
FLATS = st.builds(
    lambda *values: msgspec.json.encode(
        dict(zip(("user_id", "timestamp", "text", "kind", "id", "amount"), values, strict=True))
    ),
    USERS,
    TIMES,
    TEXTS,
    KINDS,
    IDS,
    st.none() | st.floats(-2e15, 2e15),
)
CALLS = st.builds(
    lambda name, user, time, event, message_id, properties: track(
        type=name, userId=user, timestamp=time, event=event, messageId=message_id, properties=properties
    ),
    st.sampled_from(["track", "page", "screen", "identify", "group", "erase", "view"]),
    USERS,
    TIMES | st.none(),
    KINDS,
    IDS,
    PROPERTIES | st.none() | st.just(7),
)
BROKEN = st.builds(
    lambda value, at, n, inserted: value[: at % len(value)] + inserted + value[at % len(value) + n :],
    FLATS | CALLS,
    st.integers(0, 999),
    st.integers(0, 3),
    st.sampled_from([b"", b"}", b"}{", b"},{", b"]", b'"', b"\\", b",", b"\n", b"\xff", b"\xc3\xa9", b" "]),
)
KEYS = st.sampled_from([b"ann", b"ann", b"bob", "安娜".encode(), b"7", b"", None])
MESSAGES = st.tuples(KEYS, FLATS | CALLS | BROKEN) | st.sampled_from(ODD)


def received(messages: Iterable[Message]) -> list[ConsumerRecord]:
    return [ConsumerRecord(USER_EVENTS, 0, 2 * at, TIME_MS + at, *each, []) for at, each in enumerate(messages)]


def decode_one(record: ConsumerRecord) -> Content:
    return decode_json(record.key, record.value, FIELDS)


def together(records: Sequence[ConsumerRecord], **options: Any) -> Records:
    return JsonColumns(FIELDS).decode(records, decode_one, **options)


def one_by_one(records: Iterable[ConsumerRecord]) -> list[Record]:
    return [Record(record.offset, record.timestamp_ms, decode_one(record)) for record in records]


@given(st.lists(MESSAGES, max_size=30))
def test_any_messages_are_decoded_as_one_by_one(messages: list[Message]) -> None:
    records = received(messages)
    assert record_rows(together(records)) == one_by_one(records)


@pytest.mark.parametrize("beside", [flat(id="e-1"), track(messageId="e-2")], ids=["flat", "track"])
def test_each_odd_message_among_clean_ones_is_decoded_as_one_by_one(beside: bytes) -> None:
    records = received(message for odd in ODD for message in ((KEY, beside), odd))
    assert record_rows(together(records)) == one_by_one(records)


def test_messages_that_only_together_are_json_are_rejected() -> None:
    halves = [b'{"user_id":"ann","timestamp":1700000000000,"note":[{}', b"{}]}", b"{},{}", flat() + b",", b"[" + flat()]
    columns = together(received((KEY, value) for value in (flat(), *halves, flat())))
    assert columns.ops.tolist() == [Op.EVENT] + [Op.REJECTED] * 5 + [Op.EVENT]


def alone(messages: Sequence[Message]) -> list[int]:
    """Offsets of the records that are decoded one by one."""
    asked: list[int] = []

    def decode(record: ConsumerRecord) -> Content:
        asked.append(record.offset // 2)
        return decode_one(record)

    JsonColumns(FIELDS).decode(received(messages), decode)
    return asked


@pytest.mark.parametrize(
    "value",
    [
        flat(),
        flat(id="e-1", kind="Order Completed", amount=3, note={"a": [1, {}]}),
        flat(text="braces } { and [ brackets é"),
        b" \n" + flat() + b"\r\n",
        flat(timestamp="2023-11-14T22:13:20.123Z"),
        without(flat(), "text"),
        flat(amount=None, kind=None),
        track(properties={"name": "milk", "price": 2.5, "quantity": 1}, context={"page": {"url": "/"}}),
        track(properties={"name": 7}),
        track(type="page", name="Home", properties=None),
        track(type="identify", traits={"vip": True}),
        track(type="group", groupId="7"),
        track(timestamp=None, sentAt="2024-01-01T00:00:00Z"),
    ],
)
def test_a_clean_message_is_not_decoded_alone_whatever_is_beside_it(value: bytes) -> None:
    assert alone([(KEY, value)] * 40) == []
    assert alone([(KEY, value), (KEY, b"}{"), (KEY, value), (KEY, flat(text=7)), (b"bob", flat()), (KEY, value)]) == [
        1,
        3,
        4,
    ]


def test_rows_named_by_the_caller_are_decoded_by_the_caller() -> None:
    records = received([(KEY, flat()), (KEY, track()), (KEY, track(type="identify")), (KEY, flat())])
    found = JsonColumns(FIELDS).decode(records, lambda record: Event("zoë", str(record.offset), "k", 5), {1, 2})
    assert [row.content for row in record_rows(found)[1:3]] == [Event("zoë", "2", "k", 5), Event("zoë", "4", "k", 5)]
    assert record_rows(found)[::3] == one_by_one(records)[::3]


def test_more_different_texts_than_the_cache_holds_stay_themselves() -> None:
    decoder = JsonColumns(FIELDS)
    for start in (0, 6_000, 3_000):
        records = received((KEY, flat(text=f"text  {at}", id="e")) for at in range(start, start + 6_000))
        assert decoder.decode(records, decode_one).texts == [f"text {at}" for at in range(start, start + 6_000)]


def test_a_batch_without_messages_has_no_rows() -> None:
    assert len(together([])) == 0


def test_a_rejection_is_in_the_words_of_the_single_message() -> None:
    columns = together(received([(b"bob", flat())]))
    assert columns.contents == {0: decode_json(b"bob", flat(), FIELDS)}
    assert isinstance(columns.contents[0], Rejected)
