"""Landmarks: users whose places are fitted. Everybody, seen or not, is placed by the nearest of them.

The same profile has the same place, whoever else is there. Next month's report shows a user who did not change where
this one does. A fitted layout moves everybody instead, however it is started (docs/decisions.md).

Nearest landmarks often lie in several parts of a map. Their mean is in no part, so the part with most weight decides,
and the user is at the mean of the landmarks there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from stream.core.arrays import Floats, Ints, Vectors
from stream.core.profile import Profiles
from stream.core.segment_model import SegmentModel
from stream.maps.alignment import width
from stream.maps.methods import MapError, Method
from stream.maps.neighbours import nearest
from stream.maps.space import Space

N_NEAREST = 20  # landmarks that place a user
POWER = 4  # of the distance, in the weight of a landmark
REACH = 0.04  # of the width of a map: landmarks nearer than this to each other support each other's part
_CHUNK = 1_024  # users at a time


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Landmarks `vectors (n, d) float32` in a space, no two alike, and their places by method.

    A place is `(2,)` or `(3,) float32`. `encoder` and `features` are those of the profiles; `made_ms` is the stream's
    time of the fit, and `seed` its seed. `trust` is the trustworthiness of all users at the time of the fit.
    """

    encoder: str
    features: tuple[str, ...]
    space: Space
    vectors: Vectors
    places: Mapping[Method, Vectors]
    made_ms: int
    seed: int
    trust: Mapping[Method, float] = field(default_factory=dict)

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods with places."""
        return tuple(self.places)

    def fits(self, model: SegmentModel) -> bool:
        """Return True if profiles of this model's encoder and features can be placed."""
        return model.fits(self.encoder, self.features)

    def transform(self, profiles: Profiles) -> Vectors:
        """Return the coordinates `(E, d)` of raw profiles in the space of the landmarks."""
        return self.space.transform(profiles)

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
        places, found = self.places[Method(method)], []
        reach = REACH * width(places)
        for start in range(0, len(vectors), _CHUNK):
            rows, squared = nearest(vectors[start : start + _CHUNK], self.vectors, N_NEAREST)
            found.append(place_among(places, rows, squared, reach))
        return np.concatenate([np.zeros((0, places.shape[1]), np.float32), *found])


def place_among(places: Vectors, rows: Ints, squared: Floats, reach: float) -> Vectors:
    """Return places `(E, dim) float32` of users with landmarks `rows (E, n)` at distances `squared (E, n)`.

    A landmark weighs 1 / distance^POWER. The landmark with most weight within `reach` around it, by a Gaussian, is the
    centre, and the place is the mean around it. At distance 0 from a landmark, a user is at its place.
    """
    if not len(places):
        return np.zeros((len(rows), places.shape[1]), np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(squared > 0, squared[:, :1] / squared, 1.0)  # at most 1: no overflow
    weights = ratio ** (POWER / 2)
    shown = places[rows].astype(np.float64)
    apart = np.square(shown[:, :, None] - shown[:, None, :]).sum(axis=3)
    support = np.exp(-apart / (2 * reach * reach or 1.0)) * weights[:, None, :]  # (E, n, n)
    centre = (support.sum(axis=2) * (weights > 0)).argmax(axis=1)
    weights = support[np.arange(len(rows)), centre]
    weights /= weights.sum(axis=1, keepdims=True)
    by_dimension = np.ascontiguousarray(shown.transpose(0, 2, 1))  # (E, dim, n)
    return np.asarray((weights[:, None, :] * by_dimension).sum(axis=2), np.float32)
