"""The update rule of Spark's streaming k-means (MLlib, `StreamingKMeansModel.update`), in numpy.

Source: the MLlib guide, "Clustering, Streaming k-means", and the documentation of `StreamingKMeansModel`. For each
cluster with centre c and weight n, and m points of the new batch with mean x:

    c' = (c n a + x m) / (n a + m)        n' = n a + m

where a is the decay factor: exp(log(0.5) / h) a batch, for a half-life of h batches. If the smallest weight is
below 1e-8 of the largest, the smallest cluster is dying. Then both get half of their summed weight, and the centre of
the largest, plus and minus 1e-14 max(|c|, 1) in each dimension.
"""

from __future__ import annotations

import numpy as np
from sklearn.cluster import kmeans_plusplus

from bench.segments.method import Ids
from bench.segments.planted import Day
from bench.segments.sklearn_baselines import nearest
from stream.core.arrays import Floats, Vectors

HALF_LIFE_DAYS = 7.0  # one batch a day

_DYING = 1e-8
_NUDGE = 1e-14


class SparkStreaming:
    """A k-means of Spark's rule. Centres start by k-means++ on the first day's sample, with weight 0."""

    def __init__(self, k: int, seed: int) -> None:
        self._k, self._seed = k, seed
        self.centres: Floats = np.empty((0, 0))
        self.weights: Floats = np.zeros(k)

    def learn(self, day: Day, u: Vectors) -> None:
        if not len(self.centres):
            self.centres = kmeans_plusplus(u.astype(np.float64), self._k, random_state=self._seed)[0]
        self.centres, self.weights = update(self.centres, self.weights, u.astype(np.float64), HALF_LIFE_DAYS)

    def assign(self, day: Day, u: Vectors) -> Ids:
        return list(nearest(u, self.centres).tolist())


def update(centres: Floats, weights: Floats, x: Floats, half_life: float) -> tuple[Floats, Floats]:
    """Return centres `(k, d)` and weights `(k,)` after one batch `x (n, d)`; `half_life` in batches."""
    labels = nearest(x, centres)
    counts = np.bincount(labels, minlength=len(centres)).astype(np.float64)
    sums = np.zeros_like(centres)
    np.add.at(sums, labels, x)
    faded = weights * np.exp(np.log(0.5) / half_life)
    total = faded + counts
    grown = counts > 0
    moved = centres.copy()
    moved[grown] = (centres[grown] * faded[grown, None] + sums[grown]) / total[grown, None]
    return _replace_dying(moved, total)


def _replace_dying(centres: Floats, weights: Floats) -> tuple[Floats, Floats]:
    largest, smallest = int(weights.argmax()), int(weights.argmin())
    if weights[smallest] < _DYING * weights[largest]:
        weights[[largest, smallest]] = (weights[largest] + weights[smallest]) / 2
        nudge = _NUDGE * np.maximum(np.abs(centres[largest]), 1.0)
        centres[smallest] = centres[largest] - nudge
        centres[largest] += nudge
    return centres, weights
