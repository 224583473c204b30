"""scikit-learn's k-means on a stream: mini-batches with the defaults, a re-fit every night, and an oracle."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans, MiniBatchKMeans

from bench.segments.method import Ids
from bench.segments.planted import Day
from stream.core.arrays import Floats, Vectors
from stream.core.segment_model import distances

NIGHTS = 7  # days that a re-fit looks back on
N_STARTS = 3  # of the stronger re-fit


class TrueMeans:
    """An oracle, the ceiling of nearest-centroid rules without hysteresis: true group means of the last NIGHTS days."""

    def __init__(self, k: int, seed: int) -> None:
        self._samples: deque[tuple[NDArray[np.int64], Vectors]] = deque(maxlen=NIGHTS)
        self._groups: list[int] = []
        self._means = np.empty((0, 0), np.float32)

    def learn(self, day: Day, u: Vectors) -> None:
        self._samples.append((day.truth, u))
        truth, seen = (np.concatenate(part) for part in zip(*self._samples, strict=True))
        self._groups = np.unique(truth).tolist()
        self._means = np.stack([seen[truth == group].mean(axis=0) for group in self._groups])

    def assign(self, day: Day, u: Vectors) -> Ids:
        return [self._groups[at] for at in nearest(u, self._means).tolist()]


class MiniBatch:
    """`MiniBatchKMeans.partial_fit` on each day's sample, with scikit-learn's defaults."""

    def __init__(self, k: int, seed: int) -> None:
        self._model = MiniBatchKMeans(k, random_state=seed)

    def learn(self, day: Day, u: Vectors) -> None:
        self._model.partial_fit(u)

    def assign(self, day: Day, u: Vectors) -> Ids:
        return list(nearest(u, self._model.cluster_centers_).tolist())


class NightlyRefit:
    """A new `KMeans` every night on the samples of the last NIGHTS days, with the true number of groups of the day.

    No real deployment knows this number. One k-means++ start, scikit-learn's default. Ids are 0 to k - 1.
    """

    def __init__(self, k: int, seed: int, n_starts: int = 1) -> None:
        self._seed, self._n_starts = seed, n_starts
        self._samples: deque[Vectors] = deque(maxlen=NIGHTS)
        self.centroids = np.empty((0, 0), np.float32)

    def learn(self, day: Day, u: Vectors) -> None:
        self._samples.append(u)
        model = KMeans(day.n_groups, n_init=self._n_starts, random_state=self._seed + day.day)
        fitted = model.fit(np.concatenate(self._samples))
        self.centroids = fitted.cluster_centers_

    def assign(self, day: Day, u: Vectors) -> Ids:
        return list(nearest(u, self.centroids).tolist())


class MatchedRefit:
    """A re-fit with the best of N_STARTS starts, and ids matched to those of the day before.

    Matching is the Hungarian assignment of least summed distance. Unmatched centroids get unused ids.
    """

    def __init__(self, k: int, seed: int) -> None:
        self._refit = NightlyRefit(k, seed, N_STARTS)
        self._ids: list[int] = []
        self._n_used = 0

    def learn(self, day: Day, u: Vectors) -> None:
        before = self._refit.centroids
        self._refit.learn(day, u)
        partners = matched(before, self._refit.centroids) if self._ids else {}
        previous, self._ids = self._ids, []
        for at in range(len(self._refit.centroids)):
            self._ids.append(previous[partners[at]] if at in partners else self._unused())

    def assign(self, day: Day, u: Vectors) -> Ids:
        return [self._ids[at] for at in nearest(u, self._refit.centroids).tolist()]

    def _unused(self) -> int:
        self._n_used += 1
        return self._n_used - 1


def matched(before: Vectors, after: Vectors) -> dict[int, int]:
    """Match rows of `after` to rows of `before`, one to one, with the least summed distance."""
    rows, columns = linear_sum_assignment(distances(after, before))
    return dict(zip(rows.tolist(), columns.tolist(), strict=True))


def nearest(u: Vectors | Floats, centroids: Vectors | Floats) -> NDArray[np.intp]:
    """Return `(n,)` rows of the nearest centroids, the first of equals."""
    # |c|² - 2uc orders as |u - c|² does, and needs no (n, k, d) array
    return np.asarray((np.square(centroids).sum(axis=1) - 2 * u @ centroids.T).argmin(axis=1))
