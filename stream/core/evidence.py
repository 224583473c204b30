"""Evidence: the items and features behind a move, computed only for moves.

The gain of a move from centroid a to b is |u - a|^2 - |u - b|^2. As the sum over dimensions of (2u - a - b)(b - a) it
has exact parts for the explicit features and one for the texts. The semantic part is linear in u, so the part of an
item is its weighted vector times (b - a). For a first result a is the mean of all centroids; for `unknown` b is u.
The kernel computes the shares (`profile.c`); here the strongest are chosen and put into words.
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

_TOP = 3


class MovedItem(NamedTuple):
    """An item of the window of a user who moves."""

    id: str
    kind: str
    text: str
    time_ms: int


class Shares(NamedTuple):
    """Shares in the `move` from a to b, the explicit part of the vector (b - a).

    Those of the `features (n_features,)` and of all texts, `semantic`, are in the gain. Those of the `items (n,)` are
    in the pull of all texts. A negative share is against the move.
    """

    features: Floats
    semantic: float
    items: Floats
    move: Vectors


def explain_move(
    items: Sequence[MovedItem], explicit: Floats, shares: Shares, model: SegmentModel, policy: Policy
) -> Evidence:
    """Return the evidence of a move of a user with these items, at least one; `explicit (n_features,)` is raw."""
    features = registry(policy) if len(items) > 1 else {}
    return Evidence(
        _moving_items(items, shares.items.tolist(), policy.evidence_texts),
        _moving_features(explicit, shares, model, features),
        shares.semantic,
    )


def _moving_features(
    explicit: Floats, shares: Shares, model: SegmentModel, features: Mapping[str, Feature]
) -> tuple[MovingFeature, ...]:
    """Return the explicit features with the largest positive shares.

    `features` give the words; it is empty for a window of one item, which shows no habit.
    """
    moving = []
    for i in np.argsort(-shares.features, kind="stable")[:_TOP].tolist():
        name, value = model.features[i], float(explicit[i])
        deviation = (value - float(model.scaler.explicit_mean[i])) / float(model.scaler.explicit_scale[i])
        is_telling = name in features and shares.move[i] * deviation > 0
        words = features[name].words(value, deviation) if is_telling else ""
        moving.append(MovingFeature(name, words, value, deviation, float(shares.features[i])))
    return tuple(each for each in moving if each.contribution > 0)


def _moving_items(items: Sequence[MovedItem], shares: list[float], with_texts: bool) -> tuple[MovingItems, ...]:
    """Return the texts with the largest shares; `items` and `shares` run in parallel."""
    by_text: dict[str, list[int]] = defaultdict(list)
    for at, item in enumerate(items):
        by_text[item.text].append(at)
    sums = {text: sum(shares[i] for i in at) for text, at in by_text.items()}
    ranked = sorted(by_text.items(), key=lambda pair: -sums[pair[0]])
    return tuple(
        MovingItems(
            text=text if with_texts else "",
            kinds=tuple(dict.fromkeys(items[i].kind for i in at)),
            ids=tuple(items[i].id for i in at),
            first_ms=items[at[0]].time_ms,
            last_ms=items[at[-1]].time_ms,
            contribution=sums[text],
        )
        for text, at in ranked[:_TOP]
        if sums[text] > 0
    )
