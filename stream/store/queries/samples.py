"""Sampled profiles, and users who are about to move by their newest profile and the serving model.

The rule is that of the kernel (`decide.c`), without its dwell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Floats, Vectors
from stream.core.profile import Profiles
from stream.core.reserved import INACTIVE, UNKNOWN
from stream.core.segment_model import SegmentModel, distances
from stream.store.queries.margins import ToldMargins
from stream.store.queries.models import serving_model
from stream.store.store import Store, is_storable
from stream.wire.samples import ProfileSample, decode_sample

_ALL = 1 << 62
_ROWS = 256  # users at a time: their differences from all centroids are in memory together


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


@dataclass(frozen=True, slots=True)
class NearMove:
    """A user near a change of segment.

    `next_segment` is nearest to replace `segment`. `margin` is its lead, (distance - next_distance) / distance, below
    0 while the own segment is nearer. For `unknown`, `next_distance` is the threshold and `margin` how far the profile
    is beyond it. From `unknown` or a retired segment no margin is needed, and `distance` is the threshold or infinite.
    `is_ahead`: the margin is met and the dwell runs, if the profile is still the same.
    """

    user: str
    segment: str
    next_segment: str
    distance: float
    next_distance: float
    margin: float
    margin_required: float
    is_ahead: bool
    time_ms: int


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


def near_moves(store: Store, limit: int, n_profiles: int = 5_000) -> list[NearMove]:
    """Return the users nearest to a change of segment, the nearest first, among the `n_profiles` sampled last.

    Inactive and pinned users are left out, and those who have moved since. Empty without a serving model.
    """
    model, frame = serving_model(store), samples(store, limit=n_profiles)
    if model is None or not frame.users or not _fits(model, frame.explicit.shape[1], frame.semantic.shape[1]):
        return []
    if frame.encoder != model.encoder:
        return []
    u, margins, known = model.scaler.transform(frame.profiles), ToldMargins(store), _catalogued(store)
    to_centroids = np.concatenate([distances(u[at : at + _ROWS], model.centroids) for at in range(0, len(u), _ROWS)])
    moved_ms: dict[str, int | None] = dict(
        store.rows("SELECT user, since_ms FROM users WHERE no IN (SELECT user FROM samples)")
    )
    found = []
    for at, (user, segment) in enumerate(zip(frame.users, frame.segments, strict=True)):
        is_current = (moved_ms[user] or 0) <= frame.time_ms[at]
        if is_current and (segment == UNKNOWN or segment in known):
            found.append(_near_move(user, segment, to_centroids[at], model, margins, frame.time_ms[at]))
    return sorted(found, key=lambda each: (each.margin_required - each.margin, each.user))[:limit]


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


def _near_move(
    user: str, segment: str, row: Vectors, model: SegmentModel, margins: ToldMargins, time_ms: int
) -> NearMove:
    """Return the nearest move of a user with these distances `row (k,)` to the centroids."""
    nearest = int(row.argmin())
    if segment not in model.ids:
        limit = float(model.thresholds[nearest]) if segment == UNKNOWN else float("inf")
        lead = 1.0 - float(row[nearest]) / limit
        return NearMove(user, segment, model.ids[nearest], limit, float(row[nearest]), lead, 0.0, lead >= 0.0, time_ms)
    own = model.ids.index(segment)
    moves = [_to_unknown(user, segment, float(row[nearest]), float(model.thresholds[nearest]), margins, time_ms)]
    if len(row) > 1:
        others = row.copy()
        others[own] = np.inf
        after = int(others.argmin())
        distance, lead = float(row[own]), 1.0 - float(row[after]) / (float(row[own]) or 1.0)
        need = margins.between(segment, model.ids[after])
        ahead = bool(lead >= need and row[nearest] <= model.thresholds[nearest])
        moves.append(NearMove(user, segment, model.ids[after], distance, float(row[after]), lead, need, ahead, time_ms))
    return max(moves, key=lambda each: (each.is_ahead, each.margin - each.margin_required))


def _to_unknown(user: str, segment: str, near: float, limit: float, margins: ToldMargins, time_ms: int) -> NearMove:
    lead, need = near / limit - 1.0, margins.between(segment, UNKNOWN)
    return NearMove(user, segment, UNKNOWN, near, limit, lead, need, lead > need, time_ms)


def _fits(model: SegmentModel, n_features: int, n_dimensions: int) -> bool:
    return (len(model.features), len(model.scaler.semantic_mean)) == (n_features, n_dimensions)


def _catalogued(store: Store) -> set[str]:
    """Return the ids on `segments`; the segments of pins are not there."""
    return {segment for (segment,) in store.rows("SELECT id FROM segments WHERE value NOTNULL")} - {INACTIVE}
