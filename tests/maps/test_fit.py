from __future__ import annotations

import numpy as np
import pytest

from stream.core.profile import Profiles
from stream.maps.fit import distinct, fit_landmarks, with_methods
from stream.maps.methods import Method
from tests.maps.groups import groups, model

FLAT_METHODS = [Method.TSNE_2D, Method.PCA_2D]


def test_users_with_equal_profiles_are_one_landmark() -> None:
    profiles, segments = groups(1)
    hundred = profiles.rows([0] * 100)
    landmarks = fit_landmarks(hundred, segments * 100, model(), FLAT_METHODS)
    assert len(landmarks.vectors) == 1
    assert all(landmarks.place(method, hundred).tolist() == [[0, 0]] * 100 for method in FLAT_METHODS)


@pytest.mark.parametrize("n", [1, 2, 10, 100])
@pytest.mark.parametrize("n_groups", [1, 5])
def test_few_users_have_places_without_nan(n: int, n_groups: int) -> None:
    profiles, segments = groups(n, n_groups)
    landmarks = fit_landmarks(profiles, segments, model(), FLAT_METHODS)
    assert all(np.isfinite(landmarks.place(method, profiles)).all() for method in FLAT_METHODS)


def test_users_without_texts_have_places() -> None:
    profiles, segments = groups(50)
    silent = Profiles(profiles.explicit, np.zeros_like(profiles.semantic), np.zeros_like(profiles.mass))
    landmarks = fit_landmarks(silent, segments, model())
    assert np.isfinite(landmarks.place(Method.TSNE_2D, silent)).all()


def test_groups_are_apart_on_every_map() -> None:
    profiles, segments = groups(300)
    landmarks = fit_landmarks(profiles, segments, model(), [Method.TSNE_2D, Method.UMAP_2D])
    others, names = groups(100, seed=1)
    for method in landmarks.methods:
        known, new = landmarks.place(method, profiles), landmarks.place(method, others)
        nearest = np.linalg.norm(new[:, None] - known[None], axis=2).argmin(axis=1)
        assert np.mean([segments[at] == name for at, name in zip(nearest, names, strict=True)]) > 0.95


def test_another_method_leaves_the_places_there_are() -> None:
    profiles, segments = groups(60)
    first = fit_landmarks(profiles, segments, model(), [Method.TSNE_2D])
    told: list[str] = []
    both = with_methods(first, [Method.TSNE_2D, Method.TSNE_3D], told.append)
    assert told == ["t-SNE, 3-D"]
    assert both.methods == (Method.TSNE_2D, Method.TSNE_3D)
    assert both.places[Method.TSNE_2D] is first.places[Method.TSNE_2D]


def test_distinct_rows_are_the_first_of_each() -> None:
    assert distinct(np.array([[1, 0], [1, -0.0], [2, 0], [1, 0]], np.float32)).tolist() == [0, 2]
