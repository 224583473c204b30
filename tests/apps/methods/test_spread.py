"""A spread against numpy's covariance, and against a solved system."""

from __future__ import annotations

import numpy as np
import pytest

from apps.methods.spread import Spread
from stream.core.arrays import Vectors

N, SIZE = 3_000, 4
FLOOR = np.full(SIZE, 1e-6, np.float32)


@pytest.fixture
def differences() -> Vectors:
    rng = np.random.default_rng(7)
    return np.asarray(rng.normal(size=(N, SIZE)) @ rng.normal(size=(SIZE, SIZE)), np.float32)


def test_deviations_are_root_mean_squares(differences: Vectors) -> None:
    spread = Spread(FLOOR)
    for difference in differences:
        spread.learn(difference)
    assert spread.deviations == pytest.approx(np.sqrt(np.square(differences).mean(axis=0)), rel=1e-3)


def test_the_distance_is_that_of_a_covariance_drawn_towards_its_diagonal(
    differences: Vectors,
) -> None:
    spread = Spread(FLOOR)
    for difference in differences:
        spread.learn(difference)
    assert not spread.is_fitted
    spread.fit()
    moments = differences.T.astype(float) @ differences / N
    covariance = 0.3 * moments + 0.7 * np.diag(np.diag(moments))
    expected = differences[0] @ np.linalg.solve(covariance, differences[0]) / SIZE
    assert spread.distance(differences[0]) == pytest.approx(expected, rel=1e-2)


def test_a_number_that_never_varies_has_its_floor() -> None:
    spread = Spread(np.array([0.25, 0.25], np.float32))
    for _ in range(10):
        spread.learn(np.array([1.0, 0.0], np.float32))
    assert spread.deviations.tolist() == [1.0, 0.5]


def test_a_few_extreme_differences_hardly_widen_it(
    differences: Vectors,
) -> None:
    plain, with_frauds = Spread(FLOOR), Spread(FLOOR)
    for spread in (plain, with_frauds):
        for difference in differences:
            spread.learn(difference)
        spread.fit()
    for _ in range(30):
        with_frauds.learn(100 * differences[0])
    assert (with_frauds.deviations < 1.1 * plain.deviations).all()
