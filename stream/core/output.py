"""Outputs of a step, as values; the formats on the topics are in `stream.wire`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from stream.core.arrays import Floats, Vectors
from stream.core.event import Scalar
from stream.core.labels import Predictions
from stream.core.reasons import Reason
from stream.core.transition import Rule


class Quality(StrEnum):
    """Completeness of the profile behind a decision."""

    FULL = "full"
    EXPLICIT_ONLY = "explicit-only"  # no item in the window has a text


@dataclass(frozen=True, slots=True)
class MovingItems:
    """Items of one text that moved a user, from the first to the last.

    `kinds` are distinct, in order of time; `contribution` is the items' share of the semantic pull, -1 to 1.
    """

    text: str
    kinds: tuple[str, ...]
    ids: tuple[str, ...]
    first_ms: int
    last_ms: int
    contribution: float


@dataclass(frozen=True, slots=True)
class MovingFeature:
    """An explicit feature that moved a user.

    `deviations` is the z-score of `value`, `contribution` the share of the difference of squared distances. `words` say
    what the value means beside other users. They are "" for an ordinary value, for a move towards ordinary values, and
    for a window of one item.
    """

    name: str
    words: str
    value: float
    deviations: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Evidence of a move: the items and features that moved the user, the strongest first.

    `semantic_contribution` is the share of the texts in the difference of squared distances, -1 to 1.
    """

    items: tuple[MovingItems, ...] = ()
    features: tuple[MovingFeature, ...] = ()
    semantic_contribution: float = 0.0


@dataclass(frozen=True, slots=True)
class Certainty:
    """Certainty of a decision, from its distances. `margin` is (runner-up - nearest) / runner-up, 0 to 1.

    Beyond `threshold` the nearest segment is rejected and the result is `unknown`.
    """

    nearest: str
    nearest_name: str
    distance: float
    threshold: float
    runner_up: str
    runner_up_name: str
    runner_up_distance: float
    margin: float
    from_distance: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """A user's move from one segment to another; self-contained."""

    user: str
    sequence: int
    from_segment: str
    to_segment: str
    from_name: str
    to_name: str
    rule: Rule
    certainty: Certainty | None  # None: no distance decided
    margin_required: float
    dwell_ms: int  # time that the new segment had been nearer
    dwell_required_ms: int
    evidence: Evidence
    n_items: int
    event_time_ms: int | None  # newest item
    decision_time_ms: int
    segment_model: int
    encoder: str
    quality: Quality
    pinned_by: str = ""  # condition `trait=value` of the pin rule
    traceparent: str = ""  # of the user's last event or declaration before the decision


@dataclass(frozen=True, slots=True)
class SoftMembership:
    """A soft membership: the weight of one segment for a user, in [0, 1]."""

    id: str
    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Membership:
    """Membership of a user in a segment; `segment` None: erased. `label_heads` is the version of the label heads.

    `soft_membership` holds the segments with the largest weights, the largest first.
    """

    user: str
    segment: str | None
    name: str = ""
    since_ms: int = 0
    sequence: int = 0
    segment_model: int = 0
    encoder: str = ""
    traits: Mapping[str, Scalar] | None = None
    predicted: Predictions | None = None
    label_heads: str = ""
    soft_membership: tuple[SoftMembership, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A raw profile for training: `explicit (n_features,)`, `semantic (d,)`, mass, and the newest distinct texts.

    `contrast (d,)` is the difference of the newer and the older half of the items. `segment` is the user's current
    segment, "" before the first result.
    """

    user: str
    time_ms: int
    explicit: Floats
    semantic: Vectors
    mass: float
    contrast: Vectors
    texts: tuple[str, ...]
    encoder: str
    segment: str = ""


@dataclass(frozen=True, slots=True)
class PackedSample:
    """A sample as the record that the kernel wrote; `stream.wire.samples` has the format."""

    value: bytes


@dataclass(frozen=True, slots=True)
class Profile:
    """A raw profile to publish: `explicit` features by name in the order of the registry, `semantic (d,) float32`.

    All numbers are 0 for an empty window. `segment` and its model are those after the decision at `time_ms`.
    """

    user: str
    time_ms: int
    n_items: int
    mass: float
    explicit: Mapping[str, float]
    semantic: Vectors
    segment: str
    segment_model: int
    encoder: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record for the dead-letter topic, by its offset."""

    offset: int
    reason: Reason
    detail: str


Output = Change | Membership | Profile | PackedSample | Rejection
