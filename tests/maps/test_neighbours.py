from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from stream.core.arrays import Vectors
from stream.maps.neighbours import nearest


def rows(n: int, d: int = 40, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def test_neighbours_are_those_of_scikit_learn() -> None:
    landmarks, users = rows(700), rows(1_300, seed=1)
    found, squared = nearest(users, landmarks, 10)
    distances, indices = NearestNeighbors(n_neighbors=10, algorithm="brute").fit(landmarks).kneighbors(users)
    assert (found == indices).all()
    np.testing.assert_allclose(np.sqrt(squared), distances, rtol=1e-5)


def test_a_row_has_the_same_bits_alone_and_among_others() -> None:
    landmarks, users = rows(700), rows(1_300, seed=1)
    found, squared = nearest(users, landmarks, 10)
    for row in (0, 511, 512, 1_299):
        alone = nearest(users[row : row + 1], landmarks, 10)
        assert alone[0].tolist() == found[row : row + 1].tolist()
        assert alone[1].tobytes() == squared[row : row + 1].tobytes()


def test_rows_too_near_to_be_told_apart_by_a_product_are_ordered_exactly() -> None:
    centre = 1e6 * rows(1)  # squares lose all digits of the differences
    others = np.repeat(centre, 300, axis=0)
    others[:, 0] = np.nextafter(others[:, 0], np.float32(np.inf)) if others[0, 0] < 0 else others[:, 0]
    steps = np.random.default_rng(2).permutation(300)
    others[:, 1] += (steps * np.spacing(np.abs(centre[0, 1]))).astype(np.float32)
    found, squared = nearest(centre, others, 10)
    truth = np.square(others.astype(np.float64) - centre.astype(np.float64)).sum(axis=1)
    assert squared[0].tolist() == np.sort(truth)[:10].tolist()
    assert steps[found[0]].tolist() == list(range(10))


def test_equal_distances_are_in_the_order_of_the_others() -> None:
    found, squared = nearest(rows(1), np.repeat(rows(1, seed=3), 50, axis=0), 10)
    assert found.tolist() == [list(range(10))]
    assert len(set(squared[0].tolist())) == 1


@pytest.mark.parametrize(("n_users", "n_others"), [(0, 5), (3, 0), (0, 0), (2, 1)])
def test_few_others_give_few_columns(n_users: int, n_others: int) -> None:
    found, squared = nearest(rows(n_users), rows(n_others, seed=1), 10)
    assert found.shape == squared.shape == (n_users, n_others)
