"""One row for each task and method. Intervals are of 95 %, by a bootstrap over households."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from apps.methods.shoppers import Sheet
from bench.apps.recommendation.households import FIRSTS
from bench.apps.recommendation.scores import Scores, scores_of
from bench.apps.recommendation.shop import WITHOUT_SEGUE, Shop
from bench.quality.estimates import mean_estimate
from stream.core.arrays import Floats

BASELINE = "item-kNN"
ALL, NEW, FEW = "all", "all, new categories only", f"at most {max(FIRSTS)} purchases"

Methods = Mapping[str, Callable[[Sheet], Floats]]


@dataclass(frozen=True)
class Row:
    """A method on a task. Differences are of mAP@10, with intervals from the same resamples."""

    users: str
    n_users: int
    method: str
    map_10: str
    recall_10: str
    coverage: float
    minus_item_knn: str
    minus_ranker_without_segue: str
    map_with_3_5_10_purchases: tuple[float, ...]


@dataclass(frozen=True)
class Judged:
    """Scores of a method by task, and its mAP@10 with each small number of purchases."""

    by_task: Mapping[str, Scores]
    by_purchases: tuple[float, ...]


def rows_of(shop: Shop, methods: Methods) -> list[Row]:
    """Return the rows, task by task."""
    found = {name: judged(shop, score) for name, score in methods.items()}
    return [_row(task, name, found) for task in (ALL, NEW, FEW) for name in methods]


def judged(shop: Shop, score: Callable[[Sheet], Floats]) -> Judged:
    """Return the scores of a method. Users with few purchases have the mean over 3, 5 and 10."""
    ranked = {n: score(sheet) for n, sheet in shop.sheets.items()}
    by_n = {n: scores_of(ranked[n], shop.outcomes[n]) for n in ranked}
    new = scores_of(ranked[0], shop.outcomes[0], shop.sheets[0].days > 0)
    few = [by_n[n] for n in FIRSTS]  # of the same households
    precision = np.mean([each.precision for each in few], axis=0)
    recall = np.mean([each.recall for each in few], axis=0)
    mean = Scores(precision, recall, float(np.mean([each.coverage for each in few])))
    return Judged({ALL: by_n[0], NEW: new, FEW: mean}, tuple(float(np.nanmean(each.precision)) for each in few))


def _row(task: str, name: str, found: Mapping[str, Judged]) -> Row:
    own = found[name].by_task[task]
    counts = ~np.isnan(own.precision)

    def minus(other: str) -> str:
        difference = own.precision[counts] - found[other].by_task[task].precision[counts]
        return "" if other == name else _shown(difference, "+")

    return Row(
        users=task,
        n_users=int(counts.sum()),
        method=name,
        map_10=_shown(own.precision[counts]),
        recall_10=_shown(own.recall[counts]),
        coverage=own.coverage,
        minus_item_knn=minus(BASELINE),
        minus_ranker_without_segue=minus(WITHOUT_SEGUE),
        map_with_3_5_10_purchases=found[name].by_purchases if task == FEW else (),
    )


def _shown(values: Floats, sign: str = "") -> str:
    """Return a mean with its interval.

    >>> _shown(np.array([0.5, 0.5]))
    '0.500 (0.500 to 0.500)'
    """
    mean = mean_estimate(values)
    return f"{mean.value:{sign}.3f} ({mean.low:{sign}.3f} to {mean.high:{sign}.3f})"
