"""Figures of a review by their formulas, and when they become warnings."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest

from stream.training.rollout.drift_report import exceeded_thresholds, feature_psis, psi, reference, share_psi
from stream.training.values.health import Baseline, Figure, Health, HealthWarning, SegmentHealth
from stream.training.values.policy import TrainingPolicy

POLICY = TrainingPolicy()


def test_psi_by_hand() -> None:
    found = psi(np.array([0.5, 0.5]), np.array([0.25, 0.75]))
    assert found == pytest.approx(-0.25 * log(0.5) + 0.25 * log(1.5))
    assert psi(np.array([0.2, 0.8]), np.array([0.2, 0.8])) == 0.0


def test_an_empty_bin_counts_as_one_in_ten_thousand() -> None:
    #  1 and 0.0001 are scaled to 1 together
    a, b = 1 / 1.0001, 0.0001 / 1.0001
    assert psi(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == pytest.approx(2 * (a - b) * log(a / b))


def test_features_are_compared_by_the_deciles_at_the_reference() -> None:
    rng = np.random.default_rng(0)
    then, weights = rng.normal(size=(4000, 3)), np.ones(4000)
    now = np.stack([then[:, 0], then[:, 1] + 1.0, np.where(np.arange(4000) % 2, then[:, 2], 9.0)], axis=1)
    found = feature_psis(reference(then, weights, {}), now, weights)
    assert found[0] == 0.0
    deciles = np.quantile(then[:, 1], np.linspace(0.1, 0.9, 9))
    shifted = np.bincount(np.searchsorted(deciles, now[:, 1], side="right"), minlength=10) / 4000
    assert found[1] == pytest.approx(psi(np.full(10, 0.1), shifted))
    #  half of the users are now above all: nine bins of 0.05, one of 0.55
    assert found[2] == pytest.approx(9 * -0.05 * log(0.5) + 0.45 * log(5.5), rel=0.05)


def test_users_count_by_weight() -> None:
    explicit = np.arange(20.0)[:, None]
    then = reference(explicit, np.ones(20), {})
    now = feature_psis(then, explicit[[0, 19]], np.array([3.0, 1.0]))
    bins = np.array([0.75, *[0.0] * 8, 0.25])
    assert now.tolist() == [pytest.approx(psi(np.full(10, 0.1), bins))]


def test_a_segment_of_either_time_is_a_bin() -> None:
    then = reference(np.zeros((2, 0)), np.ones(2), {"s-0001": 0.5, "s-0002": 0.5})
    found = share_psi(then, {"s-0001": 0.5, "s-0003": 0.5})
    assert found == pytest.approx(psi(np.array([0.5, 0.5, 0.0]), np.array([0.5, 0.0, 0.5])))
    assert share_psi(then, {"s-0002": 0.5, "s-0001": 0.5}) == 0.0
    assert feature_psis(then, np.zeros((2, 0)), np.ones(2)).tolist() == []


def health(**figures: float) -> Health:
    """A look in which nothing is wrong but what is said."""
    segment = SegmentHealth("s-0007", 9, 0.5, 9.0, 0.1, figures.get("drift", POLICY.warn_drift), False)
    return Health(
        time_ms=5,
        segment_model=3,
        n_users=18,
        objective=1.0,
        unknown_share=figures.get("unknown", POLICY.warn_unknown),
        flips_per_user_day=figures.get("flips", POLICY.warn_flips),
        psi_features={"recency": figures.get("feature", POLICY.warn_psi)},
        psi_segments=figures.get("vectors", POLICY.warn_psi),
        n_clusters=round(figures.get("groups", POLICY.n_segments_max)),
        segments=(segment,),
    )


def test_more_groups_than_segments_may_be_is_a_warning_but_not_as_many_as_there_are() -> None:
    found = exceeded_thresholds(health(groups=25), POLICY)
    assert found == (HealthWarning(5, 3, Figure.N_CLUSTERS, "", 25, 24),)
    many = replace(health(groups=25), segments=health().segments * 25)
    assert [w.figure for w in exceeded_thresholds(many, POLICY)] == []


def test_a_way_is_told_in_thresholds_of_then() -> None:
    #  3 and 4 make 5
    assert Baseline(np.array([1.0, 2.0], np.float32), 2.5).drift_of(np.array([4.0, 6.0])) == 2.0


@pytest.mark.parametrize(
    ("name", "figure", "subject", "threshold"),
    [
        ("unknown", Figure.UNKNOWN, "", POLICY.warn_unknown),
        ("flips", Figure.FLIPS, "", POLICY.warn_flips),
        ("vectors", Figure.PSI_SEGMENTS, "", POLICY.warn_psi),
        ("feature", Figure.PSI_FEATURE, "recency", POLICY.warn_psi),
        ("drift", Figure.DRIFT, "s-0007", POLICY.warn_drift),
    ],
)
def test_a_figure_beyond_its_threshold_is_a_warning_and_one_on_it_is_none(
    name: str, figure: Figure, subject: str, threshold: float
) -> None:
    value = threshold + 0.01
    assert exceeded_thresholds(health(**{name: value}), POLICY) == (
        HealthWarning(5, 3, figure, subject, value, threshold),
    )
    assert exceeded_thresholds(health(), POLICY) == ()
