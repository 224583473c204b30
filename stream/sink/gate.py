"""The gate: which users of `user-segments` may be in an audience at the endpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec

from stream.core.decision.conditions import Condition
from stream.core.event import Scalar

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class Reason(StrEnum):
    """A reason to leave an audience."""

    SEGMENT = "segment"  # the user is in another segment
    CONSENT = "consent"
    ERASED = "erased"
    EXPIRED = "expired"
    REMOVED = "removed"  # the sink's settings or the topic are others, and the user is not among the members


class SegmentName(msgspec.Struct, frozen=True):
    """A segment that a record names."""

    id: str
    name: str


class Member(msgspec.Struct, frozen=True):
    """Fields of a value on `user-segments` that a sink reads."""

    user: str
    segment: SegmentName
    sequence: Count
    traits: dict[str, Scalar] = {}


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: the segments that are audiences, and conditions that each member must meet."""

    segments: frozenset[str]
    consent: tuple[Condition, ...] = ()
    ttl_ms: int = 0

    def reason_against(self, member: Member) -> Reason | None:
        """Return why a user is in no audience; None if the user's segment is one."""
        if member.segment.id not in self.segments:
            return Reason.SEGMENT
        return None if all(each.holds(member.traits) for each in self.consent) else Reason.CONSENT

    def text(self) -> str:
        """Return the gate as text: equal gates have equal texts."""
        return json.dumps([sorted(self.segments), sorted(each.text for each in self.consent), self.ttl_ms])


_member = msgspec.json.Decoder(Member).decode


def read_member(key: bytes | None, value: bytes) -> Member:
    """Return the fields of a record. Raise ValueError or RecursionError for bytes that are no such record."""
    member = _member(value)
    if key is None or member.user != key.decode():
        raise ValueError("the user is not the record's key")
    return member
