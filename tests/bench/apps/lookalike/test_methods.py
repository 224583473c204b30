"""Every way to rank finds the seeds' group in a crowd of four, but for those that do not look at texts and habits."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.sparse import csr_matrix

from bench.apps.lookalike.methods import METHODS, Known, by_activity
from stream.lookalike.pool import PoolBuilder
from tests.lookalike.crowd import crowd, group_of


def known() -> Known:
    """A crowd whose segments and counts are its groups, too."""
    builder = PoolBuilder()
    for each in crowd(200):
        builder.put(replace(each, segment=f"s-{group_of(each.user)}"))
    pool = builder.pool()
    groups = np.array([group_of(user) for user in pool.users])
    counts = csr_matrix(np.eye(4)[groups])
    return Known.of(pool, counts, counts)


KNOWN = known()
GROUPS = np.array([group_of(user) for user in KNOWN.pool.users])
SEEDS = np.flatnonzero(GROUPS == 3)[:12]
OTHERS = np.setdiff1d(np.arange(200), SEEDS)


@pytest.mark.parametrize("method", METHODS)
def test_the_seeds_group_comes_first(method: str) -> None:
    scores = METHODS[method](KNOWN, SEEDS, OTHERS)
    first = OTHERS[np.argsort(-scores, kind="stable")[:30]]
    assert (GROUPS[first] == 3).mean() > 0.9  # group 3 buys most often, too


def test_activity_does_not_look_at_the_seeds() -> None:
    other = np.flatnonzero(GROUPS == 0)[:12]
    assert np.array_equal(by_activity(KNOWN, SEEDS, OTHERS), by_activity(KNOWN, other, OTHERS))
