"""scikit-learn's k-means as people use it on a stream: mini-batches with the defaults, and a re-fit every night.
And a ceiling that knows the truth."""

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
    """No peer but the ceiling of every nearest-centroid rule without hysteresis: each group's true mean of the last
    NIGHTS days' samples."""

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
    """`MiniBatchKMeans.partial_fit` on each day's sample, everything else as scikit-learn has it."""

    def __init__(self, k: int, seed: int) -> None:
        self._model = MiniBatchKMeans(k, random_state=seed)

    def learn(self, day: Day, u: Vectors) -> None:
        self._model.partial_fit(u)

    def assign(self, day: Day, u: Vectors) -> Ids:
        return list(nearest(u, self._model.cluster_centers_).tolist())


class NightlyRefit:
    """A new `KMeans` every night on the samples of the last NIGHTS days, with that day's true number of groups, which
    nobody has in life. One k-means++ start, as scikit-learn has it. Ids are as they come: 0 to k - 1."""

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
    """The re-fit with the best of N_STARTS starts, whose centroids take over the ids of yesterday's: the Hungarian
    assignment of least summed distance. What finds no partner gets an id that was never used."""

    def __init__(self, k: int, seed: int) -> None:
        self._refit = NightlyRefit(k, seed, N_STARTS)
        self._ids: list[int] = []
        self._n_used = 0

    def learn(self, day: Day, u: Vectors) -> None:
        before = self._refit.centroids
        self._refit.learn(day, u)
        partners = matched(before, self._refit.centroids) if self._ids else {}
        former, self._ids = self._ids, []
        for at in range(len(self._refit.centroids)):
            self._ids.append(former[partners[at]] if at in partners else self._unused())

    def assign(self, day: Day, u: Vectors) -> Ids:
        return [self._ids[at] for at in nearest(u, self._refit.centroids).tolist()]

    def _unused(self) -> int:
        self._n_used += 1
        return self._n_used - 1


def matched(before: Vectors, after: Vectors) -> dict[int, int]:
    """The partner in `before` of each row of `after` that has one, so that the summed distance is least."""
    rows, columns = linear_sum_assignment(distances(after, before))
    return dict(zip(rows.tolist(), columns.tolist(), strict=True))


def nearest(u: Vectors | Floats, centroids: Vectors | Floats) -> NDArray[np.intp]:
    """(n,) the row of `centroids` that is nearest, the first of equals."""
    # |c|² - 2uc orders as |u - c|² does, and needs no (n, k, d) array
    return np.asarray((np.square(centroids).sum(axis=1) - 2 * u @ centroids.T).argmin(axis=1))
