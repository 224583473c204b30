"""Shares of members found, by hand and against a list in which users are repeated."""

from __future__ import annotations

import numpy as np
import pytest

from bench.apps.lookalike.found_again import drawn_weights, shares_found


def test_the_share_is_that_of_the_first_tenth() -> None:
    scores, is_member = np.arange(20.0), np.zeros(20, np.int64)
    is_member[[19, 3, 4, 5]] = 1  # one of four among the two best
    assert shares_found(scores, is_member, np.ones((1, 20)))[0] == pytest.approx(0.25)


def test_a_weight_is_a_user_that_is_there_as_often() -> None:
    rng = np.random.default_rng(1)
    scores, is_member, weights = rng.normal(size=30), rng.integers(0, 2, 30), rng.integers(0, 4, 30)
    repeated = np.repeat(np.arange(30), weights)
    expected = shares_found(scores[repeated], is_member[repeated], np.ones((1, len(repeated))))
    assert shares_found(scores, is_member, weights[None, :].astype(float)) == pytest.approx(expected)


def test_the_first_row_of_weights_is_each_user_once_and_the_others_have_as_many_draws() -> None:
    weights = drawn_weights(9, 5)
    assert weights.shape == (6, 9)
    assert (weights[0] == 1).all()
    assert (weights.sum(axis=1) == 9).all()
