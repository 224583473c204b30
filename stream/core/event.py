"""What a record on `user-events` can mean, as values.

Decoding bytes is not here: it ends in one of these.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stream.core.reasons import Reason

Scalar = str | int | float | bool | None

TRAITS_BYTES_MAX = 4096  # of a person's traits as JSON: they travel in every head record and membership

NO_TRAITS: Mapping[str, Scalar] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Event:
    """One thing a person did. `time_ms` is when they did it, milliseconds since 1970 UTC."""

    user: str
    id: str
    kind: str
    time_ms: int
    text: str = ""
    amount: float = 0.0


@dataclass(frozen=True, slots=True)
class Declaration:
    """Traits a person declared (Segment's `identify`); never part of the profile vector."""

    user: str
    traits: Mapping[str, Scalar]


def traits_bytes(traits: Mapping[str, Scalar]) -> int:
    """Size of traits as compact JSON in UTF-8."""
    return len(json.dumps(dict(traits), ensure_ascii=False, separators=(",", ":")).encode())


@dataclass(frozen=True, slots=True)
class Erasure:
    """A person's wish to be forgotten: every state record and the membership become tombstones."""

    user: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A well-formed message that is not behaviour (Segment's `alias` and `group`)."""

    type: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that can not be used: it goes to `user-events.dlq` with `reason` and `detail` as headers."""

    reason: Reason
    detail: str


Content = Event | Declaration | Erasure | Ignored | Rejected


@dataclass(frozen=True, slots=True)
class Record:
    """One message of one partition: its offset, when the broker got it (ms), and what it means."""

    offset: int
    arrival_ms: int
    content: Content
