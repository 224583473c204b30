"""Sampled profiles of users: the newest one of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Floats, Vectors
from stream.core.profile import Profiles
from stream.store.store import Store, is_storable
from stream.wire.samples import ProfileSample, decode_sample

_ALL = 1 << 62


@dataclass(frozen=True, slots=True)
class SampleFrame:
    """A frame of profiles, row by row, ordered by user; all of the encoder version `encoder` and of one width.

    `explicit (n, n_features) float64`, `semantic (n, d) float32`, `mass (n,) float32` are raw, as
    `stream.core.profile.Profiles`. `segments` are the users' of now, or of the sample for a user without one; "" before
    the first result.
    """

    users: tuple[str, ...]
    segments: tuple[str, ...]
    explicit: Floats
    semantic: Vectors
    mass: Vectors
    texts: tuple[tuple[str, ...], ...]
    time_ms: tuple[int, ...]
    encoder: str

    @property
    def profiles(self) -> Profiles:
        """The rows as raw profiles."""
        return Profiles(self.explicit, self.semantic, self.mass)


def samples(store: Store, segment: str | None = None, limit: int | None = None) -> SampleFrame:
    """Return the newest profiles, of one segment if given; at most `limit`, those sampled last.

    Profiles of other encoder versions than the newest sample's are left out.
    """
    if segment is not None and not is_storable(segment):
        return _frame([])
    found = store.rows(
        "SELECT u.user, g.id, s.value FROM samples s JOIN users u ON u.no = s.user "
        "LEFT JOIN segments g ON g.no = u.segment WHERE (?1 IS NULL OR g.id = ?1) "
        "ORDER BY s.time_ms DESC, u.user LIMIT ?2",
        *(segment, _ALL if limit is None else limit),
    )
    return _frame((user, now, decode_sample(value)) for user, now, value in found)


def _frame(found: Iterable[tuple[str, str | None, ProfileSample]]) -> SampleFrame:
    rows = list(found)
    newest = rows[0][2] if rows else None
    rows = sorted((row for row in rows if newest and _is_like(row[2], newest)), key=lambda row: row[0].encode())
    kept = [sample for _, _, sample in rows]
    n = len(rows)
    return SampleFrame(
        users=tuple(user for user, _, _ in rows),
        segments=tuple(sample.segment if now is None else now for _, now, sample in rows),
        explicit=np.frombuffer(b"".join(each.explicit for each in kept), "<f8").reshape(n, -1 if n else 0),
        semantic=np.frombuffer(b"".join(each.semantic for each in kept), "<f4").reshape(n, -1 if n else 0),
        mass=np.array([each.mass for each in kept], np.float32),
        texts=tuple(each.texts for each in kept),
        time_ms=tuple(each.time_ms for each in kept),
        encoder=newest.encoder if newest else "",
    )


def _is_like(sample: ProfileSample, other: ProfileSample) -> bool:
    """Return True if both samples are of one encoder and one width."""
    return (sample.encoder, len(sample.explicit), len(sample.semantic)) == (
        other.encoder,
        len(other.explicit),
        len(other.semantic),
    )
