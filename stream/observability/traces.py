"""The choice of traces: spans for a collector, or none. The extra `otel` is loaded only where a collector is set."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from stream.observability.trace_metrics import TraceMetrics
from stream.runtime.events import EngineEvent


class Spans(Protocol):
    """An observer that exports spans until `close`."""

    def __call__(self, event: EngineEvent) -> None:
        """Export the spans of an event."""
        ...

    def close(self) -> None:
        """Export what waits."""
        ...


SpansFactory = Callable[[TraceMetrics, str, str, str], Spans]  # of metrics, role, topic and consumer group


class NoSpans:
    """Spans that are not made."""

    def __init__(self, metrics: TraceMetrics, role: str, topic: str, group: str) -> None:
        """Connect nothing."""

    def __call__(self, event: EngineEvent) -> None:
        """Return at once."""

    def close(self) -> None:
        """Return at once."""


def load_spans(endpoint: str) -> SpansFactory:
    """Return what makes spans for the collector at `endpoint`; "" needs no package, and makes none."""
    if not endpoint:
        return NoSpans
    from stream.observability.change_spans import ChangeSpans, otlp_exporter

    return partial(ChangeSpans, otlp_exporter(endpoint))
