"""Texts by topic, and events as messages."""

from __future__ import annotations

import json

from bench.meaning.events import START_MS, Event, Planted, in_order, messages
from bench.meaning.texts import products_by_category, requests_by
from stream.wire.users import json_key


def event(user: str, time_ms: int, text: str = "milk") -> Event:
    return Event(user, time_ms, "view", text, 0)


def test_requests_have_ten_domains_and_150_intents_of_about_150_texts() -> None:
    assert (len(requests_by("domain")), len(requests_by("intent"))) == (10, 150)
    assert {len(texts) for texts in requests_by("intent").values()} <= {149, 150}


def test_products_are_of_another_world_than_requests() -> None:
    requests = {text for texts in requests_by("domain").values() for text in texts}
    products = {text for texts in products_by_category().values() for text in texts}
    assert len(products) > 1_000
    assert not products & requests


def test_a_message_has_the_key_that_a_file_gives_it() -> None:
    ((key, value),) = messages([event("u1", 5)])
    assert key == json_key(value)
    assert json.loads(value) == {
        "user_id": "u1",
        "timestamp": 5,
        "kind": "view",
        "text": "milk",
        "amount": 0,
        "id": "e0",
    }


def test_events_are_in_the_order_of_time_then_user() -> None:
    events = [event("b", 2), event("a", 2), event("c", 1)]
    assert [each.user_id for each in in_order(events)] == ["c", "a", "b"]


def test_the_newest_texts_of_a_user_are_kept() -> None:
    events = [event("u1", START_MS + at, str(at)) for at in range(40)]
    planted = Planted([*events, event("u2", START_MS + 50, "late")], {}, 1, ())
    assert planted.texts_of_users() == {"u1": [str(at) for at in range(8, 40)], "u2": ["late"]}
