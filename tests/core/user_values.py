"""State of a user as one plain value: what both cores can be asked for, and be given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stream.core.event import Scalar
from stream.core.labels import PublishedLabels
from stream.core.transition import MembershipState


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item of a window: `vector (d,) int8` as bytes times `scale` is its embedding by `encoder`."""

    id: str
    kind: str
    text: str
    time_ms: int
    amount: float
    scale: float
    vector: bytes
    slot: int
    encoder: str


@dataclass(frozen=True, slots=True)
class UserState:
    """State of one user; `items` in the order of the window."""

    items: tuple[StoredItem, ...] = ()
    membership: MembershipState = field(default_factory=MembershipState)
    traits: Mapping[str, Scalar] = field(default_factory=dict)
    labels: PublishedLabels = field(default_factory=dict)
    n_events: int = 0
    sampled_ms: int = 0
    offset: int = -1
    traceparent: str = ""
