"""Words of a text in any script, without a dictionary.

Punctuation, digits and line ends divide a text into runs; a phrase never crosses the end of a run. Words are what
blanks divide. Scripts without blanks between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) give their characters
instead, except for runs of Katakana, which are words already.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

WORD_CHARS_MAX = 40  # a longer one is a code, no word

_LEADING = "\u3005-\u3007\u3041-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_UNSPACED = f"{_LEADING}\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_KATAKANA = "\u30a0-\u30ff"
_SIGNS = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3\u3099\u309a"
_WORD = re.compile(
    f"[{_UNSPACED}][{_SIGNS}]*|[{_KATAKANA}]+"
    r"|\b\w{1,2}'(?=\w{3})"  # an elided article: l'eau, d'images
    f"|[^\\s{_UNSPACED}{_KATAKANA}]+"
)
_IS_UNSPACED = re.compile(f"[{_UNSPACED}{_KATAKANA}]")
_VARIANTS = {"’": "'", "ʼ": "'", "‐": "-", "‑": "-"}


class Run(NamedTuple):
    """Words in order, as they were written and as keys: the same for capitals and small letters.

    `follows` is True for a word that stands directly after the one before, without a blank.
    """

    surfaces: tuple[str, ...]
    keys: tuple[str, ...]
    follows: tuple[bool, ...]


class _Runs(dict[int, str]):
    """A `str.translate` table: all but letters, marks, digits, blanks, apostrophes and hyphens becomes a line end."""

    def __missing__(self, code: int) -> str:
        character = _VARIANTS.get(chr(code), chr(code))
        if character.isspace() or character == "_":
            character = " "
        elif character not in "'-" and unicodedata.category(character)[0] not in "LMN":
            character = "\n"
        return self.setdefault(code, character)


_RUNS = _Runs()


@lru_cache(maxsize=20_000)
def runs(text: str) -> tuple[Run, ...]:
    """Return the words in order, by run. Cached: few texts are most of the traffic, and every review reads them again.

    >>> [run.surfaces for run in runs("Don't buy 12 RED shoes: 运动鞋 for €30!")]
    [("Don't", 'buy'), ('RED', 'shoes'), ('运', '动', '鞋', 'for')]
    """
    found: list[Run] = []
    for line in unicodedata.normalize("NFKC", text).translate(_RUNS).split("\n"):
        words: list[str] = []
        follows: list[bool] = []
        end = -1
        for match in [*_WORD.finditer(line), None]:
            surface = match.group().lstrip("'-").rstrip("-") if match else ""
            if match and surface and len(surface) <= WORD_CHARS_MAX and not surface.isdigit():
                words.append(surface)
                follows.append(match.start() == end)
            elif words:
                found.append(Run(tuple(words), tuple(word.casefold() for word in words), tuple(follows)))
                words, follows = [], []
            end = match.end() if match else -1
    return tuple(found)


def keys_of(text: str) -> list[str]:
    """Return the keys of all words of a text, in order."""
    return [key for run in runs(text) for key in run.keys]


def is_unspaced(word: str) -> bool:
    """Return True if the word is of a script without blanks between words."""
    return bool(_IS_UNSPACED.match(word))


def is_elided(word: str) -> bool:
    """Return True for an elided article such as `l'`: the next word follows without a blank."""
    return word.endswith("'") and len(word) <= 3


def join_words(words: tuple[str, ...]) -> str:
    """Return the words as a text, with blanks where their scripts have them."""
    text = ""
    for before, word in zip(("", *words), words, strict=False):
        is_joined = not before or is_elided(before) or (is_unspaced(before) and is_unspaced(word))
        text += word if is_joined else f" {word}"
    return text
