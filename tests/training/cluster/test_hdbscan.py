"""Dense clusters where it is known what is dense."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from stream.training.cluster.hdbscan import dense_clusters

SELECTIONS: tuple[Literal["leaf", "eom"], ...] = ("leaf", "eom")


@pytest.mark.parametrize("selection", SELECTIONS)
def test_dense_clusters_are_told_from_each_other_and_from_noise(selection: Literal["leaf", "eom"]) -> None:
    rng = np.random.default_rng(0)
    near = [rng.normal(place, 0.1, (n, 6)) for place, n in ((-3, 40), (3, 25))]
    noise = rng.uniform(-40, 40, (30, 6))
    labels = dense_clusters(np.concatenate([*near, noise]), 12, selection)
    assert len(set(labels[:40])) == len(set(labels[40:65])) == 1
    assert {*labels[:65]} == {0, 1}
    assert (labels[65:] == -1).all()


@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_single_cluster_is_found_whole(selection: Literal["leaf", "eom"]) -> None:
    alone = np.random.default_rng(0).normal(0, 0.1, (30, 6))
    assert dense_clusters(alone, 10, selection).tolist() == [0] * 30


def test_fewer_rows_than_a_cluster_needs_are_noise() -> None:
    assert dense_clusters(np.zeros((4, 2)), 5, "leaf").tolist() == [-1] * 4
    assert dense_clusters(np.zeros((1, 2)), 1, "leaf").tolist() == [-1]
    assert dense_clusters(np.zeros((0, 2)), 1, "leaf").tolist() == []


def test_of_nested_clusters_leaf_selects_the_smallest_and_eom_the_most_persistent() -> None:
    #  two clusters of 40, close together, far from a third
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(place, 0.5, (40, 2)) for place in ((0, 0), (0, 2), (60, 0))])
    assert len(set(dense_clusters(x, 10, "leaf").tolist()) - {-1}) > len(
        set(dense_clusters(x, 10, "eom").tolist()) - {-1}
    )
