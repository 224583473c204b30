"""On the scales of a pool both halves vary alike."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stream.lookalike.pool import PoolBuilder
from stream.lookalike.space import evenly, space_of
from tests.lookalike.crowd import DIMENSION, crowd


def test_both_halves_have_the_same_variance_over_the_pool() -> None:
    builder = PoolBuilder()
    for each in crowd(400):
        builder.put(replace(each, mass=1e9))  # no shrinkage
    pool = builder.pool()
    rows = space_of(pool).transform(pool.rows(slice(None)))
    explicit, semantic = rows[:, :-DIMENSION], rows[:, -DIMENSION:]
    assert explicit.var(axis=0).sum() == pytest.approx(0.5, rel=1e-3)
    assert semantic.var(axis=0).sum() == pytest.approx(0.5, rel=1e-3)
    assert np.abs(rows.mean(axis=0)).max() < 1e-4


def test_a_feature_that_is_the_same_for_all_counts_for_nothing() -> None:
    builder = PoolBuilder()
    for each in crowd(50):
        builder.put(each)
    pool = builder.pool()
    rows = space_of(pool).transform(pool.rows(slice(None)))
    assert not rows[:, pool.features.index("recency")].any()


@pytest.mark.parametrize(("n", "n_most"), [(0, 5), (5, 5), (7, 5), (1_000_003, 20_000)])
def test_rows_evenly_apart_are_different_and_within_bounds(n: int, n_most: int) -> None:
    found = evenly(n, n_most)
    assert len(set(found.tolist())) == len(found) == min(n, n_most)
    assert not len(found) or (found[0] == 0 and found[-1] < n)
