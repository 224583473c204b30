from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ortho_group

from stream.core.arrays import Vectors
from stream.maps.alignment import align, shift, width


def cloud(dim: int) -> Vectors:
    return np.random.default_rng(0).normal(size=(60, dim)).astype(np.float32)


@given(st.sampled_from([2, 3]), st.integers(0, 99), st.floats(0.1, 10), st.booleans())
def test_a_turned_scaled_moved_and_mirrored_layout_is_brought_back(
    dim: int, seed: int, scale: float, mirror: bool
) -> None:
    fixed = cloud(dim)
    turn = ortho_group.rvs(dim, random_state=seed)
    moving = ((fixed @ turn) * scale + 5).astype(np.float32) * np.array(
        [-1 if mirror else 1] + [1] * (dim - 1), np.float32
    )
    np.testing.assert_allclose(align(moving, fixed).apply(moving), fixed, atol=1e-4)


def test_an_alignment_keeps_the_shape_of_what_it_moves() -> None:
    moving, fixed = cloud(2), np.random.default_rng(1).normal(size=(60, 2)).astype(np.float32)
    aligned = align(moving, fixed).apply(moving)
    before, after = (np.linalg.norm(each[:, None] - each[None], axis=2) for each in (moving, aligned))
    ratio = after[before > 0] / before[before > 0]
    assert np.ptp(ratio) < 1e-3


def test_a_shift_is_a_share_of_the_width() -> None:
    before = np.array([[0, 0], [10, 0], [10, 4]], np.float32)
    moved = shift(before, before + np.array([[1, 0], [0, 2], [0, 0]], np.float32))
    assert (width(before), moved.median, moved.n) == (10.0, 0.1, 3)
    assert moved.p95 == pytest.approx(0.19)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_a_few_users_can_be_aligned(n: int) -> None:
    some = cloud(2)[:n]
    assert np.isfinite(align(some, some).apply(cloud(2))).all()
    assert align(np.zeros((n, 2), np.float32), some).scale > 0
    assert shift(some, some).median == 0.0
