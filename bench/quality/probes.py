"""Linear probes of declared labels: a balanced logistic regression for each, scored by macro-F1 out of fold.

The interval resamples households, each with its fold and prediction. So it covers the choice of households, not the
fit of the probe.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from bench.quality.estimates import Estimate, estimate, resampled_counts
from bench.quality.profiles import Array
from bench.quality.split import Split
from stream.core.arrays import Floats

N_FOLDS = 5
N_SEEDS = 5
STRENGTH = 0.01  # scikit-learn's C: the labels are few, the dimensions many

Labels = NDArray[np.str_]


@dataclass(frozen=True)
class Task:
    """A label to predict: `known (n,)` marks the test households that declared it, `labels (n,)` holds the values."""

    known: NDArray[np.bool_]
    labels: Labels


@dataclass(frozen=True)
class Fold:
    """Out-of-fold predictions: positions among the households with the label, true labels, predicted labels."""

    members: NDArray[np.intp]
    true: Labels
    predicted: Labels


def tasks(split: Split) -> dict[str, Task]:
    """Return the labels to predict: children or none, married or not, three ages, one person or more."""
    declared = split.demographics.reindex(list(split.test))
    known = declared.age.notna().to_numpy()
    age = declared.age.astype(str)
    young, middle = age.isin(["19-24", "25-34"]), age.isin(["35-44", "45-54"])
    marital = declared.marital_status.astype(str)
    kids = ~declared.kids_count.astype(str).isin(["0", "None/Unknown"])
    size = declared.household_size.astype(str)
    return {
        "kids": Task(known, kids.to_numpy().astype(str)),
        "marital": Task(known & marital.isin(["Married", "Unmarried"]).to_numpy(), marital.to_numpy().astype(str)),
        "age3": Task(known, np.where(young, "young", np.where(middle, "middle", "older"))),
        "size1": Task(known, (size == "1").to_numpy().astype(str)),
    }


def probe(rows: Array, task: Task) -> Estimate:
    """Return macro-F1, the mean over all folds of all seeds; `rows (n, d)` are the profiles of all test households."""
    x, y = rows[task.known], task.labels[task.known]
    folds = list(_folds(x, y))
    return estimate(float(macro_f1(folds, np.ones((1, len(y))))[0]), macro_f1(folds, resampled_counts(len(y))))


def macro_f1(folds: list[Fold], counts: Floats) -> Floats:
    """Return `(r,)` means over folds, one for each row of `counts (r, n)`, the draw counts of households."""
    return np.asarray(np.mean([_fold_f1(fold, counts[:, fold.members]) for fold in folds], axis=0))


def _fold_f1(fold: Fold, counts: Floats) -> Floats:
    """Return `(r,)` mean F1 over the labels that occur, declared or predicted."""
    scores = []
    for label in np.union1d(fold.true, fold.predicted):
        true, predicted = fold.true == label, fold.predicted == label
        both, either = counts @ (true & predicted), counts @ true + counts @ predicted
        scores.append(np.divide(2 * both, either, out=np.full_like(either, np.nan), where=either > 0))
    return np.asarray(np.nanmean(scores, axis=0))


def _folds(x: Array, y: Labels) -> Iterator[Fold]:
    for seed in range(N_SEEDS):
        for training, test in StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed).split(x, y):
            scaler = StandardScaler().fit(x[training])
            model = LogisticRegression(C=STRENGTH, max_iter=2000, class_weight="balanced")
            model.fit(scaler.transform(x[training]), y[training])
            yield Fold(test, y[test], model.predict(scaler.transform(x[test])))
