"""The fields of a Segment call that hold text, kind and amount."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from stream.core.event import Event
from stream.wire.calls import Page, Screen, Track
from stream.wire.fields import Fields, FieldsError
from stream.wire.json_events import decode_json
from tests.bad_input import TIME_MS, USER, flat, track

FIELDS = Fields()
KEY = USER.encode()


def event_of(value: bytes, fields: Fields = FIELDS) -> Event:
    content = decode_json(KEY, value, fields)
    assert isinstance(content, Event), content
    return content


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Products Searched", "search"),
        ("Product Viewed", "view"),
        ("Product List Viewed", "view"),
        ("Order Completed", "purchase"),
        ("Video Playback Started", "video_playback_started"),
        ("videoPlaybackStarted", "video_playback_started"),
        ("!!!", "other"),
        ("x" * 1000, "x" * 64),
    ],
)
def test_a_track_event_has_a_kind(name: str, kind: str) -> None:
    assert event_of(track(event=name)).kind == kind


def test_a_completed_order_has_text_kind_and_amount() -> None:
    products = [{"name": "Oat Milk", "category": "Dairy", "price": 2}, {"name": "Kefir", "category": "Dairy"}, "odd"]
    order = Track(
        "ann",
        message_id="m-1",
        timestamp=TIME_MS,
        event="Order Completed",
        properties={"revenue": 25, "total": 27.5, "products": products},
    )
    ignored = ("properties.products.*.name", "properties.products.*.category")  # of the product that is no object
    expected = Event("ann", "m-1", "purchase", TIME_MS, "Oat Milk Kefir Dairy", 25.0, ignored)
    assert decode_json(KEY, msgspec.json.encode(order), FIELDS) == expected


@pytest.mark.parametrize("call", [Page, Screen])
def test_pages_and_screens_are_views_with_their_name_once(call: type[Page] | type[Screen]) -> None:
    page = call("ann", message_id="m", timestamp=TIME_MS, name="Cheese", properties={"name": "Cheese", "title": "Shop"})
    assert decode_json(KEY, msgspec.json.encode(page), FIELDS) == Event("ann", "m", "view", TIME_MS, "Shop Cheese")


def test_custom_paths_and_kinds_are_used() -> None:
    fields = Fields(
        text=("context.page.title", "properties.tags", "event"),
        amount=("properties.cart.sum",),
        kinds={"Liked": "post"},
        max_text_chars=20,
    )
    call = track(
        event="Liked",
        context={"page": {"title": " The\n shop "}},
        properties={"tags": ["a", 1, "b"], "cart": {"sum": 3}},
    )
    event = event_of(call, fields)
    assert (event.text, event.kind, event.amount) == ("The shop a b Liked", "post", 3.0)
    assert event_of(flat(text="12345678901234567890 2"), fields).text == "12345678901234567890"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"text": ("title",)}, "start with one of event, name, category, properties, context, got 'title'"),
        ({"text": ("properties..title",)}, "got 'properties..title'"),
        ({"amount": ("properties.products.*.price",)}, "one value"),
        ({"max_text_chars": 0}, "max_text_chars must be > 0, got 0"),
        ({"page_kind": ""}, "must not be empty"),
    ],
)
def test_invalid_fields_raise_with_the_path(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(FieldsError, match=message.replace("*", r"\*")):
        Fields(**wrong)
