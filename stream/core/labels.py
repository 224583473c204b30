"""Predicted labels: linear classification heads on the semantic half of a profile, such as an age band.

p = softmax(profile @ weight + bias), with the calibration folded into the parameters. A prediction is never a declared
trait and never part of the profile vector.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from stream.core.arrays import Vectors


@dataclass(frozen=True, slots=True)
class LabelHead:
    """A classification head of one label: `weight (d, n_values) float32`, `bias (n_values,) float32`.

    The most probable value is predicted if its probability is at least `threshold`, in (0, 1]; otherwise none is.
    """

    name: str
    values: tuple[str, ...]
    weight: Vectors
    bias: Vectors
    threshold: float


@dataclass(frozen=True)  # no slots: the stacked parameters are cached in the instance
class LabelHeads:
    """Label heads of an encoder; `version` is the first 12 hex digits of their file's SHA-256, "" without heads."""

    version: str = ""
    heads: tuple[LabelHead, ...] = ()

    @cached_property
    def weight(self) -> Vectors:
        """Weights of all heads side by side, `(d, n)` for n values together."""
        d = len(self.heads[0].weight) if self.heads else 0
        return np.concatenate([np.empty((d, 0), np.float32), *(head.weight for head in self.heads)], axis=1)

    @cached_property
    def bias(self) -> Vectors:
        """Biases of all heads side by side, `(n,)`."""
        return np.concatenate([np.empty(0, np.float32), *(head.bias for head in self.heads)])


@dataclass(frozen=True, slots=True)
class Prediction:
    """A predicted label. `value` None: no value passes the threshold, `probability` is that of the most probable."""

    value: str | None
    probability: float


class PublishedLabel(NamedTuple):
    """Published value of a label, and a `pending` value predicted since `pending_since_ms` (0: none)."""

    value: str | None
    pending: str | None = None
    pending_since_ms: int = 0


Predictions = Mapping[str, Prediction]  # by label
PublishedLabels = Mapping[str, PublishedLabel]  # by label

NO_LABELS = LabelHeads()
NOTHING_PUBLISHED: PublishedLabels = MappingProxyType({})
