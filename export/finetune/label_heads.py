"""Calibrated label heads on profiles as a worker serves them: int8 vectors, mean of a window, length 1.

A head is a logistic regression with balanced classes. Its temperature (Guo et al. 2017, arXiv:1706.04599) and the
threshold below which it abstains are fitted on validation users. Neither torch nor the base model is needed.
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
from export.finetune.history import MIN_ITEMS, WINDOW_ITEMS, History
from export.finetune.reidentification import averaging_matrix
from export.projection.principal import unit_rows
from stream.core.arrays import Floats, Ints, Vectors
from stream.core.labels import LabelHead

REGULARISATION = 1.0  # C of the regression
TARGET_PRECISION = 0.8  # of predicted values; a less certain head abstains
MIN_USERS = 10  # with a declared label, to fit or to calibrate on
NEVER = 1.0  # a threshold that is hardly ever reached
N_BINS = 10  # of the calibration error


@dataclass(frozen=True)
class HeadScores:
    """A head's quality on users outside its fit.

    `macro_f1` is that of the most probable value. `coverage` is the share of users with a prediction, `precision` the
    share of these that are right (NaN without any). `calibration_error` is the expected calibration error.
    """

    n_users: int
    macro_f1: float
    coverage: float
    precision: float
    calibration_error: float


def fit_heads(labels: Sequence[str], training: History, validation: History, vectors: Vectors) -> tuple[LabelHead, ...]:
    """Fit a head for each of `labels`."""
    return tuple(fit_head(label, training, validation, vectors) for label in labels)


def fit_head(label: str, training: History, validation: History, vectors: Vectors) -> LabelHead:
    """Fit the head of `label` on profiles of `vectors` (n_texts, d). Raises DataError when too few declared it."""
    x, y = _profiles(training, label, vectors)
    validation_x, validation_y = _profiles(validation, label, vectors)
    for part, declared in (("training", y), ("validation", validation_y)):
        if len(declared) < MIN_USERS or len(set(declared)) < 2:
            raise DataError(
                f"the label {label!r} can not be learned: of the users in {part}, {len(declared)} with enough events "
                f"declared it, {len(set(declared))} values; expected {MIN_USERS} users and 2 values or more"
            )
    regression = LogisticRegression(C=REGULARISATION, class_weight="balanced", max_iter=2000).fit(x, y)
    weight, bias = _one_column_a_value(regression)
    values = tuple(str(value) for value in regression.classes_)
    known = np.isin(validation_y, values)
    scores, truth = validation_x[known] @ weight + bias, np.searchsorted(values, validation_y[known])
    temperature = _fit_temperature(scores, truth)
    threshold = _fit_threshold(softmax(scores / temperature, axis=1), truth)
    scaled_weight, scaled_bias = (weight / temperature).astype(np.float32), (bias / temperature).astype(np.float32)
    return LabelHead(label, values, scaled_weight, scaled_bias, threshold)


def evaluate_head(head: LabelHead, users: History, vectors: Vectors) -> HeadScores:
    """Evaluate `head` on the `users` that declared one of its values."""
    x, y = _profiles(users, head.name, vectors)
    x, y = x[np.isin(y, head.values)], y[np.isin(y, head.values)]
    if not len(y):
        return HeadScores(0, float("nan"), 0.0, float("nan"), float("nan"))
    probabilities = softmax(x @ head.weight + head.bias, axis=1)
    confidence, predicted = probabilities.max(axis=1), probabilities.argmax(axis=1)
    hits = predicted == np.searchsorted(head.values, y)
    sure = confidence >= head.threshold
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    off = sum(abs(confidence[bins == b].sum() - hits[bins == b].sum()) for b in range(N_BINS)) / len(y)
    return HeadScores(
        n_users=len(y),
        macro_f1=float(f1_score(y, np.array(head.values)[predicted], average="macro")),
        coverage=float(sure.mean()),
        precision=float(hits[sure].mean()) if sure.any() else float("nan"),
        calibration_error=float(off),
    )


def _profiles(history: History, label: str, vectors: Vectors) -> tuple[Floats, NDArray[np.str_]]:
    """Return the profiles (n, d) of users' last windows, and their declared values (n,)."""
    users = [user for user in history.users if label in user.labels and len(user.texts) >= MIN_ITEMS]
    windows = averaging_matrix([user.texts[-WINDOW_ITEMS:] for user in users], len(history.texts))
    profiles = unit_rows(windows @ vectors.astype(np.float64))
    return profiles, np.array([user.labels[label] for user in users], np.str_)


def _one_column_a_value(regression: LogisticRegression) -> tuple[Floats, Floats]:
    """Return weights (d, n_values) and biases (n_values,); scikit-learn has one column for two values."""
    weight, bias = regression.coef_.T, regression.intercept_
    if weight.shape[1] == 1:
        weight = np.concatenate([np.zeros_like(weight), weight], axis=1)
        bias = np.concatenate([np.zeros(1), bias])
    return weight, bias


def _fit_temperature(scores: Floats, truth: Ints) -> float:
    """Return the divisor of `scores` (n, n_values) with the best likelihood, in [0.1, 10]."""

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(scores / np.exp(log_temperature), axis=1)[np.arange(len(truth)), truth].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-np.log(10), np.log(10)), method="bounded").x))


def _fit_threshold(probabilities: Floats, truth: Ints) -> float:
    """Return the least threshold with TARGET_PRECISION, or NEVER."""
    confidence, hits = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    order = np.argsort(-confidence)
    precision = hits[order].cumsum() / np.arange(1, len(order) + 1)
    enough = np.flatnonzero((precision >= TARGET_PRECISION) & (np.arange(len(order)) >= MIN_USERS - 1))
    return float(confidence[order][enough[-1]]) if len(enough) else NEVER
