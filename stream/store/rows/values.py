"""The fields of a record that become columns; the whole value is kept as it is. Unknown fields are skipped.

Every function raises ValueError or RecursionError for bytes that are no such record.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec

from stream.kafka.reader import Read
from stream.wire.profiles import UserProfile, read_profile
from stream.wire.samples import ProfileSample, decode_sample

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
Share = Annotated[float, msgspec.Meta(ge=-2, le=2)]  # a contribution: -1 to 1, with room for rounding
Relative = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Ref(msgspec.Struct, frozen=True):
    """A segment that a record names."""

    id: str


class EvidenceItem(msgspec.Struct, frozen=True):
    """Items of one text; empty without SEGUE_EVIDENCE_TEXTS."""

    text: str
    contribution: Share


class EvidenceFeature(msgspec.Struct, frozen=True):
    """A feature, with words or without."""

    name: str
    words: str
    contribution: Share


class Evidence(msgspec.Struct, frozen=True):
    """Evidence of a change."""

    items: tuple[EvidenceItem, ...]
    features: tuple[EvidenceFeature, ...]


class Required(msgspec.Struct, frozen=True):
    """Requirements of the change."""

    margin_required: Relative
    dwell_required_ms: Count


class ChangeFields(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Fields of a value on `segment-changes`."""

    user: str
    sequence: Count
    from_: Ref
    to: Ref
    rule: str
    hysteresis: Required
    evidence: Evidence
    decision_time_ms: Count


class Weight(msgspec.Struct, frozen=True):
    """A segment of a soft membership."""

    id: str
    weight: Relative


class MembershipFields(msgspec.Struct, frozen=True):
    """Fields of a value on `user-segments`."""

    user: str
    segment: Ref
    since_ms: Count
    sequence: Count
    soft_membership: tuple[Weight, ...]

    @property
    def weight(self) -> float | None:
        """Weight of the segment that the user is in; None if it is not among the largest."""
        return next((each.weight for each in self.soft_membership if each.id == self.segment.id), None)


Fields = TypeVar("Fields", ChangeFields, MembershipFields, UserProfile)

_change = msgspec.json.Decoder(ChangeFields).decode
_membership = msgspec.json.Decoder(MembershipFields).decode


def change_fields(read: Read) -> ChangeFields:
    """Return the fields of a change."""
    return _of_key(read, _change(read.value or b""))


def membership_fields(read: Read) -> MembershipFields:
    """Return the fields of a membership."""
    return _of_key(read, _membership(read.value or b""))


def stored_change(value: bytes) -> ChangeFields:
    """Return the fields of a change that the store has."""
    return _change(value)


def sample_fields(read: Read) -> ProfileSample:
    """Return a sample."""
    sample = decode_sample(read.value or b"")
    if len(sample.explicit) % 8 or len(sample.semantic) % 4 or not 0 <= sample.time_ms <= 1 << 53:
        raise ValueError("not a sample: its vectors are cut, or its time is no time")
    sample.user.encode()
    return sample


def profile_fields(read: Read) -> UserProfile:
    """Return a profile."""
    return _of_key(read, read_profile(read.value or b""))


def text_of_key(read: Read) -> str:
    """Return the user or the segment that a key names."""
    if read.key is None:
        raise ValueError("the record has no key")
    return read.key.decode()


def _of_key(read: Read, fields: Fields) -> Fields:
    if fields.user != text_of_key(read):
        raise ValueError("the user is not the record's key")
    return fields
