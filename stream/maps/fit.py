"""The fit of landmarks: choose them, and lay them out by each method."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from stream.core.arrays import Ints, Vectors
from stream.core.profile import Profiles
from stream.core.segment_model import SegmentModel
from stream.maps.landmarks import Landmarks
from stream.maps.methods import Method, project, require
from stream.maps.selection import choose
from stream.maps.space import space_of

N_LANDMARKS = 5_000
SEED = 0
FLAT = (Method.TSNE_2D,)
EVERY = (Method.TSNE_2D, Method.UMAP_2D, Method.TSNE_3D, Method.UMAP_3D)

Progress = Callable[[str], None]  # called before each part of the work, with its name


def silent(_: str) -> None:
    """Report no progress."""


def fit_landmarks(
    profiles: Profiles,
    segments: Sequence[str],
    model: SegmentModel,
    methods: Sequence[Method] = FLAT,
    n_landmarks: int = N_LANDMARKS,
    seed: int = SEED,
    made_ms: int = 0,
    progress: Progress = silent,
) -> Landmarks:
    """Return landmarks among users with raw profiles and segments, in the space of the model's scaler.

    Users with equal profiles are one landmark. `made_ms` is the stream's time. Raises MapError if the package of a
    method is not installed.
    """
    chosen = profiles.rows(choose(segments, n_landmarks, seed))
    with threadpool_limits(limits=1):  # the bits of the axes do not depend on the number of cores
        space = space_of(chosen, model.scaler)
    vectors = space.transform(chosen)
    empty = Landmarks(model.encoder, model.features, space, vectors[distinct(vectors)], {}, made_ms, seed)
    return with_methods(empty, methods, progress)


def with_methods(landmarks: Landmarks, methods: Sequence[Method], progress: Progress = silent) -> Landmarks:
    """Return the landmarks with places by these methods too; those that they have stay as they are."""
    missing = [method for method in methods if method not in landmarks.places]
    if not missing:
        return landmarks
    for method in missing:
        require(method)
    places = dict(landmarks.places)
    for method in missing:
        progress(method.words)
        places[method] = project(method, landmarks.vectors, landmarks.seed)
    return replace(landmarks, places=places)


def distinct(vectors: Vectors) -> Ints:
    """Return the first row of each distinct vector, ascending."""
    if not vectors.shape[1]:
        return np.arange(min(len(vectors), 1))
    _, firsts = np.unique(vectors + np.float32(0), axis=0, return_index=True)  # -0.0 and 0.0 are one
    return np.sort(firsts)
