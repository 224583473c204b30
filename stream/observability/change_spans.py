"""A span for each delivered change within a sampled trace, from the event that the user sent last.

A span is the child of the event's context, and links to it as OpenTelemetry's messaging conventions recommend. It
covers the turn that decided and delivered the change. A user's id is personal, so no attribute has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import time_ns

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, ParentBased
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    set_span_in_context,
)

from stream.observability.span_queue import SpanQueue
from stream.observability.trace_metrics import TraceMetrics
from stream.runtime.events import Delivered, EngineEvent
from stream.runtime.job import TracedChange

_SCHEMA = "https://opentelemetry.io/schemas/1.45.0"
_MESSAGING = {  # the conventions are still in development: renamed attributes are renamed here
    "system": "messaging.system.name",
    "destination": "messaging.destination.name",
    "group": "messaging.consumer.group.name",
    "operation": "messaging.operation.name",
    "operation_type": "messaging.operation.type",
}
_OPERATION = "process"
_NS = 1_000_000_000


def otlp_exporter(endpoint: str) -> SpanExporter:
    """Return an exporter to a collector at `endpoint`. Headers and certificates: `OTEL_EXPORTER_*`."""
    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")


class ChangeSpans:
    """An observer of the segmenter's deliveries that exports a span for each traced change."""

    def __init__(self, exporter: SpanExporter, metrics: TraceMetrics, role: str, topic: str, group: str) -> None:
        self._role, self._topic = role, topic
        self._attributes: Mapping[str, str] = {
            _MESSAGING["system"]: "kafka",
            _MESSAGING["destination"]: topic,
            _MESSAGING["group"]: group,
            _MESSAGING["operation"]: _OPERATION,
            _MESSAGING["operation_type"]: _OPERATION,
        }
        self._ids = _GivenSpanIds()
        self._provider = TracerProvider(
            sampler=ParentBased(ALWAYS_ON),
            resource=Resource({"service.name": "segue"}).merge(OTELResourceDetector().detect()),
            shutdown_on_exit=False,
            id_generator=self._ids,
        )
        self._provider.add_span_processor(SpanQueue(exporter, metrics.count))
        self._tracer = self._provider.get_tracer("segue", schema_url=_SCHEMA)

    def __call__(self, event: EngineEvent) -> None:
        """Export the spans of a delivered turn."""
        if not isinstance(event, Delivered) or event.role != self._role:
            return
        end_ns = time_ns()
        start_ns = end_ns - int((event.compute_s + event.deliver_s) * _NS)
        for batch in event.batches:
            for change in batch.traced:
                self._export(change, start_ns, end_ns)

    def close(self) -> None:
        """Export what waits, for some seconds at most."""
        self._provider.shutdown()

    def _export(self, change: TracedChange, start_ns: int, end_ns: int) -> None:
        parent = _context(change.parent)
        self._ids.span_id = _context(change.traceparent).span_id
        span = self._tracer.start_span(
            f"{_OPERATION} {self._topic}",
            context=set_span_in_context(NonRecordingSpan(parent)),
            kind=SpanKind.CONSUMER,
            links=[Link(parent)],
            attributes={
                **self._attributes,
                "cloudevents.event_id": change.change_id,
                "segue.sequence": change.sequence,
                "segue.rule": change.rule,
                "segue.from": change.from_segment,
                "segue.to": change.to_segment,
                "segue.segment_model": change.segment_model,
            },
            start_time=start_ns,
        )
        span.end(end_ns)


class _GivenSpanIds(IdGenerator):
    """Span ids given before each span: they follow from the records, so a change sent again has the same."""

    span_id = 1

    def generate_span_id(self) -> int:
        """Return the given id."""
        return self.span_id

    def generate_trace_id(self) -> int:
        """Raise: every span has a parent."""
        raise AssertionError("a span without a parent")


def _context(traceparent: str) -> SpanContext:
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
