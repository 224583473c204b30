"""The contract of `Encoder`, over the fake and the real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stream.core.encoder import Encoder
from stream.onnx.encoder import OnnxEncoder
from tests.fakes import HashEncoder

MODELS = Path(__file__).parents[2] / "models"
LEARNED_LENGTHS = ("demo",)
TEXTS = ["bananas", "", "牛奶", "🍕 pizza", "bananas", "a much longer text about nothing", "\ud800 broken"]


@pytest.fixture(scope="module", params=["hash", "default", "demo"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def encoder(name: str) -> Encoder:
    return HashEncoder() if name == "hash" else OnnxEncoder(MODELS / name)


def test_each_text_has_one_vector_in_order_whatever_its_batch(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)

    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert np.array_equal(encoder.encode([text])[0], vector)


def test_a_row_has_length_one_or_a_learned_length(name: str, encoder: Encoder) -> None:
    vectors = encoder.encode([text for text in TEXTS if text])
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.isfinite(vectors).all()
    if name in LEARNED_LENGTHS:
        assert np.ptp(lengths) > 0.01
        assert (lengths > 0).all()
        assert (lengths <= 1 + 1e-5).all()
    else:
        np.testing.assert_allclose(lengths, 1, atol=1e-5)


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    vectors = encoder.encode([])

    assert vectors.shape == (0, encoder.dimension)
    assert vectors.dtype == np.float32


def test_different_texts_have_different_vectors(encoder: Encoder) -> None:
    assert len(np.unique(encoder.encode(TEXTS), axis=0)) == len(set(TEXTS))


def test_changing_the_returned_vectors_does_not_change_later_ones(encoder: Encoder) -> None:
    before = encoder.encode(TEXTS).copy()
    encoder.encode(TEXTS)[:] = 0

    assert np.array_equal(encoder.encode(TEXTS), before)


def test_version_and_dimension_are_set(encoder: Encoder) -> None:
    assert encoder.version
    assert encoder.dimension > 0
