"""The yardstick of the bare loop decodes as production does."""

from __future__ import annotations

from dataclasses import fields

import pytest

from bench.harness.scenario import from_february
from bench.speed.pinned_decoder import NotPinned, PinnedEvent, PinnedFields, decode_pinned
from stream.core.event import Event
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json

NAMES = [field.name for field in fields(PinnedEvent)]


def same(key: bytes, value: bytes) -> bool:
    """Return True if both decoders find the same event."""
    pinned, event = decode_pinned(key, value, PinnedFields()), decode_json(key, value, Fields())
    assert isinstance(pinned, PinnedEvent)
    assert isinstance(event, Event)
    return [getattr(pinned, name) for name in NAMES] == [getattr(event, name) for name in NAMES]


def test_the_demo_s_purchases_have_the_same_contents() -> None:
    purchases = from_february(20_000)
    assert len(purchases) == 20_000
    assert all(same(key, value) for key, value in purchases)


@pytest.mark.parametrize(
    "value",
    [
        b'{"user_id": "7", "timestamp": 1700000000}',
        b'{"user_id": 7, "timestamp": 1700000000000.4, "text": " oat   milk ", "kind": "Order Completed"}',
        b'{"user_id": "7", "timestamp": 1700000000000, "event_id": "%b", "amount": 1e16}' % (b"x" * 300),
        b'{"user_id": "7", "timestamp": 1700000000000, "kind": "Video Played", "text": "%b"}' % (b"milk " * 200),
    ],
)
def test_other_flat_events_have_the_same_contents(value: bytes) -> None:
    assert same(b"7", value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (b"7", None),
        (b"8", b'{"user_id": "7", "timestamp": 1700000000000}'),
        (b"7", b'{"type": "track", "userId": "7", "event": "x", "timestamp": 1700000000000}'),
        (b"7", b'{"user_id": "7", "timestamp": "2023-11-14"}'),
        (b"7", b'{"user_id": "7", "timestamp": 1700000000000, "text": "\xff"}'),
        (b"7", b"[" * 201),
    ],
)
def test_anything_else_is_not_pinned(key: bytes, value: bytes | None) -> None:
    assert isinstance(decode_pinned(key, value, PinnedFields()), NotPinned)
