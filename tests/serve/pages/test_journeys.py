"""Stays in segments follow from changes."""

from __future__ import annotations

from stream.serve.pages.journeys import stays
from tests.serve.pages.records import T0, change


def test_a_stay_ends_where_the_next_begins() -> None:
    found = stays([change("ann", 2, "s-0001", "s-0002", T0 + 9), change("ann", 1, "pending", "s-0001", T0)])
    assert [(stay.segment.id, stay.since_ms, stay.until_ms) for stay in found] == [
        ("s-0002", T0 + 9, None),
        ("s-0001", T0, T0 + 9),
    ]


def test_the_newest_stay_of_an_older_page_ends_with_the_change_after_it() -> None:
    assert stays([change("ann", 1, "pending", "s-0001", T0)], T0 + 7)[0].until_ms == T0 + 7


def test_a_user_without_changes_has_no_stays() -> None:
    assert stays([]) == []
