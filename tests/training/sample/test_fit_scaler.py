"""Scalers fitted to users: the variance of each half is its weight, by closed formulas."""

from __future__ import annotations

import numpy as np
import pytest

from stream.core.arrays import Floats, Vectors
from stream.core.profile import Profiles, unit_rows
from stream.core.scaler import EXPLICIT_PRIOR, Scaler
from stream.training.sample.fit_scaler import fit_scaler
from stream.training.sample.signal_subspace import SignalSubspace
from stream.training.steps.generation import SPREAD_MIN

N, N_FEATURES, D = 400, 5, 8
WEIGHT = 0.7  # of the semantic half
PRIOR = 4.0
SIGNAL = SignalSubspace(np.eye(D)[:, :2], PRIOR)
NO_SIGNAL = SignalSubspace(np.zeros((D, 0)), 0.0)
FINE = np.full(N_FEATURES, 1e-6)  # resolutions that limit no scale


def users(seed: int = 0, mass: float | None = None, explicit: float = 3.0, texts: float = 1.0) -> Profiles:
    """Return users with features and texts of these spreads; without a mass, each has between 1 and 30 items."""
    rng = np.random.default_rng(seed)
    semantic = unit_rows(np.eye(D, dtype=np.float32)[-1] + rng.normal(0, texts, (N, D)).astype(np.float32))
    items = rng.uniform(1, 30, N) if mass is None else np.full(N, mass)
    return Profiles(5 + explicit * rng.uniform(-1, 1, (N, N_FEATURES)), semantic, items.astype(np.float32))


def halves(scaler: Scaler, raw: Profiles) -> tuple[Floats, Floats]:
    """Return both halves of the users in the scaler's space."""
    x = scaler.transform(raw).astype(np.float64)
    return x[:, :N_FEATURES], x[:, N_FEATURES:]


def square(rows: Floats | Vectors) -> float:
    """Return the mean squared length of rows."""
    return float(np.square(rows, dtype=np.float64).sum(axis=1).mean())


@pytest.mark.parametrize("weight", [0.2, 0.5, 0.7])
@pytest.mark.parametrize("mass", [1.0, 9.0, 1e6])
def test_the_explicit_half_has_its_weight_drawn_in_by_few_items(weight: float, mass: float) -> None:
    raw = users(mass=mass)
    explicit, _ = halves(fit_scaler(raw, SIGNAL, weight, FINE), raw)
    assert square(explicit) == pytest.approx((1 - weight) * (mass / (mass + EXPLICIT_PRIOR)) ** 2, rel=1e-5)


@pytest.mark.parametrize("n_features", [1, 2, 5])
def test_the_variance_of_the_explicit_half_does_not_depend_on_the_number_of_features(n_features: int) -> None:
    raw = users(mass=1e6)
    raw = Profiles(raw.explicit[:, :n_features], raw.semantic, raw.mass)
    x = fit_scaler(raw, SIGNAL, WEIGHT, FINE[:n_features]).transform(raw)
    assert square(x[:, :n_features]) == pytest.approx(1 - WEIGHT, rel=1e-4)


@pytest.mark.parametrize("weight", [0.2, 0.7])
@pytest.mark.parametrize("mass", [None, 4.0, 9.0, 1e6])
def test_the_lasting_directions_have_the_weight_of_the_semantic_half_after_shrinkage(
    weight: float, mass: float | None
) -> None:
    raw = users(mass=mass)
    _, semantic = halves(fit_scaler(raw, SIGNAL, weight, FINE), raw)
    assert square(semantic[:, :2]) == pytest.approx(weight, rel=1e-4)
    assert square(semantic[:, 2:]) > 0.1, "the others keep their proportion"


def test_a_user_of_few_items_is_drawn_towards_the_mean_by_the_prior() -> None:
    raw = users()
    scaler = fit_scaler(raw, SIGNAL, WEIGHT, FINE)
    row = raw.rows([0])
    (few, many) = (halves(scaler, Profiles(row.explicit, row.semantic, np.array([m], np.float32))) for m in (2.0, 1e9))
    assert few[0] / many[0] == pytest.approx(np.full((1, N_FEATURES), 2 / 3), rel=1e-5)
    assert few[1] / many[1] == pytest.approx(np.full((1, D), np.sqrt(2 / (2 + PRIOR))), rel=1e-5)


def test_the_mean_user_is_the_origin() -> None:
    raw = users()
    scaler = fit_scaler(raw, SIGNAL, WEIGHT, FINE)
    mean = Profiles(raw.explicit.mean(axis=0)[None], raw.semantic.mean(axis=0)[None], np.ones(1, np.float32))
    assert np.abs(scaler.transform(mean)).max() < 1e-6


def test_where_texts_tell_nothing_the_explicit_half_has_the_whole_variance_and_texts_a_small_part() -> None:
    raw = users(mass=1e6)
    scaler = fit_scaler(raw, NO_SIGNAL, WEIGHT, FINE)
    explicit, semantic = halves(scaler, raw)
    assert (scaler.explicit_weight, scaler.semantic_prior) == (1.0, 0.0)
    assert square(explicit) == pytest.approx(1.0, rel=1e-5)
    assert square(semantic) == pytest.approx(WEIGHT / 4, rel=1e-4)


@pytest.mark.parametrize("signal", [SIGNAL, NO_SIGNAL], ids=["signal", "no signal"])
def test_texts_that_hardly_differ_are_not_blown_up(signal: SignalSubspace) -> None:
    spread = 0.02
    raw = users(mass=1e6, texts=spread)
    _, semantic = halves(fit_scaler(raw, signal, WEIGHT, FINE), raw)
    assert square(semantic) < 0.1 * WEIGHT
    scale = np.sqrt(square(semantic) / square(raw.semantic - raw.semantic.mean(axis=0, dtype=np.float64)))
    assert scale < 4, "times, of rows of length 1"


def test_a_feature_has_at_least_four_of_its_resolutions_as_scale() -> None:
    raw = users(mass=1e6, explicit=0.3)
    resolutions = np.array([0.0, 0.01, 0.02, 0.1, 1.0])
    scaler = fit_scaler(raw, SIGNAL, WEIGHT, resolutions)
    own = raw.explicit.std(axis=0)  # about 0.3 / sqrt(3) = 0.17
    assert scaler.explicit_scale == pytest.approx([own[0], own[1], own[2], 0.4, 4.0])
    assert scaler.explicit_mean == pytest.approx(raw.explicit.mean(axis=0))


def test_features_without_spread_leave_the_half_with_less_than_its_variance() -> None:
    #  one feature of ten differs: variance 1 of at least 5
    raw = users(mass=1e6)
    constant = np.concatenate([raw.explicit[:, :1], np.full((N, 9), 7.0)], axis=1)
    raw = Profiles(constant, raw.semantic, raw.mass)
    x = fit_scaler(raw, SIGNAL, WEIGHT, np.zeros(10)).transform(raw)
    assert np.isfinite(x).all()
    assert square(x[:, :10]) == pytest.approx((1 - WEIGHT) / 5, rel=1e-4)
    assert np.abs(x[:, 1:10]).max() < 1e-6


def test_a_scaler_without_features_has_texts_only() -> None:
    raw = users()
    raw = Profiles(np.zeros((N, 0)), raw.semantic, raw.mass)
    x = fit_scaler(raw, SIGNAL, WEIGHT, np.zeros(0)).transform(raw)
    assert x.shape == (N, D)
    assert square(x[:, :2]) == pytest.approx(WEIGHT, rel=1e-4)


@pytest.mark.parametrize("n", [1, 2, 50])
def test_identical_users_are_all_at_the_origin(n: int) -> None:
    raw = users().rows([0] * n)
    scaler = fit_scaler(raw, NO_SIGNAL, WEIGHT, np.zeros(N_FEATURES))
    assert np.abs(scaler.transform(raw)).max() < 1e-4  # a mean of equal numbers may be rounded


def test_users_who_hardly_differ_have_less_spread_than_a_generation_needs() -> None:
    resolutions = np.full(N_FEATURES, 0.1)
    alike, different = users(explicit=0.1, texts=0.02), users()
    for signal in (SIGNAL, NO_SIGNAL):
        assert square(fit_scaler(alike, signal, WEIGHT, resolutions).transform(alike)) < SPREAD_MIN
        assert square(fit_scaler(different, signal, WEIGHT, resolutions).transform(different)) > SPREAD_MIN
