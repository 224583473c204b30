"""All tables of the room."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.quality.split import Split
from bench.stability import groups, utility
from bench.stability.decisions import delay_rows, flip_rows
from bench.stability.flips import Span
from bench.stability.outcomes import Outcome, outcomes, split_of
from bench.stability.runs import BOTH, LEARNING, NEITHER, Stream, at_ms, replay_all
from bench.stability.timeline import RunResult
from stream.bootstrap import build_encoder
from stream.settings import WorkerSettings


@dataclass(frozen=True)
class Table:
    """Rows of one dataclass, with a title and a note."""

    title: str
    rows: list[Any]
    note: str


def measure(stream: Stream, settings: WorkerSettings, pool: Executor) -> list[Table]:
    """Replay in `pool`, and return all tables.

    `stream` must end on the date of `bench.quality`, as segments of that date are compared.
    """
    runs = replay_all(stream, settings, pool)
    return [*_decisions(stream, runs), *_predictions(stream, runs, settings)]


def _decisions(stream: Stream, runs: Mapping[str, RunResult]) -> list[Table]:
    span = Span(at_ms(stream.count_from), at_ms(stream.until))
    counted = f"{stream.count_from} to {stream.until}, one household in {stream.one_in}"
    fixed = f"One segment model, learnt from {stream.learn_from} to {stream.count_from}; the live trainers continue."
    lasting = f"Moves that the run with {NEITHER} makes and that last seven days."
    return [
        Table("Moves and flips on a real stream", flip_rows(runs, span), f"{counted}. {fixed}"),
        Table("Delay of lasting moves by hysteresis", delay_rows(runs, span), f"{counted}. {lasting}"),
    ]


def _predictions(stream: Stream, runs: Mapping[str, RunResult], settings: WorkerSettings) -> list[Table]:
    split = split_of(stream.households)
    groupings = _groupings(split, runs, at_ms(stream.until), settings)
    all_households = np.ones(len(split.test), bool)
    declared = np.array(groups.demographics(split).labels[: len(split.test)]) != groups.NOT_DECLARED
    bought, new = outcomes(split)
    note = "mAP in percent, values with 95 % intervals; {n} test households bought anything."
    return [
        Table(title, list(utility.rows(outcome, groupings, judged)), note.format(n=_n_buyers(outcome, judged)))
        for title, outcome, judged in (
            ("Purchases of the next 30 days, ranked by group", bought, all_households),
            ("The same for categories new to the household", new, all_households),
            ("Purchases of the next 30 days, households with declared age and income", bought, declared),
        )
    ]


def _groupings(
    split: Split, runs: Mapping[str, RunResult], time_ms: int, settings: WorkerSettings
) -> list[groups.Grouping]:
    """Return the groupings, Segue's first. RFM clusters, the encoder's and random groups have as many groups."""
    segue = groups.segments("Segue's segments", split, runs[BOTH].timelines, time_ms)
    n_groups = len(set(segue.labels))
    values = groups.rfm(split, time_ms)
    return [
        segue,
        *(groups.segments(f"Segue's segments: {name}", split, runs[name].timelines, time_ms) for name in LEARNING),
        groups.demographics(split),
        groups.rfm_cells(values),
        groups.rfm_clusters(values, n_groups),
        groups.encoder_clusters(split, build_encoder(settings.process), n_groups),
        groups.shuffled(segue),
    ]


def _n_buyers(outcome: Outcome, judged: NDArray[np.bool_]) -> int:
    return int(outcome.test.bought[judged].any(axis=1).sum())
