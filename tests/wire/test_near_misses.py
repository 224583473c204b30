"""A message that is not clean is understood field by field, and never better than a clean one."""

from __future__ import annotations

from typing import Any

import jsonschema
import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.core.event import Event, Rejected
from stream.core.reasons import Reason
from stream.wire.calls import CALLS
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from stream.wire.near_misses import understand
from stream.wire.schema import user_events_schema
from stream.wire.users import json_key
from tests.bad_input import TIME_MS, track, without

SCHEMA = jsonschema.Draft202012Validator(user_events_schema())
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 7, 2.5, "", " ", "milk", "$5", [], ["milk"], {}, {"name": "milk"}, {"price": "5"}, "[]", '{"a": 1}']
)
TIMES = st.sampled_from([None, TIME_MS, TIME_MS / 1000, "2023-11-14T22:13:20Z"])
FLAT = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(["user_id", "text", "kind", "amount", "id", "event_id"], ODD) | {"timestamp": TIMES}
)
CALL = st.fixed_dictionaries(
    {"type": st.sampled_from([*CALLS, "Track", "view", 7])},
    optional=dict.fromkeys(
        [
            "userId",
            "user_id",
            "anonymousId",
            "messageId",
            "event",
            "name",
            "category",
            "properties",
            "context",
            "traits",
        ],
        ODD,
    )
    | dict.fromkeys(["timestamp", "originalTimestamp", "sentAt", "receivedAt"], TIMES | ODD),
)
BEYOND_SCHEMA = (Reason.BAD_TIMESTAMP, Reason.TIMESTAMP_OUT_OF_RANGE)


@given(document=FLAT | CALL)
@settings(max_examples=300)
def test_a_message_that_fits_the_schema_is_understood_whole(document: dict[str, Any]) -> None:
    value = msgspec.json.encode(document)
    content = decode_json(json_key(value), value, Fields(text=("name",), amount=()))
    if SCHEMA.is_valid(msgspec.json.decode(value)):
        assert not isinstance(content, Rejected) or content.reason in BEYOND_SCHEMA
        assert set(getattr(content, "ignored", ())) <= {"timestamp", "originalTimestamp", "sentAt"}


@given(document=FLAT | CALL)
@settings(max_examples=300)
def test_only_user_time_and_the_name_of_an_event_cost_a_message(document: dict[str, Any]) -> None:
    value = msgspec.json.encode(document)
    content = decode_json(json_key(value), value, Fields())
    if isinstance(content, Rejected):
        of_user = {Reason.MISSING_USER, Reason.EMPTY_USER, Reason.MISSING_KEY}
        of_time = {Reason.MISSING_TIMESTAMP, *BEYOND_SCHEMA}
        assert content.reason in of_user | of_time | {Reason.WRONG_TYPE, Reason.MISSING_EVENT, Reason.UNKNOWN_TYPE}


@given(text=st.text(min_size=1, max_size=9), amount=st.floats(-1e6, 1e6), named=st.sampled_from(["id", "event_id"]))
def test_a_clean_message_means_the_same_read_either_way(text: str, amount: float, named: str) -> None:
    document = {"user_id": "ann", "timestamp": TIME_MS, "text": text, "amount": amount, named: "e"}
    clean = decode_json(b"ann", msgspec.json.encode(document), Fields())
    other = decode_json(b"ann", msgspec.json.encode(document | {"kind": 7}), Fields())
    assert isinstance(clean, Event)
    assert isinstance(other, Event)
    assert (clean.text, clean.amount, clean.id) == (other.text, other.amount, other.id)


def test_a_flat_event_with_a_type_has_it_as_kind_and_its_own_kind_first() -> None:
    for fields, kind in (({"type": "Wish List"}, "wish_list"), ({"type": "x", "kind": "search"}, "search")):
        value = msgspec.json.encode({"user_id": "7", "timestamp": TIME_MS} | fields)
        content = decode_json(b"7", value, Fields())
        assert isinstance(content, Event)
        assert content.kind == kind


def test_a_delete_of_a_flat_event_erases_nobody() -> None:
    value = msgspec.json.encode({"user_id": "7", "type": "delete", "text": "an item", "timestamp": TIME_MS})
    content = decode_json(b"7", value, Fields())
    assert isinstance(content, Event)
    assert content.kind == "delete"


def test_the_hint_for_a_flat_event_with_a_user_of_the_other_form_names_both_ways() -> None:
    rejection = understand({"userId": "7", "event": "Viewed"})
    assert isinstance(rejection, Rejected)
    assert "user_id" in rejection.detail
    assert "type" in rejection.detail
    assert isinstance(decode_json(b"ann", without(track(), "type"), Fields()), Rejected)
