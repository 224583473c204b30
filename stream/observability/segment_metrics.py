"""The newest look at the segments as Prometheus metrics, where the trainer runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from stream.training.values.health import Health


class Reviewer(Protocol):
    """Who looks at the segments; `n_unreadable` samples and commands could not be used."""

    n_unreadable: int

    @property
    def warming(self) -> tuple[int, int] | None:
        """How many samples wait for the first segments, and how many these take; None where none are waited for."""
        ...

    @property
    def health(self) -> Health | None:
        """The newest look; None before the first, and where somebody else trains."""
        ...


class HealthGauges(Collector):
    """Families without samples where there is no look yet; of segments the first `segments_max`."""

    def __init__(self, reviewer: Reviewer, segments_max: int) -> None:
        self._reviewer, self._segments_max = reviewer, segments_max

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """Every figure of the look."""
        objective = GaugeMetricFamily("segue_objective", "J, the mean squared distance to the centroid")
        unknown = GaugeMetricFamily("segue_unknown_share", "Share of people far from every segment")
        flips = GaugeMetricFamily("segue_flips", "Changes of segment per person and day")
        vectors = GaugeMetricFamily("segue_vectors_psi", "Stability index of the shares of segments")
        warnings = GaugeMetricFamily("segue_health_warnings", "Figures of the look beyond their threshold")
        psi = GaugeMetricFamily("segue_feature_psi", "Stability index of an explicit feature", labels=["feature"])
        share = GaugeMetricFamily("segue_segment_share", "Share of people in a segment", labels=["segment"])
        drift = GaugeMetricFamily("segue_segment_drift", "Way of a centroid, in thresholds", labels=["segment"])
        cohesion = GaugeMetricFamily(
            "segue_segment_cohesion", "Root mean square distance to the centroid", labels=["segment"]
        )
        health = self._reviewer.health
        if health is not None:
            objective.add_metric([], health.objective)
            unknown.add_metric([], health.unknown)
            flips.add_metric([], health.flips_per_person_day)
            vectors.add_metric([], health.psi_vectors)
            warnings.add_metric([], len(health.warnings))
            for name, value in health.psi_features.items():
                psi.add_metric([name], value)
            for segment in health.segments[: self._segments_max]:
                share.add_metric([segment.id], segment.share)
                drift.add_metric([segment.id], segment.drift)
                cohesion.add_metric([segment.id], segment.cohesion)
        unreadable = CounterMetricFamily(
            "segue_samples_unreadable", "Samples and commands that could not be used", self._reviewer.n_unreadable
        )
        missing = GaugeMetricFamily("segue_samples_missing", "Samples that the first segments still wait for")
        if self._reviewer.warming is not None:
            n_waiting, n_needed = self._reviewer.warming
            missing.add_metric([], n_needed - n_waiting)
        yield from (unreadable, missing)
        yield from (objective, unknown, flips, vectors, warnings, psi, share, drift, cohesion)
