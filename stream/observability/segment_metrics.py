"""Prometheus metrics of the newest segment health, where the trainer runs."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from stream.observability.status import TrainerStatus
from stream.training.values.health import Health

Family = CounterMetricFamily | GaugeMetricFamily


class HealthGauges(Collector):
    """A collector of the trainer's figures. Families have no samples before the first health report."""

    def __init__(self, trainer: TrainerStatus, segments_max: int) -> None:
        self._trainer, self._segments_max = trainer, segments_max

    def collect(self) -> Iterator[Family]:
        """Yield every family, with the figures of at most `segments_max` segments."""
        yield CounterMetricFamily(
            "segue_samples_unreadable", "Samples and commands that could not be used", self._trainer.n_unreadable
        )
        missing = GaugeMetricFamily("segue_samples_missing", "Samples that the first segment model still needs")
        if self._trainer.warm_up is not None:
            n_waiting, n_needed = self._trainer.warm_up
            missing.add_metric([], n_needed - n_waiting)
        yield missing
        yield from _totals(self._trainer.health)
        yield from _by_label(self._trainer.health, self._segments_max)


def _totals(health: Health | None) -> list[Family]:
    objective = GaugeMetricFamily("segue_objective", "J, the mean squared distance to the centroid")
    unknown = GaugeMetricFamily("segue_unknown_share", "Share of users far from every segment")
    flips = GaugeMetricFamily("segue_flips_per_user_day", "Changes of segment per user and day")
    psi = GaugeMetricFamily("segue_psi_segments", "Stability index of the segments' shares")
    warnings = GaugeMetricFamily("segue_health_warnings", "Figures beyond their warning threshold")
    if health is not None:
        objective.add_metric([], health.objective)
        unknown.add_metric([], health.unknown_share)
        flips.add_metric([], health.flips_per_user_day)
        psi.add_metric([], health.psi_segments)
        warnings.add_metric([], len(health.warnings))
    return [objective, unknown, flips, psi, warnings]


def _by_label(health: Health | None, segments_max: int) -> list[Family]:
    psi = GaugeMetricFamily("segue_psi_feature", "Stability index of an explicit feature", labels=["feature"])
    share = GaugeMetricFamily("segue_segment_share", "Share of users in a segment", labels=["segment"])
    drift = GaugeMetricFamily("segue_segment_drift", "Drift of a centroid, in thresholds", labels=["segment"])
    cohesion = GaugeMetricFamily(
        "segue_segment_cohesion", "Root mean square distance of members to the centroid", labels=["segment"]
    )
    if health is not None:
        for name, value in health.psi_features.items():
            psi.add_metric([name], value)
        for segment in health.segments[:segments_max]:
            share.add_metric([segment.id], segment.share)
            drift.add_metric([segment.id], segment.drift)
            cohesion.add_metric([segment.id], segment.cohesion)
    return [psi, share, drift, cohesion]
