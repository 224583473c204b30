"""Evidence: the items and features behind a move, computed only for moves.

The gain of a move from centroid a to b is |u - a|^2 - |u - b|^2. As the sum over dimensions of (2u - a - b)(b - a) it
has exact parts for the explicit features and one for the texts. The semantic part is linear in u, so the part of an
item is its weighted vector times (b - a). For a first result a is the mean of all centroids; for `unknown` b is u.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from stream.core.arrays import Floats, Vectors
from stream.core.features import Feature, registry
from stream.core.output import Evidence, MovingFeature, MovingItems
from stream.core.policy import Policy
from stream.core.segment_model import SegmentModel
from tests.specification.evaluation import EvaluatedBatch
from tests.specification.profile import item_weights
from tests.specification.window import Columns, Item

_TOP = 3


class Shares(NamedTuple):
    """Shares in the `move` from a to b, the vector (b - a).

    Those of the `features (n_features,)` and of all texts, `semantic`, are in the gain. Those of the `items (n,)` are
    in the pull of all texts. A negative share is against the move.
    """

    features: Floats
    semantic: float
    items: Floats
    move: Vectors


def explain_move(
    batch: EvaluatedBatch, row: int, items: Sequence[Item], from_segment: str, to_segment: str, policy: Policy
) -> Evidence:
    """Return the evidence of a move of the user in `row`, whose window holds `items`, at least one."""
    n, model = len(items), batch.models[row]
    shares = shares_of_move(batch, row, n, from_segment, to_segment, policy)
    features = registry(policy) if n > 1 else {}
    return Evidence(
        _moving_items(batch.windows.columns[row, :n], items, shares.items, policy.evidence_texts),
        _moving_features(batch.raw.explicit[row], shares.features, shares.move, model, features),
        shares.semantic,
    )


def shares_of_move(
    batch: EvaluatedBatch, row: int, n: int, from_segment: str, to_segment: str, policy: Policy
) -> Shares:
    """Return the shares of each feature, of the texts, and of each of the `n` items in a move."""
    u, model = batch.u[row], batch.models[row]
    n_features = len(model.features)
    a, b = _endpoints(u, from_segment, to_segment, model)
    weights = item_weights(batch.windows.row(row), policy.half_life_ms)[0, :n]
    gains = ((2 * u - a - b) * (b - a)).astype(np.float64)
    parts, semantic = gains[:n_features], float(gains[n_features:].sum())
    total = float(np.abs(parts).sum()) + abs(semantic) or 1.0
    items = _pulls(batch.windows.columns[row, :n], weights, (b - a)[n_features:])
    return Shares(parts / total, semantic / total, items / (float(np.abs(items).sum()) or 1.0), b - a)


def _endpoints(u: Vectors, from_segment: str, to_segment: str, model: SegmentModel) -> tuple[Vectors, Vectors]:
    """Return the points a and b of the move, each `(n_features + m + 1,)`."""
    known = model.ids
    a = model.centroids[known.index(from_segment)] if from_segment in known else model.centroids.mean(axis=0)
    b = model.centroids[known.index(to_segment)] if to_segment in known else u
    return a, b


def _moving_features(
    explicit: Floats, shares: Floats, move: Vectors, model: SegmentModel, features: Mapping[str, Feature]
) -> tuple[MovingFeature, ...]:
    """Return the explicit features with the largest positive `shares (n_features,)` of the `move` from a to b.

    `explicit (n_features,)` are the raw values. `features` give the words; it is empty for a window of one item, which
    shows no habit.
    """
    deviations = (explicit - model.scaler.explicit_mean) / model.scaler.explicit_scale
    moving = []
    for i in np.argsort(-shares, kind="stable")[:_TOP].tolist():
        name, value, deviation = model.features[i], float(explicit[i]), float(deviations[i])
        is_telling = name in features and move[i] * deviation > 0
        words = features[name].words(value, deviation) if is_telling else ""
        moving.append(MovingFeature(name, words, value, deviation, float(shares[i])))
    return tuple(each for each in moving if each.contribution > 0)


def _pulls(columns: Columns, weights: Vectors, pull: Vectors) -> Floats:
    """Return the parts (n,) of the items along `pull (d,)`."""
    scaled = columns["vector"].astype(np.float32) * (columns["scale"] * weights)[:, None]
    return np.asarray((scaled * pull).sum(axis=1), np.float64)


def _moving_items(columns: Columns, items: Sequence[Item], shares: Floats, with_texts: bool) -> tuple[MovingItems, ...]:
    """Return the texts with the largest shares; `columns`, `items` and `shares (n,)` run in parallel."""
    by_text: dict[str, list[int]] = defaultdict(list)
    for at, item in enumerate(items):
        by_text[item.text].append(at)
    ranked = sorted(by_text.items(), key=lambda pair: -float(shares[pair[1]].sum()))
    return tuple(
        MovingItems(
            text=text if with_texts else "",
            kinds=tuple(dict.fromkeys(items[i].kind for i in at)),
            ids=tuple(items[i].id for i in at),
            first_ms=int(columns["time_ms"][at[0]]),
            last_ms=int(columns["time_ms"][at[-1]]),
            contribution=float(shares[at].sum()),
        )
        for text, at in ranked[:_TOP]
        if shares[at].sum() > 0
    )
