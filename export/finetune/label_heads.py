"""Calibrated heads on profiles as the worker serves them: int8 vectors, mean of a window, length 1.

A head is a logistic regression, values balanced; its temperature and the threshold below which it says "not sure" are
fitted on people it was not fitted on (Guo et al. 2017, arXiv:1706.04599). Neither torch nor the base model is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from export.errors import DataError
from export.finetune.found_again import shares, unit
from export.finetune.history import MIN_ITEMS, WINDOW_ITEMS, History, Person
from stream.core.labels import LabelHead

Vectors = NDArray[np.float32]
Floats = NDArray[np.float64]

STRENGTH = 1.0  # C of the regression
RIGHT = 0.8  # of the people whom a head names a value, so many are to be right; else it says "not sure"
MIN_PEOPLE = 10  # who declared a label, to calibrate it on
NEVER = 1.0  # a threshold that is hardly ever reached


@dataclass(frozen=True)
class Judgement:
    """How a head does on people that it was not fitted on: macro-F1 of the most probable value, and of those named a
    value: how many (`coverage`) and how many of them rightly (`right`; nan when none). `calibration_error` is the mean
    distance of probability and frequency over ten bins."""

    n_people: int
    macro_f1: float
    coverage: float
    right: float
    calibration_error: float


def fit_head(label: str, training: History, validation: History, vectors: Vectors) -> LabelHead:
    """The head of `label`, from profiles of `vectors (n_texts, d)`. Raises DataError when too few declared it."""
    x, y = _profiles(training, label, vectors)
    held_x, held_y = _profiles(validation, label, vectors)
    for what, told in (("training", y), ("validation", held_y)):
        if len(told) < MIN_PEOPLE or len(set(told)) < 2:
            raise DataError(
                f"the label {label!r} can not be learned: of the people in {what}, {len(told)} with enough events "
                f"declared it, {len(set(told))} values; expected {MIN_PEOPLE} people and 2 values or more"
            )
    regression = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000).fit(x, y)
    weight, bias = _of_all_values(regression)
    values = tuple(str(value) for value in regression.classes_)
    known = np.isin(held_y, values)
    scores, truth = held_x[known] @ weight + bias, np.searchsorted(values, held_y[known])
    warmth = _temperature(scores, truth)
    threshold = _threshold(softmax(scores / warmth, axis=1), truth)
    return LabelHead(label, values, (weight / warmth).astype(np.float32), (bias / warmth).astype(np.float32), threshold)


def judge(head: LabelHead, people: History, vectors: Vectors) -> Judgement:
    """How `head` does on `people` who declared its label."""
    x, y = _profiles(people, head.name, vectors)
    x, y = x[np.isin(y, head.values)], y[np.isin(y, head.values)]
    if not len(y):
        return Judgement(0, float("nan"), 0.0, float("nan"), float("nan"))
    probabilities = softmax(x @ head.weight + head.bias, axis=1)
    most, told = probabilities.max(axis=1), probabilities.argmax(axis=1)
    hits = told == np.searchsorted(head.values, y)
    sure = most >= head.threshold
    bins = np.minimum((most * 10).astype(int), 9)
    off = sum(abs(most[bins == b].sum() - hits[bins == b].sum()) for b in range(10)) / len(y)
    return Judgement(
        n_people=len(y),
        macro_f1=float(f1_score(y, np.array(head.values)[told], average="macro")),
        coverage=float(sure.mean()),
        right=float(hits[sure].mean()) if sure.any() else float("nan"),
        calibration_error=float(off),
    )


def _profiles(history: History, label: str, vectors: Vectors) -> tuple[Floats, NDArray[np.str_]]:
    """Profiles (n, d) of people's last windows, and what they declared."""
    people = [p for p in history.people if label in p.labels and len(p.texts) >= MIN_ITEMS]
    windows = shares([_last(person) for person in people], len(history.texts))
    return unit(windows @ vectors.astype(np.float64)), np.array([person.labels[label] for person in people], np.str_)


def _last(person: Person) -> NDArray[np.int64]:
    return person.texts[-WINDOW_ITEMS:]


def _of_all_values(regression: LogisticRegression) -> tuple[Floats, Floats]:
    """Weights (d, n_values) and biases (n_values,); two values have one column, the second's, before."""
    weight, bias = regression.coef_.T, regression.intercept_
    if weight.shape[1] == 1:
        weight = np.concatenate([np.zeros_like(weight), weight], axis=1)
        bias = np.concatenate([np.zeros(1), bias])
    return weight, bias


def _temperature(scores: Floats, truth: NDArray[np.int64]) -> float:
    """The number that `scores` are divided by for the best likelihood, 1/10 to 10."""

    def loss(log_warmth: float) -> float:
        return -float(log_softmax(scores / np.exp(log_warmth), axis=1)[np.arange(len(truth)), truth].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-np.log(10), np.log(10)), method="bounded").x))


def _threshold(probabilities: Floats, truth: NDArray[np.int64]) -> float:
    """The least threshold at which RIGHT of those named a value are right; NEVER when there is none."""
    most, hits = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    order = np.argsort(-most)
    right = hits[order].cumsum() / np.arange(1, len(order) + 1)
    enough = np.flatnonzero((right >= RIGHT) & (np.arange(len(order)) >= MIN_PEOPLE - 1))
    return float(most[order][enough[-1]]) if len(enough) else NEVER


def fit_heads(labels: Sequence[str], training: History, validation: History, vectors: Vectors) -> tuple[LabelHead, ...]:
    """A head for each of `labels`."""
    return tuple(fit_head(label, training, validation, vectors) for label in labels)
