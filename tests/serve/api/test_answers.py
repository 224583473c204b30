"""Answers have an ETag of their content, and headers that say how old it is."""

from __future__ import annotations

import pytest

from stream.serve.api.answers import has_tag, listing, staleness
from stream.store.freshness import Freshness, State


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (None, False),
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ("", False),
    ],
)
def test_a_client_names_the_tags_it_has(header: str | None, found: bool) -> None:
    assert has_tag(header, '"a"') == found


def test_staleness_is_in_the_headers() -> None:
    found = Freshness(State.RECONNECTING, 12, 3_000, 1, 99, "no broker")
    assert staleness(found) == {
        "segue-state": "reconnecting",
        "segue-age-ms": "3000",
        "segue-lag": "12",
        "segue-revision": "99",
    }


def test_a_listing_holds_items_as_they_are() -> None:
    assert listing([b'{"a":1}', b"2"], "next") == b'{"items":[{"a":1},2],"next":"next"}'
    assert listing([]) == b'{"items":[],"next":null}'
