"""The scaler of a segment model: from raw profiles to the space of its centroids.

Both halves are made comparable by construction, whatever the number of features and dimensions:

* explicit: z-scores with variance 1 together; no feature has a scale below what a reader would care for;
* semantic: the directions in which users differ lastingly have variance 1 together. All others, where users differ by
  chance, keep their proportion, so that a group in a new direction can be told apart;
* both: a profile of few items is drawn towards the population's mean, as far as its items leave it unsure (shrinkage,
  empirical Bayes).

Each half is then multiplied by the root of its weight.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from stream.core.arrays import Floats, Vectors
from stream.core.profile import Profiles

CLIP = 4.0  # standard deviations: one outlier must not decide a segment
EXPLICIT_PRIOR = 1.0  # items that the population's mean counts for in the explicit half


@dataclass(frozen=True, slots=True)
class Scaler:
    """A map from raw profiles to the space of a segment model; dimension n_features + d.

    explicit_mean, explicit_scale: `(n_features,) float64`, mean and standard deviation of each feature.
    explicit_spread: standard deviation of the z-scores together. semantic_mean: `(d,) float32`. semantic_scale:
    standard deviation in the lasting directions together. semantic_prior: number of items that the population's mean
    counts for. explicit_weight, semantic_weight: shares of both halves in the lasting variance.
    """

    explicit_mean: Floats
    explicit_scale: Floats
    explicit_spread: float
    explicit_weight: float
    semantic_mean: Vectors
    semantic_scale: float
    semantic_prior: float
    semantic_weight: float

    @property
    def width(self) -> int:
        """The dimension of the space."""
        return len(self.explicit_mean) + len(self.semantic_mean)

    def z_scores(self, explicit: Floats) -> Floats:
        """Return the z-scores of `(E, n_features)` raw features, clipped to ±CLIP."""
        return np.clip((explicit - self.explicit_mean) / self.explicit_scale, -CLIP, CLIP)

    def transform(self, raw: Profiles) -> Vectors:
        """Return (E, n_features + d) float32. A row's bits do not depend on the other rows."""
        mass = raw.mass.astype(np.float64)
        sure = mass / (mass + EXPLICIT_PRIOR) * (np.sqrt(self.explicit_weight) / self.explicit_spread)
        explicit = self.z_scores(raw.explicit) * sure[:, None]
        # the square root, since normalising has drawn the mean of few items in already, by the other root
        sure = np.sqrt(mass / np.maximum(mass + self.semantic_prior, 1e-9)) * np.sqrt(self.semantic_weight)
        semantic = (raw.semantic - self.semantic_mean) * (sure / self.semantic_scale).astype(np.float32)[:, None]
        return np.concatenate([explicit.astype(np.float32), semantic], axis=1, dtype=np.float32)

    def equals(self, other: Scaler) -> bool:
        """Return True if both map profiles alike, to the last bit."""
        return all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
