"""Impact of a segment model: the users it would move, and what becomes of the segments.

Both models decide for the same users, each from the segment the user is in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stream.core.decision.overrides import Margins
from stream.core.profile import Profiles
from stream.core.reserved import UNKNOWN
from stream.core.segment_model import SegmentModel, distances
from stream.training.sample.population import Population, assign_by_model
from stream.training.structure.lineage import Reassignment, lineage_of
from stream.training.values.lineage import Lineage
from stream.training.values.promotion import SegmentTransition
from stream.training.values.reservoir import ReservoirEntry

_ROWS = 256  # users at a time: their differences from all centroids are in memory together


@dataclass(frozen=True, slots=True)
class Impact:
    """Impact of a model on `n_sampled` users: `transitions`, the largest first, and `lineage`.

    `share_moved` is the share of users taken out of a segment, `share_entered` of users without one who get one.
    """

    transitions: tuple[SegmentTransition, ...] = ()
    share_moved: float = 0.0
    share_entered: float = 0.0
    n_sampled: int = 0
    lineage: tuple[Lineage, ...] = ()


NO_IMPACT = Impact()


def transitions_to(model: SegmentModel, serving: SegmentModel, population: Population, margins: Margins) -> Impact:
    """Return the impact of `model` on the users, compared with the serving one; without lineage."""
    before, after = (
        predict_segments(each, population.raw, population.current_segments, margins) for each in (serving, model)
    )
    moves: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, pair in enumerate(zip(before, after, strict=True)):
        if pair[0] != pair[1]:
            moves[pair].append(at)
    weights = population.weights
    total = float(weights.sum()) or 1.0
    found = [
        SegmentTransition(a, b, round(float(weights[ats].sum())), float(weights[ats].sum()) / total)
        for (a, b), ats in moves.items()
    ]
    found.sort(key=lambda each: (-each.share, each.from_segment, each.to_segment))
    moved = sum(each.share for each in found if each.from_segment != UNKNOWN)
    return Impact(tuple(found), moved, sum(each.share for each in found) - moved, len(before))


def impact_of(model: SegmentModel, serving: SegmentModel, population: Population, margins: Margins) -> Impact:
    """Return the impact of `model` on users and segments, compared with the serving one."""
    now = assign_by_model(population, model).index()
    moved = Reassignment(population.home_segments, now, population.weights)
    impact = transitions_to(model, serving, population, margins)
    return replace(impact, lineage=lineage_of(serving.ids, model, moved))


def predict_segments(
    model: SegmentModel, raw: Profiles, current_segments: Sequence[str], margins: Margins
) -> list[str]:
    """Return each user's segment once the dwell is over, by the rule of the kernel (decide.c), vectorised."""
    u = model.scaler.transform(raw)
    chunks = [distances(u[at : at + _ROWS], model.centroids) for at in range(0, len(u), _ROWS)]
    to_centroids = np.concatenate(chunks).astype(np.float64)  # as the kernel compares them
    nearest = to_centroids.argmin(axis=1)
    near = to_centroids[np.arange(len(to_centroids)), nearest]
    limits = model.thresholds[nearest]
    columns = {segment: at for at, segment in enumerate(model.ids)}
    found = []
    for at, segment in enumerate(current_segments):
        own = columns.get(segment)
        challenger = UNKNOWN if near[at] > limits[at] else model.ids[nearest[at]]
        needed = margins.between(segment, challenger)
        if own is None or challenger == segment:
            found.append(challenger)
        elif challenger == UNKNOWN:
            found.append(UNKNOWN if near[at] > limits[at] * (1 + needed) else segment)
        else:
            found.append(challenger if near[at] <= to_centroids[at, own] * (1 - needed) else segment)
    return found


def expected_segments(
    population: Population, previous: SegmentModel | None, model: SegmentModel, margins: Margins
) -> dict[str, ReservoirEntry]:
    """Return the reservoir entries, by user, of users that `model` moves after `previous`, with the predicted segment.

    A user found there by the next sample has not flipped.
    """
    current = population.current_segments
    before = current if previous is None else predict_segments(previous, population.raw, current, margins)
    after = predict_segments(model, population.raw, current, margins)
    return {
        entry.sample.user: replace(entry, expected_segment=to)
        for entry, was, to in zip(population.users, before, after, strict=True)
        if was != to
    }
