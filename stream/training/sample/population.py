"""The pool as a table: everyone's profile, and where it lies among the segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stream.core.decision.overrides import Margins
from stream.core.features import Floats
from stream.core.profile import Profiles
from stream.core.segment_model import Scaler, SegmentModel
from stream.training.cluster.kmeans import held_out
from stream.training.rollout.impact import answers
from stream.training.structure.detect import located
from stream.training.values.reservoir import Cuts, Pool, Remembered, in_order, raw_profiles, represented


@dataclass(frozen=True, slots=True)
class View:
    """n people: raw profiles, scaled ones `x (n, dims) float64`, how many people each stands for `weights (n,)`, and
    the segment each is counted under when segments change, "" for none."""

    people: list[Remembered]
    homes: list[str]
    raw: Profiles
    x: Floats
    weights: Floats

    @property
    def standing(self) -> list[str]:
        """The segment each person was in when sampled, "" before their first."""
        return [person.sample.segment for person in self.people]

    def only(self, rows: NDArray[np.intp]) -> View:
        """The people at these rows."""
        raw = Profiles(self.raw.explicit[rows], self.raw.semantic[rows])
        people, homes = [self.people[row] for row in rows.tolist()], [self.homes[row] for row in rows.tolist()]
        return View(people, homes, raw, self.x[rows], self.weights[rows])


@dataclass(frozen=True, slots=True)
class Located:
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


def view(pool: Pool, homes: Mapping[str, str], scaler: Scaler, cuts: Cuts) -> View:
    """The pool; there must be somebody."""
    people = in_order(pool)
    raw = raw_profiles(people)
    counted = [homes.get(person.sample.user) or person.sample.segment for person in people]
    return View(people, counted, raw, scaler.transform(raw).astype(np.float64), represented(people, cuts))


def locate(seen: View, centroids: Floats, counts: Floats, thresholds: Floats) -> Located:
    """Everyone among `centroids (k, dims)` that are means of `counts (k,)` samples; distances are held-out ones."""
    return placed(*located(seen.x, centroids), counts, thresholds)


def placed(nearest: NDArray[np.intp], distance: Floats, counts: Floats, thresholds: Floats) -> Located:
    """The same for people at `distance (n,)` of the nearest of such centroids."""
    return Located(nearest, held_out(distance, counts[nearest]), distance <= thresholds[nearest])


def locate_in(seen: View, model: SegmentModel) -> Located:
    """Everyone among the segments of a model, as a worker sees it."""
    nearest, distance = located(seen.x, model.centroids.astype(np.float64))
    return Located(nearest, distance, distance <= model.thresholds[nearest])


def homes_of(seen: View, where: Located, ids: Sequence[str]) -> dict[str, str]:
    """Everyone who is known counted where they are now, the others as before."""
    found = {}
    for person, home, at in zip(seen.people, seen.homes, where.index().tolist(), strict=True):
        if segment := ids[at] if at >= 0 else home:
            found[person.sample.user] = segment
    return found


def taken(seen: View, former: SegmentModel | None, model: SegmentModel, margin: Margins) -> dict[str, Remembered]:
    """Those whom `model`, after `former`, takes to another segment than they would be in, as people who know it: to be
    found there when sampled again is no move of theirs."""
    standing = seen.standing
    before = standing if former is None else answers(former, seen.raw, standing, margin)
    after = answers(model, seen.raw, standing, margin)
    return {
        person.sample.user: replace(person, taken=to)
        for person, was, to in zip(seen.people, before, after, strict=True)
        if was != to
    }
