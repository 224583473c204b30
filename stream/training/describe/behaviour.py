"""Behaviour of a segment in words, from the explicit features that set it apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stream.core.arrays import Floats
from stream.core.features import GENERAL, Feature, share_of
from stream.training.describe.similar_words import share_words

EFFECT_MIN = 0.8  # standard deviations from the mean of all users: a large effect (Cohen 1988)
EFFECT_SEEN = 0.5  # a medium effect: enough for a name where there is nothing else
EFFECT_KEPT = 0.4  # a published name stays down to here
_N_BEHAVIOURS = 3


def effects(deviations: Floats, shares: Floats) -> Floats:
    """Return the differences (k, n_features) of each segment from the mean of all users, in standard deviations.

    `deviations (k, n_features)` are from the mean of an earlier population, `shares (k,)` are of the users of now.
    """
    return np.asarray(deviations - shares @ deviations)


def behaviour_words(
    features: Sequence[str], values: Floats, effect: Floats, effect_min: float = EFFECT_MIN
) -> tuple[str, ...]:
    """Return the words of the features with a clear `effect (n_features,)`, the strongest first, at most three.

    `values (n_features,)` are the segment's means: words that are not true of them are not said. The stronger
    of two features of one thing speaks, such as the mean and the largest amount.
    """
    found: list[str] = []
    for at in np.argsort(-np.abs(effect), kind="stable").tolist():
        words = _feature(features[at]).words(float(values[at]), float(effect[at]))
        known = [word for said in found for word in said.split()]
        is_clear = abs(effect[at]) >= effect_min and len(found) < _N_BEHAVIOURS
        if words and is_clear and not share_words([word for word in words.split() if len(word) > len("many")], known):
            found.append(words)
    return tuple(found)


def effect_of(words: str, features: Sequence[str], effect: Floats) -> float | None:
    """Return the effect in the direction of a behaviour's words; None if no feature has these words.

    The words are those of a name, which begins with `Mostly` for reasons of its own: a `mostly` does not count.
    """
    for at, feature in enumerate(features):
        known = _feature(feature)
        low, high = (each.removeprefix("mostly ") for each in (known.low, known.high))
        if words and words.removeprefix("mostly ") in (low, high):
            return float(effect[at]) if words.removeprefix("mostly ") == high else -float(effect[at])
    return None


def _feature(name: str) -> Feature:
    return GENERAL.get(name) or share_of(name.removeprefix("share_"))
