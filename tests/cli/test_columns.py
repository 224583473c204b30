"""Aligned columns, and the forms of figures in them."""

from __future__ import annotations

from stream.cli.columns import columns, minute, percent


def test_columns_are_aligned_also_where_characters_are_wide() -> None:
    assert columns([("name", "n"), ("牛奶", "10"), ("tea", "7")], right={1}).splitlines() == [
        "name   n",
        "牛奶  10",
        "tea    7",
    ]


def test_a_minute_is_in_utc() -> None:
    assert (minute(1_767_225_599_999), minute(0)) == ("2025-12-31 23:59", "–")


def test_a_cell_is_shown_as_it_is_and_never_wrapped() -> None:
    assert columns([("[red]name", "x" * 500), ("", "y")]).splitlines() == [f"[red]name  {'x' * 500}", "           y"]


def test_a_share_is_in_percent() -> None:
    assert (percent(0.0421), percent(1.0)) == ("4.2 %", "100.0 %")
