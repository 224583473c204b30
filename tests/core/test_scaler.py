from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from stream.core.profile import Profiles
from stream.core.scaler import CLIP, Scaler
from tests.core.builders import plain_scaler

RNG = np.random.default_rng(3)
EXPLICIT = RNG.normal(5, 2, (40, 3))
SEMANTIC = RNG.normal(size=(40, 6)).astype(np.float32)
MANY = np.full(40, 1e6, np.float32)  # items: nothing is shrunk


def scaler(weight: float = 0.7) -> Scaler:
    return replace(
        plain_scaler(3, 6, weight),
        explicit_mean=EXPLICIT.mean(axis=0),
        explicit_scale=EXPLICIT.std(axis=0),
        semantic_mean=SEMANTIC.mean(axis=0),
    )


def test_the_explicit_half_is_scikit_learns_standard_scaler_times_its_weight() -> None:
    u = scaler().transform(Profiles(EXPLICIT, SEMANTIC, MANY))
    standardised = StandardScaler().fit_transform(EXPLICIT)
    assert u.dtype == np.float32
    np.testing.assert_allclose(u[:, :3], standardised * np.sqrt(0.3 / 3), rtol=1e-5)
    np.testing.assert_allclose(u[:, 3:], (SEMANTIC - SEMANTIC.mean(axis=0)) * np.sqrt(0.7), rtol=1e-4, atol=1e-6)


def test_one_wild_amount_counts_four_standard_deviations() -> None:
    wild = EXPLICIT[:1] + np.array([[1e9, 0.0, -1e9]])
    (row,) = scaler().transform(Profiles(wild, SEMANTIC[:1], MANY[:1]))
    np.testing.assert_allclose(row[[0, 2]], np.array([CLIP, -CLIP]) * np.sqrt(0.3 / 3), rtol=1e-5)


@pytest.mark.parametrize(("weight", "silent"), [(0.0, slice(3, 9)), (1.0, slice(0, 3))])
def test_a_weight_at_its_end_silences_the_other_half(weight: float, silent: slice) -> None:
    u = scaler(weight).transform(Profiles(EXPLICIT, SEMANTIC, MANY))
    assert not u[:, silent].any()
    assert u.any()


def test_a_profile_of_few_items_is_drawn_towards_the_mean() -> None:
    #  an explicit prior of 1 item, a semantic one of 12: with 4 items 4/5 and the root of 4/16 are left
    some = replace(scaler(), semantic_prior=12.0)
    whole = scaler().transform(Profiles(EXPLICIT, SEMANTIC, MANY))
    drawn = some.transform(Profiles(EXPLICIT, SEMANTIC, np.full(40, 4.0, np.float32)))
    np.testing.assert_allclose(drawn[:, :3], whole[:, :3] * 0.8, rtol=1e-5)
    np.testing.assert_allclose(drawn[:, 3:], whole[:, 3:] * 0.5, rtol=1e-5)


def test_scalers_are_equal_if_all_their_numbers_are() -> None:
    assert scaler().equals(scaler())
    assert not scaler().equals(scaler(0.6))
    assert not scaler().equals(replace(scaler(), semantic_prior=2.0))
