"""Quality of a map: are neighbours on the map neighbours in truth (trustworthiness), and the other way (continuity)?

Both are of Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", 2001: 1 is perfect, 0.5 is
what a random map has. Rows at equal distances share the better rank, so that users with equal profiles cost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Floats, Ints, Vectors
from stream.core.profile import Profiles
from stream.maps.landmarks import Landmarks
from stream.maps.methods import Method

N_NEIGHBOURS = 15
N_SAMPLE = 3_000  # users at most: time grows with their square
_CHUNK = 256  # rows at a time
_SEED = 7


@dataclass(frozen=True, slots=True)
class Quality:
    """A map's trustworthiness and continuity, 0 to 1, among `n` users with `n_neighbours` each."""

    trustworthiness: float
    continuity: float
    n: int
    n_neighbours: int


def placed_quality(landmarks: Landmarks, method: Method, profiles: Profiles, n_sample: int = N_SAMPLE) -> Quality:
    """Return the quality of the places of users with these raw profiles, of a random sample of them.

    True neighbours are those in all dimensions of the scaler, the space in which segments are decided.
    """
    sample = profiles.rows(_sample(len(profiles.mass), n_sample))
    return quality(landmarks.space.scaler.transform(sample), landmarks.place(method, sample), n_sample)


def quality(vectors: Vectors, places: Vectors, n_sample: int = N_SAMPLE) -> Quality:
    """Return the quality of `places (n, dim)` of `vectors (n, d)`, measured on a random sample of the rows.

    A map of one or two users has nothing to get wrong: its figures are 1.
    """
    rows = _sample(len(vectors), n_sample)
    vectors, places = vectors[rows], places[rows]
    n_neighbours = min(N_NEIGHBOURS, (len(rows) - 1) // 2)
    if n_neighbours < 1:
        return Quality(1.0, 1.0, len(rows), 0)
    trust = trustworthiness(vectors, places, n_neighbours)
    return Quality(trust, trustworthiness(places, vectors, n_neighbours), len(rows), n_neighbours)


def trustworthiness(truth: Vectors, shown: Vectors, n_neighbours: int) -> float:
    """Return 1 less the excess of the true ranks of neighbours shown, from 0 to 1.

    Continuity is the same with the arguments exchanged. `n_neighbours` must be below half of the rows.
    """
    n, excess = len(truth), 0.0
    for start in range(0, n, _CHUNK):
        here = np.arange(start, min(start + _CHUNK, n))
        near, far = _squared(shown, here), _squared(truth, here)
        neighbours = np.argsort(near, axis=1, kind="stable")[:, :n_neighbours]
        ordered = np.sort(far, axis=1)
        for row, others in zip(range(len(here)), neighbours, strict=True):
            ranks = np.searchsorted(ordered[row], far[row, others], side="left") + 1
            excess += float(np.maximum(ranks - n_neighbours, 0).sum())
    return 1.0 - excess * 2.0 / (n * n_neighbours * (2.0 * n - 3.0 * n_neighbours - 1.0))


def _squared(rows: Vectors, at: Ints) -> Floats:
    """Return squared distances of the rows `at` to all rows; infinity to themselves."""
    wide = rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)
    squares = np.square(wide).sum(axis=1)
    found = squares[at, None] + squares - 2 * (wide[at] @ wide.T)
    found[np.arange(len(at)), at] = np.inf
    return np.asarray(np.maximum(found, 0.0))


def _sample(n: int, n_sample: int) -> Ints:
    """Return the rows of a random sample, ascending; the same for the same `n`."""
    if n <= n_sample:
        return np.arange(n)
    return np.sort(np.random.default_rng(_SEED).choice(n, n_sample, replace=False))
