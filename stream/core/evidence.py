"""Why a person moved, computed only when they do.

Moving from centroid a to b, the gain |u - a|^2 - |u - b|^2 is a sum over dimensions of (2u - a - b)(b - a): exact
parts for the explicit features. The semantic part is linear in u, so each item's part is its weighted vector times
(b - a). Where there is no a (first answer) it is the mean of all centroids; where there is no b (unknown) it is u.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from stream.core.evaluation import Evaluated
from stream.core.features import Floats, Windows
from stream.core.output import Evidence, MovingFeature, MovingItems
from stream.core.policy import Policy
from stream.core.profile import Vectors, item_weights
from stream.core.segment_model import SegmentModel
from stream.core.window import Columns, Item

_TOP = 3


def weigh(
    at: int,
    items: list[Item],
    from_segment: str,
    to_segment: str,
    windows: Windows,
    evaluated: Evaluated,
    model: SegmentModel,
    policy: Policy,
) -> Evidence:
    """The evidence of the evaluated row `at`; an empty window has none."""
    if not items:
        return Evidence()
    u, n = evaluated.u[at], len(items)
    a, b = _ends(u, from_segment, to_segment, model)
    weights = item_weights(windows.only(at), policy.half_life_ms)[0, :n]
    pull = (b - a)[len(model.features) :]
    return Evidence(
        _moving_items(windows.columns[at, :n], items, weights, pull, policy.evidence_texts),
        _moving_features(u, evaluated.raw.explicit[at], a, b, model),
    )


def _ends(u: Vectors, from_segment: str, to_segment: str, model: SegmentModel) -> tuple[Vectors, Vectors]:
    """The points a and b of the move, each `(n_features + d,)`."""
    known = model.ids
    a = model.centroids[known.index(from_segment)] if from_segment in known else model.centroids.mean(axis=0)
    b = model.centroids[known.index(to_segment)] if to_segment in known else u
    return a, b


def _moving_features(
    u: Vectors, explicit: Floats, a: Vectors, b: Vectors, model: SegmentModel
) -> tuple[MovingFeature, ...]:
    """The explicit features with the largest positive parts; `explicit (n_features,)` are the raw values."""
    n = len(model.features)
    gains = ((2 * u - a - b) * (b - a)).astype(np.float64)
    parts, total = gains[:n], float(np.abs(gains).sum()) or 1.0
    deviations = (explicit - model.scaler.explicit_mean) / model.scaler.explicit_scale
    return tuple(
        MovingFeature(model.features[i], float(explicit[i]), float(deviations[i]), float(parts[i] / total))
        for i in np.argsort(-parts, kind="stable")[:_TOP].tolist()
        if parts[i] > 0
    )


def _moving_items(
    columns: Columns, items: list[Item], weights: Vectors, pull: Vectors, with_texts: bool
) -> tuple[MovingItems, ...]:
    """The texts whose items pulled most along `pull (d,)`; `columns`, `items` and `weights (n,)` run in parallel."""
    scaled = columns["vector"].astype(np.float32) * (columns["scale"] * weights)[:, None]
    parts = (scaled * pull).sum(axis=1).astype(np.float64)
    total = float(np.abs(parts).sum()) or 1.0
    by_text: dict[str, list[int]] = defaultdict(list)
    for at, item in enumerate(items):
        by_text[item.text].append(at)
    ranked = sorted(by_text.items(), key=lambda pair: -float(parts[pair[1]].sum()))
    return tuple(
        MovingItems(text if with_texts else "", tuple(items[i].id for i in at), float(parts[at].sum() / total))
        for text, at in ranked[:_TOP]
        if parts[at].sum() > 0
    )
