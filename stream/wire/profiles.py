"""Profiles on `user-profiles`, as public structs, and as arrays for those who learn from them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence

import msgspec
import numpy as np

from stream.core.arrays import Floats, Vectors
from stream.core.output import Profile
from stream.core.profile import quantise
from stream.wire.cloud_events import JSON_HEADERS
from stream.wire.records import ProducerRecord
from stream.wire.topics import USER_PROFILES


class SemanticHalf(msgspec.Struct, frozen=True):
    """A vector of d numbers, each a signed byte times `scale`; `int8` is the base64 of the bytes."""

    int8: str
    scale: float


class UserProfile(msgspec.Struct, frozen=True):
    """Value on `user-profiles`: the raw profile of a user's window at `time_ms`, and the segment decided then.

    `semantic` has length 1, or is zero.
    """

    user: str
    time_ms: int
    n_items: int
    mass: float
    explicit: dict[str, float]
    semantic: SemanticHalf
    segment: str
    segment_model: int
    encoder: str


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(UserProfile).decode


def profile_message(profile: Profile) -> ProducerRecord:
    """Return the record of a profile for `user-profiles`."""
    (numbers,), (scale,) = quantise(profile.semantic[None, :])
    value = UserProfile(
        user=profile.user,
        time_ms=profile.time_ms,
        n_items=profile.n_items,
        mass=profile.mass,
        explicit=dict(profile.explicit),
        semantic=SemanticHalf(b64encode(numbers.tobytes()).decode(), float(scale)),
        segment=profile.segment,
        segment_model=profile.segment_model,
        encoder=profile.encoder,
    )
    return ProducerRecord(USER_PROFILES, profile.user.encode(), _encode(value), list(JSON_HEADERS))


def profile_tombstone(user: str) -> ProducerRecord:
    """Return the record that deletes a user's profile."""
    return ProducerRecord(USER_PROFILES, user.encode(), None, [])


def read_profile(value: bytes) -> UserProfile:
    """Return the profile in a value of `user-profiles`; raises msgspec.DecodeError on anything else."""
    return _decode(value)


def arrays_of(profiles: Sequence[UserProfile]) -> tuple[Floats, Vectors]:
    """Return the explicit halves `(n, n_features) float64` and the semantic halves `(n, d) float32`, row by row.

    Features are in the order of the first profile. Raise ValueError for profiles of different features or encoders:
    their numbers do not compare.
    """
    if not profiles:
        return np.empty((0, 0)), np.empty((0, 0), np.float32)
    names, encoder = tuple(profiles[0].explicit), profiles[0].encoder
    if any(each.encoder != encoder or each.explicit.keys() != set(names) for each in profiles):
        raise ValueError("the profiles are of more than one encoder or list of features: take those of one")
    explicit = np.array([[each.explicit[name] for name in names] for each in profiles], np.float64)
    stored = np.stack([np.frombuffer(b64decode(each.semantic.int8), np.int8) for each in profiles])
    scales = np.array([each.semantic.scale for each in profiles], np.float32)
    return explicit, stored.astype(np.float32) * scales[:, None]
