"""Methods to turn the texts of some events into one profile: mean vectors, or TF-IDF of the texts as words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from bench.quality.split import N_EVENTS, Household, Split, Texts

Array = NDArray[np.floating]
MIN_NORM = 1e-12  # an empty profile stays zero


class ProfileMethod(Protocol):
    """A method to turn lists of texts into profiles."""

    def pool(self, documents: Sequence[Texts]) -> Array:
        """Return `(n, d)` profiles, one for each list of texts, not centred."""
        ...


@dataclass(frozen=True)
class TextVectors:
    """Means of text vectors; `vectors[text]` is `(d,)`."""

    vectors: dict[str, Array]

    def pool(self, documents: Sequence[Texts]) -> Array:
        """Return `(n, d)` mean vectors; zero for an empty list."""
        nothing = np.zeros_like(next(iter(self.vectors.values())))
        return np.stack([np.mean([self.vectors[text] for text in texts] or [nothing], axis=0) for texts in documents])


class TfIdf:
    """TF-IDF with whole texts as words and sub-linear counts, fitted on the training households' histories.

    `dimension` > 0 is that of a truncated SVD; 0 keeps a column for each text.
    """

    def __init__(self, histories: Sequence[Texts], dimension: int) -> None:
        pieces = [piece for history in histories for piece in _pieces(history)]
        self._tfidf = TfidfVectorizer(analyzer=lambda texts: texts, sublinear_tf=True).fit(pieces)
        self._svd = None
        if dimension:
            self._svd = TruncatedSVD(dimension, random_state=0).fit(self._tfidf.transform(pieces))

    def pool(self, documents: Sequence[Texts]) -> Array:
        """Return `(n, d)` weighted counts, or their projections."""
        counted = self._tfidf.transform(documents)
        pooled: Array = counted.toarray() if self._svd is None else self._svd.transform(counted)
        return pooled


@dataclass(frozen=True)
class Profiles:
    """Unit rows, centred on the training mean: `training` and `before` of earlier events, `after` of later ones."""

    training: Array
    before: Array
    after: Array


def profiles(method: ProfileMethod, split: Split, keep: Callable[[str], bool] = lambda text: True) -> Profiles:
    """Return profiles of the texts for which `keep` is true; rows in the order of the split."""

    def pool(households: dict[int, Household], side: str) -> Array:
        return method.pool([[text for text in getattr(h, side) if keep(text)] for h in households.values()])

    training = pool(split.training, "before")
    mean = training.mean(axis=0)
    return Profiles(
        unit(training - mean), unit(pool(split.test, "before") - mean), unit(pool(split.test, "after") - mean)
    )


def unit(rows: Array) -> Array:
    """Return `(n, d)` rows scaled to length 1; zero rows stay zero."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, MIN_NORM))


def _pieces(history: Texts) -> list[Texts]:
    """Split a history into pieces of N_EVENTS texts; drop a last piece of half as many or fewer."""
    return [history[start : start + N_EVENTS] for start in range(0, len(history) - N_EVENTS // 2, N_EVENTS)]
