"""Users, changes and hues as pages show them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from stream.core.transition import Rule
from stream.serve.identity import Identity
from stream.serve.pages.views import RULE_WORDS, change_view, hues_of, selected_of, shown_user, told_apart
from stream.store.queries.segments import SegmentRow
from tests.serve.pages.records import T0, change

HASHED, OPEN = (Identity(member_ids, "salt", b"k" * 32) for member_ids in (False, True))


def row(segment: str, n_users: int) -> SegmentRow:
    return SegmentRow(segment, segment, False, False, n_users, 0.0, 0, 0, None, (), None)


def test_a_user_is_a_hash_and_a_sealed_link_unless_ids_are_allowed() -> None:
    shown = shown_user(HASHED, "ann@example.org")
    assert "ann" not in shown.text + shown.address + shown.explanation(3)
    (ref,) = parse_qs(urlsplit(shown.address).query)["ref"]
    assert HASHED.unseal(ref) == "ann@example.org"


def test_an_id_that_is_allowed_survives_its_link() -> None:
    shown = shown_user(OPEN, "a/b?c=1&d ü#")
    assert parse_qs(urlsplit(shown.address).query) == {"id": ["a/b?c=1&d ü#"]}


def test_a_very_long_id_is_cut_in_lists_but_not_in_its_link() -> None:
    shown = shown_user(OPEN, "x" * 256)
    assert len(shown.text) == 40
    assert parse_qs(urlsplit(shown.address).query) == {"id": ["x" * 256]}


def test_a_change_leads_to_its_explanation() -> None:
    view = change_view(OPEN, change("ann", 3, "s-0001", "s-0002"))
    assert (view.address, view.time_ms, view.origin.id) == ("/explanation?id=ann&sequence=3", T0, "s-0001")


def test_the_eight_largest_segments_have_hues() -> None:
    rows = [row(f"s-{n:04}", n) for n in range(12)] + [row("unknown", 99), row("inactive", 99)]
    assert hues_of(rows) == {f"s-{n:04}": hue for hue, n in enumerate(range(11, 3, -1), start=1)}


def test_a_reader_chooses_at_most_eight_segments_that_exist() -> None:
    query = [("select", "s-0007"), ("select", "gone"), ("select", "s-0007"), ("sort", "s-0001")]
    assert selected_of(query, {"s-0007", "s-0001"}) == ("s-0007",)
    many = [("select", f"s-{n}") for n in range(20)]
    assert len(selected_of(many, {segment for _, segment in many})) == 8


def test_two_segments_of_one_name_are_told_apart_by_id() -> None:
    names = {"s-0001": "Snacks", "s-0002": "Snacks", "s-0003": "Milk"}
    assert told_apart(names) == {"s-0001": "Snacks (s-0001)", "s-0002": "Snacks (s-0002)", "s-0003": "Milk"}


def test_every_rule_has_words() -> None:
    assert set(RULE_WORDS) == set(Rule)
