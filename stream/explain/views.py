"""Views of evaluations: window, profile and distances at one time, and evaluations in order, for people."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from stream.core.change import segment_name
from stream.core.evaluated import Evaluated
from stream.core.evidence import Shares
from stream.core.features import registry
from stream.core.policy import Policy
from stream.core.reserved import UNKNOWN
from stream.core.segment_model import SegmentModel
from stream.core.transition import required
from stream.core.window_profile import WindowProfile, profile_window
from stream.explain.snapshot import Cause, EvaluationPoint, FeatureValue, SegmentDistance, Snapshot, WindowItem
from stream.wire.changes import SegmentRef

_NEAREST = 5


def ref(segment: str, model: SegmentModel | None) -> SegmentRef:
    """Return a segment with its name in a model."""
    return SegmentRef(segment, segment_name(segment, model))


def snapshot(evaluated: Evaluated, from_segment: str, to_segment: str, policy: Policy) -> Snapshot:
    """Return an evaluation's window and profile, with the shares of items and features in a move."""
    found = window_profile(evaluated, from_segment, to_segment, policy) if evaluated.items else None
    shares, has_text = found.shares if found else None, any(item.text for item in evaluated.items)
    return Snapshot(
        time_ms=evaluated.now_ms,
        segment_model=evaluated.model.version if evaluated.model else 0,
        items=_items(evaluated, found, policy) if found else (),
        mass=evaluated.mass if found else 0.0,
        features=_features(evaluated, shares, policy) if found else (),
        semantic=tuple(evaluated.semantic.tolist()) if has_text else (),
        semantic_contribution=shares.semantic if shares else 0.0,
        distances=_distances(evaluated),
    )


def window_profile(evaluated: Evaluated, from_segment: str, to_segment: str, policy: Policy) -> WindowProfile:
    """Return the profile of an evaluation's window, at least one item, with the shares in a move."""
    items, now_ms, dimension = evaluated.items, evaluated.now_ms, len(evaluated.semantic)
    return profile_window(items, now_ms, policy, dimension, evaluated.model, (from_segment, to_segment))


def points(
    evaluations: Sequence[Evaluated], policy: Policy, before: Evaluated | None = None
) -> tuple[EvaluationPoint, ...]:
    """Return evaluations by a model as points of a timeline; `before` is the one before the first, if any."""
    found = []
    for last, this in pairwise([before, *evaluations]):
        if this is not None and this.model is not None and this.assignment is not None:
            found.append(_point(this, last, policy))
    return tuple(found)


def _point(this: Evaluated, last: Evaluated | None, policy: Policy) -> EvaluationPoint:
    model, assignment = this.model, this.assignment
    assert model is not None
    assert assignment is not None
    nearest, segment = assignment.segment(model), this.before.segment
    held = this.change is not None or this.after.candidate is not None
    since_ms = this.before.candidate_since_ms if this.change else this.after.candidate_since_ms
    if this.change is not None and this.before.candidate != this.change.to_segment:
        since_ms = this.now_ms
    return EvaluationPoint(
        time_ms=this.now_ms,
        cause=_cause(this, last),
        n_items=len(this.items),
        segment_model=model.version,
        nearest=ref(nearest, model),
        distance=assignment.distance,
        runner_up=ref(model.ids[assignment.runner_up], model),
        runner_up_distance=assignment.distances[assignment.runner_up],
        lead=lead_of(this, segment),
        lead_required=required(policy, segment, nearest).margin,
        ahead=held,
        ahead_since_ms=since_ms if held else None,
    )


def lead_of(evaluated: Evaluated, segment: str) -> float:
    """Return how much nearer the result is than `segment`, relative to it; 0 if it is the result.

    For `unknown` it is how far the nearest segment is beyond its threshold. It is 0 where no distance compares.
    """
    model, assignment = evaluated.model, evaluated.assignment
    if model is None or assignment is None:
        return 0.0
    nearest = assignment.segment(model)
    if nearest == segment:
        return 0.0
    if nearest == UNKNOWN:
        threshold = float(model.thresholds[assignment.nearest])
        return assignment.distance / threshold - 1 if threshold > 0 else 0.0
    if segment not in model.ids:
        return 0.0
    current = assignment.distances[model.ids.index(segment)]
    return 1 - assignment.distance / current if current > 0 else 0.0


def _cause(this: Evaluated, last: Evaluated | None) -> Cause:
    if this.is_dwell_end:
        return Cause.DWELL_ENDED
    known = {item.id for item in last.items} if last else set[str]()
    ids = {item.id for item in this.items}
    if ids - known:
        return Cause.EVENT
    return Cause.ITEM_LEFT if known - ids else Cause.TRAIT


def _items(evaluated: Evaluated, found: WindowProfile, policy: Policy) -> tuple[WindowItem, ...]:
    weights = found.weights.astype(np.float64)
    total = float(weights.sum()) or 1.0
    pulls = found.shares.items.tolist() if found.shares else [0.0] * len(weights)
    return tuple(
        WindowItem(
            time_ms=item.time_ms,
            id=item.id,
            kind=item.kind,
            text=item.text if policy.evidence_texts else "",
            amount=item.amount,
            weight=float(weights[at]),
            share=float(weights[at]) / total,
            pull=pulls[at],
        )
        for at, item in enumerate(evaluated.items)
    )


def _features(evaluated: Evaluated, shares: Shares | None, policy: Policy) -> tuple[FeatureValue, ...]:
    model, values = evaluated.model, evaluated.explicit
    if model is None:
        return tuple(FeatureValue(n, v, 0.0, "", 0.0) for n, v in zip(registry(policy), values.tolist(), strict=True))
    scaler, features = model.scaler, registry(policy)
    deviations = ((values - scaler.explicit_mean) / scaler.explicit_scale).tolist()
    parts = shares.features.tolist() if shares else [0.0] * len(deviations)
    shows_habit = len(evaluated.items) > 1
    return tuple(
        FeatureValue(
            name, value, deviation, features[name].words(value, deviation) if shows_habit else "", contribution
        )
        for name, value, deviation, contribution in zip(model.features, values.tolist(), deviations, parts, strict=True)
    )


def _distances(evaluated: Evaluated) -> tuple[SegmentDistance, ...]:
    """Return the nearest segments; the two halves are orthogonal, so their squared distances sum to the whole."""
    model, assignment = evaluated.model, evaluated.assignment
    if model is None or assignment is None or evaluated.scaled is None:
        return ()
    n_features = len(model.features)
    squared = np.square(evaluated.scaled - model.centroids)
    explicit, semantic = (np.sqrt(part.sum(axis=1)) for part in (squared[:, :n_features], squared[:, n_features:]))
    return tuple(
        SegmentDistance(
            ref(model.ids[at], model),
            assignment.distances[at],
            float(model.thresholds[at]),
            float(explicit[at]),
            float(semantic[at]),
        )
        for at in sorted(range(len(model.ids)), key=assignment.distances.__getitem__)[:_NEAREST]
    )
