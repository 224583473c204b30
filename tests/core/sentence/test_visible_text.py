"""Text of others for a terminal: nothing in it moves, hides or colours the rest, and nothing readable is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.sentence.visible_text import visible, visible_bytes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\u202egnp.exe\u2066", r"\u202egnp.exe\u2066"),
        ("\x9b31m", r"\x9b31m"),  # the C1 form of an escape
        ("\u2028\u00a0\u200b\ufeff", r"\u2028\xa0\u200b\ufeff"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),  # an invisible tag
        ("fresh 草莓 🍓 café", "fresh 草莓 🍓 café"),
        ("👩\u200d🌾 نمی\u200cخواهم", "👩\u200d🌾 نمی\u200cخواهم"),
        ("", ""),
    ],
)
def test_the_unprintable_is_an_escape_and_the_printable_itself(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_any_text_is_one_printable_line(text: str) -> None:
    shown = visible(text)
    assert shown.replace("\u200c", "").replace("\u200d", "").isprintable()
    assert visible(shown) == shown
    assert len(shown.splitlines()) <= 1


@given(st.binary(), st.none() | st.integers(1, 20))
def test_any_bytes_are_text_and_a_cut_says_the_size(data: bytes, n_max: int | None) -> None:
    shown = visible_bytes(data, n_max)
    shown.encode()
    assert shown.endswith(f"… ({len(data):,} bytes)") == (n_max is not None and len(data) > n_max)
