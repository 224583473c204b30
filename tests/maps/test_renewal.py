from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stream.core.profile import Profiles
from stream.maps.fit import fit_landmarks
from stream.maps.methods import Method
from stream.maps.renewal import renew
from tests.core.builders import plain_scaler
from tests.maps.groups import DIMENSION, N_FEATURES, groups, model

FLAT = [Method.PCA_2D]
PROFILES, SEGMENTS = groups(300)


def test_the_first_landmarks_are_fitted_and_the_next_are_the_same() -> None:
    first = renew(None, PROFILES, SEGMENTS, model(), FLAT)
    assert not first.is_kept
    assert "there is none yet" in first.reason
    later, segments = groups(300, seed=1)
    again = renew(first.landmarks, later, segments, model(), FLAT)
    assert again.is_kept
    assert again.landmarks.places[Method.PCA_2D].tobytes() == first.landmarks.places[Method.PCA_2D].tobytes()


def test_a_layout_outlives_a_generation_with_another_scaler() -> None:
    first = renew(None, PROFILES, SEGMENTS, model(), FLAT).landmarks
    next_generation = model(scaler=plain_scaler(N_FEATURES, DIMENSION, weight=0.4))
    again = renew(first, PROFILES, SEGMENTS, next_generation, FLAT)
    assert again.is_kept
    assert again.landmarks.place(Method.PCA_2D, PROFILES).tobytes() == first.place(Method.PCA_2D, PROFILES).tobytes()


@pytest.mark.parametrize("what", ["encoder", "features"])
def test_another_encoder_or_other_features_mean_a_new_layout_that_is_not_comparable(what: str) -> None:
    first = renew(None, PROFILES, SEGMENTS, model(), FLAT).landmarks
    other = model(encoder="next") if what == "encoder" else replace(model(), features=("a", "b", "c", "d"))
    again = renew(first, PROFILES, SEGMENTS, other, FLAT)
    assert not again.is_kept
    assert what in again.reason
    assert again.shifts == {}


def test_users_who_became_others_mean_a_new_layout_turned_to_the_old_one() -> None:
    first = renew(None, PROFILES, SEGMENTS, model(), FLAT).landmarks
    rng = np.random.default_rng(5)
    shuffled = PROFILES.semantic[:, rng.permutation(DIMENSION)]
    others = Profiles(rng.normal(size=PROFILES.explicit.shape) * 2, shuffled, PROFILES.mass)
    again = renew(first, others, SEGMENTS, model(), FLAT)
    assert not again.is_kept
    assert "users have become others" in again.reason
    mirrored = replace(again.landmarks, places={Method.PCA_2D: -again.landmarks.places[Method.PCA_2D]})
    before = first.place(Method.PCA_2D, others)
    distances = [np.square(each.place(Method.PCA_2D, others) - before).sum() for each in (again.landmarks, mirrored)]
    assert distances[0] <= distances[1]
    assert 0 < again.shifts[Method.PCA_2D].median < 1


def test_a_method_is_added_to_a_kept_layout() -> None:
    first = renew(None, PROFILES, SEGMENTS, model(), FLAT).landmarks
    both = renew(first, PROFILES, SEGMENTS, model(), [Method.PCA_2D, Method.TSNE_2D])
    assert both.is_kept
    assert set(both.landmarks.trust) == set(both.landmarks.methods) == {Method.PCA_2D, Method.TSNE_2D}


def test_a_provisional_layout_of_few_users_serves_no_other_method() -> None:
    few = renew(None, PROFILES.rows([0, 1, 2]), SEGMENTS[:3], model(), FLAT).landmarks
    later = renew(few, PROFILES, SEGMENTS, model(), [Method.TSNE_2D])
    assert not later.is_kept
    assert len(later.landmarks.vectors) == 300


def test_landmarks_without_known_trust_are_kept() -> None:
    bare = fit_landmarks(PROFILES, SEGMENTS, model(), FLAT)
    assert renew(bare, PROFILES, SEGMENTS, model(), FLAT).is_kept
