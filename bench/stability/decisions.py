"""One row for each run: moves and flips, then the delay of lasting moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bench.stability.delay import delays
from bench.stability.flips import Span, flips
from bench.stability.runs import FIXED, NEITHER
from bench.stability.timeline import RunResult, Timeline


@dataclass(frozen=True)
class FlipRow:
    """Moves and flips of one run, decided by `n_models` segment models.

    Rates are per 1,000 user-days with an answer; flips and returns are also shares of the moves.
    """

    decision: str
    n_models: int
    n_moves: int
    moves_per_1000_days: float
    flips_per_1000_days: float
    flips_of_moves: float
    returns_of_moves: float


@dataclass(frozen=True)
class DelayRow:
    """Shares of the `n_lasting` lasting moves without hysteresis that a run made before, later or never.

    The hours are delays of the later ones.
    """

    decision: str
    n_lasting: int
    already: float
    followed: float
    never: float
    median_h: float
    p90_h: float


def flip_rows(runs: Mapping[str, RunResult], span: Span) -> list[FlipRow]:
    """Return one row for each run."""
    return [_flip_row(name, run.timelines, span) for name, run in runs.items()]


def delay_rows(runs: Mapping[str, RunResult], span: Span) -> list[DelayRow]:
    """Return one row for each run with the segment model of the run without hysteresis: delays need equal segments."""
    reference = runs[NEITHER].timelines
    names = [name for name in runs if name in FIXED and name != NEITHER]
    return [_delay_row(name, reference, runs[name].timelines, span) for name in names]


def _flip_row(name: str, timelines: Mapping[str, Timeline], span: Span) -> FlipRow:
    found = flips(timelines.values(), span)
    models = {change.model for timeline in timelines.values() for change in timeline if change.time_ms in span}
    thousand_days = found.user_days / 1_000
    return FlipRow(
        name,
        len(models),
        found.n_moves,
        found.n_moves / thousand_days,
        found.n_flips / thousand_days,
        found.n_flips / max(found.n_moves, 1),
        found.n_returns / max(found.n_moves, 1),
    )


def _delay_row(name: str, reference: Mapping[str, Timeline], other: Mapping[str, Timeline], span: Span) -> DelayRow:
    found = delays(reference, other, span)
    n = max(found.n_lasting, 1)
    median_h, p90_h = np.percentile(found.hours, [50, 90]) if found.hours else (np.nan, np.nan)
    already, followed = found.n_already / n, len(found.hours) / n
    return DelayRow(name, found.n_lasting, already, followed, 1 - already - followed, float(median_h), float(p90_h))
