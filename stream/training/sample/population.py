"""The reservoir as a design matrix, and the assignment of its users to segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Vectors
from stream.core.profile import Profiles
from stream.core.scaler import Scaler
from stream.core.segment_model import SegmentModel
from stream.training.cluster.centroids import held_out, nearest_centroids
from stream.training.values.reservoir import ReservoirEntry, by_priority, contrasts_of, raw_profiles, sampling_weights
from stream.training.values.state import SampledUsers


@dataclass(frozen=True, slots=True)
class Population:
    """A sample of n users: raw profiles, scaled profiles `x (n, dims) float64`, and sampling weights (n,).

    A weight is the number of users represented by one sampled user. `home_segments` are the segments of users before a
    change of segments, "" for none.
    """

    users: list[ReservoirEntry]
    home_segments: list[str]
    raw: Profiles
    x: Floats
    weights: Floats

    @property
    def contrasts(self) -> Vectors:
        """The contrasts (n, d) of the users' windows."""
        return contrasts_of(self.users)

    @property
    def current_segments(self) -> list[str]:
        """The segment of each user when sampled, "" before the first."""
        return [user.sample.segment for user in self.users]

    def select(self, rows: NDArray[np.intp]) -> Population:
        """Return the population of the users at `rows`."""
        at = rows.tolist()
        return Population(
            [self.users[row] for row in at],
            [self.home_segments[row] for row in at],
            self.raw.rows(rows),
            self.x[rows],
            self.weights[rows],
        )


@dataclass(frozen=True, slots=True)
class Assignments:
    """Assignments of n users to k centroids: the nearest one, `nearest (n,)`, and the `distance (n,)` to it.

    `known (n,)` is True where the distance is within the segment's threshold.
    """

    nearest: NDArray[np.intp]
    distance: Floats
    known: NDArray[np.bool_]

    def members(self, at: int) -> NDArray[np.intp]:
        """Return the rows of the known users of segment `at`."""
        return np.flatnonzero((self.nearest == at) & self.known)

    def index(self) -> NDArray[np.intp]:
        """Return the segment (n,) of each user, -1 for unknown."""
        return np.where(self.known, self.nearest, -1)


def build_population(sampled: SampledUsers, scaler: Scaler) -> Population:
    """Return the sampled users, of which there must be one, by priority."""
    users = by_priority(sampled.reservoir)
    raw = raw_profiles(users)
    home_segments = [sampled.home_segments.get(user.sample.user) or user.sample.segment for user in users]
    x = scaler.transform(raw).astype(np.float64)
    return Population(users, home_segments, raw, x, sampling_weights(users, sampled.inclusion_thresholds))


def assign_held_out(population: Population, centroids: Floats, counts: Floats, thresholds: Floats) -> Assignments:
    """Return the assignments to `centroids (k, dims)` that are means of `counts (k,)` samples.

    Distances are held out: to the mean without the user.
    """
    return assignments_at(*nearest_centroids(population.x, centroids), counts, thresholds)


def assignments_at(nearest: NDArray[np.intp], distance: Floats, counts: Floats, thresholds: Floats) -> Assignments:
    """Return held-out assignments of users at `distance (n,)` from their `nearest (n,)` centroid."""
    return Assignments(nearest, held_out(distance, counts[nearest]), distance <= thresholds[nearest])


def assign_by_model(population: Population, model: SegmentModel) -> Assignments:
    """Return the assignments to the segments of a published model, as a worker makes them."""
    nearest, distance = nearest_centroids(population.x, model.centroids.astype(np.float64))
    return Assignments(nearest, distance, distance <= model.thresholds[nearest])


def updated_home_segments(population: Population, assignments: Assignments, ids: Sequence[str]) -> dict[str, str]:
    """Return home segments by user: the assigned segment of known users, the home before of unknown ones."""
    found = {}
    for user, home, at in zip(population.users, population.home_segments, assignments.index().tolist(), strict=True):
        if segment := ids[at] if at >= 0 else home:
            found[user.sample.user] = segment
    return found
