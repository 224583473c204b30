"""Lists of texts that models are fitted and verified on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from export.errors import TextsError


def distinct_lines(lines: Iterable[str]) -> list[str]:
    r"""Return the distinct stripped lines, sorted, without empty ones.

    >>> distinct_lines(["red wine\n", " apples ", "", "red wine"])
    ['apples', 'red wine']
    """
    return sorted({line.strip() for line in lines} - {""})


def check_count(n: int, dimension: int, things: str = "distinct texts") -> None:
    """Raise TextsError unless `n` of `things` are enough to fit `dimension` dimensions: more than dimensions."""
    if n == 0:
        raise TextsError(f"there are no {things}: expected at least one, one a line")
    if n <= dimension:
        raise TextsError(
            f"{n} {things} are too few for {dimension} dimensions: give more {things} than dimensions, "
            "or choose fewer dimensions"
        )


def add_shortest_word(texts: Sequence[str]) -> list[str]:
    """Return `texts` plus their shortest first word: padding errors show most in a text of few tokens.

    >>> add_shortest_word(["red wine", "apples"])
    ['red wine', 'apples', 'red']
    """
    words = [text.split()[0] for text in texts if text.split()]
    return list(dict.fromkeys([*texts, *([min(words, key=len)] if words else [])]))


def texts_sha256(texts: Sequence[str]) -> str:
    """Return the SHA-256 of `texts` in their order, hexadecimal."""
    return sha256("\n".join(texts).encode()).hexdigest()
