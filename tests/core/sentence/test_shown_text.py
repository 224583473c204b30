from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.sentence.shown_text import listed, shown


@pytest.mark.parametrize(
    ("text", "n_max", "line"),
    [
        ("fresh rolls", 11, "fresh rolls"),
        ("fresh rolls", 10, "fresh…"),
        ("fresh rolls of rye", 12, "fresh rolls…"),
        ("fresh rolls, rye", 15, "fresh rolls…"),
        ("&&&&& &&&&&&&&", 8, "&&&&&…"),
        ("Donaudampfschifffahrt", 10, "Donaudamp…"),
        ("a Donaudampfschifffahrt", 10, "a Donauda…"),  # the border is too early
        ("草莓牛奶", 4, "草莓牛奶"),
        ("草莓牛奶", 3, "草莓…"),
        ("  a\tb\r\nc\u2028d ", 20, "a b c d"),
        ("red\x1b[31mshoes\x00\x9b", 20, "red [31mshoes"),
        ("ab\u202ecd\u2066e", 20, "abcde"),  # no override of direction
        ("👩\u200d👩\u200d👧 mother", 20, "👩\u200d👩\u200d👧 mother"),
        ("aaa👩\u200d👧bbbb", 6, "aaa…"),  # a joined sign is kept whole or left out
        ("cafe\u0301s", 5, "caf…"),
        ("\ud800a", 9, "a"),
        ("\x00", 9, ""),
        ("", 9, ""),
    ],
)
def test_a_text_is_one_line_cut_between_words(text: str, n_max: int, line: str) -> None:
    assert shown(text, n_max) == line


@given(text=st.text(max_size=80), n_max=st.integers(2, 40))
def test_a_shown_text_is_short_and_begins_as_the_line_does(text: str, n_max: int) -> None:
    whole, cut = shown(text, 1000), shown(text, n_max)
    assert len(cut) <= n_max
    assert whole.startswith(cut.removesuffix("…"))
    assert (cut == whole) == (len(whole) <= n_max)


@pytest.mark.parametrize(
    ("words", "line"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_words_are_listed_with_one_and(words: list[str], line: str) -> None:
    assert listed(words) == line
