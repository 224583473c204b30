"""Spans are counted by outcome, from 0 on."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from stream.observability.trace_metrics import SpanOutcome, TraceMetrics


def test_spans_are_counted_by_outcome() -> None:
    registry = CollectorRegistry()
    metrics = TraceMetrics(registry)
    metrics.count(SpanOutcome.EXPORTED, 512)
    metrics.count(SpanOutcome.DROPPED, 1)
    metrics.count(SpanOutcome.EXPORTED, 3)
    found = [registry.get_sample_value("segue_spans_total", {"outcome": outcome}) for outcome in SpanOutcome]
    assert found == [515, 1]
