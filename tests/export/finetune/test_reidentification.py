"""The mean reciprocal rank, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from export.finetune.reidentification import EarlyLatePairs, averaging_matrix, mean_reciprocal_rank


def test_two_users_mistaken_for_each_other_have_rank_two() -> None:
    early = csr_matrix(np.eye(3))
    late = csr_matrix([[1, 0, 0], [0, 0.1, 0.9], [0, 0.9, 0.1]])  # users 2 and 3 swap nearly all of their texts

    got = mean_reciprocal_rank([EarlyLatePairs(early, late)], np.eye(3, dtype=np.float32))
    assert got == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)


def test_without_users_the_rank_is_zero() -> None:
    assert mean_reciprocal_rank([], np.eye(3, dtype=np.float32)) == 0.0


def test_the_averaging_matrix_gives_the_mean_of_each_window() -> None:
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [4.0, 4.0]])
    matrix = averaging_matrix([np.array([0, 1, 1, 1]), np.array([2])], 3)

    np.testing.assert_allclose(matrix @ vectors, [[0.25, 0.75], [4.0, 4.0]])
