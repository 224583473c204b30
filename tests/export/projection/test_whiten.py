"""Whitening against its definition, and its refusals."""

from __future__ import annotations

import numpy as np
import pytest

from export.errors import TextsError
from export.projection.whiten import fit_whitening


def test_whitened_vectors_have_no_mean_and_identity_covariance() -> None:
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(500, 6)) @ rng.normal(size=(6, 6)) + 3).astype(np.float32)
    projection = fit_whitening(vectors, 4)
    white = vectors.astype(np.float64) @ projection.weight + projection.bias

    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(np.cov(white, rowvar=False), np.eye(4), atol=1e-4)


def test_it_agrees_with_scikit_learn_up_to_sign() -> None:
    from sklearn.decomposition import PCA

    vectors = np.random.default_rng(1).normal(size=(300, 5)) * [5, 4, 3, 2, 1]
    projection = fit_whitening(vectors, 3)
    ours = vectors @ projection.weight + projection.bias
    theirs = PCA(3, whiten=True).fit_transform(vectors)

    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-4)


def test_the_same_vectors_give_the_same_bits() -> None:
    vectors = np.random.default_rng(2).normal(size=(100, 8)).astype(np.float32)

    assert fit_whitening(vectors, 8).weight.tobytes() == fit_whitening(vectors, 8).weight.tobytes()


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ((0, 8), "there are no distinct texts"),
        ((4, 8), "4 distinct texts are too few for 4 dimensions"),
        ((100, 3), "has 3 dimensions, fewer than the 4"),
    ],
)
def test_too_few_texts_or_dimensions_are_refused(shape: tuple[int, int], sentence: str) -> None:
    with pytest.raises(TextsError, match=sentence):
        fit_whitening(np.zeros(shape), 4)
