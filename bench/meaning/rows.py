"""Rows of the tables: one for each run, and the mean over seeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.meaning.outcomes import SEGUE, Outcome

MEAN = "mean"
N_FAULTY = 4  # faulty names shown


@dataclass(frozen=True)
class MeaningRow:
    """Agreement of a method with one facet. Shares and counts below `segments` are Segue's only."""

    scenario: str
    facet: str
    method: str
    seed: str
    ARI: float
    NMI: float
    own: str
    segments: float | None
    unknown: float | None
    worst_day: float | None
    fresh: float | None
    worst_fresh_day: float | None
    s: float | None


@dataclass(frozen=True)
class StrangerRow:
    """Strangers found, and false alarms among all others."""

    seed: str
    days: int
    n_strangers: int
    recall: float
    false_unknown: float


@dataclass(frozen=True)
class StabilityRow:
    """Models and changes of a run."""

    scenario: str
    seed: str
    n_users: int
    n_segments: int
    unknown: float
    n_models: int
    changes_per_user: float


@dataclass(frozen=True)
class NameRow:
    """Figures of the names of a run; `read` are the groups that a reader recognises."""

    scenario: str
    seed: str
    n_names: int
    common_word: int
    short: int
    alike_pairs: int
    read: str
    faulty: str


def meaning_rows(outcomes: Sequence[Outcome]) -> list[MeaningRow]:
    """Return a row for each scenario, facet, method and seed, and the mean over seeds after them."""
    rows = [row for outcome in outcomes for row in _of_one(outcome)]
    found: list[MeaningRow] = []
    for key in dict.fromkeys((row.scenario, row.facet, row.method) for row in rows):
        seeds = [row for row in rows if (row.scenario, row.facet, row.method) == key]
        found += [*seeds, _mean(seeds)] if len(seeds) > 1 else seeds
    return found


def _of_one(outcome: Outcome) -> Iterator[MeaningRow]:
    for score in outcome.scores:
        ours, unknown = score.method == SEGUE, outcome.unknown
        yield MeaningRow(
            outcome.scenario,
            score.facet,
            score.method,
            str(outcome.seed),
            score.agreement.ari,
            score.agreement.nmi,
            f"{score.agreement.n_owned}/{score.agreement.n_groups}",
            outcome.n_segments if ours else None,
            unknown.end if ours else None,
            unknown.worst_day if ours else None,
            unknown.fresh if ours else None,
            unknown.worst_fresh_day if ours else None,
            outcome.seconds if ours else None,
        )


def _mean(rows: Sequence[MeaningRow]) -> MeaningRow:
    own = [row.own.split("/") for row in rows]
    return MeaningRow(
        rows[0].scenario,
        rows[0].facet,
        rows[0].method,
        MEAN,
        float(np.mean([row.ARI for row in rows])),
        float(np.mean([row.NMI for row in rows])),
        f"{np.mean([int(n) for n, _ in own]):.1f}/{own[0][1]}",
        *(
            _mean_of(getattr(row, name) for row in rows)
            for name in ("segments", "unknown", "worst_day", "fresh", "worst_fresh_day", "s")
        ),
    )


def stranger_rows(outcomes: Iterable[Outcome]) -> list[StrangerRow]:
    """Return a row for each seed and number of days."""
    return [
        StrangerRow(str(outcome.seed), each.days, each.n_strangers, each.recall, each.false_unknown)
        for outcome in outcomes
        for each in outcome.found
    ]


def stability_rows(outcomes: Iterable[Outcome]) -> list[StabilityRow]:
    """Return a row for each run."""
    return [
        StabilityRow(
            outcome.scenario,
            str(outcome.seed),
            outcome.n_users,
            outcome.n_segments,
            outcome.unknown.end,
            outcome.n_models,
            outcome.changes_per_user,
        )
        for outcome in outcomes
    ]


def name_rows(outcomes: Iterable[Outcome]) -> list[NameRow]:
    """Return a row for each run with named segments."""
    found = [(outcome, outcome.names) for outcome in outcomes if outcome.names.n_names]
    return [
        NameRow(
            outcome.scenario,
            str(outcome.seed),
            names.n_names,
            len(names.common),
            len(names.short),
            len(names.alike),
            f"{names.n_read}/{names.n_groups}" if names.n_groups else "",
            "; ".join([*names.common, *names.short, *(" = ".join(pair) for pair in names.alike)][:N_FAULTY]),
        )
        for outcome, names in found
    ]


def _mean_of(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
