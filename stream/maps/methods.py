"""The methods of maps: t-SNE of scikit-learn, UMAP of umap-learn, and the plane of most variance for a few users.

All have fixed seeds and one thread of arithmetic, so that the same vectors give the same map on the same kind of
machine. UMAP takes exact neighbours from scikit-learn: its own search compiles for a minute, and gives the same map.
"""

from __future__ import annotations

import warnings
from enum import StrEnum
from importlib.util import find_spec
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from stream.core.arrays import Vectors

PERPLEXITY = 30.0  # of t-SNE: its default
ITERATIONS = 500  # of t-SNE: as good as twice as many (bench/README.md, maps)
NEIGHBOURS = 15  # of UMAP: its default
N_LEAST = 10  # distinct vectors; fewer have no neighbourhoods to keep

_MISSING = "UMAP maps need the package umap-learn: pip install 'segue[report]', or leave out umap-2d and umap-3d"


class Method(StrEnum):
    """A method of layout and its number of dimensions."""

    TSNE_2D = "tsne-2d"
    TSNE_3D = "tsne-3d"
    UMAP_2D = "umap-2d"
    UMAP_3D = "umap-3d"
    PCA_2D = "pca-2d"

    @property
    def n_dimensions(self) -> int:
        """The number of dimensions of a place."""
        return int(self.value[-2])

    @property
    def words(self) -> str:
        """The method's name for people."""
        return f"{_FAMILIES[self.value[:-3]]}, {self.n_dimensions}-D"


_FAMILIES = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}


class MapError(RuntimeError):
    """An error of set-up: a package is missing, or a file of landmarks cannot be used."""


def require(method: Method) -> None:
    """Raise MapError if the package of a method is not installed. It is not imported: UMAP takes seconds to."""
    if method in (Method.UMAP_2D, Method.UMAP_3D) and find_spec("umap") is None:
        raise MapError(_MISSING)


def project(method: Method, vectors: Vectors, seed: int) -> Vectors:
    """Return the places `(n, 2 or 3) float32` of `vectors (n, d)`, without two equal rows, around the origin.

    Fewer than N_LEAST vectors are laid out by PCA. Raises MapError if the method's package is not installed.
    """
    with threadpool_limits(limits=1):
        if len(vectors) < N_LEAST or method is Method.PCA_2D:
            places = _pca(vectors, method.n_dimensions)
        elif method in (Method.TSNE_2D, Method.TSNE_3D):
            places = _tsne(vectors, method.n_dimensions, seed)
        else:
            places = _umap_places(vectors, method.n_dimensions, seed)
    return np.asarray(places - places.mean(axis=0), np.float32) if len(places) else places


def _pca(vectors: Vectors, n_dimensions: int) -> Vectors:
    """Return coordinates on the axes of most variance; the largest loading of each axis is positive."""
    if not len(vectors):
        return np.zeros((0, n_dimensions), np.float32)
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    left, lengths, axes = np.linalg.svd(centred, full_matrices=False)
    rows = np.arange(len(axes))
    signs = np.where(axes[rows, np.abs(axes).argmax(axis=1)] < 0, -1.0, 1.0)
    found = (left * lengths * signs)[:, :n_dimensions]
    return np.pad(found, [(0, 0), (0, n_dimensions - found.shape[1])]).astype(np.float32)


def _tsne(vectors: Vectors, n_dimensions: int, seed: int) -> Vectors:
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    model = TSNE(n_dimensions, perplexity=perplexity, max_iter=ITERATIONS, init="pca", random_state=seed)
    places: Vectors = model.fit_transform(np.ascontiguousarray(vectors, np.float32))
    return places


def _umap_places(vectors: Vectors, n_dimensions: int, seed: int) -> Vectors:
    from sklearn.neighbors import NearestNeighbors

    n_neighbors = min(NEIGHBOURS, len(vectors) - 1)
    distances, rows = NearestNeighbors(n_neighbors=n_neighbors, algorithm="brute").fit(vectors).kneighbors(vectors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a fixed seed means one thread, and that it cannot transform others
        model = _umap().UMAP(
            n_neighbors=n_neighbors,
            n_components=n_dimensions,
            random_state=seed,
            n_jobs=1,
            precomputed_knn=(rows.astype(np.int32), distances.astype(np.float32), None),
        )
        places: Vectors = model.fit_transform(vectors)
    return places


def _umap() -> Any:
    """Return the package umap; raises MapError without it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # without TensorFlow it cannot make parametric maps
            import umap
    except ImportError as error:
        raise MapError(_MISSING) from error
    return umap
