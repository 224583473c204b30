"""Token vectors: the gradient against differences, planted tables found again, and the folder as a worker runs it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from export.students import token_vectors
from export.students.token_vectors import Fit, bags_of, fit_table, initial_table, means
from stream.core.arrays import Vectors
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import TOKENIZER
from tests.export.tiny_models import texts_of

D = 4


@pytest.fixture(scope="module")
def tokenizer(tiny_encoder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(tiny_encoder / TOKENIZER))


@pytest.fixture
def planted(tokenizer: Tokenizer) -> Vectors:
    """A table that a fit should find from its texts alone."""
    shape = tokenizer.get_vocab_size(), D
    return np.random.default_rng(3).standard_normal(shape).astype(np.float32)


def test_a_bag_has_the_share_of_each_token(tokenizer: Tokenizer) -> None:
    bags = bags_of(tokenizer, ["milk bread milk", "wine"])

    ids = tokenizer.encode("milk bread milk").ids
    assert bags.shape == (2, tokenizer.get_vocab_size())
    assert bags[0, ids[1]] == pytest.approx(2 / len(ids))
    np.testing.assert_allclose(bags.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("unit", [True, False])
def test_the_gradient_is_the_slope_of_half_the_mean_squared_distance(
    tokenizer: Tokenizer, planted: Vectors, unit: bool
) -> None:
    bags = bags_of(tokenizer, texts_of("bert")[:40]).astype(np.float64)
    target = np.random.default_rng(4).standard_normal((40, D))
    target /= np.linalg.norm(target, axis=1, keepdims=True)
    table = planted.astype(np.float64)

    def loss(at: np.ndarray) -> float:
        pooled = bags @ at
        ours = pooled / np.linalg.norm(pooled, axis=1, keepdims=True) if unit else pooled
        return float(((ours - target) ** 2).sum(axis=1).mean() / 2)

    found = token_vectors._gradient(table, bags, target, unit)
    step = 1e-5
    for row, column in [(2, 0), (5, 1), (8, 3)]:
        moved = np.zeros_like(table)
        moved[row, column] = step
        slope = (loss(table + moved) - loss(table - moved)) / (2 * step)
        assert found[row, column] == pytest.approx(slope, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("unit", [True, False])
def test_a_planted_table_is_found_from_its_texts(
    tokenizer: Tokenizer, planted: Vectors, unit: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_vectors, "BATCH", 16)
    monkeypatch.setattr(token_vectors, "RATE", 0.05)
    bags = bags_of(tokenizer, texts_of("bert"))
    wanted = means((planted / 10).astype(np.float32), bags, unit=unit)
    learn, held_out = np.arange(bags.shape[0]) % 4 > 0, np.arange(bags.shape[0]) % 4 == 0

    start = (np.random.default_rng(5).standard_normal(planted.shape) / 10).astype(np.float32)
    table = fit_table(start, bags[learn], wanted[learn], Fit(100, unit, seed=0))
    error = np.linalg.norm(means(table, bags, unit=unit) - wanted, axis=1)[held_out]
    assert error.max() < 0.05 * np.linalg.norm(wanted, axis=1).mean()


def test_the_same_seed_gives_the_same_table_and_the_start_is_left_alone(
    tokenizer: Tokenizer, planted: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_vectors, "BATCH", 16)
    bags = bags_of(tokenizer, texts_of("bert"))
    wanted, before = means(planted[::-1], bags, unit=True), planted.copy()

    first, second = (fit_table(planted, bags, wanted, Fit(2, True, seed=1)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert planted.tobytes() == before.tobytes()
    assert fit_table(planted, bags, wanted, Fit(2, True, seed=2)).tobytes() != first.tobytes()


def test_the_first_table_has_the_teachers_vectors_and_frequent_tokens_shorter(
    tiny_encoder: Path, tokenizer: Tokenizer
) -> None:
    encoder = OnnxEncoder(tiny_encoder)
    table = initial_table(encoder, tokenizer, ["milk milk milk bread"])

    milk, bread, wine = (table[tokenizer.token_to_id(word)] for word in ("milk", "bread", "wine"))
    np.testing.assert_allclose(wine, encoder.encode(["wine"])[0], rtol=1e-6)  # not in the texts
    assert np.linalg.norm(milk) < np.linalg.norm(bread) < np.linalg.norm(wine)
