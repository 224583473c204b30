"""Top terms of a segment by class-based TF-IDF, as in BERTopic (Grootendorst 2022, arXiv:2203.05794).

The score of term t in class c is tf(t, c) * log(1 + A / f(t)). A is the mean number of words of a class, f(t) the
frequency of t in all classes. There is no list of stop words: texts may be of any language, and a stop word has a large
f. tf counts profiles instead of repetitions, so that a single user does not name a segment.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import log

TERM_LENGTHS = (2, 40)  # characters; a longer one is a code, no word
MENTIONS_MIN = 3  # profiles that contain a term before it may be published: words of a single user stay private
LIFT_MIN = 1.25  # a term characterises a class that contains it a quarter more often than all classes together

_CJK = re.compile("([\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+)")
_CJK_WORD_MAX = 4  # a run of Chinese or Japanese up to this long is taken for a word besides its bigrams


class _Blanks(dict[int, str]):
    """A `str.translate` table from all but letters, marks and digits of any script to blanks."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        return self.setdefault(code, character if unicodedata.category(character)[0] in "LMN" else " ")


_BLANKS = _Blanks()


def tokens(text: str) -> list[str]:
    """Return the words in order, lower case; scripts without spaces give character bigrams, and short runs whole.

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
    """Return the number of profiles that contain each term; a profile is the texts of one user."""
    said = (dict.fromkeys(token for text in texts for token in _known_tokens(text)) for texts in profiles)
    return Counter(term for terms in said for term in terms)


def scores(classes: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Return the class-based TF-IDF of every term of every class."""
    overall = _overall(classes)
    mean_words = sum(overall.values()) / max(len(classes), 1)
    return [{t: count * log(1 + mean_words / overall[t]) for t, count in counts.items()} for counts in classes]


def top_terms(classes: Sequence[Mapping[str, float]], n: int) -> list[tuple[str, ...]]:
    """Return the n best terms of every class, best first; a term needs MENTIONS_MIN profiles.

    Terms with LIFT_MIN precede the others: in short texts the formula alone lets common words through.
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
    """Return the tokens of a text, cached: few texts are most of the traffic, and every review counts them again."""
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
    """Return the first n terms, without Chinese or Japanese pieces of a preceding word."""
    chosen: list[str] = []
    for at, term in enumerate(ranked):
        if len(chosen) == n:
            break
        if not (_CJK.fullmatch(term) and any(term in before for before in ranked[:at])):
            chosen.append(term)
    return tuple(chosen)
