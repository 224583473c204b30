"""Average precision and recall, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bench.apps.recommendation.scores import K, scores_of


def test_hits_count_by_their_rank() -> None:
    found = scores_of(np.array([[3.0, 2.0, 1.0]]), np.array([[1.0, 0.0, 1.0]]))
    assert found.precision.tolist() == pytest.approx([(1 / 1 + 2 / 3) / 2])
    assert found.recall.tolist() == [1.0]


def test_a_perfect_ranking_has_1_also_when_more_was_bought_than_is_recommended() -> None:
    found = scores_of(np.arange(30.0)[None, ::-1], np.ones((1, 30)))
    assert found.precision.tolist() == [1.0]
    assert found.recall.tolist() == pytest.approx([K / 30])


def test_a_user_who_bought_nothing_does_not_count() -> None:
    found = scores_of(np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([[0.0, 0.0], [0.0, 1.0]]))
    assert np.isnan(found.precision).tolist() == np.isnan(found.recall).tolist() == [True, False]


def test_what_is_left_out_is_neither_recommended_nor_missed() -> None:
    ranked, bought = np.array([[9.0, 2.0, 1.0]]), np.array([[1.0, 0.0, 1.0]])
    found = scores_of(ranked, bought, np.array([[True, False, False]]))
    assert found.precision.tolist() == [0.5]
    assert found.recall.tolist() == [1.0]


def test_coverage_is_the_share_of_categories_that_anyone_is_recommended() -> None:
    ranked = np.zeros((2, 4 * K))
    ranked[0, :K], ranked[1, K : 2 * K] = 1, 1
    assert scores_of(ranked, np.ones((2, 4 * K))).coverage == 0.5
    assert scores_of(ranked[:1], np.ones((1, 4 * K))).coverage == 0.25
