"""The words that tell a segment from the others.

Class-based TF-IDF as in BERTopic (Grootendorst 2022, arXiv:2203.05794): tf(t, c) * log(1 + A / f(t)), where A is the
mean number of words a class has and f(t) how often all classes say t. There is no list of stop words: they are of any
language, and a word that everybody says has a large f. tf counts profiles, not repetitions, so that one person who
says a word a hundred times does not name a segment.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import log

TERM_LENGTHS = (2, 40)  # characters; longer is not a word but a code
MENTIONS_MIN = 3  # profiles that must say a term before it may be published: nobody's own words get out
LIFT_MIN = 1.25  # a term characterises a class that says it a quarter more often than all classes do

_CJK = re.compile("([\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+)")
_CJK_WORD_MAX = 4  # a run of Chinese or Japanese up to this long is taken for a word besides its bigrams


class _Blanks(dict[int, str]):
    """A `str.translate` table that blanks all but letters, marks and digits of any script."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        return self.setdefault(code, character if unicodedata.category(character)[0] in "LMN" else " ")


_BLANKS = _Blanks()


def tokens(text: str) -> list[str]:
    """Words in order, lower case; scripts written without spaces give character bigrams and short runs whole.

    >>> tokens("Don't buy 12 RED-shoes: 运动鞋 for €30!")
    ['don', 'buy', 'red', 'shoes', '运动鞋', '运动', '动鞋', 'for']
    """
    words: list[str] = []
    for run in unicodedata.normalize("NFKC", text).lower().translate(_BLANKS).split():
        for at, piece in enumerate(_CJK.split(run)):
            words += _grams(piece) if at % 2 else [piece]
    shortest, longest = TERM_LENGTHS
    return [word for word in words if shortest <= len(word) <= longest and not word.isdigit()]


def mentions(profiles: Iterable[Sequence[str]]) -> Counter[str]:
    """How many profiles say each term; a profile is the texts of one person."""
    said = (dict.fromkeys(token for text in texts for token in _known_tokens(text)) for texts in profiles)
    return Counter(term for terms in said for term in terms)


def scores(classes: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """The class-based TF-IDF of every term of every class."""
    overall = _overall(classes)
    mean_words = sum(overall.values()) / max(len(classes), 1)
    return [{t: count * log(1 + mean_words / overall[t]) for t, count in counts.items()} for counts in classes]


def top_terms(classes: Sequence[Mapping[str, float]], n: int) -> list[tuple[str, ...]]:
    """The n best terms of every class, best first, of those that MENTIONS_MIN profiles say.

    Terms with LIFT_MIN stand before the others: in short texts the formula alone lets words through that everybody
    says.
    """
    overall = _overall(classes)
    n_words = sum(overall.values())
    tops = []
    for counts, scored in zip(classes, scores(classes), strict=True):
        often = LIFT_MIN * sum(counts.values()) / (n_words or 1.0)
        order = {t: (counts[t] < often * overall[t], -scored[t], -len(t), t) for t in counts}
        tops.append(_distinct([t for t in sorted(counts, key=order.__getitem__) if counts[t] >= MENTIONS_MIN], n))
    return tops


@lru_cache(maxsize=20_000)
def _known_tokens(text: str) -> tuple[str, ...]:
    """Few texts make up most of what people do, and every review counts them anew."""
    return tuple(tokens(text))


def _overall(classes: Sequence[Mapping[str, float]]) -> dict[str, float]:
    overall: dict[str, float] = {}
    for counts in classes:
        for term, count in counts.items():
            overall[term] = overall.get(term, 0.0) + count
    return overall


def _grams(run: str) -> list[str]:
    whole = [run] if len(run) <= _CJK_WORD_MAX else []
    bigrams = [run[i : i + 2] for i in range(len(run) - 1)] if len(run) > TERM_LENGTHS[0] else []
    return whole + bigrams


def _distinct(ranked: list[str], n: int) -> tuple[str, ...]:
    """The first n, without the Chinese or Japanese pieces of a word that stands before them."""
    chosen: list[str] = []
    for at, term in enumerate(ranked):
        if len(chosen) == n:
            break
        if not (_CJK.fullmatch(term) and any(term in before for before in ranked[:at])):
            chosen.append(term)
    return tuple(chosen)
