"""Grams: one to three neighbouring words, none of them common, with their counts and their quality as phrases.

The quality is lower for a part of a longer phrase, as `credit` of `credit card`. It is lower for a word that opens
requests, as `tell` in `tell me`, and for a gram of few distinct texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stream.core.arrays import Floats, Ints
from stream.training.describe.corpus import Corpus

GRAM_WORDS_MAX = 3
USERS_MIN = 3  # of a segment that say a phrase or text before it is published: words of a single user stay private
_LENGTH_BONUS = 1.3  # for more than one word: a reader sees sooner what is meant
_TEXTS_HALF = 1.0  # a gram of that many distinct texts has half the quality of one of many


@dataclass(frozen=True, slots=True)
class Grams:
    """n grams: `words` are indices of the corpus's words, `places` a position of each in its stream.

    `users (k, n)` of each segment say it; `by_user (n_users, n)` is 1 where a user does (a scipy.sparse.csc_matrix).
    `quality (n,)` is from 0 to _LENGTH_BONUS.
    """

    words: list[tuple[int, ...]]
    places: Ints
    users: Floats
    by_user: Any
    quality: Floats


def find_grams(corpus: Corpus, common: NDArray[np.bool_]) -> Grams:
    """Return the grams without `common` words that at least USERS_MIN users of a segment say."""
    words = corpus.stream.words
    places = _Places(words, np.append(common, False)[words])
    content = np.where(np.append(common, True)[words], -1, words)
    found: list[Grams] = []
    parts: list[tuple[int, ...]] = [(at,) for at in range(len(common))]
    grams = content
    for length in range(1, GRAM_WORDS_MAX + 1):
        if length > 1:
            grams, parts = _longer(grams, parts, content, length)
        kept = _level(corpus, content, grams, parts, places, length)
        index = np.full(len(parts) + 1, -1)
        index[kept.columns] = np.arange(len(kept.columns))
        grams, parts = index[grams], kept.grams.words
        found.append(kept.grams)
    return _together(found)


@dataclass(frozen=True, slots=True)
class _Places:
    """Positions of a stream of `words (m,)`, -1 at the end of a run, and whether each is common."""

    words: Ints
    is_common: NDArray[np.bool_]

    def opens(self, at: Ints, length: int) -> NDArray[np.bool_]:
        """Return True for grams at positions `at` that begin a run and stand before a common word."""
        starts = np.concatenate([[-1], self.words])[at] < 0
        return np.asarray(starts & np.append(self.is_common, False)[at + length])


@dataclass(frozen=True, slots=True)
class _Level:
    grams: Grams
    columns: Ints


def _level(
    corpus: Corpus, content: Ints, grams: Ints, parts: list[tuple[int, ...]], stream: _Places, length: int
) -> _Level:
    """Return the grams of one length that enough users say; `grams (m,)` begin at each position, -1 for none."""
    by_user = corpus.by_user(grams, len(parts))
    by_user.data[:] = 1
    users = corpus.by_segment(by_user)
    columns = np.flatnonzero(users.max(axis=0, initial=0) >= USERS_MIN)
    quality = _quality(corpus, content, grams, len(parts), stream, length)
    places = np.zeros(len(parts), np.int64)
    at = np.flatnonzero(grams >= 0)[::-1]
    places[grams[at]] = at  # the first place of each
    words = [parts[column] for column in columns.tolist()]
    kept = Grams(words, places[columns], users[:, columns], by_user.tocsc()[:, columns], quality[columns])
    return _Level(kept, columns)


def _longer(
    grams: Ints, parts: list[tuple[int, ...]], content: Ints, length: int
) -> tuple[Ints, list[tuple[int, ...]]]:
    """Return the grams (m,) one word longer at each position, -1 for none, and the words of each."""
    last = np.concatenate([content, np.full(length - 1, -1)])[length - 1 :]
    at = np.flatnonzero((grams >= 0) & (last >= 0))
    n_words = int(content.max(initial=0)) + 1
    pairs, inverse = np.unique(grams[at] * n_words + last[at], return_inverse=True)
    found = np.full(len(grams), -1)
    found[at] = inverse
    heads, tails = (pairs // n_words).tolist(), (pairs % n_words).tolist()
    return found, [(*parts[head], tail) for head, tail in zip(heads, tails, strict=True)]


def _quality(corpus: Corpus, content: Ints, grams: Ints, n: int, stream: _Places, length: int) -> Floats:
    """Return the quality (n,) of the grams."""
    at = np.flatnonzero(grams >= 0)
    own, texts = grams[at], corpus.stream.texts[at]
    places = np.maximum(np.bincount(own, minlength=n), 1)
    before, after = np.concatenate([[-1], content])[at], np.concatenate([content, np.full(length, -1)])[at + length]
    is_part = np.maximum(_most_frequent(own, before, n), _most_frequent(own, after, n)) / places
    is_opening = np.bincount(own, weights=stream.opens(at, length), minlength=n) / places
    n_texts = np.bincount(np.unique(own * len(corpus.texts) + texts) // max(len(corpus.texts), 1), minlength=n)
    if length > 1:  # verbs are single words
        is_opening = np.zeros(n)
    bonus = _LENGTH_BONUS if length > 1 else 1.0
    return np.asarray(bonus * (1 - is_part) * (1 - is_opening) ** 2 * n_texts / (n_texts + _TEXTS_HALF))


def _most_frequent(own: Ints, neighbours: Ints, n: int) -> Floats:
    """Return the count (n,) of the most frequent neighbour of each gram; -1 is none."""
    at = np.flatnonzero(neighbours >= 0)
    n_words = int(neighbours.max(initial=0)) + 1
    pairs, counts = np.unique(own[at] * n_words + neighbours[at], return_counts=True)
    found = np.zeros(n)
    np.maximum.at(found, pairs // n_words, counts)
    return found


def _together(levels: list[Grams]) -> Grams:
    return Grams(
        words=[words for level in levels for words in level.words],
        places=np.concatenate([level.places for level in levels]),
        users=np.concatenate([level.users for level in levels], axis=1),
        by_user=sparse.hstack([level.by_user for level in levels], format="csc"),
        quality=np.concatenate([level.quality for level in levels]),
    )
