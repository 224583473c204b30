"""One row for each way to decide: how restless it is, and how late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bench.stability.delay import delays
from bench.stability.flips import Span, flips
from bench.stability.runs import FIXED, NEITHER
from bench.stability.timeline import Said, Timeline


@dataclass(frozen=True)
class Restless:
    """`n_models` segment models decided. Moves and flips also for 1,000 days with an answer of one person; flips and
    returns also as shares of the moves."""

    decision: str
    n_models: int
    n_moves: int
    moves_per_1000_days: float
    flips_per_1000_days: float
    flips_of_moves: float
    returns_of_moves: float


@dataclass(frozen=True)
class Late:
    """Of the `n_lasting` moves without hysteresis, the shares in which a run was there already, followed, or never
    came; how late it followed, in hours."""

    decision: str
    n_lasting: int
    already: float
    followed: float
    never: float
    median_h: float
    p90_h: float


def restless_rows(said: Mapping[str, Said], span: Span) -> list[Restless]:
    """Of every run."""
    return [_restless(name, run.timelines, span) for name, run in said.items()]


def late_rows(said: Mapping[str, Said], span: Span) -> list[Late]:
    """Of the runs that decide by the segment model of the run without hysteresis; delays need the same segments."""
    reference = said[NEITHER].timelines
    return [
        _late(name, reference, run.timelines, span) for name, run in said.items() if name in FIXED and name != NEITHER
    ]


def _restless(name: str, timelines: Mapping[str, Timeline], span: Span) -> Restless:
    found = flips(timelines.values(), span)
    models = {change.model for timeline in timelines.values() for change in timeline if change.time_ms in span}
    thousand_days = found.person_days / 1_000
    return Restless(
        name,
        len(models),
        found.n_moves,
        found.n_moves / thousand_days,
        found.n_flips / thousand_days,
        found.n_flips / max(found.n_moves, 1),
        found.n_returns / max(found.n_moves, 1),
    )


def _late(name: str, reference: Mapping[str, Timeline], other: Mapping[str, Timeline], span: Span) -> Late:
    found = delays(reference, other, span)
    n = max(found.n_lasting, 1)
    median_h, p90_h = np.percentile(found.hours, [50, 90]) if found.hours else (np.nan, np.nan)
    already, followed = found.n_already / n, len(found.hours) / n
    return Late(name, found.n_lasting, already, followed, 1 - already - followed, float(median_h), float(p90_h))
