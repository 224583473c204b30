"""What every Encoder promises, over the fake and the real one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stream.core.encoder import Encoder
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import read_manifest
from tests.fakes import HashEncoder

DEFAULT = Path(__file__).parents[2] / "models" / "default"
TEXTS = ["bananas", "", "牛奶", "🍕 pizza", "bananas", "a much longer text about nothing", "\ud800 broken"]


@pytest.fixture(scope="module", params=["hash", "onnx"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    return HashEncoder() if request.param == "hash" else OnnxEncoder(DEFAULT)


def test_a_vector_for_each_text_in_order(encoder: Encoder) -> None:
    vectors = encoder.encode(TEXTS)

    assert vectors.shape == (len(TEXTS), encoder.dimension)
    assert vectors.dtype == np.float32
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert np.array_equal(encoder.encode([text])[0], vector)


def test_a_row_has_length_one_or_one_that_was_learned(encoder: Encoder) -> None:
    vectors = encoder.encode([text for text in TEXTS if text])
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.isfinite(vectors).all()
    if isinstance(encoder, OnnxEncoder) and read_manifest(DEFAULT).length == "learned":
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


def test_what_a_caller_does_to_its_vectors_stays_with_the_caller(encoder: Encoder) -> None:
    before = encoder.encode(TEXTS).copy()
    encoder.encode(TEXTS)[:] = 0

    assert np.array_equal(encoder.encode(TEXTS), before)


def test_it_says_which_model_it_is(encoder: Encoder) -> None:
    assert encoder.version
    assert encoder.dimension > 0
