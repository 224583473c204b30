"""A user's window, profile and distances at one time, as structs for JSON."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from stream.wire.changes import SegmentRef


class WindowItem(msgspec.Struct, frozen=True):
    """An item of the window. `weight` halves with every half-life of age; `share` is its part of all weights.

    `text` is empty without SEGUE_EVIDENCE_TEXTS. `pull` is the part in the semantic pull of the change, -1 to 1.
    """

    time_ms: int
    id: str
    kind: str
    text: str
    amount: float
    weight: float
    share: float
    pull: float


class FeatureValue(msgspec.Struct, frozen=True):
    """An explicit feature: its value, its z-score, words for people, and its part in the change, -1 to 1."""

    name: str
    value: float
    deviations: float
    words: str
    contribution: float


class SegmentDistance(msgspec.Struct, frozen=True):
    """A segment with the distance of the profile to its centroid; beyond `threshold` it is no result.

    `explicit_distance` and `semantic_distance` are the distances in each half alone.
    """

    segment: SegmentRef
    distance: float
    threshold: float
    explicit_distance: float
    semantic_distance: float


class Snapshot(msgspec.Struct, frozen=True):
    """A window and its profile at one time, with the five nearest segments, the nearest first.

    `mass` is the effective number of items. `semantic` is the semantic half at length 1, before scaling.
    """

    time_ms: int
    segment_model: int
    items: tuple[WindowItem, ...]
    mass: float
    features: tuple[FeatureValue, ...]
    semantic: tuple[float, ...]
    semantic_contribution: float
    distances: tuple[SegmentDistance, ...]


class Cause(StrEnum):
    """A reason to evaluate a user."""

    EVENT = "event"
    ITEM_LEFT = "item_left"
    DWELL_ENDED = "dwell_ended"
    TRAIT = "trait"


class EvaluationPoint(msgspec.Struct, frozen=True):
    """An evaluation between two changes. `lead` is how much nearer `nearest` is than the current segment, -1 to 1.

    `ahead` is True while `nearest` leads by the required margin, since `ahead_since_ms`.
    """

    time_ms: int
    cause: Cause
    n_items: int
    segment_model: int
    nearest: SegmentRef
    distance: float
    runner_up: SegmentRef
    runner_up_distance: float
    lead: float
    lead_required: float
    ahead: bool
    ahead_since_ms: int | None
