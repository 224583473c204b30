"""Calls in the shapes that shops, Segment's libraries and RudderStack's SDKs send.

Sources: https://segment.com/docs/connections/spec/ecommerce/v2/, https://www.rudderstack.com/docs/event-spec/.
Each call has their fields, with values as plugins of shops write them: prices as text, numbers as ids, lists that are
no lists.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import msgspec
import pytest

from stream.core.event import Declaration, Event
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json

AT = "2026-11-26T10:00:00.000Z"
AT_MS = 1_795_687_200_000
COMMON: dict[str, Any] = {
    "anonymousId": "23adfd82-aa0f-45a7-a756-24f2a7a4c895",
    "channel": "browser",
    "context": {
        "library": {"name": "analytics.js", "version": "2.11.1"},
        "ip": "108.0.78.21",
        "page": {"title": "Shop"},
    },
    "integrations": {"All": True, "Mixpanel": False},
    "messageId": "022bb90c-bbac-11e4-8dfc-aa07a5b093db",
    "originalTimestamp": AT,
    "receivedAt": AT,
    "sentAt": AT,
    "timestamp": AT,
    "version": 2,
}
GAME = {"product_id": "507f", "sku": "G-32", "category": "Games", "name": "Monopoly", "brand": "Hasbro", "quantity": 1}
CARDS = {"product_id": 505, "sku": 46493, "category": "Games", "name": "Uno", "price": "3,00 €", "quantity": "2"}


class Sent(NamedTuple):
    """A call, and the kind, text, amount and ignored fields expected of it."""

    call: dict[str, Any]
    kind: str
    text: str
    amount: float
    ignored: tuple[str, ...] = ()


def track(event: Any, properties: Any, **fields: Any) -> dict[str, Any]:
    return COMMON | {"type": "track", "userId": "97980cfea0067", "event": event, "properties": properties} | fields


SENT = {
    "a search": Sent(track("Products Searched", {"query": "blue hotpants"}), "search", "blue hotpants", 0.0),
    "a list viewed": Sent(
        track("Product List Viewed", {"list_id": "hot_deals", "category": "Deals", "products": [GAME, CARDS]}),
        "view",
        "Deals Monopoly Uno Games",
        0.0,
    ),
    "a product viewed, its price as text": Sent(
        track("Product Viewed", GAME | {"price": "18.99", "position": 3}), "view", "Monopoly Games", 18.99
    ),
    "a product added, its price in a currency": Sent(
        track("Product Added", GAME | {"price": "$18.99", "cart_id": "skdj"}), "product_added", "Monopoly Games", 18.99
    ),
    "an order, its amounts as text": Sent(
        track(
            "Order Completed",
            {
                "order_id": 50314,
                "revenue": "1,025.00",
                "total": "1,027.50",
                "currency": "USD",
                "products": [GAME, CARDS],
            },
        ),
        "purchase",
        "Monopoly Uno Games",
        1025.0,
    ),
    "an order without a revenue": Sent(
        track("Order Completed", {"revenue": "", "total": "27.50", "products": json.dumps([GAME])}),
        "purchase",
        "Monopoly Games",
        27.5,
    ),
    "an order of one product": Sent(
        track("Order Completed", {"value": 19, "products": GAME}), "purchase", "Monopoly Games", 19.0
    ),
    "an order with an indexed list": Sent(
        track("Order Completed", {"revenue": 22, "products": {"0": GAME, "1": CARDS}}),
        "purchase",
        "Monopoly Uno Games",
        22.0,
    ),
    "a value that is no amount": Sent(
        track("Newsletter Subscribed", {"value": "yes"}), "newsletter_subscribed", "", 0.0, ("properties.value",)
    ),
    "a game's level as its price": Sent(
        track("Level Up", {"price": True, "name": 42}), "level_up", "", 0.0, ("properties.name", "properties.price")
    ),
    "an event without properties, from PHP": Sent(track("Logged In", [], context=[]), "logged_in", "", 0.0),
    "an event named by a number": Sent(track(404, {}), "404", "", 0.0),
    "a call of another library": Sent(
        track("Product Viewed", {"title": "Teddy"}, type="Track", messageId=17), "view", "Teddy", 0.0
    ),
    "a page": Sent(
        COMMON | {"type": "page", "name": "Home", "properties": {"title": "Welcome", "url": "https://example.com"}},
        "view",
        "Welcome Home",
        0.0,
    ),
    "a screen with a numeric category": Sent(
        COMMON | {"type": "screen", "name": "Main", "category": 3, "properties": {"foo": "bar"}},
        "view",
        "Main",
        0.0,
        ("category",),
    ),
    "a user with an empty id": Sent(track("Logged Out", {}, userId=""), "logged_out", "", 0.0),
    "a user with a number": Sent(track("Logged Out", {}, userId=97980), "logged_out", "", 0.0),
    "a clock that was never set": Sent(
        track("Opened", {}, timestamp="1970-01-01T00:00:04Z"), "opened", "", 0.0, ("timestamp",)
    ),
}


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_a_call_as_it_is_sent_is_an_event(sent: Sent) -> None:
    user = str(sent.call.get("userId") or sent.call["anonymousId"])
    value = msgspec.json.encode(sent.call)
    content = decode_json(user.encode(), value, Fields())
    event_id = str(sent.call["messageId"])
    assert content == Event(user, event_id, sent.kind, AT_MS, sent.text, sent.amount, sent.ignored)


@pytest.mark.parametrize(
    ("traits", "kept", "ignored"),
    [
        ({"name": "Peter", "age": 42, "address": {"city": "Oslo"}}, {"name": "Peter", "age": 42}, ()),
        ([], {}, ()),
        ('{"plan": "gold"}', {"plan": "gold"}, ()),
        ("gold", {}, ("traits",)),
        (7, {}, ("traits",)),
        (None, {}, ()),
    ],
)
def test_traits_as_they_are_sent_are_declared(traits: Any, kept: dict[str, Any], ignored: tuple[str, ...]) -> None:
    value = msgspec.json.encode(COMMON | {"type": "identify", "userId": 7, "traits": traits})
    assert decode_json(b"7", value, Fields()) == Declaration("7", kept, ignored)
