"""Figures read the same on every page."""

from __future__ import annotations

import pytest

from stream.web import figures


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (1, "100%"), (0.5, "50%"), (0.1234, "12.3%"), (0.0004, "<0.1%"), (-0.25, "−25%"), (None, "–")],
)
def test_a_share_is_a_percentage(share: float | None, text: str) -> None:
    assert figures.percent(share) == text


def test_a_share_just_below_nothing_is_nothing() -> None:
    assert [figures.percent(-0.0001), figures.percent(-0.004, 0)] == ["0%", "0%"]


def test_a_percentage_without_digits_keeps_its_zeros() -> None:
    assert [figures.percent(share, 0) for share in (0.9, 1, 0.004, 0)] == ["90%", "100%", "<1%", "0%"]


def test_growth_from_nothing_is_new() -> None:
    assert [figures.growth(None, 3), figures.growth(None, 0), figures.growth(-1, 0)] == ["new", "–", "−100%"]


def test_a_figure_that_is_no_number_is_a_dash() -> None:
    assert [figures.percent(float("nan")), figures.decimal(float("inf")), figures.signed_percent(float("nan"))] == [
        "–"
    ] * 3
    assert [figures.count(None), figures.moment(None), figures.span(None), figures.signed(None)] == ["–"] * 4


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [(0, "0 seconds"), (999, "1 second"), (60_000, "1 minute"), (5_400_000, "1.5 hours"), (864_000_000, "10 days")],
)
def test_a_duration_is_in_its_largest_unit(duration_ms: int, text: str) -> None:
    assert figures.span(duration_ms) == text


def test_a_moment_is_in_utc_for_people_and_for_machines() -> None:
    assert figures.moment(1_488_722_520_000) == "2017-03-05 14:02"
    assert figures.iso(1_488_722_520_000) == "2017-03-05T14:02:00Z"


def test_only_the_first_letter_of_a_sentence_changes() -> None:
    assert figures.opening("is now in iPhone fans") == "Is now in iPhone fans"
    assert figures.opening("") == ""
