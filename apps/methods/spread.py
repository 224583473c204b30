"""How far users ordinarily are from their own past: a running covariance, and the Mahalanobis distance under it."""

from __future__ import annotations

import numpy as np

from stream.core.arrays import Vectors

_MEMORY = 10_000  # differences; older ones fade out
_ORDINARY = 2.0  # a greater distance counts as this much: the few that are extreme teach nothing (Maronna 1976)
_DIAGONAL = (
    0.7  # share of the diagonal in the estimate: so many features have no sure covariances (Ledoit and Wolf 2004)
)


class Spread:
    """A spread of differences of `size` numbers. `floor (size,)` is the least variance of each."""

    def __init__(self, floor: Vectors) -> None:
        self.n, self._floor = 0, floor
        self._moments = np.zeros((len(floor), len(floor)), np.float32)
        self._inverse: Vectors | None = None

    @property
    def is_fitted(self) -> bool:
        """Flag of a spread that can measure distances."""
        return self._inverse is not None

    @property
    def deviations(self) -> Vectors:
        """Standard deviation of each number, (size,)."""
        return np.sqrt(np.maximum(np.diagonal(self._moments), self._floor))

    def learn(self, difference: Vectors) -> None:
        """Take a difference `(size,)`."""
        self.n += 1
        weight = min(1.0, _ORDINARY / max(self.distance(difference), 1e-9)) if self.is_fitted else 1.0
        self._moments += (np.outer(np.float32(weight) * difference, difference) - self._moments) / min(self.n, _MEMORY)

    def fit(self) -> None:
        """Let what was learned so far measure distances from now on."""
        covariance = self._moments * np.float32(1 - _DIAGONAL)
        np.fill_diagonal(covariance, np.square(self.deviations))
        self._inverse = np.linalg.inv(covariance)

    def distance(self, difference: Vectors) -> float:
        """Return the squared Mahalanobis distance of a difference `(size,)` from 0, for each number."""
        assert self._inverse is not None, "fit comes first"
        return float(difference @ self._inverse @ difference) / len(difference)
