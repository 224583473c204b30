"""Recall, delay and false alarms of all methods, with intervals by a bootstrap over users; a ring counts as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.apps.risk.alarms import Judgement, Outcome
from bench.apps.risk.cases import Kind
from bench.quality.estimates import Estimate, estimate, resampled_counts
from stream.core.arrays import Floats

TOGETHER = "together"


@dataclass(frozen=True)
class Row:
    """A method and a kind of case. `minus_forests` is the paired difference to the best of the forests on profiles."""

    method: str
    kind: str
    n_cases: int
    recall: str
    minus_forests: str
    delay_events: str
    delay_minutes: str
    false_alarms: str


@dataclass(frozen=True)
class _Cases:
    """Outcomes of all streams, and the draws `(N_RESAMPLES, n)` of each: those of a ring are drawn together."""

    outcomes: list[Outcome]
    draws: Floats

    def of(self, kind: str) -> _Cases:
        """Return the cases of one kind, or all of them."""
        rows = [at for at, each in enumerate(self.outcomes) if kind in (TOGETHER, each.case.kind)]
        return _Cases([self.outcomes[at] for at in rows], self.draws[:, rows])

    def recall(self) -> tuple[float, Floats]:
        """Return the recall and its resampled values."""
        found = np.array([float(each.is_found) for each in self.outcomes])
        return float(found.mean()), self.draws @ found / np.maximum(self.draws.sum(axis=1), 1)

    def delay(self, of: Floats) -> Estimate | None:
        """Return the median of these delays; None without a found case."""
        known = ~np.isnan(of)
        if not known.any():
            return None
        counts = self.draws[:, known].astype(int)
        medians = [np.median(np.repeat(of[known], drawn)) for drawn in counts if drawn.any()]
        return estimate(float(np.median(of[known])), np.array(medians))


def rows_of(judgements: Mapping[str, Sequence[Judgement]], forests: Sequence[str], in_full: Sequence[str]) -> list[Row]:
    """Return the rows of the table: all kinds of the methods `in_full`, and all cases together of the others.

    `judgements` has those of each stream, by method.
    """
    rows = []
    cases = {name: _cases(of_streams) for name, of_streams in judgements.items()}
    there = {each.case.kind for of_streams in cases.values() for each in of_streams.outcomes}
    kinds = [kind for kind in Kind if kind in there]
    for name, of_streams in judgements.items():
        for kind in (TOGETHER, *kinds) if name in in_full else (TOGETHER,):
            best = max((cases[forest].of(kind) for forest in forests), key=lambda each: each.recall()[0])
            rows.append(_row(name, kind, cases[name].of(kind), best, _false_alarms(of_streams)))
    return rows


def _cases(judgements: Sequence[Judgement]) -> _Cases:
    outcomes = [(stream, each) for stream, judged in enumerate(judgements) for each in judged.outcomes]
    groups = [(stream, each.case.group) for stream, each in outcomes]
    numbers = {group: at for at, group in enumerate(dict.fromkeys(groups))}
    draws = resampled_counts(len(numbers))[:, [numbers[group] for group in groups]]
    return _Cases([each for _, each in outcomes], draws)


def _row(name: str, kind: str, cases: _Cases, forest: _Cases, false_alarms: str) -> Row:
    recall, resampled = cases.recall()
    of_forest, resampled_forest = forest.recall()
    events = np.array([each.delay_events for each in cases.outcomes])
    minutes = np.array([each.delay_minutes for each in cases.outcomes])
    return Row(
        method=name,
        kind=kind,
        n_cases=len(cases.outcomes),
        recall=_text(estimate(recall, resampled), 2),
        minus_forests=_text(estimate(recall - of_forest, resampled - resampled_forest), 2),
        delay_events=_text(cases.delay(events), 0),
        delay_minutes=_text(cases.delay(minutes), 0),
        false_alarms=false_alarms if kind == TOGETHER else "",
    )


def _false_alarms(judgements: Sequence[Judgement]) -> str:
    """Return the false alarms a day for every 1,000 users."""
    false = np.concatenate([each.false_alarms for each in judgements])
    days = np.concatenate([each.days for each in judgements])
    draws = resampled_counts(len(false))
    return _text(estimate(1000 * float(false.sum() / days.sum()), 1000 * (draws @ false) / (draws @ days)), 2)


def _text(value: Estimate | None, digits: int) -> str:
    if value is None:
        return ""
    return f"{value.value:,.{digits}f} ({value.low:,.{digits}f}–{value.high:,.{digits}f})"
