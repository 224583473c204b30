"""All tables of one stream."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.quality.split import Split
from bench.stability import groups, utility
from bench.stability.decisions import late_rows, restless_rows
from bench.stability.flips import Span
from bench.stability.outcomes import Outcome, outcomes, split_of
from bench.stability.runs import BOTH, LEARNING, NEITHER, Stream, at_ms, replay_all
from bench.stability.timeline import Said
from stream.bootstrap import build_encoder
from stream.settings import WorkerSettings


@dataclass(frozen=True)
class Table:
    """Rows of one dataclass, and what there is to say of them."""

    title: str
    rows: list[Any]
    note: str


def measure(stream: Stream, settings: WorkerSettings, pool: Executor) -> list[Table]:
    """The replays run in `pool`. `stream` must end on the date of `bench.quality`: segments are of that date."""
    said = replay_all(stream, settings, pool)
    return [*_decisions(stream, said), *_predictions(stream, said, settings)]


def _decisions(stream: Stream, said: Mapping[str, Said]) -> list[Table]:
    span = Span(at_ms(stream.count_from), at_ms(stream.until))
    counted = f"{stream.count_from} to {stream.until}, one household in {stream.one_in}"
    fixed = f"One segment model, learnt from {stream.learn_from} to {stream.count_from}; the live trainers go on."
    lasting = f"Moves that the run with {NEITHER} makes and that last seven days."
    return [
        Table("Moves and flips on a real stream", restless_rows(said, span), f"{counted}. {fixed}"),
        Table("What hysteresis costs in delay", late_rows(said, span), f"{counted}. {lasting}"),
    ]


def _predictions(stream: Stream, said: Mapping[str, Said], settings: WorkerSettings) -> list[Table]:
    split = split_of(stream.households)
    groupings = _groupings(split, said, at_ms(stream.until), settings)
    everyone = np.ones(len(split.test), bool)
    declared = np.array(groups.demographics(split).labels[: len(split.test)]) != groups.NOT_DECLARED
    bought, new = outcomes(split)
    note = "mAP in percent, values with 95 % intervals; {n} test households bought anything."
    return [
        Table(title, list(utility.rows(outcome, groupings, judged)), note.format(n=_n_buyers(outcome, judged)))
        for title, outcome, judged in (
            ("What is bought in the next 30 days, by group", bought, everyone),
            ("The same, of categories that a household had never bought", new, everyone),
            ("What is bought in the next 30 days by households that declared age and income", bought, declared),
        )
    ]


def _groupings(split: Split, said: Mapping[str, Said], time_ms: int, settings: WorkerSettings) -> list[groups.Grouping]:
    """Segue's first; the others that are made for it have as many groups."""
    segue = groups.segments("Segue's segments", split, said[BOTH].timelines, time_ms)
    n_groups = len(set(segue.labels))
    values = groups.rfm(split, time_ms)
    return [
        segue,
        *(groups.segments(f"Segue's segments: {name}", split, said[name].timelines, time_ms) for name in LEARNING),
        groups.demographics(split),
        groups.rfm_cells(values),
        groups.rfm_clusters(values, n_groups),
        groups.encoder_clusters(split, build_encoder(settings.process), n_groups),
        groups.shuffled(segue),
    ]


def _n_buyers(outcome: Outcome, judged: NDArray[np.bool_]) -> int:
    return int(outcome.test.bought[judged].any(axis=1).sum())
