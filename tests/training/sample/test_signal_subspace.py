"""Signal subspaces of users whose lasting differences are planted, against closed formulas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from threadpoolctl import threadpool_limits

from stream.core.arrays import Floats, Vectors
from stream.core.profile import Profiles, unit_rows
from stream.training.sample.signal_subspace import DIRECTIONS_MAX, signal_subspace

ITEM_NOISE = 0.6  # standard deviation of one item, in each direction
N_ITEMS = 10.0


def planted(
    n: int, d: int, spreads: tuple[float, ...], seed: int = 0, n_items: float = N_ITEMS
) -> tuple[Profiles, Vectors, Floats]:
    """Return n users, their contrasts and the directions in which they differ lastingly, by these standard deviations.

    A half window is `raw ± contrast`. Both have the noise of `n_items` items, so that of the halves is independent.
    The population's mean is at right angles to the directions.
    """
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(d, d)))[0]
    directions = axes[:, 1 : 1 + len(spreads)]
    lasting = rng.normal(size=(n, len(spreads))) * spreads @ directions.T
    noise, contrasts = rng.normal(0, ITEM_NOISE / np.sqrt(n_items), (2, n, d))
    raw = (axes[:, 0] + lasting + noise).astype(np.float32)
    return users_with(raw, n_items), contrasts.astype(np.float32), directions


def users_with(semantic: Vectors, n_items: float = N_ITEMS) -> Profiles:
    """Return users with these rows and no features."""
    return Profiles(np.zeros((len(semantic), 0)), semantic, np.full(len(semantic), n_items, np.float32))


def found(raw: Profiles, contrasts: Vectors, _: Floats | None = None) -> int:
    """Return the number of directions found in users as `planted` returns them."""
    return int(signal_subspace(raw, contrasts).basis.shape[1])


@pytest.mark.parametrize("m", [1, 2, 5])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_basis_spans_the_directions_in_which_users_differ_lastingly(m: int, seed: int) -> None:
    raw, contrasts, directions = planted(1500, 24, (0.3,) * m, seed)
    signal = signal_subspace(raw, contrasts)
    assert signal.basis.shape == (24, m)
    np.testing.assert_allclose(signal.basis.T @ signal.basis, np.eye(m), atol=1e-12)
    assert subspace_angles(signal.basis, directions).max() < 0.2  # radians; of random directions about 1.5


def test_the_strongest_direction_comes_first() -> None:
    raw, contrasts, directions = planted(1500, 24, (0.3, 0.9, 0.5))
    basis = signal_subspace(raw, contrasts).basis
    assert np.abs(directions.T @ basis).argmax(axis=0).tolist() == [1, 2, 0]


@pytest.mark.parametrize("spreads", [(0.3,), (0.3, 0.6), (1.2, 0.3, 0.3)])
def test_the_prior_is_the_noise_of_an_item_by_the_lasting_variance(spreads: tuple[float, ...]) -> None:
    raw, contrasts, _ = planted(4000, 12, spreads)
    expected = len(spreads) * ITEM_NOISE**2 / np.square(spreads).sum()
    assert signal_subspace(raw, contrasts).prior == pytest.approx(expected, rel=0.15)


def test_the_prior_does_not_depend_on_the_length_of_windows() -> None:
    short, long = (signal_subspace(*planted(4000, 12, (0.3,), n_items=n)[:2]).prior for n in (4.0, 40.0))
    assert short == pytest.approx(long, rel=0.2)


@pytest.mark.parametrize("n", [10, 60, 500, 4000])
def test_users_who_differ_by_chance_only_have_no_direction(n: int) -> None:
    by_chance = [found(*planted(n, 24, (), seed)) for seed in range(60)]
    assert np.mean(np.array(by_chance) > 0) <= 0.1, "the test of a direction may err"
    assert found(*planted(4000, 24, (0.3,))) == 1, "of users who differ it finds the direction"


def test_without_a_direction_the_prior_is_none() -> None:
    raw, contrasts, _ = planted(500, 24, ())
    signal = signal_subspace(raw, contrasts)
    assert (signal.basis.shape, signal.prior) == ((24, 0), 0.0)


def test_a_direction_that_a_full_window_can_not_show_is_dropped() -> None:
    #  noise of an item by variance: 36 in one direction, 16 in another, of which many users make both certain
    weak, strong = ITEM_NOISE / 6, ITEM_NOISE / 4
    raw, contrasts, directions = planted(12_000, 4, (strong, weak), n_items=30.0)
    basis = signal_subspace(raw, contrasts).basis
    assert basis.shape == (4, 1)
    assert abs(float(basis[:, 0] @ directions[:, 0])) > 0.98
    assert found(*planted(12_000, 4, (weak,), n_items=30.0)) == 0


def test_there_are_no_more_directions_than_the_most() -> None:
    assert found(*planted(3000, 48, (0.9,) * 40)) == DIRECTIONS_MAX == 32


def test_users_may_differ_in_all_directions() -> None:
    assert found(*planted(3000, 4, (0.9,) * 3)) == 3  # the fourth is that of the mean


@pytest.mark.parametrize("n", [1, 2, 3, 5, 50])
def test_identical_users_have_no_direction(n: int) -> None:
    raw = users_with(np.tile(unit_rows(np.ones((1, 6), np.float32)), (n, 1)))
    assert found(raw, np.zeros((n, 6), np.float32)) == 0
    assert found(raw, np.tile(np.eye(6, dtype=np.float32)[:1], (n, 1))) == 0  # they have changed, all alike


@pytest.mark.parametrize("n", [1, 2])
def test_one_or_two_users_have_no_direction(n: int) -> None:
    assert found(*planted(n, 6, (0.9, 0.9))) == 0


def test_users_without_texts_have_no_direction() -> None:
    nothing = np.zeros((20, 6), np.float32)
    assert found(users_with(nothing, 1.0), nothing) == 0


def test_lengths_along_the_mean_are_no_direction_and_across_it_they_are() -> None:
    #  rows of longer windows lie nearer to the mean: users differ in that for as long as their windows do
    rng, axes = np.random.default_rng(0), np.linalg.qr(np.random.default_rng(1).normal(size=(8, 8)))[0]
    mass = rng.uniform(3, 32, 400).astype(np.float32)
    drift = (1 - 1 / np.sqrt(mass))[:, None]
    none = np.zeros((400, 8), np.float32)
    along = (drift * axes[0]).astype(np.float32)
    assert found(replace(users_with(along), mass=mass), none) == 0
    across = (along + 0.3 * rng.normal(size=(400, 1)) * axes[1]).astype(np.float32)
    signal = signal_subspace(replace(users_with(across), mass=mass), none)
    assert signal.basis.shape == (8, 1)
    assert abs(float(signal.basis[:, 0] @ axes[1])) > 0.99


def test_the_same_users_give_the_same_prior_and_directions_whatever_the_number_of_threads() -> None:
    raw, contrasts, _ = planted(2000, 48, (0.5, 0.3))
    found = []
    for n_threads in (1, 2, 1):
        with threadpool_limits(n_threads):
            found.append(signal_subspace(raw, contrasts))
    assert len({signal.prior for signal in found}) == 1  # to the last bit: models hold it
    assert found[0].basis.tobytes() == found[2].basis.tobytes()
    np.testing.assert_allclose(found[1].basis, found[0].basis, atol=1e-9)  # only labels depend on these


def test_a_direction_points_where_its_largest_part_is_positive() -> None:
    raw, contrasts, _ = planted(1500, 24, (0.3,) * 5)
    basis = signal_subspace(raw, contrasts).basis
    assert (basis[np.abs(basis).argmax(axis=0), np.arange(5)] > 0).all()
