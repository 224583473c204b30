"""Aims of an encoder, and their outcomes: met, within the 95 % interval, or not met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.quality.estimates import Estimate
from bench.quality.rows import RAW, SVD, Row
from bench.quality.scores import LABELS

MRR_AIM = 0.40
MAP_AIM = 0.470
UNSEEN_AIM = 0.14
GENERALITY_AIM = 0.98  # of the raw base: a loss of at most 2 %

Outcome = Literal["met", "within its interval", "not met"]


@dataclass(frozen=True)
class AimOutcome:
    """An outcome: `value` of the row's figure against the aim of at least `aim`, set for the reason `why`."""

    row: str
    figure: str
    value: float
    aim: float
    why: str
    outcome: Outcome


def aim_outcomes(row: Row, rows: Sequence[Row]) -> Iterator[AimOutcome]:
    """Yield the outcomes of an encoder trained on all texts, against the baselines among `rows`."""
    baselines = {other.name: other for other in rows if other.baseline}
    figures = row.scores.figures
    yield _exact(row, "MRR", figures["MRR"], MRR_AIM, "asked")
    yield _exact(row, "MRR", figures["MRR"], baselines[SVD].scores.figures["MRR"].value, SVD)
    yield _exact(row, "mAP", figures["mAP"], MAP_AIM, "asked")
    for label in LABELS:
        best = max(baselines.values(), key=lambda other: other.scores.figures[label].value)
        yield _within(row, label, figures[label], best.scores.figures[label].value, f"best baseline, {best.name}")
    raw = baselines[RAW].generality
    if row.generality and raw:
        for name, found in row.generality.figures.items():
            least = GENERALITY_AIM * raw.figures[name].value
            yield _exact(row, name, found, least, f"{GENERALITY_AIM:.0%} of {RAW}")


def unseen_outcome(row: Row) -> AimOutcome:
    """Return the outcome of an encoder trained without the unseen texts."""
    return _exact(row, "unseen_MRR", row.scores.figures["unseen_MRR"], UNSEEN_AIM, "asked")


def _exact(row: Row, figure: str, found: Estimate, aim: float, why: str) -> AimOutcome:
    return AimOutcome(row.name, figure, found.value, aim, why, "met" if found.value >= aim else "not met")


def _within(row: Row, figure: str, found: Estimate, aim: float, why: str) -> AimOutcome:
    outcome: Outcome = "met" if found.value >= aim else "within its interval" if found.high >= aim else "not met"
    return AimOutcome(row.name, figure, found.value, aim, why, outcome)
