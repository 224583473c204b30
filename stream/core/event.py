"""The contents of a record on `user-events`, as values; `stream.wire` decodes the bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from stream.core.reasons import Reason

Scalar = str | int | float | bool | None

TRAITS_BYTES_MAX = 4096  # of a user's traits as JSON: every head record and membership carries them

NO_TRAITS: Mapping[str, Scalar] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Event:
    """An action of a user at `time_ms`, milliseconds since 1970 UTC.

    `ignored` are the paths of fields that were not understood, and count as missing.
    """

    user: str
    id: str
    kind: str
    time_ms: int
    text: str = ""
    amount: float = 0.0
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """Declared traits of a user (Segment's `identify`); never part of the profile vector."""

    user: str
    traits: Mapping[str, Scalar]
    ignored: tuple[str, ...] = ()


def traits_bytes(traits: Mapping[str, Scalar]) -> int:
    """Return the size of traits as compact JSON in UTF-8."""
    return len(json.dumps(dict(traits), ensure_ascii=False, separators=(",", ":")).encode())


@dataclass(frozen=True, slots=True)
class Erasure:
    """A request to erase a user: every state record and the membership become tombstones."""

    user: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A well-formed message without behaviour (Segment's `alias` and `group`)."""

    type: str


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A message of a user of another partition, `home`: forwarded there, and not applied here."""

    home: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """An invalid message, for `user-events.dlq` with `reason` and `detail` as headers."""

    reason: Reason
    detail: str


Content = Event | Declaration | Erasure | Ignored | Misplaced | Rejected


@dataclass(frozen=True, slots=True)
class Record:
    """A message of one partition: its offset, the broker's time (ms) and its content.

    `traceparent` is its W3C trace context, "" without one.
    """

    offset: int
    arrival_ms: int
    content: Content
    traceparent: str = ""
