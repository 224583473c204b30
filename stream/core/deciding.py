"""Policy, segment models and label heads in the form in which the kernel reads them."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Ints
from stream.core.decision.overrides import Override
from stream.core.features import registry
from stream.core.kernel.binding import address
from stream.core.kernel.step_layout import Bucket, DecidingBlock, HeadBlock, ModelBlock, RulesBlock
from stream.core.labels import LabelHeads
from stream.core.policy import Clock, Policy, PublishProfiles
from stream.core.segment_model import SegmentModel
from stream.core.serving import Serving, rollout_bucket
from stream.core.symbols import Symbols
from stream.core.user_columns import LABELS_MAX

LANES = 8
_LONGEST_MS = 1 << 60  # sums of two times stay within 64 bits
_PROFILES = (PublishProfiles.OFF, PublishProfiles.CHANGES, PublishProfiles.ALWAYS)


class CompiledRules:
    """A policy for the kernel; `block` points into this object."""

    def __init__(self, policy: Policy, dimension: int, symbols: Symbols | None) -> None:
        number = symbols.number if symbols else _without_number
        pins = [(number(rule.segment), number(rule.condition)) for rule in policy.pin]
        self._pins = np.array(pins, np.int32).reshape(-1, 2).T.copy()
        overrides = {number(each.segment): each for each in policy.overrides}
        n_symbols = len(symbols) if symbols else 0
        self._margins, self._dwells = _override_columns(overrides, n_symbols)
        self.block = RulesBlock(
            window_ms=_bounded(policy.window_ms),
            half_life_ms=_bounded(policy.half_life_ms),
            dwell_ms=_bounded(policy.dwell_ms),
            max_ahead_ms=_bounded(policy.max_ahead_ms),
            sample_every_ms=_bounded(policy.sample_every_ms),
            margin=policy.margin,
            window_items=policy.window_items,
            min_items=policy.min_items,
            dimension=dimension,
            n_kinds=len(policy.kinds) + 1,
            is_wall=policy.clock is Clock.WALL,
            profiles=_PROFILES.index(policy.publish_profiles),
            needs_consent=bool(policy.consent),
            n_symbols=n_symbols,
            n_pins=len(policy.pin),
            into_margin=address(self._margins[0]),
            out_margin=address(self._margins[1]),
            into_dwell=address(self._dwells[0]),
            out_dwell=address(self._dwells[1]),
            pin_segments=address(self._pins[0]),
            pin_conditions=address(self._pins[1]),
        )


class CompiledModel:
    """A segment model for the kernel; `block` points into this object. `ids` are numbers of its segments."""

    def __init__(self, model: SegmentModel, ids: list[int], dimension: int) -> None:
        """Raise ValueError for a model whose arrays do not fit together, or not this dimension of texts."""
        _check_shapes(model, dimension)
        scaler = model.scaler
        self.model = model
        self._ids = np.array(ids, np.int32)
        self._centroids = np.ascontiguousarray(model.centroids, np.float32)
        self._centre = self._centroids.mean(axis=0).astype(np.float32)
        self._columns = _side_by_side(self._centroids)
        self._numbers = [
            np.ascontiguousarray(each, np.float64)
            for each in (model.thresholds, scaler.explicit_mean, scaler.explicit_scale)
        ]
        self._semantic_mean = np.ascontiguousarray(scaler.semantic_mean, np.float32)
        self.block = ModelBlock(
            n_segments=len(ids),
            ids=address(self._ids),
            columns=address(self._columns),
            centroids=address(self._centroids),
            centre=address(self._centre),
            thresholds=address(self._numbers[0]),
            explicit_mean=address(self._numbers[1]),
            explicit_scale=address(self._numbers[2]),
            semantic_mean=address(self._semantic_mean),
            explicit_factor=float(np.sqrt(scaler.explicit_weight) / scaler.explicit_spread),
            semantic_factor=float(np.sqrt(scaler.semantic_weight)),
            semantic_scale=scaler.semantic_scale,
            semantic_prior=scaler.semantic_prior,
        )


class CompiledDeciding:
    """Models that decide a step, and label heads, for the kernel; `block` points into this object."""

    def __init__(
        self,
        serving: Serving | None,
        labels: LabelHeads,
        symbols: Symbols,
        dimension: int,
        compiled: Callable[[SegmentModel], CompiledModel],
    ) -> None:
        model = compiled(serving.model) if serving else None
        previous = serving.previous_at(serving.since_ms) if serving and serving.ramp_ms > 0 else None
        before = compiled(previous) if previous else None
        self.models = [each.model for each in (model, before) if each]
        self._kept: list[Any] = [model, before]
        self.block = DecidingBlock(
            model=ctypes.addressof(model.block) if model else 0,
            previous=ctypes.addressof(before.block) if before else 0,
            since_ms=serving.since_ms if serving else 0,
            ramp_ms=min(serving.ramp_ms, _LONGEST_MS) if serving else 0,
            bucket=_bucket_of(serving.model.version) if serving and before else Bucket(),
        )
        if labels.heads:
            _check_labels(labels, dimension)
            self._set_heads(labels, symbols)

    def _set_heads(self, labels: LabelHeads, symbols: Symbols) -> None:
        values = [np.array([symbols.number(value) for value in head.values], np.int32) for head in labels.heads]
        heads = (HeadBlock * len(values))(
            *(
                HeadBlock(symbols.number(head.name), len(each), address(each), head.threshold)
                for head, each in zip(labels.heads, values, strict=True)
            )
        )
        weight, bias = np.ascontiguousarray(labels.weight, np.float32), np.ascontiguousarray(labels.bias, np.float32)
        self._kept += [values, heads, weight, bias]
        self.block.n_heads, self.block.n_values = len(values), len(bias)
        self.block.heads, self.block.weight = ctypes.addressof(heads), address(weight)
        self.block.bias = address(bias)


def _check_shapes(model: SegmentModel, dimension: int) -> None:
    k, n_features, scaler = len(model.ids), len(model.features), model.scaler
    expected: dict[str, tuple[NDArray[Any], tuple[int, ...]]] = {
        "centroids": (model.centroids, (k, n_features + dimension)),
        "thresholds": (model.thresholds, (k,)),
        "explicit_mean": (scaler.explicit_mean, (n_features,)),
        "explicit_scale": (scaler.explicit_scale, (n_features,)),
        "semantic_mean": (scaler.semantic_mean, (dimension,)),
    }
    for name, (array, shape) in expected.items():
        if array.shape != shape:
            raise ValueError(f"{name} of segment model {model.version} must be of shape {shape}, got {array.shape}")


def _check_labels(labels: LabelHeads, dimension: int) -> None:
    n_values = sum(len(head.values) for head in labels.heads)
    fits = all(head.weight.shape == (dimension, len(head.values)) for head in labels.heads)
    if not fits or labels.bias.shape != (n_values,) or len(labels.heads) > LABELS_MAX:
        raise ValueError(f"the label heads {labels.version} do not fit {dimension} dimensions and their values")


def _override_columns(overrides: Mapping[int, Override], n_symbols: int) -> tuple[Floats, Ints]:
    """Return margins and dwells `(2, n_symbols)` into and out of segments; -1 where there is no override."""
    margins, dwells = np.full((2, n_symbols), -1.0), np.full((2, n_symbols), -1, np.int64)
    for at, each in overrides.items():
        margins[:, at] = [-1.0 if v is None else v for v in (each.margin, each.leave_margin)]
        dwells[:, at] = [-1 if v is None else _bounded(v) for v in (each.dwell_ms, each.leave_dwell_ms)]
    return margins, dwells


def kind_codes(policy: Policy, kinds: list[str]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return the index of each kind among the shares of kinds; those outside the policy share the last one."""
    known = {kind: code for code, kind in enumerate(policy.kinds)}
    return np.array([known.get(kind, len(policy.kinds)) for kind in kinds], np.uint8)


def feature_names(policy: Policy) -> tuple[str, ...]:
    """Return the explicit features in the order of a profile."""
    return tuple(registry(policy))


def _without_number(_: str) -> int:
    raise ValueError("pins and overrides need a table of symbols")


def _bounded(time_ms: int) -> int:
    return min(time_ms, _LONGEST_MS)


def _side_by_side(centroids: np.ndarray[Any, np.dtype[np.float32]]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return `(ceil(K / 8), M, 8)`: coordinates of eight centroids side by side, with zeros for missing ones."""
    k, m = centroids.shape
    padded = np.zeros((-(-k // LANES) * LANES, m), np.float32)
    padded[:k] = centroids
    return np.ascontiguousarray(padded.reshape(-1, LANES, m).transpose(0, 2, 1))


def _bucket_of(version: int) -> Any:
    return Bucket(lambda name, n: rollout_bucket(ctypes.string_at(name, n).decode(), version))
