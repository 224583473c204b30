from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from stream.core.profile import Profiles
from stream.core.reserved import INACTIVE, PENDING, UNKNOWN
from stream.core.segment_model import CLIP, Scaler
from tests.core.builders import MODEL

RNG = np.random.default_rng(3)
EXPLICIT = RNG.normal(5, 2, (40, 3))
SEMANTIC = RNG.normal(size=(40, 6)).astype(np.float32)


def scaler(weight: float = 0.7) -> Scaler:
    return Scaler(EXPLICIT.mean(axis=0), EXPLICIT.std(axis=0), SEMANTIC.mean(axis=0), 2.5, weight)


def test_the_explicit_half_is_scikit_learns_standard_scaler_times_its_weight() -> None:
    u = scaler().transform(Profiles(EXPLICIT, SEMANTIC))
    standardised = StandardScaler().fit_transform(EXPLICIT)
    assert u.dtype == np.float32
    np.testing.assert_allclose(u[:, :3], standardised * np.sqrt(0.3 / 3), rtol=1e-5)
    np.testing.assert_allclose(u[:, 3:], (SEMANTIC - SEMANTIC.mean(axis=0)) * np.sqrt(0.7) / 2.5, rtol=1e-4, atol=1e-6)


def test_one_wild_amount_counts_four_standard_deviations() -> None:
    wild = EXPLICIT[:1] + np.array([[1e9, 0.0, -1e9]])
    (row,) = scaler().transform(Profiles(wild, SEMANTIC[:1]))
    np.testing.assert_allclose(row[[0, 2]], np.array([CLIP, -CLIP]) * np.sqrt(0.3 / 3), rtol=1e-6)


@pytest.mark.parametrize(("weight", "silent"), [(0.0, slice(3, 9)), (1.0, slice(0, 3))])
def test_a_weight_at_its_end_silences_the_other_half(weight: float, silent: slice) -> None:
    u = scaler(weight).transform(Profiles(EXPLICIT, SEMANTIC))
    assert not u[:, silent].any()
    assert u.any()


def test_segments_have_their_descriptions_name_and_reserved_ids_name_themselves() -> None:
    assert [MODEL.name_of(i) for i in ("s-0002", "s-9999", PENDING, UNKNOWN, INACTIVE)] == [
        "bread",
        "s-9999",
        "pending",
        "unknown",
        "inactive",
    ]
