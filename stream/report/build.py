"""All figures of a report from a store, in one snapshot of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from stream.maps.fit import silent
from stream.maps.landmarks import Landmarks
from stream.report.comparison import Request, compare, read_lineage, read_request
from stream.report.errors import ReportError
from stream.report.map_figures import Progress, map_figures
from stream.report.mapped_users import choose_users, mapped
from stream.report.moved import Places
from stream.report.reviews import Reviews, health_rows, read_reviews
from stream.report.sampled import Sampled
from stream.report.segment_figures import between, feature_bars, segment_figures
from stream.report.silhouettes import silhouettes
from stream.report.values import Figures, MapFigure, MappedUsers, SegmentFigures
from stream.report.words import RESERVED_WORDS
from stream.serve.identity import Identity
from stream.store.queries.flows import flows
from stream.store.queries.models import lineage, promotions
from stream.store.queries.segments import SegmentRow, segment_rows
from stream.store.store import Store, newest_ms, oldest_ms
from stream.training.values.policy import TrainingPolicy
from stream.wire.lineage import SegmentLineage
from stream.wire.promotions import read_promotion

N_MAPPED = 5_000
N_LARGEST = 20  # flows
N_EVENTS = 1_000
N_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of a report: how users are shown, most users on the maps, thresholds, and what is compared."""

    identity: Identity
    n_mapped: int = N_MAPPED
    policy: TrainingPolicy = field(default_factory=TrainingPolicy)
    compared: Request | None = None


def options_of(policy: TrainingPolicy, deployment: str, n_mapped: int, compared: str) -> Options:
    """Return the choices of a deployment, the group with its prefix; `compared` is empty or two sides to compare."""
    identity = Identity(policy.member_ids, deployment, b"")
    return Options(identity, n_mapped, policy, read_request(compared) if compared else None)


def build_figures(
    store: Store,
    sampled: Sampled | None,
    landmarks: Landmarks | None,
    options: Options,
    seen: Places | None = None,
    notes: tuple[str, ...] = (),
    progress: Progress = silent,
) -> Figures:
    """Return the figures of a store. Raises ReportError for a store without a single result."""
    rows = segment_rows(store)
    if not any(row.n_users for row in rows):
        raise ReportError("there is nothing to report: no user has a segment yet (`segue worker`, `segue replay`)")
    seen = seen or Places(newest_ms(store), landmarks.made_ms if landmarks else 0, {})
    shown, maps = _mapped(store, sampled, landmarks, options, seen, progress)
    progress("segments")
    return _figures(store, rows, sampled, options, shown, maps, notes)


def _figures(
    store: Store,
    rows: list[SegmentRow],
    sampled: Sampled | None,
    options: Options,
    shown: MappedUsers,
    maps: tuple[MapFigure, ...],
    notes: tuple[str, ...],
) -> Figures:
    since_ms, until_ms = oldest_ms(store), newest_ms(store)
    reviews, events = read_reviews(store), read_lineage(lineage(store, N_EVENTS))
    return Figures(
        since_ms=since_ms,
        newest_ms=until_ms,
        segments=_segments(store, rows, sampled, shown, reviews, events),
        reserved=tuple(row for row in rows if row.id in RESERVED_WORDS),
        mapped=shown,
        maps=maps,
        objective=reviews.objective,
        unknown=reviews.unknown,
        health=health_rows(reviews, options.policy),
        flows=between(flows(store, since_ms, until_ms))[:N_LARGEST],
        comparison=compare(store, options.compared, sampled, events),
        promotions=tuple(read_promotion(value) for value in promotions(store, N_SHOWN)),
        lineage=events[:N_SHOWN],
        notes=notes,
    )


def _mapped(
    store: Store,
    sampled: Sampled | None,
    landmarks: Landmarks | None,
    options: Options,
    seen: Places,
    progress: Progress,
) -> tuple[MappedUsers, tuple[MapFigure, ...]]:
    """Return the users to show, and the maps they are on; none of either without profiles."""
    if sampled is None:
        return MappedUsers((), (), (), np.zeros(0), {}), ()
    frame = sampled.frame
    rows = choose_users(frame.users, frame.segments, options.n_mapped)
    users = [frame.users[at] for at in rows]
    segments = [frame.segments[at] for at in rows]
    progress("silhouettes")
    values = silhouettes(sampled.model.scaler.transform(sampled.frame.profiles.rows(rows)), segments, sampled.model.ids)
    shown = mapped(store, users, segments, values, options.identity.shown_user)
    if landmarks is None:
        return shown, ()
    return shown, map_figures(landmarks, sampled.frame.profiles, rows, shown.users, seen, progress)


def _segments(
    store: Store,
    rows: list[SegmentRow],
    sampled: Sampled | None,
    shown: MappedUsers,
    reviews: Reviews,
    events: tuple[SegmentLineage, ...],
) -> tuple[SegmentFigures, ...]:
    bars = feature_bars(sampled.frame, sampled.model) if sampled else {}
    period = oldest_ms(store), newest_ms(store)
    return tuple(
        segment_figures(store, row, period, bars.get(row.id, ()), shown, reviews, events)
        for row in rows
        if row.id not in RESERVED_WORDS
    )
