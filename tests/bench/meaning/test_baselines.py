"""The baselines part what is plainly apart."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import adjusted_rand_score

from bench.meaning.baselines import ENCODER, TFIDF, cluster, feature_space, text_spaces
from tests.fakes import HashEncoder

WINDOWS = [["milk bread", "milk", "bread milk"], ["saw hammer", "hammer", "saw hammer"]] * 6
TRUTH = [0, 1] * 6


def test_texts_of_two_groups_are_two_clusters_in_both_spaces() -> None:
    spaces = text_spaces(WINDOWS, HashEncoder())
    assert list(spaces) == [ENCODER, TFIDF]
    for space in spaces.values():
        assert np.allclose(np.linalg.norm(space, axis=1), 1)
        assert adjusted_rand_score(TRUTH, cluster(space, 2)) == 1.0


def test_features_are_standardised_so_that_none_decides_by_its_unit() -> None:
    rows = [np.array([at % 2, 1e6 * (at // 6)]) for at in range(12)]
    assert np.allclose(feature_space(rows).std(axis=0), 1)


def test_there_are_at_least_two_clusters() -> None:
    assert set(cluster(np.array([[0.0], [1.0], [2.0]]), 1)) == {"0", "1"}
