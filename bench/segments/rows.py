"""One row for each scenario and method, over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.segments.driver import Run, Track
from bench.segments.scores import (
    RECOGNISED,
    Changes,
    Delay,
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
class Scores:
    """Scores of one method in one run; `lineage` is None for a method without lineage events."""

    scenario: str
    method: str
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
    """Means over seeds. `ring_kept` counts the seeds with recall and precision of at least RECOGNISED.

    `lineage` sums over seeds: published of planted events, and surplus ones.
    """

    scenario: str
    method: str
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
    """Return the scores of every method."""
    return [_score(run, track) for track in run.tracks]


def rows(found: Sequence[Scores]) -> list[Row]:
    """Return one row for each scenario and method, in the order of `found`."""
    pairs = dict.fromkeys((score.scenario, score.method) for score in found)
    return [_row([s for s in found if (s.scenario, s.method) == pair]) for pair in pairs]


def _score(run: Run, track: Track) -> Scores:
    scenario, truth, ids = run.scenario, run.truth, track.ids
    index = rand_index(truth, ids)
    published = getattr(track.clusterer, "lineage", None)
    return Scores(
        scenario=scenario.name,
        method=track.method.name,
        seed=run.seed,
        ari=float(index.mean()),
        ari_last=float(index[-LAST_DAYS:].mean()),
        changes=changes(truth, ids, scenario.events),
        delays=[delay(truth, ids, event) for event in scenario.events],
        ring=ring(truth, ids, scenario.ring) if scenario.ring is not None else None,
        lineage=None if published is None else lineage_score(scenario.events, published),
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
        method=seeds[0].method,
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
    """Return the mean in words, marked as a lower bound where an event was never recognised."""
    if not found:
        return ""
    bound = "" if all(d.recognised for d in found) else "≥ "
    return f"{bound}{np.mean([d.days for d in found]):.1f}"


def _lineage(found: list[LineageScore]) -> str:
    if not found:
        return ""
    planted, published, surplus = (
        sum(getattr(s, name) for s in found) for name in ("n_planted", "n_published", "n_surplus")
    )
    return f"{published}/{planted}, {surplus} surplus"
