from __future__ import annotations

import numpy as np

from stream.maps.space import space_of
from tests.maps.groups import groups, model

PROFILES, _ = groups(600)
SCALER = model().scaler


def test_all_axes_keep_all_distances() -> None:
    found = space_of(PROFILES, SCALER, n_axes=99).transform(PROFILES)
    vectors = SCALER.transform(PROFILES)
    assert found.shape == vectors.shape
    for of in (found, vectors):
        of -= of.mean(axis=0)
    np.testing.assert_allclose(found @ found.T, vectors @ vectors.T, atol=1e-4)


def test_few_axes_are_those_of_most_variance() -> None:
    vectors = SCALER.transform(PROFILES).astype(np.float64)
    variances = np.sort(np.linalg.eigvalsh(np.cov(vectors.T)))[::-1]
    found = space_of(PROFILES, SCALER, n_axes=3).transform(PROFILES)
    np.testing.assert_allclose(found.var(axis=0, ddof=1), variances[:3], rtol=1e-4)


def test_a_row_has_the_same_bits_alone_and_among_others() -> None:
    space = space_of(PROFILES, SCALER)
    everybody = space.transform(PROFILES)
    for row in (0, 511, 512, 599):
        assert space.transform(PROFILES.rows([row])).tobytes() == everybody[row : row + 1].tobytes()


def test_nobody_and_one_user_have_a_space() -> None:
    assert space_of(PROFILES.rows([]), SCALER).transform(PROFILES).shape == (600, 0)
    assert np.isfinite(space_of(PROFILES.rows([0]), SCALER).transform(PROFILES)).all()
