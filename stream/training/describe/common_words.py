"""Common words: those that say nothing about a segment, recognised from the texts, in any language.

A word is common if people of most segments say it alike. So is one that about half of all people would say in a usual
window. Words that hardly ever begin or end a text and stand in many segments are prepositions and articles. For English
there is scikit-learn's list besides; a listed word that behaves as a noun (bill, system, fire) does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from stream.core.arrays import Floats, Ints
from stream.training.describe.corpus import Corpus
from stream.training.describe.words import is_elided

_ENGLISH = ENGLISH_STOP_WORDS | {"did", "does", "doing", "don", "just", "let", "like", "need", "want"}
_SAMPLE_TEXTS = 8  # of a sample that is full, or _SAMPLE_BYTES: its user has more texts
_SAMPLE_BYTES = 300
_WINDOW_TEXTS = 32  # of a usual window
_SHARE_MAX = 0.45  # of all people: a word of half of them says nothing, and the sample errs a little
_INDEPENDENT_MIN = 0.3  # of a text: even of texts in the same words
_EVEN = 0.4  # rate in the texts of the middle segment by the highest rate: from there on a word is said alike
_EVEN_IF_FREQUENT = 0.25
_FREQUENT = 0.15  # of all people say it in their sampled texts
_EVEN_OF_TWO = 0.5  # of two segments there is no middle
_USERS_MIN = 6  # that say a word: for fewer, evenness is chance
_USERS_SHARE_MIN = 0.01
_LISTED_EVEN = 0.1
_LISTED_ENDS = 0.2  # of its places at the end of a run: a noun ends a text, an article does not
_INNER_EDGES = 0.05  # of its places at the beginning or the end of a run: a preposition has hardly any
_INNER_PLACES_MIN = 10


def common_words(corpus: Corpus, shares: Floats) -> NDArray[np.bool_]:
    """Return for each of the words whether it is common; `shares (k,)` of the users are in each segment."""
    words, n_words, n_all = corpus.stream.words, len(corpus.stream.keys), corpus.n_sampled.sum()
    texts_with = corpus.by_user(words, n_words)
    rates = _rates(corpus, texts_with)
    even = evenness(rates)
    n_users = corpus.by_segment(texts_with > 0).sum(axis=0)
    is_even = even >= np.where(n_users >= _FREQUENT * n_all, _EVEN_IF_FREQUENT, _EVEN)
    if len(shares) == 2:
        is_even = even >= _EVEN_OF_TWO
    common = is_even & (n_users >= max(_USERS_MIN, _USERS_SHARE_MIN * n_all))
    of_most = _of_most(corpus, texts_with, shares)
    common |= of_most | _with_parts(corpus.stream.keys, of_most) | _with_pairs_of_most(corpus, shares)
    places, begins, ends = _edges(words, n_words)
    is_inner = (begins <= _INNER_EDGES) & (ends <= _INNER_EDGES) & (places >= _INNER_PLACES_MIN)
    common |= is_inner & (even >= _LISTED_EVEN)
    listed = np.array([key.split("'")[0] in _ENGLISH for key in corpus.stream.keys], np.bool_)
    common |= listed & ((even >= _LISTED_EVEN) | (ends <= _LISTED_ENDS))
    return np.asarray(common | _fragments(corpus.stream.keys))


def evenness(rates: Floats) -> Floats:
    """Return the median rate (n,) of all segments but the highest, by the highest, given `rates (k, n)`."""
    if len(rates) < 2:
        return np.zeros(rates.shape[1])
    ordered = np.sort(rates, axis=0)
    return np.asarray(np.median(ordered[:-1], axis=0) / np.maximum(ordered[-1], 1e-12))


def _rates(corpus: Corpus, texts_with: Any) -> Floats:
    """Return the share (k, n) of the texts of each segment with a gram, given the texts `(n_users, n)` of each user."""
    n_texts = corpus.by_segment(corpus.said).sum(axis=1)
    return np.asarray(corpus.by_segment(texts_with) / np.maximum(n_texts, 1)[:, None])


def _of_most(corpus: Corpus, texts_with: Any, shares: Floats) -> NDArray[np.bool_]:
    """Return True (n,) for what more than half of all people would say in a usual window.

    Texts of one user repeat each other. The sample shows how much: by the number of independent texts that would have
    the same coverage.
    """
    rates = np.clip(_rates(corpus, texts_with), 1e-9, 1 - 1e-9)
    sampled, window = _texts_of_users(corpus)
    coverage = corpus.by_segment(texts_with > 0) / np.maximum(corpus.n_sampled, 1)[:, None]
    per_text = np.log1p(-np.minimum(coverage, 1 - 1e-9)) / (np.maximum(sampled, 1)[:, None] * np.log1p(-rates))
    in_windows = 1 - (1 - rates) ** (np.clip(per_text, _INDEPENDENT_MIN, 1) * window[:, None])
    return np.asarray(shares @ in_windows > _SHARE_MAX)


def _with_parts(keys: Sequence[str], of_most: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return True for hyphenated words with a part that most people say, as `carry-on`."""
    said = {key for key, is_of_most in zip(keys, of_most.tolist(), strict=True) if is_of_most}
    return np.array(["-" in key and not said.isdisjoint(key.split("-")) for key in keys], np.bool_)


def _with_pairs_of_most(corpus: Corpus, shares: Floats) -> NDArray[np.bool_]:
    """Return True for words of a script without blanks that hold two characters that more than half of all say."""
    units, n_units = corpus.units, len(corpus.units.keys)
    after = np.append(units.words[1:], -1)
    is_unspaced = np.append(units.is_unspaced, False)
    at = np.flatnonzero(is_unspaced[units.words] & is_unspaced[after] & np.append(units.follows[1:], False))
    pairs, inverse = np.unique(units.words[at] * n_units + after[at], return_inverse=True)
    grams = np.full(len(units.words), -1)
    grams[at] = inverse
    of_most = pairs[_of_most(corpus, corpus.by_user(grams, len(pairs), units.texts), shares)].tolist()
    said = {units.keys[pair // n_units] + units.keys[pair % n_units] for pair in of_most}
    return np.array([any(pair in key for pair in said) for key in corpus.stream.keys], np.bool_)


def _texts_of_users(corpus: Corpus) -> tuple[Floats, Floats]:
    """Return the mean number of texts (k,) of a user of each segment: in the sample, and in a window.

    A window has the texts of the sample unless that is full.
    """
    sampled = np.asarray(corpus.said.sum(axis=1)).ravel()
    n_bytes = corpus.said @ np.array([len(text.encode()) for text in corpus.texts], np.float64)
    is_full = (sampled >= _SAMPLE_TEXTS) | (n_bytes >= _SAMPLE_BYTES)
    window = np.where(is_full, _WINDOW_TEXTS, sampled)
    totals = corpus.by_segment(sparse.csr_matrix(np.stack([sampled, window], axis=1)))
    means = totals / np.maximum(corpus.n_sampled, 1)[:, None]
    return means[:, 0], means[:, 1]


def _edges(words: Ints, n_words: int) -> tuple[Floats, Floats, Floats]:
    """Return the places (n,) of each word, and the shares of them at the beginning and at the end of a run."""
    at = np.flatnonzero(words >= 0)
    before, after = np.concatenate([[-1], words])[at], np.concatenate([words, [-1]])[at + 1]
    places = np.bincount(words[at], minlength=n_words).astype(np.float64)
    begins = np.bincount(words[at], weights=before < 0, minlength=n_words)
    ends = np.bincount(words[at], weights=after < 0, minlength=n_words)
    return places, begins / np.maximum(places, 1), ends / np.maximum(places, 1)


def _fragments(keys: Sequence[str]) -> NDArray[np.bool_]:
    """Return True for single letters of an alphabet and elided articles."""
    return np.array([(len(key) == 1 and key.lower() != key.upper()) or is_elided(key) for key in keys], np.bool_)
