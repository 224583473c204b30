"""Methods to compare: baselines without fine-tuning, and encoder folders as a worker serves them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.quality.encoders import raw_vectors, served_vectors, whitened
from bench.quality.generality import Generality, generality, parents_of
from bench.quality.profiles import TextVectors, TfIdf
from bench.quality.scores import Scores, score
from bench.quality.split import Split
from bench.quality.taxonomy import Leaf
from stream.core.arrays import Vectors

RAW = "raw MiniLM"
WHITENED = {"raw MiniLM, whitened": 128, "raw MiniLM, whitened to 256": 256}  # name → dimension
SVD = "TF-IDF of items + SVD"
SPARSE = "TF-IDF of items, sparse"
SVD_DIMENSION = 128
WITHOUT_UNSEEN = "trained without a fifth of the texts"


@dataclass(frozen=True)
class Row:
    """A method with its scores; a `baseline` has no fine-tuning.

    `generality` is None for TF-IDF, as new texts have no vectors there, and where no products were given.
    """

    name: str
    baseline: bool
    scores: Scores
    generality: Generality | None


def baseline_rows(split: Split, products: list[Leaf]) -> Iterator[Row]:
    """Yield rows of the raw and whitened base, then of TF-IDF; `products` may be empty."""
    texts = split.texts()
    names = _names(products)
    every = dict(zip([*texts, *names], raw_vectors([*texts, *names]), strict=True))
    raw, of_names = _stack(every, texts), _stack(every, names)
    yield Row(RAW, True, _score(texts, raw, split), _general(of_names, products))
    fitted_on = _stack(every, split.training_texts())
    for name, dimension in WHITENED.items():
        scores = _score(texts, whitened(raw, fitted_on, dimension), split)
        general = whitened(of_names, fitted_on, dimension) if products else of_names
        yield Row(name, True, scores, _general(general, products))
    yield from tfidf_rows(split)


def tfidf_rows(split: Split) -> Iterator[Row]:
    """Yield rows of TF-IDF with and without SVD."""
    for name, dimension in ((SVD, SVD_DIMENSION), (SPARSE, 0)):
        yield Row(name, True, score(TfIdf(split.histories, dimension), split), None)


def served_row(name: str, folder: Path, split: Split, products: list[Leaf]) -> Row:
    """Return the row of an encoder folder. Raises EncoderError when `folder` is not an intact encoder."""
    texts, names = split.texts(), _names(products)
    vectors = served_vectors(folder, [*texts, *names])
    scores = _score(texts, vectors[: len(texts)], split)
    return Row(name, False, scores, _general(vectors[len(texts) :], products))


def _score(texts: list[str], vectors: Vectors, split: Split) -> Scores:
    return score(TextVectors(dict(zip(texts, vectors, strict=True))), split)


def _names(products: list[Leaf]) -> list[str]:
    return [*(product.name for product in products), *parents_of(products)]


def _general(vectors: Vectors, products: list[Leaf]) -> Generality | None:
    """Score the vectors of `_names(products)`; return None without products."""
    return generality(vectors[: len(products)], vectors[len(products) :], products) if products else None


def _stack(vectors: dict[str, Vectors], texts: list[str]) -> Vectors:
    return np.stack([vectors[text] for text in texts]) if texts else np.empty((0, 0), np.float32)
