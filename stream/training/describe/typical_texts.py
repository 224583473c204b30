"""Typical texts of a segment: whole texts that several of its users say, with the segment's phrases in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stream.core.description import Phrase
from stream.training.describe.corpus import Corpus
from stream.training.describe.grams import USERS_MIN
from stream.training.describe.words import keys_of

N_TEXTS = 3
_SHARED_MAX = 0.5  # of the words of two texts: more are the same text in other words


def typical_texts(corpus: Corpus, phrases: Sequence[Sequence[Phrase]]) -> list[tuple[str, ...]]:
    """Return up to three texts for each segment, each of at least three of its users, the most typical first.

    A text counts by the scores of the segment's `phrases` in it. Among equal texts that of more users comes first.
    """
    users = corpus.by_segment(corpus.said)
    found = []
    for at, each in enumerate(phrases):
        columns = np.flatnonzero(users[at] >= USERS_MIN).tolist()
        found.append(_best([(corpus.texts[column], float(users[at, column])) for column in columns], each))
    return found


def _best(texts: Sequence[tuple[str, float]], phrases: Sequence[Phrase]) -> tuple[str, ...]:
    """Return the texts with the best phrases, of (text, users)."""
    known = [(set(keys_of(phrase.text)), phrase.score) for phrase in phrases]
    order = []
    for text, n_users in texts:
        words = set(keys_of(text))
        score = sum(score for keys, score in known if keys <= words)
        if score > 0:
            order.append((-score, -n_users, text, words))
    chosen: list[tuple[str, set[str]]] = []
    for _, _, text, words in sorted(order, key=lambda each: each[:3]):
        if len(chosen) < N_TEXTS and all(_shared(words, other) <= _SHARED_MAX for _, other in chosen):
            chosen.append((text, words))
    return tuple(text for text, _ in chosen)


def _shared(one: set[str], other: set[str]) -> float:
    """Return the Jaccard index of two sets of words."""
    return len(one & other) / len(one | other)
