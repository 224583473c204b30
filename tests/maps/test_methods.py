from __future__ import annotations

import sys

import numpy as np
import pytest

from stream.maps.methods import MapError, Method, project, require

CLOUD = np.random.default_rng(0).normal(size=(120, 20)).astype(np.float32)


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("n", [0, 1, 2, 10, 100])
def test_any_number_of_users_has_a_layout(method: Method, n: int) -> None:
    places = project(method, CLOUD[:n], seed=0)
    assert places.shape == (n, method.n_dimensions)
    assert np.isfinite(places).all()
    assert len(np.unique(places, axis=0)) == n


@pytest.mark.parametrize("method", list(Method))
def test_the_same_vectors_and_seed_give_the_same_bits(method: Method) -> None:
    assert project(method, CLOUD, seed=1).tobytes() == project(method, CLOUD, seed=1).tobytes()


def test_pca_keeps_the_distances_of_a_plane() -> None:
    plane = np.random.default_rng(1).normal(size=(30, 2)) @ np.linalg.qr(CLOUD[:20, :2].astype(np.float64))[0].T
    places = project(Method.PCA_2D, plane.astype(np.float32), seed=0)
    between = [np.linalg.norm(each[:, None] - each[None], axis=2) for each in (plane, places)]
    np.testing.assert_allclose(between[1], between[0], atol=1e-5)


@pytest.mark.parametrize("method", [Method.UMAP_2D, Method.UMAP_3D])
def test_a_missing_package_is_named_with_its_extra(method: Method, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(MapError, match=r"segue\[report\]"):
        require(method)
    with pytest.raises(MapError, match=r"segue\[report\]"):
        project(method, CLOUD, seed=0)
    require(Method.TSNE_2D)
