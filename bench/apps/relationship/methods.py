"""Methods to compare, each a score from rows that the application's customers give, learned on the same moments.

* recency alone: days since the last purchase (churn), spend of 12 weeks (value); a rule, with nothing learned
* RFM: logistic regression on recency, purchases and spend of 12 weeks
* boosting on explicit features: items, purchases and spend of 1, 4 and 12 weeks, recency, and how long a user is known
* boosting on Segue's explicit half: that of the profile, and the number of items
* segment id: share of the segment's users with the outcome, drawn towards that of all users
* profile: logistic regression on both halves
* the application: `apps.methods.outlook`, on all of it; and on explicit features alone, without Segue
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from apps.methods.outlook import learned
from apps.methods.outlook_features import NOW, Columns
from apps.methods.spending import COUNTED
from stream.core.arrays import Floats

Outcomes = NDArray[np.bool_]
SEGUE, WITHOUT, BOOSTING = "explicit features + profile: the application", "the same without the profile", "boosting"
BOOSTINGS: dict[str, dict[str, Any]] = {  # the validation households choose one for each outcome
    "defaults": {},
    "small trees": {"max_leaf_nodes": 4, "learning_rate": 0.05, "max_iter": 100, "min_samples_leaf": 30},
    "middle trees": {"max_leaf_nodes": 8, "learning_rate": 0.05, "max_iter": 60, "min_samples_leaf": 50},
}
_RFM = ("days_since_purchase", "purchases_long", "spend_long")
_DRAWN = 20.0  # users of the mean that are added to each segment


@dataclass(frozen=True)
class Known:
    """Rows of users at some moments with their outcomes, users and segments."""

    rows: Floats
    outcomes: Outcomes
    users: list[str]
    segments: list[str]


Score = Callable[[Known, Known], Floats]  # learn on the first, score the second


def methods(columns: Columns, boosting: str, rule: str) -> dict[str, Score]:
    """Return the methods by name, the application first; `rule` is the column of the plain rule."""
    explicit = [columns.names.index(name) for name in COUNTED]
    half = [at for at, name in enumerate(columns.names) if name.startswith(NOW)]
    both = [*half, *range(len(columns.names), len(columns.names) + columns.dimension)]
    return {
        SEGUE: _application(len(columns.names), None),
        WITHOUT: _application(len(explicit), explicit),
        f"{BOOSTING} on explicit features": boosted(explicit, boosting),
        f"{BOOSTING} on Segue's explicit half": boosted(half, boosting),
        "RFM, logistic": _regression([columns.names.index(name) for name in _RFM], 1.0),
        "recency alone" if rule == "days_since_purchase" else "spend alone": _rule(columns.names.index(rule)),
        "profile, logistic": _regression(both, 0.01),
        "segment id": _by_segment,
    }


def boosted(at: Sequence[int], name: str) -> Score:
    """Return gradient boosting on these columns, with one of BOOSTINGS."""

    def score(known: Known, asked: Known) -> Floats:
        made = HistGradientBoostingClassifier(early_stopping=False, random_state=0, **BOOSTINGS[name])
        return _chances(made.fit(known.rows[:, at], known.outcomes), asked.rows[:, at])

    return score


def _application(n_names: int, at: Sequence[int] | None) -> Score:
    def score(known: Known, asked: Known) -> Floats:
        made = learned(known.rows if at is None else known.rows[:, at], known.outcomes, known.users, n_names)
        if made is None:
            raise ValueError("too few outcomes to learn from: take more households")
        return made.chances(asked.rows if at is None else asked.rows[:, at])

    return score


def _regression(at: Sequence[int], regularisation: float) -> Score:
    def score(known: Known, asked: Known) -> Floats:
        steps = SimpleImputer(keep_empty_features=True), StandardScaler()
        made = make_pipeline(*steps, LogisticRegression(C=regularisation, max_iter=1_000))
        return _chances(made.fit(known.rows[:, at], known.outcomes), asked.rows[:, at])

    return score


def _rule(at: int) -> Score:
    """Return the column as a share of its largest value, so that it can be read as a chance."""
    return lambda known, asked: asked.rows[:, at] / max(float(known.rows[:, at].max()), 1e-12)


def _by_segment(known: Known, asked: Known) -> Floats:
    names, index = np.unique(known.segments, return_inverse=True)
    n, n_positive = np.bincount(index), np.bincount(index, known.outcomes)
    mean = float(known.outcomes.mean())
    rates = dict(zip(names.tolist(), (n_positive + _DRAWN * mean) / (n + _DRAWN), strict=True))
    return np.array([rates.get(segment, mean) for segment in asked.segments])


def _chances(made: Any, rows: Floats) -> Floats:
    return np.asarray(made.predict_proba(rows)[:, 1])
