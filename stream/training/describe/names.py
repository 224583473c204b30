"""Names of segments: one to three phrases in a readable form, no two names alike, and stable.

Where texts do not set a segment apart, its behaviour names it. A name holds at least two words with a meaning of their
own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from stream.core.description import Phrase
from stream.training.describe.similar_words import are_similar
from stream.training.describe.spelling import sentence_case
from stream.training.describe.words import is_unspaced, join_words, runs

_STRONG = 0.25  # of the best phrase's score: weaker ones come into a name only where it needs them
_WEAK = 0.25  # score of the best of several phrases: below, behaviour precedes texts
_WEAK_ALONE = 0.5  # of a single phrase
_PHRASES_MAX = 3
_WORDS_MIN = 2
_ALIKE = 0.5  # Jaccard index of the words of two names: from there on a reader confuses them
_NOTHING = "Mixed interests"  # where nothing sets a segment apart
_SEPARATORS = re.compile(r", | & |、")


def name_phrases(name: str) -> list[str]:
    """Return the phrases that a name joins, in small letters and without `Mostly`.

    >>> name_phrases("Baby food, diapers & iPhone case")
    ['baby food', 'diapers', 'iphone case']
    """
    return [phrase.casefold() for phrase in _SEPARATORS.split(name.removeprefix("Mostly ")) if phrase]


def says_nothing(name: str) -> bool:
    """Return True for no name, and for the name of a segment that nothing sets apart."""
    return not name or name.startswith(_NOTHING)


def words_of_name(name: str) -> list[str]:
    """Return the words of a name in small letters; a phrase of a script without blanks is one word."""
    found: list[str] = []
    for run in runs(name):
        previous = ""
        for key in run.keys:
            if previous and is_unspaced(previous) and is_unspaced(key):
                found[-1] += key
            else:
                found.append(key)
            previous = key
    return found


def n_meanings(name: str) -> int:
    """Return the number of words of a name; of a script without blanks, every two characters are a word."""
    return sum(max(1, len(word) // 2) if is_unspaced(word) else 1 for word in words_of_name(name))


def can_be_told_apart(one: str, other: str) -> bool:
    """Return True if less than half of the words of both names are similar, and each has a word of its own.

    >>> can_be_told_apart("Credit card & bill", "Credit score"), can_be_told_apart("Baby food", "Baby foods & diapers")
    (True, False)
    """
    a, b = words_of_name(one), words_of_name(other)
    only_a = [word for word in a if not any(are_similar(word, known) for known in b)]
    only_b = [word for word in b if not any(are_similar(word, known) for known in a)]
    shared = max(len(a) - len(only_a), len(b) - len(only_b))
    return bool(only_a and only_b) and shared < _ALIKE * (shared + len(only_a) + len(only_b))


def unused_name(
    phrases: Sequence[Phrase], behaviour: Sequence[str], segment: str, used: Iterable[str], habits: Sequence[str] = ()
) -> str:
    """Return the first name of the segment that a reader can tell apart from those `used`.

    `habits` are words for behaviour that is less clear, for a segment with nothing else.
    """
    known = list(used)
    for name in (*_names(phrases, behaviour, habits), _NOTHING):
        if n_meanings(name) >= _WORDS_MIN and all(can_be_told_apart(name, other) for other in known):
            return name
    return f"{_NOTHING} ({segment})"


def _names(phrases: Sequence[Phrase], behaviour: Sequence[str], habits: Sequence[str]) -> Iterator[str]:
    """Return names in order of preference."""
    texts = [phrase.text for phrase in phrases]
    n_strong = sum(phrase.score >= _STRONG * phrases[0].score for phrase in phrases)
    if not phrases or phrases[0].score < (_WEAK if len(phrases) > 1 else _WEAK_ALONE):
        yield from _joined(behaviour, len(behaviour[:_PHRASES_MAX]))
    yield from _joined(texts[:n_strong], min(n_strong, _PHRASES_MAX))
    for text in texts[:n_strong]:
        yield from (_name((text, each)) for each in behaviour)
    for n in range(_PHRASES_MAX, 0, -1):
        yield from _joined(texts, n)
    for n in range(_PHRASES_MAX, 0, -1):
        yield from _joined(behaviour, n)
    for n in range(_PHRASES_MAX, 1, -1):
        yield from _joined(habits, n)
    yield from (f"Mostly {text.removeprefix('mostly ')}" for text in (*texts, *behaviour, *habits))


def _joined(phrases: Sequence[str], n: int) -> Iterator[str]:
    if n:
        yield from (_name(each) for each in combinations(phrases, n))


def _name(phrases: Sequence[str]) -> str:
    """Return the phrases as a name: A, B & C, or A、B、C in a script without blanks."""
    if all(is_unspaced(character) for phrase in phrases for character in phrase):
        return "、".join(phrases)
    *first, last = phrases
    return sentence_case(f"{', '.join(first)} & {last}" if first else join_words((last,)))
