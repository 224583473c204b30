"""One row for each scenario and arm, over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.segments.driver import Run, Track
from bench.segments.scores import (
    RECOGNISED,
    SETTLING_DAYS,
    Changes,
    LineageScore,
    Ring,
    changes,
    delay,
    lineage_score,
    rand_index,
    ring,
)

LAST_DAYS = 5


@dataclass(frozen=True)
class Delay:
    """`days` is a lower bound, the days watched, where the change was not recognised in them."""

    days: int
    recognised: bool


@dataclass(frozen=True)
class Scores:
    """What one arm reached in one run. `lineage` is None for an arm that tells none."""

    scenario: str
    arm: str
    seed: int
    ari: float
    ari_last: float
    changes: Changes
    delays: list[Delay]
    ring: Ring | None
    lineage: LineageScore | None
    learn_s: float
    assign_s: float
    plant_s: float


@dataclass(frozen=True)
class Row:
    """Means over seeds; `ring_kept` counts the seeds with recall and precision of at least RECOGNISED, `lineage` is the
    sum over seeds: told of planted, and surplus."""

    scenario: str
    arm: str
    ARI: float
    ARI_end: float
    unjustified_per_1000: float
    delay_days: str
    ring_recall: float | None
    ring_precision: float | None
    ring_kept: str
    lineage: str
    s: float


def scores(run: Run) -> list[Scores]:
    """Of every arm."""
    return [_score(run, track) for track in run.tracks]


def rows(found: Sequence[Scores]) -> list[Row]:
    """In the order of `found`, seeds together."""
    pairs = dict.fromkeys((score.scenario, score.arm) for score in found)
    return [_row([s for s in found if (s.scenario, s.arm) == pair]) for pair in pairs]


def _score(run: Run, track: Track) -> Scores:
    scenario, truth, ids = run.scenario, run.truth, track.ids
    index = rand_index(truth, ids)
    told = getattr(track.arm, "lineage", None)
    watched = [min(SETTLING_DAYS + 1, scenario.n_days - event.day) for event in scenario.events]
    delays = [delay(truth, ids, event) for event in scenario.events]
    return Scores(
        scenario=scenario.name,
        arm=track.competitor.name,
        seed=run.seed,
        ari=float(index.mean()),
        ari_last=float(index[-LAST_DAYS:].mean()),
        changes=changes(truth, ids, scenario.events),
        delays=[Delay(n if days is None else days, days is not None) for days, n in zip(delays, watched, strict=True)],
        ring=ring(truth, ids, scenario.ring) if scenario.ring is not None else None,
        lineage=None if told is None else lineage_score(scenario.events, told),
        learn_s=track.learn_s,
        assign_s=track.assign_s,
        plant_s=run.plant_s,
    )


def _row(seeds: Sequence[Scores]) -> Row:
    rings = [s.ring for s in seeds if s.ring]
    kept = sum(min(r.recall, r.precision) >= RECOGNISED for r in rings)
    n_unjustified, n_user_days = (
        sum(s.changes.n_unjustified for s in seeds),
        sum(s.changes.n_user_days for s in seeds),
    )
    return Row(
        scenario=seeds[0].scenario,
        arm=seeds[0].arm,
        ARI=float(np.mean([s.ari for s in seeds])),
        ARI_end=float(np.mean([s.ari_last for s in seeds])),
        unjustified_per_1000=1000 * n_unjustified / max(n_user_days, 1),
        delay_days=_delay([d for s in seeds for d in s.delays]),
        ring_recall=float(np.mean([r.recall for r in rings])) if rings else None,
        ring_precision=float(np.mean([r.precision for r in rings])) if rings else None,
        ring_kept=f"{kept}/{len(rings)}" if rings else "",
        lineage=_lineage([s.lineage for s in seeds if s.lineage]),
        s=float(np.mean([s.learn_s + s.assign_s for s in seeds])),
    )


def _delay(found: list[Delay]) -> str:
    """The mean, a lower bound where one was never recognised."""
    if not found:
        return ""
    bound = "" if all(d.recognised for d in found) else "≥ "
    return f"{bound}{np.mean([d.days for d in found]):.1f}"


def _lineage(found: list[LineageScore]) -> str:
    if not found:
        return ""
    planted, told, surplus = (sum(getattr(s, name) for s in found) for name in ("n_planted", "n_told", "n_surplus"))
    return f"{told}/{planted}, {surplus} surplus"
