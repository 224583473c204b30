"""The chance of an outcome, learned from users whose outcome is known: the mean of two models' log odds.

Logistic regression follows trends and takes the semantic half; gradient boosting finds thresholds in what people can
read. Texts say much about one outcome and little about another: how far their weights are held back is chosen by a
cross-validation over users.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats

USERS_MIN = 20  # of either outcome, before anything is learned

_TEXT_SCALES = (0.5, 2.0, 50.0)  # divisors of semantic columns; the last all but leaves them out
_REGULARISATION = 0.3  # scikit-learn's C
_N_FOLDS = 3
_EDGE = 1e-5  # of a chance, so that its log odds are finite


class Outlook:
    """A learned chance. The first `n_names` columns of every row are those that people can read; NaN is unknown."""

    def __init__(self, rows: Floats, outcomes: NDArray[np.bool_], groups: list[str], n_names: int) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        known = np.isfinite(rows)
        n_known = np.maximum(known.sum(axis=0), 1)
        self._mean = np.where(known, rows, 0.0).sum(axis=0) / n_known
        spread = np.sqrt(np.square(np.where(known, rows - self._mean, 0.0)).sum(axis=0) / n_known)
        self._scale = np.where(spread > 0, spread, 1.0)
        self._n_names, self.rate = n_names, float(outcomes.mean())
        self._scale[n_names:] = self._text_scale(rows, outcomes, groups)
        self._trend = _regression().fit(self._scaled(rows), outcomes)
        boosting = HistGradientBoostingClassifier(
            max_leaf_nodes=4,
            learning_rate=0.05,
            max_iter=100,
            min_samples_leaf=30,
            early_stopping=False,
            random_state=0,
        )
        self._readable = np.flatnonzero(known[:, :n_names].any(axis=0))  # scikit-learn bins no column of NaN alone
        self._steps: Any = boosting.fit(rows[:, self._readable], outcomes)

    def chances(self, rows: Floats) -> Floats:
        """Return the chance of each row, `(n,)`."""
        found = [self._trend.predict_proba(self._scaled(rows)), self._steps.predict_proba(rows[:, self._readable])]
        return np.asarray(1 / (1 + np.exp(-np.mean([_log_odds(each[:, 1]) for each in found], axis=0))))

    def parts(self, rows: Floats) -> Floats:
        """Return what each column adds to the regression's log odds, `(n, n_names + 1)`; last all semantic ones."""
        parts = self._scaled(rows) * self._trend.coef_
        return np.column_stack([parts[:, : self._n_names], parts[:, self._n_names :].sum(axis=1)])

    def deviations(self, rows: Floats) -> Floats:
        """Return how far each readable column is from its mean, in standard deviations, `(n, n_names)`; unknown: 0."""
        return np.asarray(self._scaled(rows)[:, : self._n_names])

    def _text_scale(self, rows: Floats, outcomes: NDArray[np.bool_], groups: list[str]) -> float:
        """Return the scale of the semantic columns with the least log loss for users left out."""
        from sklearn.model_selection import GroupKFold, cross_val_score

        if rows.shape[1] == self._n_names:
            return 1.0
        losses: dict[float, float] = {}
        for scale in _TEXT_SCALES:
            self._scale[self._n_names :] = scale
            options = {"groups": groups, "cv": GroupKFold(_N_FOLDS), "scoring": "neg_log_loss"}
            losses[scale] = -float(cross_val_score(_regression(), self._scaled(rows), outcomes, **options).mean())
        return min(losses, key=losses.__getitem__)

    def _scaled(self, rows: Floats) -> Floats:
        return np.asarray(np.nan_to_num((rows - self._mean) / self._scale, nan=0.0))


def learned(rows: Floats, outcomes: NDArray[np.bool_], groups: list[str], n_names: int) -> Outlook | None:
    """Return a learned chance; None while there are too few users of either outcome. `groups` are the rows' users."""
    users = np.array(groups)
    if min(len(set(users[outcomes])), len(set(users[~outcomes]))) < USERS_MIN:
        return None
    return Outlook(rows, outcomes, groups, n_names)


def _regression() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=_REGULARISATION, max_iter=1_000)


def _log_odds(chances: Floats) -> Floats:
    inside = np.clip(chances, _EDGE, 1 - _EDGE)
    return np.asarray(np.log(inside / (1 - inside)))
