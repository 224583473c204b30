"""River's k-means, CluStream, DenStream and DBSTREAM behind one class.

River learns one profile at a time in Python, so these methods see fewer samples a day. Ids are those of
`predict_one`, the nearest centre, computed here for all rows at once.

Parameters, chosen by trial on the stationary stream of seed 0 where no rule is named:

* KMeans, and CluStream's k-means over micro-clusters: centres start as Gaussian noise. With noise as wide as the
  profiles one centre takes all samples, so the noise is small. `halflife` is the step to each sample.
* CluStream adds a sample to a micro-cluster within a factor of the mean deviation *of one dimension*. Profiles lie
  farther away by the square root of their dimension, so the paper's factor 2 is multiplied by it.
* Radius of DenStream and DBSTREAM: the median distance of first-day samples to their neighbour at 4 and 2 % of the
  sample. DenStream wants `mu` 10 members within; DBSTREAM joins micro-clusters that share a tenth of their weight.
* Fading weights have a half-life of 7 days of samples; CluStream's time window is as long.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from river import cluster

from bench.segments.method import Ids, Method
from bench.segments.planted import Day
from bench.segments.sklearn_baselines import nearest
from stream.core.arrays import Vectors
from stream.core.segment_model import distances

N_SAMPLES = 300  # learned a day
_LOOK_BACK_DAYS = 7
_SIGMA = 0.01  # of the noise that centres start as
_STEP = 0.1  # of the way to a sample
_R_FACTOR = 2
_N_MICRO = 100
_MU = 10

Point = dict[int, float]


@dataclass(frozen=True)
class Centres:
    """Centres `at (n, d)` with an id for each row; a profile gets the id of the nearest."""

    ids: list[Hashable]
    at: Vectors


class RiverClusterer:
    """A model of River: `make` builds one from k, a seed and the first sample; `centres` reads its centres."""

    def __init__(
        self, make: Callable[[int, int, Vectors], Any], centres: Callable[[Any], Centres], k: int, seed: int
    ) -> None:
        self._make, self._centres, self._k, self._seed = make, centres, k, seed
        self._model: Any = None

    def learn(self, day: Day, u: Vectors) -> None:
        if self._model is None:
            self._model = self._make(self._k, self._seed, u)
        for point in points(u):
            self._model.learn_one(point)

    def assign(self, day: Day, u: Vectors) -> Ids:
        found = self._centres(self._model)
        return [found.ids[at] for at in nearest(u, found.at).tolist()] if found.ids else [None] * len(u)


def points(u: Vectors) -> list[Point]:
    """Return rows in the format of River."""
    return [dict(enumerate(row)) for row in u.astype(float).tolist()]


def k_means(k: int, seed: int, u: Vectors) -> Any:
    """Build River's KMeans."""
    return cluster.KMeans(k, halflife=_STEP, sigma=_SIGMA, seed=seed)


def clu_stream(k: int, seed: int, u: Vectors) -> Any:
    """Build River's CluStream."""
    return cluster.CluStream(
        n_macro_clusters=k,
        max_micro_clusters=_N_MICRO,
        micro_cluster_r_factor=round(_R_FACTOR * np.sqrt(u.shape[1])),
        time_window=_LOOK_BACK_DAYS * len(u),
        time_gap=len(u),
        seed=seed,
        halflife=_STEP,
        sigma=_SIGMA,
    )


def den_stream(k: int, seed: int, u: Vectors) -> Any:
    """Build River's DenStream."""
    return cluster.DenStream(
        decaying_factor=1 / _LOOK_BACK_DAYS,
        beta=0.5,
        mu=_MU,
        epsilon=neighbour_distance(u, 0.04),
        n_samples_init=len(u),
        stream_speed=len(u),
    )


def db_stream(k: int, seed: int, u: Vectors) -> Any:
    """Build River's DBSTREAM."""
    return cluster.DBSTREAM(
        clustering_threshold=neighbour_distance(u, 0.02),
        fading_factor=1 / (_LOOK_BACK_DAYS * len(u)),
        cleanup_interval=len(u),
        intersection_factor=0.1,
        minimum_weight=3,
    )


def neighbour_distance(u: Vectors, part: float) -> float:
    """Return the median over rows of the distance to the neighbour at rank `part` of the others."""
    ranked = np.sort(distances(u, u), axis=1)  # at 0 is each row itself
    return float(np.median(ranked[:, max(round(part * len(u)), 1)]))


def read_centres(model: Any) -> Centres:
    """Read the centres of a model whose `predict_one` is the nearest of `centers`."""
    return _stacked(model.centers)


def read_dense(model: Any) -> Centres:
    """Read the centres of DenStream; a prediction makes its clusters."""
    if not model.p_micro_clusters:
        return Centres([], np.empty((0, 0), np.float32))
    model.predict_one(next(iter(model.p_micro_clusters.values())).center)
    return _stacked({name: found.center for name, found in model.clusters.items()})


def read_shared(model: Any) -> Centres:
    """Read the centres of DBSTREAM; reading `clusters` makes its clusters."""
    return _stacked({name: found.center for name, found in model.clusters.items()})


def read_micro(model: Any) -> Centres:
    """Read the micro-clusters of CluStream, each with the cluster of its k-means."""
    micro = [found.center for found in model.micro_clusters.values()]
    return Centres([model.predict_one(center) for center in micro], _matrix(micro))


def _stacked(centres: dict[Any, Point]) -> Centres:
    return Centres(list(centres), _matrix(list(centres.values())))


def _matrix(centres: list[Point]) -> Vectors:
    return np.array([[centre[at] for at in range(len(centre))] for centre in centres], np.float32)


RIVER = (
    Method("River KMeans", partial(RiverClusterer, k_means, read_centres), N_SAMPLES),
    Method("River CluStream", partial(RiverClusterer, clu_stream, read_micro), N_SAMPLES),
    Method("River DenStream", partial(RiverClusterer, den_stream, read_dense), N_SAMPLES),
    Method("River DBSTREAM", partial(RiverClusterer, db_stream, read_shared), N_SAMPLES),
)
