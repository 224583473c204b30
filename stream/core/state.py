"""State of a user as a value; the kernel keeps it as one block of memory, and the changelog as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stream.core.event import NO_TRAITS, Scalar
from stream.core.labels import NOTHING_PUBLISHED, PublishedLabels
from stream.core.transition import MembershipState


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item of a window: `vector` is d int8 bytes, times `scale` the embedding of `text` by `encoder`.

    `slot` numbers the item's state record among those of the user, 0 to 254.
    """

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
    """State of one user: the window's items by (time, id), membership, traits, published labels, counters.

    `n_events` counts events applied, `sampled_ms` is the time of the last training sample, `offset` that of the last
    record applied. `traceparent` is of the last event or declaration, "" for an empty window.
    """

    items: tuple[StoredItem, ...] = ()
    membership: MembershipState = field(default_factory=MembershipState)
    traits: Mapping[str, Scalar] = field(default_factory=lambda: NO_TRAITS)
    labels: PublishedLabels = field(default_factory=lambda: NOTHING_PUBLISHED)
    n_events: int = 0
    sampled_ms: int = 0
    offset: int = -1
    traceparent: str = ""
