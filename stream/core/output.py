"""What a step says to the world, as values; how they look on a topic is not here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stream.core.event import Scalar
from stream.core.features import Floats
from stream.core.labels import Predictions
from stream.core.profile import Vectors
from stream.core.reasons import Reason


@dataclass(frozen=True, slots=True)
class MovingItems:
    """Items of one text that moved a person: `contribution` is their part of the semantic pull, -1 to 1."""

    text: str
    ids: tuple[str, ...]
    contribution: float


@dataclass(frozen=True, slots=True)
class MovingFeature:
    """An explicit feature that moved a person: its value, in standard deviations from the mean, and its part of the
    difference of squared distances."""

    name: str
    value: float
    deviations: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What moved a person, the strongest first."""

    items: tuple[MovingItems, ...] = ()
    features: tuple[MovingFeature, ...] = ()


@dataclass(frozen=True, slots=True)
class Certainty:
    """The distances behind a decision. `margin` is (runner-up - nearest) / runner-up, 0 to 1; beyond `threshold` the
    nearest segment is not believed and the answer is unknown."""

    nearest: str
    distance: float
    threshold: float
    runner_up: str
    runner_up_distance: float
    margin: float
    from_distance: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """A person's move from one segment to another; stands alone."""

    user: str
    sequence: int
    from_segment: str
    to_segment: str
    from_name: str
    to_name: str
    rule: str
    certainty: Certainty | None  # None: no distance decided
    margin_required: float
    dwell_ms: int  # how long the new segment had been ahead
    dwell_required_ms: int
    evidence: Evidence
    n_items: int
    event_time_ms: int | None  # newest item
    decision_time_ms: int
    model_version: int
    encoder: str
    quality: str  # full | explicit-only
    forced_by: str = ""  # the rule `trait=value` of a forced change


@dataclass(frozen=True, slots=True)
class SoftMembership:
    """A segment that a person is a part of: `weight` is in [0, 1]."""

    id: str
    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class Membership:
    """Where a person is now; `segment` None: erased. `mixture` are the segments they are most of, the most first."""

    user: str
    segment: str | None
    name: str = ""
    since_ms: int = 0
    sequence: int = 0
    model_version: int = 0
    encoder: str = ""
    traits: Mapping[str, Scalar] | None = None
    predicted: Predictions | None = None
    labels: str = ""  # version of the label heads
    mixture: tuple[SoftMembership, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A raw profile for training: `explicit (n_features,)`, `semantic (d,)`, and the window's newest distinct texts.
    `segment` is where the person is, "" before their first answer."""

    user: str
    time_ms: int
    explicit: Floats
    semantic: Vectors
    texts: tuple[str, ...]
    encoder: str
    segment: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """The record at `offset` goes to the dead-letter topic."""

    offset: int
    reason: Reason
    detail: str


Output = Change | Membership | Sample | Rejection
