from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.maps.fit import fit_landmarks
from stream.maps.landmarks import Landmarks, place_among
from stream.maps.methods import MapError, Method
from tests.maps.groups import groups, model

PROFILES, SEGMENTS = groups(400)


@pytest.fixture(scope="module")
def landmarks() -> Landmarks:
    return fit_landmarks(PROFILES, SEGMENTS, model(), [Method.PCA_2D], n_landmarks=150)


def test_a_place_is_the_mean_of_the_landmarks_around_the_one_with_most_support() -> None:
    places = np.array([[0, 0], [90, 0], [91, 0]], np.float32)
    rows, squared = np.array([[0, 1, 2]]), np.array([[1.0, 1.21, 1.44]])  # weights 1, 1 / 1.1^4, 1 / 1.2^4
    weights = np.array([1.1**-4, 1.2**-4])
    near = np.exp(-1 / (2 * 5 * 5))  # of the two landmarks at 90 and 91, 1 apart, with a reach of 5
    expected = (90 * weights[0] + 91 * near * weights[1]) / (weights[0] + near * weights[1])
    np.testing.assert_allclose(place_among(places, rows, squared, 5.0), [[expected, 0]], rtol=1e-6)


def test_a_nearer_landmark_outweighs_two_that_are_much_further() -> None:
    places = np.array([[0, 0], [90, 0], [91, 0]], np.float32)
    found = place_among(places, np.array([[0, 1, 2]]), np.array([[1.0, 4.0, 4.0]]), 5.0)
    np.testing.assert_allclose(found, [[0, 0]], atol=1e-6)


def test_a_landmark_is_at_its_own_place(landmarks: Landmarks) -> None:
    found = landmarks.place_vectors(Method.PCA_2D, landmarks.vectors)
    assert found.tobytes() == landmarks.places[Method.PCA_2D].tobytes()


@given(st.lists(st.integers(0, 399), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_a_place_does_not_depend_on_who_else_is_there(rows: list[int]) -> None:
    fitted = fit_landmarks(PROFILES, SEGMENTS, model(), [Method.PCA_2D], n_landmarks=150)
    everybody = fitted.place(Method.PCA_2D, PROFILES)
    assert fitted.place(Method.PCA_2D, PROFILES.rows(rows)).tobytes() == everybody[rows].tobytes()


def test_an_unfitted_method_is_refused_with_what_there_is(landmarks: Landmarks) -> None:
    with pytest.raises(MapError, match=r"no layout umap-3d, only pca-2d"):
        landmarks.place(Method.UMAP_3D, PROFILES)


def test_another_encoder_or_other_features_do_not_fit(landmarks: Landmarks) -> None:
    assert landmarks.fits(model())
    assert not landmarks.fits(model(encoder="other"))


def test_no_landmarks_put_everybody_at_the_origin() -> None:
    nobody = fit_landmarks(PROFILES.rows([]), [], model(), [Method.TSNE_2D, Method.TSNE_3D])
    assert nobody.place("tsne-2d", PROFILES).tolist() == [[0, 0]] * 400
    assert nobody.place("tsne-3d", PROFILES).shape == (400, 3)
