"""What every message on `user-events` means; what can be wrong with one is listed in `tests.bad_input`."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import TRAITS_BYTES_MAX, Content, Declaration, Erasure, Event, Ignored, Rejected
from stream.wire.calls import Erase, Flat, Identify
from stream.wire.fields import Fields
from stream.wire.reasons import REASONS
from stream.wire.timestamps import END_MS, FIRST_MS
from stream.wire.user_events import DEPTH_MAX, decode
from tests.bad_input import ACCEPTED, BAD_INPUT, MEGABYTE_BYTES, TIME_MS, USER, Case, flat, raw, track, without

FIELDS = Fields()
KEY = USER.encode()

named = pytest.mark.parametrize("case", BAD_INPUT, ids=lambda case: case.name)


def event_of(value: bytes, fields: Fields = FIELDS) -> Event:
    content = decode(KEY, value, fields)
    assert isinstance(content, Event), content
    return content


@named
def test_every_named_input_has_its_fate(case: Case) -> None:
    content = decode(case.key, case.value, FIELDS)
    assert (content.reason if isinstance(content, Rejected) else ACCEPTED) == case.expected


def test_names_are_unique_and_every_reason_has_an_input() -> None:
    assert len({case.name for case in BAD_INPUT}) == len(BAD_INPUT)
    assert {case.expected for case in BAD_INPUT} == {ACCEPTED, *REASONS}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("piece", [b"[", b'{"a":', b"7", b'"a', b"\\u0041", b" "])
@pytest.mark.parametrize("start", [b"", b'{"note": ', b'{"text": "'])
def test_a_megabyte_of_one_piece_is_decoded_in_linear_time(start: bytes, piece: bytes) -> None:
    """The timeout is a deadline: a stage whose time grew with the square would take many minutes."""
    value = start + piece * ((MEGABYTE_BYTES - len(start)) // len(piece))
    assert isinstance(decode(KEY, value, FIELDS), Rejected)


@given(key=st.none() | st.binary(), value=st.none() | st.binary())
def test_arbitrary_bytes_never_raise(key: bytes | None, value: bytes | None) -> None:
    assert isinstance(decode(key, value, FIELDS), Content)


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
    assert isinstance(decode(KEY, msgspec.json.encode(document), FIELDS), Content)


@given(
    user=st.text(min_size=1, max_size=256).filter(lambda user: not user.isspace()),
    text=st.text(max_size=100) | st.text(alphabet=" a\n", min_size=500, max_size=1100),
    time_ms=st.integers(FIRST_MS, END_MS - 1),
    amount=st.floats(-1e15, 1e15),
)
def test_a_good_flat_message_comes_back_whole(user: str, text: str, time_ms: int, amount: float) -> None:
    message = Flat(user_id=user, text=text, timestamp=time_ms, amount=amount, id="e", kind="view")
    expected = Event(user, "e", "view", time_ms, " ".join(text.split())[:512].rstrip(), amount)
    assert decode(user.encode(), msgspec.json.encode(message), FIELDS) == expected


def test_a_timestamp_means_the_same_however_it_is_written() -> None:
    spellings = [TIME_MS, TIME_MS // 1000, TIME_MS / 1000, "2023-11-14T22:13:20Z", "2023-11-14 23:13:20+01:00"]
    assert {event_of(flat(timestamp=spelling)).time_ms for spelling in spellings} == {TIME_MS}


def test_a_message_without_an_id_gets_the_same_one_each_time_it_is_delivered() -> None:
    first, again, other = event_of(flat()), event_of(flat()), event_of(flat(text="bread"))
    assert first.id == again.id != other.id
    assert len(first.id) == 16
    assert event_of(flat(id="e-1")).id == event_of(flat(event_id="e-1")).id == "e-1"


def test_a_wrong_type_names_the_field() -> None:
    content = decode(KEY, track(properties={"price": "2.50"}), FIELDS)
    assert isinstance(content, Rejected)
    assert content.detail == "Expected `float | null`, got `str` - at `$.properties.price`"


def test_depth_is_limited_by_a_fixed_number_and_not_by_brackets_in_texts() -> None:
    deepest = "[" * (DEPTH_MAX - 1) + "]" * (DEPTH_MAX - 1)  # the message itself is one deep
    assert isinstance(decode(KEY, raw(f'"note": {deepest}'), FIELDS), Event)
    assert decode(KEY, raw(f'"note": [{deepest}]'), FIELDS) == Rejected("too_deep", REASONS["too_deep"])
    assert isinstance(decode(KEY, flat(note='\\"[[{' * 300), FIELDS), Event)


def test_a_call_is_the_anonymous_persons_only_without_a_user() -> None:
    assert event_of(track(anonymousId="x")).user == USER
    assert event_of(without(track(anonymousId=USER), "userId")).user == USER


def test_a_call_happened_at_the_first_time_it_has() -> None:
    times = {"timestamp": 4, "originalTimestamp": 3, "sentAt": 2, "receivedAt": 1}
    call = track(**{name: TIME_MS - order for name, order in times.items()})
    for name, order in times.items():
        assert event_of(call).time_ms == TIME_MS - order
        call = without(call, name)


def test_identify_keeps_scalars_and_drops_what_is_nested_or_too_wide() -> None:
    kept: dict[str, Any] = {"age": 42, "plan": "gold", "score": 0.5, "vip": True, "email": None}
    dropped = {"address": {"city": "Oslo"}, "tags": ["a"], "account": 2**63}
    call = msgspec.json.encode(Identify("ann", traits=kept | dropped))
    assert decode(KEY, call, FIELDS) == Declaration("ann", kept)
    assert decode(KEY, msgspec.json.encode(Identify("ann")), FIELDS) == Declaration("ann", {})


def test_traits_are_limited_by_what_is_kept() -> None:
    room = TRAITS_BYTES_MAX - len('{"a":""}')
    for n_chars, accepted in ((room, True), (room + 1, False)):
        call = msgspec.json.encode(Identify("ann", traits={"a": "x" * n_chars, "nested": ["y" * 9000]}))
        assert isinstance(decode(KEY, call, FIELDS), Declaration) == accepted


def test_erasure_must_be_asked_for_by_name() -> None:
    assert decode(KEY, msgspec.json.encode(Erase("ann")), FIELDS) == Erasure("ann")
    assert decode(KEY, None, FIELDS) == Rejected("null_value", REASONS["null_value"])


@pytest.mark.parametrize("name", ["alias", "group"])
def test_alias_and_group_are_ignored(name: str) -> None:
    assert decode(KEY, track(type=name), FIELDS) == Ignored(name)
