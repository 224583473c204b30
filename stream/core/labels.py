"""Predicted labels: what a person's texts say of their age band, household and the like, and how sure that is.

A head is linear on the semantic half of the profile: p = softmax(profile @ weight + bias), its calibration already
in the numbers. A prediction is never a declared trait and never part of the profile vector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats32 = NDArray[np.float32]

MARGIN = 0.05  # of probability: calibration is not finer than this, so a smaller difference is no reason to change


@dataclass(frozen=True, slots=True)
class LabelHead:
    """One label: `weight (d, n_values) float32`, `bias (n_values,) float32`.

    The most probable value is the answer if its probability is at least `threshold`, in (0, 1]; else "not sure".
    """

    name: str
    values: tuple[str, ...]
    weight: Floats32
    bias: Floats32
    threshold: float


@dataclass(frozen=True, slots=True)
class LabelHeads:
    """The label heads of an encoder; `version` is the first 12 hex digits of the SHA-256 of their file, "" without.

    `weight (d, n)` and `bias (n,)` are those of all heads side by side, n their values together.
    """

    version: str = ""
    heads: tuple[LabelHead, ...] = ()
    weight: Floats32 = field(init=False, repr=False, compare=False)
    bias: Floats32 = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        d = len(self.heads[0].weight) if self.heads else 0
        weights = [head.weight for head in self.heads]
        object.__setattr__(self, "weight", np.concatenate([np.empty((d, 0), np.float32), *weights], axis=1))
        object.__setattr__(self, "bias", np.concatenate([np.empty(0, np.float32), *(h.bias for h in self.heads)]))


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is said of one label. `value` None: not sure. `probability` is that of `value`, or of the most probable
    value where there is none."""

    value: str | None
    probability: float


class Said(NamedTuple):
    """What was said last of one label; `other` is what would be said now since `other_since_ms`, if that is not 0."""

    value: str | None
    other: str | None = None
    other_since_ms: int = 0


Predictions = Mapping[str, Prediction]  # by label
SaidLabels = Mapping[str, Said]  # by label

NO_LABELS = LabelHeads()
NOTHING_SAID: SaidLabels = MappingProxyType({})


def label_probabilities(heads: LabelHeads, semantic: Floats32) -> NDArray[np.float64]:
    """(E, n) probabilities of all heads' values side by side, for `semantic (E, d)` halves of profiles; there must be a
    head."""
    # a product for each row, as for the profiles: a row's bits do not depend on the other rows
    scores = np.matmul(semantic[:, None, :], heads.weight)[:, 0, :].astype(np.float64) + heads.bias
    parts, start = [], 0
    for head in heads.heads:
        z = scores[:, start : start + len(head.values)]
        e = np.exp(z - z.max(axis=1, keepdims=True))
        parts.append(e / e.sum(axis=1, keepdims=True))
        start += len(head.values)
    return np.concatenate(parts, axis=1)


def predict(heads: LabelHeads, probabilities: Sequence[float], said: SaidLabels) -> dict[str, Prediction]:
    """What would be said of one person now, from a row of `label_probabilities` and what was said last."""
    found, start = {}, 0
    for head in heads.heads:
        of_head = probabilities[start : start + len(head.values)]
        found[head.name] = _predict(head, of_head, said[head.name].value if head.name in said else None)
        start += len(head.values)
    return found


def wait(predictions: Predictions, said: SaidLabels, now_ms: int, dwell_ms: int) -> dict[str, Said] | None:
    """What was said last with what waits to be said; None when a label is new or gone, or another value than was said
    has stayed for the dwell: it is time to say all of them."""
    if predictions.keys() != said.keys():
        return None
    waiting = {}
    for label, prediction in predictions.items():
        value, other, since_ms = said[label]
        if prediction.value == value:
            waiting[label] = Said(value)
            continue
        if not since_ms or prediction.value != other:
            since_ms = now_ms
        if now_ms - since_ms >= dwell_ms:
            return None
        waiting[label] = Said(value, prediction.value, since_ms)
    return waiting


def _predict(head: LabelHead, probabilities: Sequence[float], said: str | None) -> Prediction:
    """A value that was said stays until another leads it by MARGIN, or it is MARGIN below the threshold."""
    most = max(probabilities)
    if said in head.values:
        own = probabilities[head.values.index(said)]
        if own >= max(most, head.threshold) - MARGIN:
            return Prediction(said, own)
    return Prediction(head.values[probabilities.index(most)] if most >= head.threshold else None, most)
