"""The pool as a table: everyone's profile, and where it lies among the segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.core.decision.overrides import Margins
from stream.core.profile import Profiles
from stream.core.segment_model import Scaler, SegmentModel
from stream.training.cluster.kmeans import held_out
from stream.training.rollout.impact import predict_segments
from stream.training.structure.detect import nearest_centroids
from stream.training.values.reservoir import (
    InclusionThresholds,
    Reservoir,
    ReservoirEntry,
    by_priority,
    raw_profiles,
    sampling_weights,
)


@dataclass(frozen=True, slots=True)
class Population:
    """n people: raw profiles, scaled ones `x (n, dims) float64`, how many people each stands for `weights (n,)`, and
    the segment each is counted under when segments change, "" for none."""

    people: list[ReservoirEntry]
    home_segments: list[str]
    raw: Profiles
    x: Floats
    weights: Floats

    @property
    def current_segments(self) -> list[str]:
        """The segment each person was in when sampled, "" before their first."""
        return [person.sample.segment for person in self.people]

    def only(self, rows: NDArray[np.intp]) -> Population:
        """The people at these rows."""
        raw = Profiles(self.raw.explicit[rows], self.raw.semantic[rows])
        people, home_segments = (
            [self.people[row] for row in rows.tolist()],
            [self.home_segments[row] for row in rows.tolist()],
        )
        return Population(people, home_segments, raw, self.x[rows], self.weights[rows])


@dataclass(frozen=True, slots=True)
class Assignments:
    """Where people are among k centroids: `nearest (n,)`, `distance (n,)` to it, and whether it is within the
    threshold, `known (n,)`."""

    nearest: NDArray[np.intp]
    distance: Floats
    known: NDArray[np.bool_]

    def members(self, at: int) -> NDArray[np.intp]:
        """Rows of the people of one segment."""
        return np.flatnonzero((self.nearest == at) & self.known)

    def index(self) -> NDArray[np.intp]:
        """(n,) the segment of each, -1 for unknown."""
        return np.where(self.known, self.nearest, -1)


def view(
    reservoir: Reservoir, home_segments: Mapping[str, str], scaler: Scaler, inclusion_thresholds: InclusionThresholds
) -> Population:
    """The pool; there must be somebody."""
    people = by_priority(reservoir)
    raw = raw_profiles(people)
    counted = [home_segments.get(person.sample.user) or person.sample.segment for person in people]
    return Population(
        people, counted, raw, scaler.transform(raw).astype(np.float64), sampling_weights(people, inclusion_thresholds)
    )


def assign_held_out(seen: Population, centroids: Floats, counts: Floats, thresholds: Floats) -> Assignments:
    """Everyone among `centroids (k, dims)` that are means of `counts (k,)` samples; distances are held-out ones."""
    return assignments_at(*nearest_centroids(seen.x, centroids), counts, thresholds)


def assignments_at(nearest: NDArray[np.intp], distance: Floats, counts: Floats, thresholds: Floats) -> Assignments:
    """The same for people at `distance (n,)` of the nearest of such centroids."""
    return Assignments(nearest, held_out(distance, counts[nearest]), distance <= thresholds[nearest])


def assign_by_model(seen: Population, model: SegmentModel) -> Assignments:
    """Everyone among the segments of a model, as a worker sees it."""
    nearest, distance = nearest_centroids(seen.x, model.centroids.astype(np.float64))
    return Assignments(nearest, distance, distance <= model.thresholds[nearest])


def updated_home_segments(seen: Population, where: Assignments, ids: Sequence[str]) -> dict[str, str]:
    """Everyone who is known counted where they are now, the others as before."""
    found = {}
    for person, home, at in zip(seen.people, seen.home_segments, where.index().tolist(), strict=True):
        if segment := ids[at] if at >= 0 else home:
            found[person.sample.user] = segment
    return found


def expected_segments(
    seen: Population, former: SegmentModel | None, model: SegmentModel, margin: Margins
) -> dict[str, ReservoirEntry]:
    """Those whom `model`, after `former`, takes to another segment than they would be in, as people who know it: to be
    found there when sampled again is no move of theirs."""
    current_segments = seen.current_segments
    before = current_segments if former is None else predict_segments(former, seen.raw, current_segments, margin)
    after = predict_segments(model, seen.raw, current_segments, margin)
    return {
        person.sample.user: replace(person, expected_segments=to)
        for person, was, to in zip(seen.people, before, after, strict=True)
        if was != to
    }
