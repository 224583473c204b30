"""The newest profile of each user, as arrays of one encoder and one list of features."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats, Ints, Vectors
from stream.core.policy import DAY_MS
from stream.core.profile import Profiles
from stream.wire.profiles import UserProfile

RECENCY = "recency"


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool of n users in the order of their ids: raw halves, the semantic one as int8 with a scale for each row.

    `explicit (n, n_features) float32`, `semantic (n, d) int8`, `scales (n,)`, `mass (n,)`. `n_left_out` counts users
    whose profiles are of another encoder or other features than the newest one: their numbers do not compare.
    """

    users: tuple[str, ...]
    segments: tuple[str, ...]
    features: tuple[str, ...]
    explicit: Vectors
    semantic: NDArray[np.int8]
    scales: Vectors
    mass: Vectors
    time_ms: Ints
    n_left_out: int = 0

    def rows(self, at: slice | Ints) -> Profiles:
        """Return the raw profiles at these rows."""
        semantic = self.semantic[at].astype(np.float32) * self.scales[at][:, None]
        return Profiles(self.explicit[at].astype(np.float64), semantic, self.mass[at])


class _Row(NamedTuple):
    kind: tuple[str, tuple[str, ...]]  # encoder and features
    time_ms: int
    segment: str
    mass: float
    explicit: bytes
    semantic: bytes
    scale: float


class PoolBuilder:
    """A builder of pools: profiles come and go in the order of their topic."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._kinds: dict[tuple[str, tuple[str, ...]], tuple[str, tuple[str, ...]]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, profile: UserProfile) -> None:
        """Take the newest profile of a user; raises ValueError for a semantic half that is no base64."""
        kind = profile.encoder, tuple(profile.explicit)
        self._rows[profile.user] = _Row(
            self._kinds.setdefault(kind, kind),
            profile.time_ms,
            profile.segment,
            profile.mass,
            np.array(list(profile.explicit.values()), np.float32).tobytes(),
            b64decode(profile.semantic.int8, validate=True),
            profile.semantic.scale,
        )

    def drop(self, user: str) -> None:
        """Forget a user."""
        self._rows.pop(user, None)

    def pool(self) -> Pool:
        """Return the users with profiles like the newest one; recency is as of the newest."""
        newest = max(self._rows.values(), key=lambda row: row.time_ms, default=None)
        kind, width, now_ms = (newest.kind, len(newest.semantic), newest.time_ms) if newest else (("", ()), 0, 0)
        kept = sorted(user for user, row in self._rows.items() if row.kind == kind and len(row.semantic) == width)
        rows, features = [self._rows[user] for user in kept], kind[1]
        explicit = np.frombuffer(b"".join(row.explicit for row in rows), np.float32).reshape(len(rows), len(features))
        time_ms = np.array([row.time_ms for row in rows], np.int64)
        return Pool(
            users=tuple(kept),
            segments=tuple(row.segment for row in rows),
            features=features,
            explicit=_as_of(explicit, features, time_ms, now_ms),
            semantic=np.frombuffer(b"".join(row.semantic for row in rows), np.int8).reshape(len(rows), width),
            scales=np.array([row.scale for row in rows], np.float32),
            mass=np.array([row.mass for row in rows], np.float32),
            time_ms=time_ms,
            n_left_out=len(self._rows) - len(rows),
        )


def _as_of(explicit: Vectors, features: tuple[str, ...], time_ms: Ints, now_ms: int) -> Vectors:
    """Return the features with `recency`, log(1 + days since the newest item), as of `now_ms`."""
    if RECENCY not in features:
        return explicit
    found, column = explicit.copy(), features.index(RECENCY)
    days: Floats = np.expm1(explicit[:, column].astype(np.float64)) + (now_ms - time_ms) / DAY_MS
    found[:, column] = np.log1p(days)
    return found
