from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.core.profile import quantise, unit_rows


@given(
    vectors=st.lists(
        st.lists(st.floats(-1, 1, width=32, allow_subnormal=False), min_size=3, max_size=3), min_size=0, max_size=5
    )
)
def test_a_quantised_vector_is_within_half_a_scale_of_the_original(vectors: list[list[float]]) -> None:
    original = np.array(vectors, np.float32).reshape(len(vectors), 3)
    whole, scale = quantise(original)
    assert whole.dtype == np.int8
    assert scale.dtype == np.float32
    assert np.all(np.abs(whole * scale[:, None].astype(np.float64) - original) <= scale[:, None] / 2 * (1 + 1e-5))
    for row, largest in zip(whole, np.abs(original).max(axis=1, initial=0.0), strict=True):
        assert np.abs(row.astype(int)).max() == (127 if largest else 0)


def test_unit_rows_have_length_one_or_zero() -> None:
    found = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32))
    assert found.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0.0, 0.0]]
