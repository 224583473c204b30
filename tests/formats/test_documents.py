"""Fields of a decoded record as an event: names in both cases, types, and defaults."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from stream.core.event import Content, Declaration, Erasure, Event, Rejected
from stream.core.reasons import Reason
from stream.formats.documents import Defaults, content_of
from stream.wire.fields import Fields

TIME_MS = 1_700_000_000_250
TIME = datetime.fromtimestamp(TIME_MS / 1000, UTC)
FLAT: dict[str, Any] = {"user_id": "ann", "timestamp": TIME}
TRACK: dict[str, Any] = {"type": "track", "user_id": "ann", "timestamp": TIME, "event": "Order Completed"}


def content(document: dict[str, Any], **defaults: str) -> Content:
    """The content of a record of ann's."""
    return content_of(document, b"ann", Defaults(**{"id": "default-id"} | defaults), Fields())


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, Event("ann", "default-id", "other", TIME_MS)),
        ({"id": "1", "kind": "VIEW", "text": "a  b", "amount": 2}, Event("ann", "1", "view", TIME_MS, "a b", 2.0)),
        ({"eventId": "1"}, Event("ann", "1", "other", TIME_MS)),
        ({"event_id": "1"}, Event("ann", "1", "other", TIME_MS)),
        ({"amount": Decimal("59.90")}, Event("ann", "default-id", "other", TIME_MS, amount=59.9)),
        ({"amount": float("nan")}, Event("ann", "default-id", "other", TIME_MS)),
        ({"text": b"r\xc3\xb6d"}, Event("ann", "default-id", "other", TIME_MS, "röd")),
        ({"id": UUID(int=7)}, Event("ann", str(UUID(int=7)), "other", TIME_MS)),
        ({"timestamp": TIME_MS}, Event("ann", "default-id", "other", TIME_MS)),
        ({"timestamp": datetime(2026, 1, 2)}, Event("ann", "default-id", "other", 1_767_312_000_000)),
        ({"timestamp": date(2026, 1, 2)}, Event("ann", "default-id", "other", 1_767_312_000_000)),
        ({"extra": {"raw": b"\xff", "list": [Decimal(1), None]}}, Event("ann", "default-id", "other", TIME_MS)),
        ({"type": None}, Event("ann", "default-id", "other", TIME_MS)),
        ({"type": msgspec.Raw(b" null ")}, Event("ann", "default-id", "other", TIME_MS)),
    ],
)
def test_a_record_without_a_type_is_a_flat_event(fields: dict[str, Any], expected: Event) -> None:
    assert content(FLAT | fields) == expected


def test_names_may_be_in_camel_case_and_the_exact_one_wins() -> None:
    assert content({"userId": "ann", "timestamp": TIME}) == Event("ann", "default-id", "other", TIME_MS)
    assert content({"user_id": "ann", "userId": "bob", "timestamp": TIME}) == content(FLAT)


@pytest.mark.parametrize("snake", [True, False])
def test_a_record_with_a_type_is_a_call_in_either_case(snake: bool) -> None:
    names = {"user_id": "userId", "message_id": "messageId"}
    call = TRACK | {"message_id": "1", "properties": {"revenue": Decimal("9.5"), "query": "red shoes"}}
    written = call if snake else {names.get(name, name): value for name, value in call.items()}
    assert content(written) == Event("ann", "1", "purchase", TIME_MS, "red shoes", 9.5)


@pytest.mark.parametrize("named", ["track", msgspec.Raw(b' "track" ')])
def test_a_type_names_a_call_as_text_or_as_json(named: Any) -> None:
    assert content(TRACK | {"type": named}) == Event("ann", "default-id", "purchase", TIME_MS)


def test_a_delete_is_a_call_only_with_segments_name_of_the_user() -> None:
    as_flat = content({"type": "delete", "user_id": "ann", "timestamp": TIME})
    assert not isinstance(as_flat, Erasure)


def test_identify_and_erase_are_calls_too() -> None:
    identify = {"type": "identify", "user_id": "ann", "traits": {"plan": "pro", "since": date(2026, 1, 2)}}
    assert content(identify) == Declaration("ann", {"plan": "pro", "since": "2026-01-02"})
    assert content({"type": "erase", "anonymous_id": "ann"}) == Erasure("ann")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, Event("ann", "default-id", "view", TIME_MS)),
        ({"user_id": None, "timestamp": None, "kind": None}, Event("ann", "default-id", "view", TIME_MS)),
        ({"id": "1", "kind": "post"}, Event("ann", "1", "post", TIME_MS)),
        ({"type": "track", "event": "Seen"}, Event("ann", "default-id", "seen", TIME_MS)),
        ({"type": "track", "event": "Seen", "anonymousId": "ann"}, Event("ann", "default-id", "seen", TIME_MS)),
    ],
)
def test_defaults_stand_in_for_absent_fields_only(document: dict[str, Any], expected: Event) -> None:
    assert content(document, user="ann", time=TIME.isoformat(), kind="view") == expected


def test_a_default_does_not_hide_a_field_that_says_otherwise() -> None:
    other = content(FLAT | {"user_id": "bob"}, user="ann")
    assert isinstance(other, Rejected)
    assert other.reason is Reason.KEY_MISMATCH
    sent = {"type": "track", "userId": "ann", "event": "Seen", "sentAt": TIME}
    assert content(sent, time="2020-01-01T00:00:00Z") == Event("ann", "default-id", "seen", TIME_MS)


def test_an_integer_without_end_is_refused_and_ends_no_worker() -> None:
    """Avro's reader in Python returns one for a corrupted record of a recursive schema."""
    refused = content(FLAT | {"amount": 2**40_000})
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.BAD_PAYLOAD


def test_values_as_they_came_are_validated_like_json() -> None:
    nested = msgspec.Raw(b"[" * 300 + b"]" * 300)
    deep = content(FLAT | {"extra": nested})
    assert isinstance(deep, Rejected)
    assert deep.reason is Reason.TOO_DEEP
