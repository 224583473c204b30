"""The figures of a store equal what is computed here from the users as they were made."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import silhouette_samples

from stream.report.build import Options, build_figures, options_of
from stream.report.errors import ReportError
from stream.report.render import BYTES_MAX, render
from stream.report.sampled import read_sampled
from stream.report.values import Figures
from stream.serve.identity import Identity
from stream.store.policy import StorePolicy
from stream.store.replayed import ReplayedStore
from stream.store.store import open_store
from stream.training.describe.member_hash import hash_member_id
from stream.training.values.health import Figure
from stream.training.values.policy import TrainingPolicy
from tests.report.made_store import DAY, T0, Made, made_landmarks, made_store, segment_id

OPTIONS = options_of(TrainingPolicy(), "segue", 5_000, "")


def figures_of(made: Made, options: Options = OPTIONS) -> Figures:
    store = open_store(made.path)
    sampled, why = read_sampled(store)
    assert sampled is not None, why
    figures = build_figures(store, sampled, made_landmarks(made), options)
    store.close()
    return figures


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made_store(tmp_path_factory.mktemp("store") / "made.store")


@pytest.fixture(scope="module")
def figures(made: Made) -> Figures:
    return figures_of(made)


def test_sizes_are_counts_of_users(made: Made, figures: Figures) -> None:
    assert {each.row.id: each.row.n_users for each in figures.segments} == Counter(made.segments)
    assert sum(row.n_users for row in figures.reserved) == 0


def test_silhouettes_are_those_of_scikit_learn_on_the_profiles_as_made(made: Made, figures: Figures) -> None:
    profiles = np.concatenate([made.explicit, made.semantic], axis=1)  # the scaler changes mass only
    mass = 3.0
    scaled = profiles * np.array([mass / (mass + 1)] * 2 + [1.0] * 4)
    expected = silhouette_samples(scaled, made.segments)
    order = {hash_member_id(user, "segue"): at for at, user in enumerate(made.users)}
    rows = [order[user] for user in figures.mapped.users]
    np.testing.assert_allclose(figures.mapped.silhouettes, expected[rows], atol=1e-5)
    for each in figures.segments:
        mine = expected[np.array(made.segments) == each.row.id]
        assert each.silhouette is not None
        assert each.silhouette.mean == pytest.approx(mine.mean(), abs=1e-5)
        assert each.silhouette.share_negative == pytest.approx((mine < 0).mean())


def test_features_are_differences_of_means_in_standard_deviations_of_the_model(made: Made, figures: Figures) -> None:
    for each in figures.segments:
        mine = made.explicit[np.array(made.segments) == each.row.id]
        expected = dict(zip(("recency", "weekend_share"), mine.mean(axis=0) - made.explicit.mean(axis=0), strict=True))
        assert {bar.name: pytest.approx(bar.deviations) for bar in each.features} == expected
        assert abs(each.features[0].deviations) >= abs(each.features[1].deviations)


def test_flows_are_the_users_that_moved_with_their_reasons(made: Made, figures: Figures) -> None:
    moves = Counter((segment_id(a), segment_id(b)) for a, b in zip(made.of, made.now, strict=True) if a != b)
    assert {(flow.from_id, flow.to_id): flow.n_users for flow in figures.flows} == moves
    for flow in figures.flows:
        assert [(reason.text, reason.n_changes) for reason in flow.reasons] == [("milk", flow.n_changes)]
    for each in figures.segments:
        assert {(flow.from_id, each.row.id): flow.n_users for flow in each.flows_in} == {
            pair: n for pair, n in moves.items() if pair[1] == each.row.id
        }


def test_users_are_hashes_unless_ids_are_allowed(made: Made, figures: Figures) -> None:
    assert set(figures.mapped.users) == {hash_member_id(user, "segue") for user in made.users}
    assert not any(user in render(figures) for user in made.users)
    allowed = figures_of(made, Options(Identity(True, "segue", b"")))
    assert set(allowed.mapped.users) == set(made.users)


def test_the_reason_of_a_user_is_the_last_change(made: Made, figures: Figures) -> None:
    at = {hash_member_id(user, "segue"): i for i, user in enumerate(made.users)}
    for user, reason in zip(figures.mapped.users, figures.mapped.reasons, strict=True):
        moved = made.now[at[user]] != made.of[at[user]]
        assert reason.startswith("moved to" if moved else "is now in"), reason


def test_a_trait_with_few_values_colours_and_one_with_a_value_each_does_not(made: Made, figures: Figures) -> None:
    assert set(figures.mapped.traits) == {"plan"}
    assert Counter(figures.mapped.traits["plan"]) == {"paid": 20, "free": 40}


def test_places_are_those_of_the_landmarks(made: Made, figures: Figures) -> None:
    """Every user is a landmark here, and a landmark's place is the first coordinates of the own vector."""
    profiles = np.concatenate([made.explicit * 0.75, made.semantic], axis=1)  # as the scaler has them
    _, _, axes = np.linalg.svd(profiles - profiles.mean(axis=0), full_matrices=False)
    expected = (profiles - profiles.mean(axis=0)) @ axes.T
    order = {hash_member_id(user, "segue"): at for at, user in enumerate(made.users)}
    rows = [order[user] for user in figures.mapped.users]
    for each in figures.maps:
        assert each.n_landmarks == each.n_measured == 60
        assert 0.5 < each.trustworthiness <= 1
        n = each.places.shape[1]
        np.testing.assert_allclose(np.abs(each.places), np.abs(expected[rows, :n]), atol=1e-4)


def test_reviews_are_in_order_of_time(figures: Figures) -> None:
    assert [(point.time_ms - T0) // DAY for point in figures.objective] == [5, 15, 25]
    assert [point.value for point in figures.objective] == [pytest.approx(2.0 - day / 50) for day in (5, 15, 25)]
    one = next(each for each in figures.segments if each.row.id == segment_id(1))
    assert [point.value for point in one.cohesion] == [pytest.approx(1.5 + day / 100) for day in (5, 15, 25)]


def test_thresholds_are_those_of_the_settings(made: Made) -> None:
    options = options_of(TrainingPolicy(warn_unknown=0.33, warn_psi=0.2), "segue", 5_000, "")
    rows = {(row.figure, row.subject): row for row in figures_of(made, options).health}
    assert rows[Figure.UNKNOWN, ""].threshold == 0.33
    assert not rows[Figure.UNKNOWN, ""].exceeded
    assert (rows[Figure.PSI_FEATURE, "recency"].threshold, rows[Figure.PSI_FEATURE, "recency"].exceeded) == (0.2, True)


def test_fewer_users_are_shown_from_every_segment_and_the_same_ones_each_time(made: Made) -> None:
    options = options_of(TrainingPolicy(), "segue", 12, "")
    first, again = (figures_of(made, options).mapped for _ in range(2))
    assert first.users == again.users
    assert len(first.users) == 12
    assert set(first.segments) == set(made.segments)


def test_an_empty_store_is_refused_with_what_to_do(tmp_path: Path) -> None:
    ReplayedStore(tmp_path / "empty.store", StorePolicy()).close()
    store = open_store(tmp_path / "empty.store")
    sampled, why = read_sampled(store)
    assert sampled is None
    assert "no segment model yet" in why
    with pytest.raises(ReportError, match="nothing to report: no user has a segment yet"):
        build_figures(store, None, None, OPTIONS)
    store.close()


@pytest.mark.parametrize(
    ("n_users", "n_segments", "n_mapped"),
    [(1_500, 30, 600), pytest.param(60_000, 80, 5_000, marks=pytest.mark.chaos)],
)
def test_however_many_users_there_are_the_file_stays_below_five_megabytes(
    tmp_path: Path, n_users: int, n_segments: int, n_mapped: int
) -> None:
    made = made_store(tmp_path / "large.store", n_users, n_segments)
    figures = figures_of(made, options_of(TrainingPolicy(), "segue", n_mapped, ""))
    assert len(figures.mapped.users) == n_mapped
    assert sum(each.row.n_users for each in figures.segments) == n_users
    assert len(render(figures).encode()) < BYTES_MAX
