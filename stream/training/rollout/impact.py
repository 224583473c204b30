"""Whom a segment model would move: both models answer for the same people, each from where the person is now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stream.core.arrays import Floats
from stream.core.decision.overrides import Margins
from stream.core.profile import Profiles
from stream.core.reserved import UNKNOWN
from stream.core.segment_model import SegmentModel, distances
from stream.training.sample.population import Population
from stream.training.values.promotion import SegmentTransition
from stream.training.values.reservoir import ReservoirEntry

_ROWS = 256  # people at a time: their differences from all centroids are in memory together


@dataclass(frozen=True, slots=True)
class TransitionMatrix:
    """`movements`, the largest first; `moved` the share of people taken out of a segment, `entered` the share of those
    who had none and get one; `people` were looked at."""

    movements: tuple[SegmentTransition, ...]
    moved: float
    entered: float
    people: int


def flows(
    serving: SegmentModel,
    model: SegmentModel,
    raw: Profiles,
    current_segments: Sequence[str],
    weights: Floats,
    margin: Margins,
) -> TransitionMatrix:
    """The difference that `model` makes. `standing` is where each person is now; each stands for `weights` people."""
    before, after = (predict_segments(each, raw, current_segments, margin) for each in (serving, model))
    moves: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, pair in enumerate(zip(before, after, strict=True)):
        if pair[0] != pair[1]:
            moves[pair].append(at)
    total = float(weights.sum()) or 1.0
    found = [
        SegmentTransition(a, b, round(float(weights[ats].sum())), float(weights[ats].sum()) / total)
        for (a, b), ats in moves.items()
    ]
    found.sort(key=lambda flow: (-flow.share, flow.from_segment, flow.to_segment))
    moved = sum(flow.share for flow in found if flow.from_segment != UNKNOWN)
    return TransitionMatrix(tuple(found), moved, sum(flow.share for flow in found) - moved, len(before))


def predict_segments(model: SegmentModel, raw: Profiles, current_segments: Sequence[str], margin: Margins) -> list[str]:
    """Where each person would be once the dwell is over: as `decide`, for many at once."""
    u = model.scaler.transform(raw)
    parts = [distances(u[at : at + _ROWS], model.centroids) for at in range(0, len(u), _ROWS)]
    seen = np.concatenate(parts).astype(np.float64)  # as `decide` compares them
    nearest = seen.argmin(axis=1)
    near = seen[np.arange(len(seen)), nearest]
    limits = model.thresholds[nearest]
    columns = {segment: at for at, segment in enumerate(model.ids)}
    found = []
    for at, segment in enumerate(current_segments):
        own = columns.get(segment)
        challenger = UNKNOWN if near[at] > limits[at] else model.ids[nearest[at]]
        needed = margin.between(segment, challenger)
        if own is None or challenger == segment:
            found.append(challenger)
        elif challenger == UNKNOWN:
            found.append(UNKNOWN if near[at] > limits[at] * (1 + needed) else segment)
        else:
            found.append(challenger if near[at] <= seen[at, own] * (1 - needed) else segment)
    return found


def expected_segments(
    population: Population, previous: SegmentModel | None, model: SegmentModel, margin: Margins
) -> dict[str, ReservoirEntry]:
    """Return the reservoir entries, by user, of users whom `model` moves after `previous`, with the predicted segment.

    A user found there by the next sample has not flipped.
    """
    current = population.current_segments
    before = current if previous is None else predict_segments(previous, population.raw, current, margin)
    after = predict_segments(model, population.raw, current, margin)
    return {
        entry.sample.user: replace(entry, expected_segments=to)
        for entry, was, to in zip(population.users, before, after, strict=True)
        if was != to
    }
