"""Figures that several pages share: totals, standing warnings, latest changes, users about to move."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from stream.serve.pages.renderer import Asked
from stream.serve.pages.views import RESERVED, ChangeView, ShownUser, change_view, decode_change, shown_user
from stream.store.queries.health import health, warnings
from stream.store.queries.live import latest_changes
from stream.store.queries.models import serving_decision
from stream.store.queries.samples import NearMove, near_moves
from stream.training.values.health import Figure
from stream.web.figures import decimal, percent
from stream.wire.health import SegmentsHealth, SegmentsWarning
from stream.wire.promotions import SegmentPromotion

N_WARNINGS = 200
decode_health = msgspec.json.Decoder(SegmentsHealth).decode
decode_warning = msgspec.json.Decoder(SegmentsWarning).decode

FIGURE_WORDS = {
    Figure.UNKNOWN: "share of unknown users",
    Figure.FLIPS: "changes of segment per user and day",
    Figure.PSI_FEATURE: "divergence of a feature (PSI)",
    Figure.PSI_SEGMENTS: "divergence of the sizes of segments (PSI)",
    Figure.N_CLUSTERS: "clusters found",
    Figure.DRIFT: "drift of a segment, in thresholds",
    Figure.SPREAD: "spread of the users of a generation",
}


@dataclass(frozen=True, slots=True)
class Totals:
    """Numbers of users and segments, counted, and changes of the last day of the stream's clock."""

    n_users: int
    n_segments: int
    n_unknown: int
    n_inactive: int
    n_changes: int


@dataclass(frozen=True, slots=True)
class WarningView:
    """A figure beyond its limit: its words, its subject's name, value and limit."""

    figure: Figure
    subject: str
    name: str
    value: float | None
    threshold: float | None
    time_ms: int

    @property
    def words(self) -> str:
        """The figure in words."""
        return FIGURE_WORDS[self.figure]

    @property
    def shown_value(self) -> str:
        """The value as people read it."""
        return self._shown(self.value)

    @property
    def shown_threshold(self) -> str:
        """The limit as people read it."""
        return self._shown(self.threshold)

    @property
    def sentence(self) -> str:
        """The warning as a sentence."""
        subject = f" of {self.name}" if self.name else ""
        return f"{self.words[:1].upper()}{self.words[1:]}{subject}: {self.shown_value}, limit {self.shown_threshold}."

    def _shown(self, number: float | None) -> str:
        if self.figure is Figure.N_CLUSTERS:
            return decimal(number, 0)
        return percent(number) if self.figure is Figure.UNKNOWN else decimal(number, 2)


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


def standing_warnings(asked: Asked) -> list[WarningView]:
    """Return the figures that are beyond their limits at the newest review, each with value and limit if known."""
    value = health(asked.store)
    if value is None:
        return []
    now = decode_health(value)
    said = [decode_warning(each) for each in warnings(asked.store, N_WARNINGS)]
    last = {(each.figure, each.subject): each for each in reversed(said)}
    return [warning_view(asked, each.figure, each.subject, last, now.time_ms) for each in now.warnings]


def warning_view(
    asked: Asked, figure: Figure, subject: str, said: dict[tuple[Figure, str], SegmentsWarning], time_ms: int
) -> WarningView:
    """Return a figure beyond its limit, with what its last warning said."""
    known = said.get((figure, subject))
    return WarningView(
        figure=figure,
        subject=subject,
        name=asked.names.get(subject, subject),
        value=known.value if known else None,
        threshold=known.threshold if known else None,
        time_ms=known.time_ms if known else time_ms,
    )


def newest_changes(asked: Asked, limit: int) -> list[ChangeView]:
    """Return the latest changes, the newest first."""
    found = latest_changes(asked.store, 0, limit)
    return [change_view(asked.parts.identity, decode_change(value)) for _, value in found]


def soon_of(asked: Asked, limit: int, segment: str | None = None) -> list[NearMoveView]:
    """Return the users about to move, out of one segment if given."""
    found = near_moves(asked.store, limit if segment is None else 10 * limit)
    kept = [move for move in found if segment in (None, move.segment)][:limit]
    return [NearMoveView(shown_user(asked.parts.identity, move.user), move) for move in kept]


def serving_of(asked: Asked) -> SegmentPromotion | None:
    """Return the decision by which the serving model serves."""
    return serving_decision(asked.store)
