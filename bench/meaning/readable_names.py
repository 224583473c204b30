"""Can names be read? Checks of a segment's name and phrases by what users say, and a test of a reader.

A word is a run of letters and digits without its case, hyphens and apostrophes inside it included. A run of Chinese or
Japanese characters counts as its pairs of neighbours, a single one as itself. Content words leave out words that more
than half of the users say, numbers, single letters, and function words of English. Their list is for this check only:
scikit-learn's has "bill" and "interest".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

CONTENT_WORDS_MIN = 2
FUNCTION_WORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been before but by can could did do does doing don
    for from get go got had has have he her here him his how i if in into is it its just let ll like may me might more
    most much must my need no not now of off on one only or other our out over please re s shall she should so some
    such t than that the their them then there these they this those to too under up us use ve very want was we were
    what when where which while who why will with would yes you your
    """.split()  # noqa: SIM905 – one line a word would hide the list
)
_UNSPACED = "\u2e80-\u9fff\uf900-\ufaff"  # Chinese and Japanese, written without spaces
_LETTERS = rf"[^\W_{_UNSPACED}]+"
_RUN = re.compile(rf"[{_UNSPACED}]+|{_LETTERS}(?:[-'’]{_LETTERS})*")


def words_of(text: str) -> list[str]:
    """Return the words of a text in order.

    >>> words_of("Pay my carry-on, 2 x 婴儿食品")
    ['pay', 'my', 'carry-on', '2', 'x', '婴儿', '儿食', '食品']
    """
    found: list[str] = []
    for run in _RUN.findall(text.casefold()):
        pairs = [run[at : at + 2] for at in range(len(run) - 1)]
        found += pairs if pairs and _is_unspaced(run) else [run]
    return found


def common_words(windows: Collection[Sequence[str]]) -> frozenset[str]:
    """Return the words that more than half of the users say; a window holds the texts of a user."""
    counts = Counter(word for window in windows for word in {word for text in window for word in words_of(text)})
    return frozenset(word for word, n in counts.items() if 2 * n > len(windows))


def content_words(name: str, common: Collection[str]) -> frozenset[str]:
    """Return the words of a name that tell something.

    >>> sorted(content_words("of the cards, my PIN, 12", common={"my"}))
    ['cards', 'pin']
    """
    return frozenset(
        word
        for word in words_of(name)
        if word not in common
        and not FUNCTION_WORDS.issuperset(re.split("[-'’]", word))
        and not word.isdigit()
        and (len(word) > 1 or _is_unspaced(word))
    )


def names_with_common_words(names: Iterable[str], common: Collection[str]) -> list[str]:
    """Return the names with a word that more than half of the users say."""
    return [name for name in names if any(word in common for word in words_of(name))]


def short_names(names: Iterable[str], common: Collection[str]) -> list[str]:
    """Return the names with fewer than CONTENT_WORDS_MIN content words."""
    return [name for name in names if len(content_words(name, common)) < CONTENT_WORDS_MIN]


def indistinct_pairs(names: Iterable[str], common: Collection[str]) -> list[tuple[str, str]]:
    """Return the pairs of names of which one has no content word that the other lacks."""
    words = [(name, content_words(name, common)) for name in names]
    return [(a, b) for (a, of_a), (b, of_b) in combinations(words, 2) if of_a <= of_b or of_b <= of_a]


def picked_groups(said: Mapping[str, str], texts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the group that a reader picks for each segment: the nearest by TF-IDF, "" where no word is shared.

    Without groups nothing is picked. `said` is name and phrases of a segment in one text; the `texts` of a group are
    one document.
    """
    if not said or not texts:
        return {}
    groups = list(texts)
    vectorizer = TfidfVectorizer(tokenizer=words_of, token_pattern=None, lowercase=False, sublinear_tf=True)
    documents = vectorizer.fit_transform(" ".join(texts[group]) for group in groups)
    similarity = np.asarray((vectorizer.transform(said.values()) @ documents.T).todense())
    best = zip(said, similarity, strict=True)
    return {segment: groups[int(row.argmax())] if row.max() > 0 else "" for segment, row in best}


def _is_unspaced(word: str) -> bool:
    return re.match(f"[{_UNSPACED}]", word) is not None
