"""Metrics of the spans of traces, and the outcomes they count."""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter


class SpanOutcome(StrEnum):
    """An outcome of a span."""

    EXPORTED = "exported"
    DROPPED = "dropped"  # the queue was full, or the collector did not take it


class TraceMetrics:
    """Metrics of spans; they stay at 0 without `SEGUE_OTLP_ENDPOINT`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.spans = Counter("segue_spans", "Spans of traces by outcome", ["outcome"], registry=registry)
        for outcome in SpanOutcome:
            self.spans.labels(outcome)

    def count(self, outcome: SpanOutcome, n: int) -> None:
        """Count `n` spans."""
        self.spans.labels(outcome).inc(n)
