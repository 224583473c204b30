"""Texts of users as part of a sentence: on one line, without control characters, of bounded length."""

from __future__ import annotations

from functools import lru_cache
from unicodedata import category, combining

_DROPPED = frozenset({"Cc", "Cs", "Cn", "Zl", "Zp"})  # controls, lone surrogates, no characters, line separators
_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # reorder what follows
_HANGING = " ,;:-–/&("  # before the sign of a cut
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")


@lru_cache(maxsize=4096)  # names of segments, and texts of items, come again and again
def shown(text: str, n_max: int) -> str:
    """Return `text` on one line with at most `n_max` characters, cut between words where there are any.

    >>> shown("fresh strawberries", 12), shown("草莓牛奶", 3), shown("a\\tb", 9)
    ('fresh…', '草莓…', 'a b')
    """
    line = " ".join((text if text.isprintable() else "".join(map(_kept, text))).split())
    if len(line) <= n_max:
        return line
    end = n_max - 1
    border = line.rfind(" ", 0, end + 1)
    if border >= n_max // 3:  # earlier, too little would be left
        return f"{line[:border].rstrip(_HANGING) or line[:border]}…"
    while end > 1 and (combining(line[end]) or line[end] in _JOINERS or line[end - 1] in _JOINERS):
        end -= 1
    return f"{line[:end]}…"


def listed(words: list[str]) -> str:
    """Return words joined by commas and one `and`.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(words) < 2:
        return "".join(words)
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _kept(character: str) -> str:
    if character in _DIRECTIONS:
        return ""
    return " " if category(character) in _DROPPED else character
