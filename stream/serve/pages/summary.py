"""Figures that several pages share: totals, latest changes, users about to move."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf

from stream.serve.pages.renderer import Asked
from stream.serve.pages.views import RESERVED, ChangeView, ShownUser, change_view, decode_change, shown_user
from stream.store.queries.live import latest_changes
from stream.store.queries.models import serving_decision
from stream.store.queries.samples import NearMove, near_moves
from stream.wire.promotions import SegmentPromotion

N_NEAR = 1_000


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of users and segments, counted, and changes of the last day of the stream's clock."""

    n_users: int
    n_segments: int
    n_unknown: int
    n_inactive: int
    n_changes: int


@dataclass(frozen=True, slots=True)
class NearMoveView:
    """A user about to move, as lists show it."""

    user: ShownUser
    move: NearMove


def totals_of(asked: Asked) -> Totals:
    """Return the numbers of users and segments."""
    of = {row.id: row.n_users for row in asked.rows}
    return Totals(
        n_users=sum(of.values()),
        n_segments=sum(not row.retired and row.id not in RESERVED for row in asked.rows),
        n_unknown=of.get("unknown", 0),
        n_inactive=of.get("inactive", 0),
        n_changes=sum(row.n_entered for row in asked.rows),
    )


def newest_changes(asked: Asked, limit: int) -> list[ChangeView]:
    """Return the latest changes, the newest first."""
    found = latest_changes(asked.store, 0, limit)
    return [change_view(asked.parts.identity, decode_change(value), row=row) for row, value in found]


def soon_of(asked: Asked, limit: int, segment: str | None = None) -> list[NearMoveView]:
    """Return the users about to move, out of one segment if given; those of retired segments come last."""
    found = [move for move in near_moves(asked.store, N_NEAR) if segment in (None, move.segment)]
    kept = sorted(found, key=lambda move: isinf(move.distance))[:limit]
    return [NearMoveView(shown_user(asked.parts.identity, move.user), move) for move in kept]


def serving_of(asked: Asked) -> SegmentPromotion | None:
    """Return the decision by which the serving model serves."""
    return serving_decision(asked.store)
