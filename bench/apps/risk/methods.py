"""Scores of all methods: the application's, rules, forests, half-space trees, and what learns from planted cases.

Each method is fitted on the first stream, of training households. Forests see it before CALIBRATE_MS, without a label.
Gradient boosting sees it from TEST_MS on, with the cases planted there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest

from apps.methods.risk_signals import Signal
from bench.apps.risk.features import differences, is_fraud, profiles, segment_surprise
from bench.apps.risk.stream import CALIBRATE_MS, TEST_MS
from bench.apps.risk.watched import Watched
from stream.core.arrays import Floats, Vectors

Streams = Sequence[Watched]  # the first is of training households
Scores = list[Floats]  # (n,) of each stream; -inf where a method says nothing
Method = Callable[[Streams], Scores]

APP = "apps/risk.py"
FOREST = "IsolationForest, profile"
_N_COMPONENTS = 8  # of the semantic half, for half-space trees: they cut one feature at a time
_N_TREES, _HEIGHT, _WINDOW = 10, 8, 250


def methods() -> dict[str, Method]:
    """Return all methods by name, the application first."""
    return {
        APP: lambda streams: [stream.scores for stream in streams],
        "z-scores of explicit features, own past": _own_z_scores,
        "z-scores of explicit features, all users": _z_scores,
        FOREST: lambda streams: _forest(streams, [profiles(stream) for stream in streams]),
        "IsolationForest, explicit features": lambda streams: _forest(streams, [s.explicit for s in streams]),
        "IsolationForest, profile minus own past": lambda s: _forest(s, [differences(stream) for stream in s]),
        "IsolationForest, signals of apps/risk.py": lambda s: _forest(s, [_signals(stream) for stream in s]),
        "half-space trees, profile": lambda streams: _half_spaces(streams, [profiles(s) for s in streams]),
        "half-space trees, profile minus own past": lambda s: _half_spaces(s, [differences(stream) for stream in s]),
        "segment changes alone": lambda streams: [segment_surprise(stream) for stream in streams],
        "gradient boosting on user-profiles": lambda s: _boosting(s, [profiles(stream) for stream in s]),
        "gradient boosting, with own past and signals": lambda s: _boosting(s, [_everything(each) for each in s]),
        **{f"apps/risk.py, only “{signal}”": _only(at) for at, signal in enumerate(Signal)},
    }


def _only(at: int) -> Method:
    return lambda streams: [stream.signals[:, at] for stream in streams]


def _signals(stream: Watched) -> Vectors:
    """Return the signals; the median where one says nothing, 0 where it never says anything."""
    is_known = np.isfinite(stream.signals)
    columns = [signal[known] for signal, known in zip(stream.signals.T, is_known.T, strict=True)]
    medians = [float(np.median(values)) if len(values) else 0.0 for values in columns]
    return np.where(is_known, stream.signals, medians).astype(np.float32)


def _everything(stream: Watched) -> Vectors:
    return np.hstack([profiles(stream), differences(stream), stream.signals]).astype(np.float32)


def _is_early(stream: Watched) -> NDArray[np.bool_]:
    return np.asarray(stream.time_ms < CALIBRATE_MS)


def _z_scores(streams: Streams) -> Scores:
    early = streams[0].explicit[_is_early(streams[0])]
    mean, deviation = early.mean(axis=0), np.maximum(early.std(axis=0), 0.05)
    return [(np.abs(stream.explicit - mean) / deviation).max(axis=1) for stream in streams]


def _own_z_scores(streams: Streams) -> Scores:
    n_explicit = streams[0].explicit.shape[1]
    rows = [differences(stream)[:, :n_explicit] for stream in streams]
    deviation = np.maximum(np.nanstd(rows[0][_is_early(streams[0])], axis=0), 0.05)
    return [np.nan_to_num(np.abs(each / deviation).max(axis=1), nan=-np.inf) for each in rows]


def _forest(streams: Streams, rows: Sequence[Vectors | Floats]) -> Scores:
    is_known = [np.asarray(~np.isnan(each).any(axis=1)) for each in rows]
    forest = IsolationForest(n_estimators=200, random_state=0)
    forest.fit(rows[0][_is_early(streams[0]) & is_known[0]])
    return [_filled(known, -forest.score_samples(each[known])) for known, each in zip(is_known, rows, strict=True)]


def _boosting(streams: Streams, rows: Sequence[Vectors]) -> Scores:
    is_late = streams[0].time_ms >= TEST_MS
    model = HistGradientBoostingClassifier(max_iter=100, learning_rate=0.06, l2_regularization=1.0, random_state=0)
    model.fit(_without_infinities(rows[0][is_late]), is_fraud(streams[0])[is_late])
    return [model.decision_function(_without_infinities(each)) for each in rows]


def _half_spaces(streams: Streams, rows: Sequence[Vectors]) -> Scores:
    """Return the scores of trees that learn each stream on the way, from the last profile of each basket."""
    n_explicit = streams[0].explicit.shape[1]
    early = rows[0][_is_early(streams[0])]
    early = early[~np.isnan(early).any(axis=1)]
    components = PCA(_N_COMPONENTS, random_state=0).fit(early[:, n_explicit:])

    def narrow(each: Vectors) -> Floats:
        return np.hstack([each[:, :n_explicit], components.transform(each[:, n_explicit:])])

    low, high = np.quantile(narrow(early), [0.001, 0.999], axis=0)
    found = []
    for stream, each in zip(streams, rows, strict=True):
        is_used = ~np.isnan(each).any(axis=1) & _is_last_of_basket(stream)
        unit = np.clip((narrow(each[is_used]) - low) / np.maximum(high - low, 1e-9), 0, 1)
        found.append(_filled(is_used, _half_space_scores(unit)))
    return found


def _half_space_scores(unit: Floats) -> Floats:
    from river.anomaly import HalfSpaceTrees

    trees = HalfSpaceTrees(n_trees=_N_TREES, height=_HEIGHT, window_size=_WINDOW, seed=0)
    scores = np.zeros(len(unit))
    for at, row in enumerate(unit.tolist()):
        features = dict(enumerate(row))
        scores[at] = trees.score_one(features)  # type: ignore[no-untyped-call]
        trees.learn_one(features)  # type: ignore[no-untyped-call]
    return scores


def _is_last_of_basket(stream: Watched) -> NDArray[np.bool_]:
    """Return True for the last row of each user and hour, (n,)."""
    last = {
        (user, time_ms // 3_600_000): at
        for at, (user, time_ms) in enumerate(zip(stream.user.tolist(), stream.time_ms.tolist(), strict=True))
    }
    found = np.zeros(len(stream.user), bool)
    found[list(last.values())] = True
    return found


def _filled(known: NDArray[np.bool_], values: Floats) -> Floats:
    found = np.full(len(known), -np.inf)
    found[known] = values
    return found


def _without_infinities(rows: Vectors) -> Vectors:
    return np.where(np.isinf(rows), np.nan, rows)
