"""A small shop: profiles and events of its users, as values."""

from __future__ import annotations

import msgspec
import numpy as np

from stream.core.event import Event
from stream.core.output import Profile
from stream.core.policy import DAY_MS
from stream.wire.memberships import UserSegment
from stream.wire.profiles import UserProfile, profile_message, read_profile
from tests.fakes import HashEncoder

NOW_MS = 20_000 * DAY_MS
ENCODER = HashEncoder(dimension=8)


def profile(
    user: str, text: str = "milk", share: float = 0.0, segment: str = "s-0001", time_ms: int = NOW_MS
) -> UserProfile:
    """Return the profile of a user who buys one product, `share` of the times with a coupon."""
    explicit = {"recency": 0.5, "share_purchase": 1 - share, "share_coupon": share}
    semantic = np.array(ENCODER.encode([text])[0])
    made = Profile(user, time_ms, 5, 4.0, explicit, semantic, segment, 1, ENCODER.version)
    return read_profile(profile_message(made).value or b"")


def event(user: str, kind: str = "purchase", time_ms: int = NOW_MS, amount: float = 1.0) -> Event:
    """Return an event of a user."""
    return Event(user, f"{user}-{kind}-{time_ms}", kind, time_ms, "", amount)


def membership(user: str, **traits: bool) -> UserSegment:
    """Return a record on `user-segments` with these traits."""
    plain = {
        "user": user,
        "segment": {"id": "s-0001", "name": "milk"},
        "since_ms": 0,
        "sequence": 1,
        "segment_model": 1,
    }
    rest = {"encoder": "hash", "traits": traits, "predicted": {}, "label_heads": "", "soft_membership": []}
    return msgspec.convert(plain | rest, UserSegment)
