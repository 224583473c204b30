"""Figures of a score against an outcome, for many weightings of the rows at once: a bootstrap is a weighting.

Rows of one score share their place: AUC counts such a pair half, average precision and lift take them together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats

TOP = 0.1
_N_BINS = 10  # of equally many rows, for the calibration error


@dataclass(frozen=True)
class Figures:
    """Figures by weighting, `(n_weightings,)` each. `ece` is the expected calibration error."""

    auc: Floats
    average_precision: Floats
    lift_at_10: Floats
    brier: Floats
    ece: Floats


def figures(scores: Floats, outcomes: NDArray[np.bool_], weights: Floats) -> Figures:
    """Return the figures of `scores (n,)` for `weights (n_weightings, n)`; calibration takes scores as chances."""
    places, place = np.unique(-scores, return_inverse=True)
    bins = np.minimum(np.argsort(np.argsort(scores, kind="stable")) * _N_BINS // len(scores), _N_BINS - 1)
    with np.errstate(invalid="ignore", divide="ignore"):  # NaN for a weighting without the outcome
        found = np.array([_figures(scores, outcomes, each, place, len(places), bins) for each in weights])
    return Figures(*found.T)


def _figures(
    scores: Floats,
    outcomes: NDArray[np.bool_],
    weights: Floats,
    place: NDArray[np.intp],
    n: int,
    bins: NDArray[np.intp],
) -> tuple[float, ...]:
    positive = np.bincount(place, weights * outcomes, n)
    negative = np.bincount(place, weights * ~outcomes, n)
    hits, misses = positive.cumsum(), negative.cumsum()
    n_positive, n_negative = hits[-1], misses[-1]
    auc = (positive * (n_negative - misses + negative / 2)).sum() / (n_positive * n_negative)
    chosen = np.maximum(hits + misses, 1e-12)
    average_precision = (positive * hits / chosen).sum() / n_positive
    top = TOP * (n_positive + n_negative)
    lift = np.interp(top, np.r_[0.0, chosen], np.r_[0.0, hits]) / top / (n_positive / (n_positive + n_negative))
    brier = np.average(np.square(scores - outcomes), weights=weights)
    gaps = np.abs(np.bincount(bins, weights * (scores - outcomes), _N_BINS)).sum() / weights.sum()
    return auc, average_precision, lift, brier, gaps
