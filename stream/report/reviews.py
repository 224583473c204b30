"""Reviews of the trainer as series over time, and the last one with the thresholds of its warnings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from stream.report.values import HealthRow, TimePoint
from stream.store.queries.health import health_history, warnings
from stream.store.store import Store
from stream.training.values.health import Figure
from stream.training.values.policy import TrainingPolicy
from stream.wire.health import SegmentsHealth, SegmentsWarning

N_REVIEWS = 400
_health = msgspec.json.Decoder(SegmentsHealth)
_warning = msgspec.json.Decoder(SegmentsWarning)


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviews in order of time: objective, share of unknown users, cohesion by segment, and the last one whole."""

    objective: tuple[TimePoint, ...]
    unknown: tuple[TimePoint, ...]
    cohesion: Mapping[str, tuple[TimePoint, ...]]
    last: SegmentsHealth | None
    n_clusters_max: float | None  # of the newest warning: the limit is a setting of the trainer


def read_reviews(store: Store) -> Reviews:
    """Return the newest reviews; all series are empty before the first."""
    found = [_health.decode(value) for value in reversed(health_history(store, N_REVIEWS))]
    limits = [_warning.decode(value) for value in warnings(store, N_REVIEWS)]
    cohesion: dict[str, list[TimePoint]] = defaultdict(list)
    for each in found:
        for segment in each.segments:
            cohesion[segment.id].append(TimePoint(each.time_ms, segment.cohesion))
    return Reviews(
        objective=tuple(TimePoint(each.time_ms, each.objective) for each in found),
        unknown=tuple(TimePoint(each.time_ms, each.unknown_share) for each in found),
        cohesion={segment: tuple(points) for segment, points in cohesion.items()},
        last=found[-1] if found else None,
        n_clusters_max=next((each.threshold for each in limits if each.figure is Figure.N_CLUSTERS), None),
    )


def health_rows(reviews: Reviews, policy: TrainingPolicy) -> tuple[HealthRow, ...]:
    """Return the figures of the last review with their thresholds: of all users, of features, and of segments.

    A figure is beyond its threshold where the review itself says so.
    """
    if (health := reviews.last) is None:
        return ()
    exceeded = {(each.figure, each.subject) for each in health.warnings}

    def row(figure: Figure, subject: str, value: float, threshold: float | None) -> HealthRow:
        return HealthRow(figure, subject, value, threshold, (figure, subject) in exceeded)

    features = sorted(health.psi_features.items(), key=lambda item: (-item[1], item[0]))
    drifts = sorted(health.segments, key=lambda each: (-each.drift, each.id))
    return (
        row(Figure.UNKNOWN, "", health.unknown_share, policy.warn_unknown),
        row(Figure.FLIPS, "", health.flips_per_user_day, policy.warn_flips),
        row(Figure.PSI_SEGMENTS, "", health.psi_segments, policy.warn_psi),
        row(Figure.N_CLUSTERS, "", health.n_clusters, reviews.n_clusters_max),
        *(row(Figure.PSI_FEATURE, name, value, policy.warn_psi) for name, value in features[:8]),
        *(row(Figure.DRIFT, each.id, each.drift, policy.warn_drift) for each in drifts[:8]),
    )
