"""The content of every JSON form of user events; `tests.bad_input` lists the faults a message can have."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import TRAITS_BYTES_MAX, Content, Declaration, Erasure, Event, Ignored, Rejected
from stream.core.reasons import Reason
from stream.wire.calls import Erase, Flat, Identify
from stream.wire.fields import Fields
from stream.wire.json_events import DEPTH_MAX, decode_json
from stream.wire.reasons import MEANINGS
from stream.wire.timestamps import END_MS, FIRST_MS
from tests.bad_input import ACCEPTED, BAD_INPUT, MEGABYTE_BYTES, TIME_MS, USER, Case, flat, raw, track, without

FIELDS = Fields()
KEY = USER.encode()

named = pytest.mark.parametrize("case", BAD_INPUT, ids=lambda case: case.name)


def event_of(value: bytes, fields: Fields = FIELDS) -> Event:
    content = decode_json(KEY, value, fields)
    assert isinstance(content, Event), content
    return content


@named
def test_each_named_input_is_accepted_or_rejected_as_listed(case: Case) -> None:
    content = decode_json(case.key, case.value, FIELDS)
    assert (content.reason if isinstance(content, Rejected) else ACCEPTED) == case.expected
    assert getattr(content, "ignored", ()) == case.ignored


def test_names_are_unique_and_every_reason_of_decoding_has_an_input() -> None:
    assert len({case.name for case in BAD_INPUT}) == len(BAD_INPUT)
    of_formats = {Reason.UNKNOWN_SCHEMA, Reason.UNUSABLE_SCHEMA, Reason.BAD_PAYLOAD, Reason.UNKNOWN_FORMAT}
    later = {Reason.TIMESTAMP_AHEAD, Reason.MISPLACED}
    assert {case.expected for case in BAD_INPUT} == {ACCEPTED, *Reason} - of_formats - later


def test_every_reason_has_a_meaning() -> None:
    assert list(MEANINGS) == list(Reason)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("piece", [b"[", b'{"a":', b"7", b'"a', b"\\u0041", b" "])
@pytest.mark.parametrize("start", [b"", b'{"note": ', b'{"text": "'])
def test_a_megabyte_of_one_piece_is_decoded_in_linear_time(start: bytes, piece: bytes) -> None:
    """The timeout is a deadline: a stage whose time grew with the square would take many minutes."""
    value = start + piece * ((MEGABYTE_BYTES - len(start)) // len(piece))
    assert isinstance(decode_json(KEY, value, FIELDS), Rejected)


@given(key=st.none() | st.binary(), value=st.none() | st.binary())
def test_arbitrary_bytes_never_raise(key: bytes | None, value: bytes | None) -> None:
    assert isinstance(decode_json(key, value, FIELDS), Content)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
names = [
    "user_id",
    "userId",
    "anonymousId",
    "messageId",
    "id",
    "timestamp",
    "sentAt",
    "text",
    "kind",
    "amount",
    "event",
    "properties",
    "traits",
    "context",
    "name",
]
near_messages = st.fixed_dictionaries(
    {}, optional={"type": st.sampled_from(["track", "page", "identify", "erase"])} | dict.fromkeys(names, json_values)
)


@given(document=json_values | near_messages)
@settings(max_examples=150)
def test_arbitrary_json_never_raises(document: Any) -> None:
    assert isinstance(decode_json(KEY, msgspec.json.encode(document), FIELDS), Content)


@given(
    user=st.text(min_size=1, max_size=256).filter(lambda user: not user.isspace()),
    text=st.text(max_size=100) | st.text(alphabet=" a\n", min_size=500, max_size=1100),
    time_ms=st.integers(FIRST_MS, END_MS - 1),
    amount=st.floats(-1e15, 1e15),
)
def test_a_good_flat_message_comes_back_whole(user: str, text: str, time_ms: int, amount: float) -> None:
    message = Flat(user_id=user, text=text, timestamp=time_ms, amount=amount, id="e", kind="view")
    expected = Event(user, "e", "view", time_ms, " ".join(text.split())[:512].rstrip(), amount)
    assert decode_json(user.encode(), msgspec.json.encode(message), FIELDS) == expected


def test_every_spelling_of_a_timestamp_is_the_same_time() -> None:
    spellings = [TIME_MS, TIME_MS // 1000, TIME_MS / 1000, "2023-11-14T22:13:20Z", "2023-11-14 23:13:20+01:00"]
    assert {event_of(flat(timestamp=spelling)).time_ms for spelling in spellings} == {TIME_MS}


def test_a_message_without_an_id_gets_a_hash_of_its_bytes() -> None:
    first, again, other = event_of(flat()), event_of(flat()), event_of(flat(text="bread"))
    assert first.id == again.id != other.id
    assert len(first.id) == 16
    assert event_of(flat(id="e-1")).id == event_of(flat(event_id="e-1")).id == "e-1"


def test_a_wrong_type_names_the_field() -> None:
    content = decode_json(KEY, track(userId=7.5), FIELDS)
    assert isinstance(content, Rejected)
    assert content.detail == "userId is a float: expected text or a number, got 7.5"


def test_nesting_deeper_than_the_limit_is_rejected_and_brackets_in_texts_do_not_count() -> None:
    deepest = "[" * (DEPTH_MAX - 1) + "]" * (DEPTH_MAX - 1)  # the message itself is one deep
    assert isinstance(decode_json(KEY, raw(f'"note": {deepest}'), FIELDS), Event)
    assert decode_json(KEY, raw(f'"note": [{deepest}]'), FIELDS) == Rejected(Reason.TOO_DEEP, MEANINGS[Reason.TOO_DEEP])
    assert isinstance(decode_json(KEY, flat(note='\\"[[{' * 300), FIELDS), Event)


def test_the_anonymous_id_is_the_user_of_a_call_without_user_id() -> None:
    assert event_of(track(anonymousId="x")).user == USER
    assert event_of(without(track(anonymousId=USER), "userId")).user == USER


def test_the_time_of_a_call_is_the_first_timestamp_present() -> None:
    times = {"timestamp": 4, "originalTimestamp": 3, "sentAt": 2, "receivedAt": 1}
    call = track(**{name: TIME_MS - order for name, order in times.items()})
    for name, order in times.items():
        assert event_of(call).time_ms == TIME_MS - order
        call = without(call, name)


def test_identify_keeps_scalars_and_drops_nested_values_and_wide_integers() -> None:
    kept: dict[str, Any] = {"age": 42, "plan": "gold", "score": 0.5, "vip": True, "email": None}
    dropped = {"address": {"city": "Oslo"}, "tags": ["a"], "account": 2**63}
    call = msgspec.json.encode(Identify("ann", traits=kept | dropped))
    assert decode_json(KEY, call, FIELDS) == Declaration("ann", kept)
    assert decode_json(KEY, msgspec.json.encode(Identify("ann")), FIELDS) == Declaration("ann", {})


def test_only_kept_traits_count_towards_the_limit() -> None:
    room = TRAITS_BYTES_MAX - len('{"a":""}')
    for n_chars, accepted in ((room, True), (room + 1, False)):
        call = msgspec.json.encode(Identify("ann", traits={"a": "x" * n_chars, "nested": ["y" * 9000]}))
        assert isinstance(decode_json(KEY, call, FIELDS), Declaration) == accepted


def test_only_an_explicit_erase_message_erases() -> None:
    assert decode_json(KEY, msgspec.json.encode(Erase("ann")), FIELDS) == Erasure("ann")
    assert decode_json(KEY, None, FIELDS) == Rejected(Reason.NULL_VALUE, MEANINGS[Reason.NULL_VALUE])


@pytest.mark.parametrize("name", ["alias", "group"])
def test_alias_and_group_are_ignored(name: str) -> None:
    assert decode_json(KEY, track(type=name), FIELDS) == Ignored(name)
