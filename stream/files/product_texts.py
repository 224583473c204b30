"""Texts of The Complete Journey's products: a product's category and type in words, or as the shop has them.

The shop's category and type are codes of at most 30 characters, as in "SOFT DRINKS" and "SFT DRNK 2 LITER BTL CARB
INCL". `product_words.toml` spells them out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import msgspec

TABLES = Path(__file__).with_name("product_words.toml")

_ADJECTIVES = frozenset(  # types that stand before their category
    {"economy", "enhanced", "everyday", "fresh", "lean", "pre-cooked", "premium", "primal", "traditional", "value"}
)

ProductText = Callable[[str, str], str]  # of category and type

_CUT_OFF = re.compile(r"\([^)]*$")  # a remark without its end
_SEPARATORS = re.compile(r"[:/;,()]|\s-|-\s|(?<!\bnon)(?<!\bmulti)(?<!\bself)(?<!\bpre)(?<!\bx)-(?!in\b)")
_STOPS = re.compile(r"\.(?!\d)")


class ProductWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tables from codes in lower case to words: whole categories, whole types, phrases inside, and single words."""

    categories: dict[str, str]
    types: dict[str, str]
    phrases: dict[str, str]
    words: dict[str, str]


@cache
def product_words() -> ProductWords:
    """Read the tables once."""
    return msgspec.convert(tomllib.loads(TABLES.read_text("utf-8")), ProductWords)


def in_codes(category: str, kind: str) -> str:
    """Return category and type as the shop has them, in lower case.

    >>> in_codes("SOFT DRINKS", "SFT DRNK 2 LITER BTL CARB INCL")
    'soft drinks sft drnk 2 liter btl carb incl'
    """
    return f"{category} {kind}".lower()


@cache
def in_words(category: str, kind: str) -> str:
    """Return category and type in words, with no word of the category twice.

    >>> in_words("SOFT DRINKS", "SFT DRNK 2 LITER BTL CARB INCL")
    'Bottled soft drinks, 2 liter'
    >>> in_words("CHEESE", "SHREDDED CHEESE")
    'Shredded cheese'
    """
    tables = product_words()
    label = tables.categories.get(category.lower())
    text = _join(_spell_out(category) if label is None else label, tables.types.get(kind.lower()) or _spell_out(kind))
    return text[:1].upper() + text[1:]


def _spell_out(code: str) -> str:
    """Return the parts of a code in words, with a comma between parts."""
    tables = product_words()
    text = _phrases().sub(lambda found: tables.phrases[found[0]], _CUT_OFF.sub("", code.lower()))
    parts = _SEPARATORS.split(_STOPS.sub(" ", text).replace("&", " & "))
    return _listed(" ".join(tables.words.get(word, word) for word in part.split()) for part in parts)


@cache
def _phrases() -> re.Pattern[str]:
    """Return a pattern of all phrases; the longest of two that begin alike is found."""
    longest_first = sorted(product_words().phrases, key=len, reverse=True)
    return re.compile("|".join(rf"(?:\b|(?=\W)){re.escape(phrase)}(?!\w)" for phrase in longest_first))


def _join(label: str, kind: str) -> str:
    """Return `kind` alone where it has all words of `label`, else `label` and the other words of `kind`."""
    known = set(_stems(label)) - {"&"}
    begins = _begins_with(kind, label)
    if known <= set(_stems(kind)) and not begins:
        return kind
    parts = (" ".join(word for word in part.split() if _stem(word) not in known) for part in kind.split(","))
    others = _listed(parts)
    if others in _ADJECTIVES or (begins and label.endswith("s") and _describes(others)):
        return f"{others} {label}"
    return _listed([label, others])


def _begins_with(kind: str, label: str) -> bool:
    """Return True if `kind` is `label` and its attributes ("apples gala"), not a compound of `label` ("cake mix")."""
    words, n = kind.split(), len(label.split())
    return n > 0 and _stems(" ".join(words[:n])) == _stems(label) and words[n - 1].endswith((",", "s"))


def _describes(others: str) -> bool:
    """Return True for one or two words in the singular: "Gala", "vine ripe"."""
    words = others.split()
    return 1 <= len(words) <= 2 and "," not in others and "&" not in words and not words[-1].endswith("s")


def _stems(text: str) -> list[str]:
    return [_stem(word) for word in text.split()]


def _stem(word: str) -> str:
    """Return a word without case, comma and plural."""
    plain = word.lower().strip(",")
    for plural, singular in (("ies", "y"), ("oes", "o"), ("s", "")):
        if plain.endswith(plural) and not plain.endswith("ss") and len(plain) > 3:
            return plain.removesuffix(plural) + singular
    return plain


def _listed(parts: Iterable[str]) -> str:
    """Return the distinct parts that are not empty, with a comma between two."""
    tidy = (" ".join(part.split()).strip(" &") for part in parts)
    return ", ".join(dict.fromkeys(part for part in tidy if part))
