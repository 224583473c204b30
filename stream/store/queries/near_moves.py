"""Users who are about to move, by their newest profiles and the serving model.

The rule is that of `stream.core.transition.decide`, without its dwell. Margins are those that changes told of, since a
store does not know the settings of the workers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stream.core.arrays import Vectors
from stream.core.reserved import INACTIVE, UNKNOWN
from stream.core.segment_model import SegmentModel
from stream.store.queries.models import serving_model
from stream.store.queries.samples import samples
from stream.store.store import Store

_ANY = "*"


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


def near_moves(store: Store, limit: int, n_profiles: int = 5_000) -> list[NearMove]:
    """Return the users nearest to a change of segment, the nearest first, among the `n_profiles` sampled last.

    Inactive and pinned users are left out. Empty without a serving model.
    """
    model, frame = serving_model(store), samples(store, limit=n_profiles)
    if model is None or not frame.users or not _fits(model, frame.explicit.shape[1], frame.semantic.shape[1]):
        return []
    if frame.encoder != model.encoder:
        return []
    u, margins, known = model.scaler.transform(frame.profiles), _Margins(store), _catalogued(store)
    found = []
    for at, (user, segment) in enumerate(zip(frame.users, frame.segments, strict=True)):
        if segment == UNKNOWN or segment in known:
            row = np.sqrt(np.square(model.centroids - u[at]).sum(axis=1))
            found.append(_near_move(user, segment, row, model, margins, frame.time_ms[at]))
    return sorted(found, key=lambda each: (each.margin_required - each.margin, each.user))[:limit]


class _Margins:
    """Required margins by pair of segments, as changes told: of the pair, else into the segment, else the last one."""

    def __init__(self, store: Store) -> None:
        rows = store.rows(
            "SELECT o.id, t.id, r.margin FROM requirements r JOIN segments o ON o.no = r.origin "
            "JOIN segments t ON t.no = r.target ORDER BY r.time_ms"
        )
        self._of = {key: margin for a, b, margin in rows for key in ((_ANY, _ANY), (_ANY, b))}
        self._of |= {(a, b): margin for a, b, margin in rows}

    def between(self, segment: str, following: str) -> float:
        """Return the margin of a change; 0 before any change."""
        keys = ((segment, following), (_ANY, following), (_ANY, _ANY))
        return next((self._of[key] for key in keys if key in self._of), 0.0)


def _near_move(user: str, segment: str, row: Vectors, model: SegmentModel, margins: _Margins, time_ms: int) -> NearMove:
    """Return the nearest move of a user with these distances `row (k,)` to the centroids."""
    nearest = int(row.argmin())
    if segment not in model.ids:
        limit = float(model.thresholds[nearest]) if segment == UNKNOWN else float("inf")
        lead = 1.0 - float(row[nearest]) / limit
        return NearMove(user, segment, model.ids[nearest], limit, float(row[nearest]), lead, 0.0, lead >= 0.0, time_ms)
    own = model.ids.index(segment)
    others = [at for at in range(len(row)) if at != own]
    moves = [_to_unknown(user, segment, float(row[nearest]), float(model.thresholds[nearest]), margins, time_ms)]
    if others:
        after = min(others, key=lambda at: (float(row[at]), at))
        distance, lead = float(row[own]), 1.0 - float(row[after]) / (float(row[own]) or 1.0)
        need = margins.between(segment, model.ids[after])
        ahead = lead >= need and row[nearest] <= model.thresholds[nearest]
        moves.append(
            NearMove(user, segment, model.ids[after], distance, float(row[after]), lead, need, bool(ahead), time_ms)
        )
    return max(moves, key=lambda each: (each.is_ahead, each.margin - each.margin_required))


def _to_unknown(user: str, segment: str, near: float, limit: float, margins: _Margins, time_ms: int) -> NearMove:
    lead, need = near / limit - 1.0, margins.between(segment, UNKNOWN)
    return NearMove(user, segment, UNKNOWN, near, limit, lead, need, lead > need, time_ms)


def _fits(model: SegmentModel, n_features: int, n_dimensions: int) -> bool:
    return (len(model.features), len(model.scaler.semantic_mean)) == (n_features, n_dimensions)


def _catalogued(store: Store) -> set[str]:
    """Return the ids on `segments`; the segments of pins are not there."""
    return {segment for (segment,) in store.rows("SELECT id FROM segments WHERE value NOTNULL")} - {INACTIVE}
