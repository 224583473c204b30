"""A vector for each token, so that the mean over a text's tokens has the direction of the teacher's vector.

    v(text) = mean of table[token] over the text's tokens

The table starts as the teacher's vectors of single tokens, each times a / (a + p) for its share p of all tokens. These
weights are from Arora et al., "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", 2017. Adam then lowers the
squared distance to the teacher's vectors, of unit vectors where the teacher's have length 1. The idea of token vectors
from a sentence encoder is that of model2vec (MinishLab); here they stay in the teacher's own space. Needs no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer
from tqdm import tqdm

from export.package.verify import encode_with_progress
from export.projection.principal import MIN_NORM
from stream.core.arrays import Floats, Vectors
from stream.core.encoder import Encoder

SMOOTHING = 1e-3  # Arora's a
BATCH = 512
RATE = 4e-3  # falls to 0 over the steps
MOMENTUM, MOMENTUM_2, EPSILON = 0.9, 0.999, 1e-8  # of Adam
SUBWORD = "##"  # of WordPiece

Bags = Any  # a csr_matrix (n_texts, n_tokens) float32: the share of each token in each text


@dataclass(frozen=True)
class Fit:
    """Length of a fit. `unit` compares directions; else lengths count too."""

    n_epochs: int
    unit: bool
    seed: int


@dataclass
class _Adam:
    """A table under Adam with a rate that falls to 0 over `n_steps`."""

    table: Vectors
    n_steps: int
    step: int = 0
    mean: Vectors = field(init=False)
    square: Vectors = field(init=False)

    def __post_init__(self) -> None:
        self.mean, self.square = np.zeros_like(self.table), np.zeros_like(self.table)

    def update(self, gradient: Vectors) -> None:
        """Move the table, in place, against `gradient`."""
        rate = RATE * (1 - self.step / self.n_steps)
        self.step += 1
        self.mean += (1 - MOMENTUM) * (gradient - self.mean)
        self.square += (1 - MOMENTUM_2) * (gradient * gradient - self.square)
        scale = rate / (1 - MOMENTUM**self.step)
        self.table -= scale * self.mean / (np.sqrt(self.square / (1 - MOMENTUM_2**self.step)) + EPSILON)


def bags_of(tokenizer: Tokenizer, texts: Sequence[str]) -> Bags:
    """Return the share of each token of the vocabulary in each text."""
    tokens = [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]
    lengths = np.array([len(ids) for ids in tokens])
    shares = np.repeat(1 / np.maximum(lengths, 1), lengths).astype(np.float32)
    columns = np.concatenate([np.array(ids, np.int32) for ids in tokens])
    starts = np.concatenate([[0], np.cumsum(lengths)])
    bags = csr_matrix((shares, columns, starts), shape=(len(texts), tokenizer.get_vocab_size()))
    bags.sum_duplicates()
    return bags


def initial_table(encoder: Encoder, tokenizer: Tokenizer, texts: Sequence[str]) -> Vectors:
    """Return the teacher's vector of each token (n_tokens, d), weighted by its rarity in `texts`."""
    ids = range(tokenizer.get_vocab_size())
    words = [tokenizer.decode([at], skip_special_tokens=False).removeprefix(SUBWORD) for at in ids]
    counts = np.zeros(len(words))
    for encoding in tokenizer.encode_batch_fast(list(texts)):
        np.add.at(counts, encoding.ids, 1)
    weights = SMOOTHING / (SMOOTHING + counts / counts.sum())
    return np.asarray(encode_with_progress(encoder, words, "tokens") * weights[:, None], np.float32)


def fit_table(table: Vectors, bags: Bags, vectors: Vectors, fit: Fit) -> Vectors:
    """Return `table` (n_tokens, d) fitted to the teacher's `vectors` (n_texts, d) of the texts in `bags`."""
    rng = np.random.default_rng(fit.seed)
    n_batches = -(-bags.shape[0] // BATCH)
    adam = _Adam(_scale(table, bags, vectors) * table, fit.n_epochs * n_batches)
    with tqdm(total=adam.n_steps, desc="token vectors", unit="step", disable=None) as bar:
        for _ in range(fit.n_epochs):
            for rows in np.array_split(rng.permutation(bags.shape[0]), n_batches):
                adam.update(_gradient(adam.table, bags[rows], vectors[rows], fit.unit))
                bar.update()
    return adam.table


def means(table: Vectors, bags: Bags, *, unit: bool) -> Vectors:
    """Return the student's vectors (n_texts, d): of length 1 if `unit`, else of at most 1."""
    pooled = bags @ table
    return np.asarray(pooled / np.maximum(_lengths(pooled), MIN_NORM if unit else 1.0), np.float32)


def _scale(table: Vectors, bags: Bags, vectors: Vectors) -> np.float32:
    """Return the factor that brings the means of `table` nearest to `vectors`: Adam's steps have one size."""
    pooled = bags @ table
    return np.float32((pooled * vectors).sum() / max(float((pooled * pooled).sum()), MIN_NORM))


def _gradient(table: NDArray[Any], bags: Bags, vectors: NDArray[Any], unit: bool) -> Vectors:
    """Return the gradient (n_tokens, d) of half the mean squared distance between the student's vectors and `vectors`.

    The distance of a unit vector u = p / |p| changes with p only across u: the part of the error along u is dropped.
    """
    pooled = bags @ table
    if not unit:
        return np.asarray(bags.T @ ((pooled - vectors) / len(vectors)), np.float32)
    lengths = np.maximum(_lengths(pooled), MIN_NORM)
    ours = pooled / lengths
    across = (vectors * ours).sum(axis=1, keepdims=True) * ours - vectors
    return np.asarray(bags.T @ (across / (lengths * len(vectors))), np.float32)


def _lengths(rows: NDArray[Any]) -> Floats:
    return np.asarray(np.linalg.norm(rows, axis=1, keepdims=True))
