"""The cost is of the room's own search, over users of whom each group is found."""

from __future__ import annotations

import numpy as np

from bench.apps.lookalike_cost import PART, planted_pool
from stream.lookalike.search import look_alike


def test_a_planted_group_is_found() -> None:
    pool, groups = planted_pool(3_000)
    members = np.flatnonzero(groups == 0)
    found = look_alike(pool, [pool.users[at] for at in members[:20]], 20)
    assert {pool.users.index(each.user) for each in found.users} <= set(members.tolist())


def test_a_quick_run_compares_both() -> None:
    [row] = PART.measure(PART.quick)
    assert row.users == 2_000
    assert row.index_recall is not None
    assert 0.5 < row.index_recall <= 1.0
