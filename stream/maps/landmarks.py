"""Landmarks: users whose places are fitted. Everybody, seen or not, is placed by the nearest of them.

The same profile has the same place, whoever else is there. Next month's report shows a user who did not change where
this one does. A fitted layout moves everybody instead, however it is started (docs/decisions.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Floats, Ints, Vectors
from stream.core.profile import Profiles
from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel
from stream.maps.methods import MapError, Method
from stream.maps.neighbours import nearest

N_NEAREST = 10  # landmarks that place a user
POWER = 4  # of the distance, in the weight of a landmark


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Landmarks `vectors (n, width) float32` in the space of `scaler`, no two alike, and their places by method.

    A place is `(2,)` or `(3,) float32`. `encoder` and `features` are those of the profiles; `made_ms` is the stream's
    time of the fit, and `seed` its seed.
    """

    encoder: str
    features: tuple[str, ...]
    scaler: Scaler
    vectors: Vectors
    places: Mapping[Method, Vectors]
    made_ms: int
    seed: int

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods with places."""
        return tuple(self.places)

    def fits(self, model: SegmentModel) -> bool:
        """Return True if profiles of this model's encoder and features can be placed."""
        return model.fits(self.encoder, self.features)

    def transform(self, profiles: Profiles) -> Vectors:
        """Return the `(E, width)` vectors of raw profiles in the space of the landmarks."""
        return self.scaler.transform(profiles)

    def place(self, method: Method | str, profiles: Profiles) -> Vectors:
        """Return the places `(E, 2 or 3) float32` of raw profiles. A row's bits do not depend on the other rows.

        Raises MapError if the method was not fitted.
        """
        return self.place_vectors(method, self.transform(profiles))

    def place_vectors(self, method: Method | str, vectors: Vectors) -> Vectors:
        """Return the places `(E, 2 or 3) float32` of vectors in the space of the landmarks."""
        if method not in self.places:
            fitted = ", ".join(self.places) or "none"
            raise MapError(f"the landmarks have no layout {method}, only {fitted}: fit it first")
        places = self.places[Method(method)]
        return weighted_places(places, *nearest(vectors, self.vectors, N_NEAREST))


def weighted_places(places: Vectors, rows: Ints, squared: Floats) -> Vectors:
    """Return means `(E, dim) float32` of the places of `rows (E, n)`, weighted by 1 / distance^POWER.

    A row at distance 0 from a landmark is at its place.
    """
    if not len(places):
        return np.zeros((len(rows), places.shape[1]), np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(squared > 0, squared[:, :1] / squared, 1.0)  # at most 1: no overflow
    weights = ratio ** (POWER / 2)
    weights /= weights.sum(axis=1, keepdims=True)
    by_dimension = places[rows].astype(np.float64).transpose(0, 2, 1)  # (E, dim, n)
    return np.asarray((weights[:, None, :] * by_dimension).sum(axis=2), np.float32)
