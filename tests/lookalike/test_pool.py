"""A pool has the newest profile of each user, of one encoder, with halves as they were published."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stream.core.policy import DAY_MS
from stream.lookalike.pool import PoolBuilder
from stream.wire.profiles import arrays_of
from tests.lookalike.crowd import NOW_MS, crowd, profile


def test_the_rows_are_the_published_halves_in_the_order_of_ids() -> None:
    builder, profiles = PoolBuilder(), crowd(20)
    for each in reversed(profiles):
        builder.put(each)
    pool = builder.pool()
    assert pool.users == tuple(each.user for each in profiles)
    explicit, semantic = arrays_of(profiles)
    rows = pool.rows(slice(None))
    np.testing.assert_allclose(rows.explicit, explicit, rtol=1e-6)
    np.testing.assert_array_equal(rows.semantic, semantic)


def test_a_newer_profile_replaces_and_a_dropped_user_is_gone() -> None:
    builder = PoolBuilder()
    builder.put(profile("ann", [1.0]))
    builder.put(profile("bob", [1.0]))
    builder.put(profile("ann", [0.0, 1.0]))
    builder.drop("bob")
    builder.drop("nobody")
    pool = builder.pool()
    assert pool.users == ("ann",)
    assert pool.rows(slice(None)).semantic[0].round(2).tolist()[:2] == [0.0, 1.0]


def test_profiles_of_another_encoder_than_the_newest_are_left_out_and_counted() -> None:
    builder = PoolBuilder()
    builder.put(profile("old", [1.0], time_ms=NOW_MS - 1, encoder="e0"))
    builder.put(replace(profile("other", [1.0], time_ms=NOW_MS - 1), explicit={"frequency": 1.0}))
    builder.put(profile("new", [1.0]))
    pool = builder.pool()
    assert (pool.users, pool.n_left_out) == (("new",), 2)


def test_recency_is_as_of_the_newest_profile() -> None:
    builder = PoolBuilder()
    early = replace(profile("ann", [1.0], time_ms=NOW_MS - 3 * DAY_MS), explicit={"recency": np.log1p(2.0)})
    builder.put(early)
    builder.put(replace(profile("bob", [1.0]), explicit={"recency": 0.0}))
    pool = builder.pool()
    assert np.expm1(pool.rows(slice(None)).explicit[:, 0]).tolist() == pytest.approx([5.0, 0.0], rel=1e-6)


def test_an_empty_pool_has_no_rows() -> None:
    pool = PoolBuilder().pool()
    assert (pool.users, len(pool.rows(slice(None)).explicit)) == ((), 0)


def test_a_semantic_half_that_is_no_base64_is_refused() -> None:
    broken = profile("ann", [1.0])
    with pytest.raises(ValueError, match=r"base64|padding"):
        PoolBuilder().put(replace(broken, semantic=replace(broken.semantic, int8="***")))
