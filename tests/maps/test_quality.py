from __future__ import annotations

import numpy as np
import pytest
from sklearn.manifold import trustworthiness as reference

from stream.maps.fit import fit_landmarks
from stream.maps.methods import Method
from stream.maps.quality import placed_quality, quality, trustworthiness
from tests.maps.groups import groups, model

RNG = np.random.default_rng(0)
CLOUD = RNG.normal(size=(400, 12)).astype(np.float32)


@pytest.mark.parametrize("n_neighbours", [1, 5, 15])
def test_both_figures_are_those_of_scikit_learn(n_neighbours: int) -> None:
    places = CLOUD[:, :2] + 0.3 * RNG.normal(size=(400, 2)).astype(np.float32)
    assert trustworthiness(CLOUD, places, n_neighbours) == pytest.approx(
        reference(CLOUD, places, n_neighbors=n_neighbours), abs=1e-9
    )
    found = quality(CLOUD, places)
    assert found.continuity == pytest.approx(reference(places, CLOUD, n_neighbors=15), abs=1e-9)
    assert (found.n, found.n_neighbours) == (400, 15)


def test_an_unchanged_map_is_perfect_and_a_shuffled_one_is_as_good_as_chance() -> None:
    assert quality(CLOUD, CLOUD).trustworthiness == 1.0
    assert quality(CLOUD, CLOUD[RNG.permutation(400)]).trustworthiness == pytest.approx(0.5, abs=0.03)


def test_equal_users_cost_nothing() -> None:
    found = quality(np.zeros((100, 5), np.float32), np.zeros((100, 2), np.float32))
    assert (found.trustworthiness, found.continuity) == (1.0, 1.0)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 10])
def test_a_few_users_have_figures_between_0_and_1(n: int) -> None:
    found = quality(CLOUD[:n], CLOUD[:n, :2])
    assert 0 <= found.trustworthiness <= 1
    assert 0 <= found.continuity <= 1
    assert found.n == n


def test_a_large_map_is_measured_on_a_sample_that_is_told() -> None:
    profiles, segments = groups(500)
    landmarks = fit_landmarks(profiles, segments, model(), [Method.PCA_2D])
    assert placed_quality(landmarks, Method.PCA_2D, profiles, n_sample=200).n == 200
    assert placed_quality(landmarks, Method.PCA_2D, profiles).n == 500
