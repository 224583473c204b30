"""The spans of changes as a collector decodes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

pytest.importorskip("opentelemetry.sdk", reason="needs the extra `otel`")

from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.semconv._incubating.attributes import cloudevents_attributes, messaging_attributes

from stream.observability.change_spans import ChangeSpans, otlp_exporter
from stream.observability.trace_metrics import TraceMetrics
from stream.runtime.events import Delivered, EngineEvent, Idle
from stream.runtime.job import BatchSummary, TracedChange
from tests.otlp_receiver import Receiver, attributes, otlp_receiver

TRACE, EVENT, OWN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"
CHANGE = TracedChange(
    f"00-{TRACE}-{EVENT}-01", f"00-{TRACE}-{OWN}-01", "c-1", 3, "margin_and_dwell", "s-0001", "s-0002", 7
)
NS = 1_000_000_000


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with otlp_receiver() as running:
        yield running


def exported(receiver: Receiver, *events: EngineEvent) -> TraceMetrics:
    """Export the spans of these events, wait for the collector, and return the metrics."""
    metrics = TraceMetrics(CollectorRegistry())
    spans = ChangeSpans(otlp_exporter(receiver.url), metrics, "segment", "eu.user-events", "eu.segue-segment")
    for event in events:
        spans(event)
    spans.close()
    return metrics


def delivered(*changes: TracedChange, role: str = "segment") -> Delivered:
    return Delivered(role, [BatchSummary(1, 0, 0, traced=changes)], 0.25, 0.5, {})


def test_a_span_is_a_child_of_the_event_and_links_to_it(receiver: Receiver) -> None:
    exported(receiver, delivered(CHANGE))
    [span] = receiver.spans()
    assert (span.trace_id.hex(), span.parent_span_id.hex(), span.span_id.hex()) == (TRACE, EVENT, OWN)
    assert [(link.trace_id.hex(), link.span_id.hex()) for link in span.links] == [(TRACE, EVENT)]
    assert (span.name, span.kind) == ("process eu.user-events", Span.SPAN_KIND_CONSUMER)


def test_a_span_says_which_change_by_which_rule_and_not_whose(receiver: Receiver) -> None:
    exported(receiver, delivered(CHANGE))
    [span] = receiver.spans()
    assert attributes(span) == {
        "messaging.system.name": "kafka",
        messaging_attributes.MESSAGING_DESTINATION_NAME: "eu.user-events",
        messaging_attributes.MESSAGING_CONSUMER_GROUP_NAME: "eu.segue-segment",
        messaging_attributes.MESSAGING_OPERATION_NAME: "process",
        messaging_attributes.MESSAGING_OPERATION_TYPE: messaging_attributes.MessagingOperationTypeValues.PROCESS.value,
        cloudevents_attributes.CLOUDEVENTS_EVENT_ID: "c-1",
        "segue.sequence": 3,
        "segue.rule": "margin_and_dwell",
        "segue.from": "s-0001",
        "segue.to": "s-0002",
        "segue.segment_model": 7,
    }


def test_a_span_lasts_as_long_as_its_turn(receiver: Receiver) -> None:
    exported(receiver, delivered(CHANGE))
    [span] = receiver.spans()
    assert span.end_time_unix_nano - span.start_time_unix_nano == 0.75 * NS


def test_the_service_has_a_name_that_the_environment_may_replace(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported(receiver, delivered(CHANGE))
    monkeypatch.setenv("OTEL_SERVICE_NAME", "segments-of-the-shop")
    exported(receiver, delivered(CHANGE))
    names = [attributes(r.resource_spans[0].resource)["service.name"] for r in receiver.requests]
    assert names == ["segue", "segments-of-the-shop"]


def test_a_change_sent_again_has_the_same_span(receiver: Receiver) -> None:
    exported(receiver, delivered(CHANGE))
    exported(receiver, delivered(CHANGE))
    assert {span.span_id.hex() for span in receiver.spans()} == {OWN}
    assert len(receiver.spans()) == 2


@pytest.mark.parametrize(
    "event",
    [
        delivered(),
        delivered(CHANGE, role="train"),
        delivered(CHANGE._replace(parent=f"00-{TRACE}-{EVENT}-00")),
        Idle("segment", {}),
    ],
)
def test_other_turns_and_traces_that_are_not_sampled_make_no_span(receiver: Receiver, event: EngineEvent) -> None:
    metrics = exported(receiver, event)
    assert receiver.requests == []
    assert metrics.spans.labels("dropped")._value.get() == 0


def test_every_change_of_a_turn_has_its_span(receiver: Receiver) -> None:
    turn = delivered(CHANGE)
    others = [CHANGE._replace(traceparent=f"00-{TRACE}-{at:016x}-01") for at in range(1, 1200)]
    metrics = exported(receiver, replace(turn, batches=[*turn.batches, BatchSummary(1, 0, 0, traced=others)]))
    assert {span.span_id.hex() for span in receiver.spans()} == {OWN, *(f"{at:016x}" for at in range(1, 1200))}
    assert metrics.spans.labels("exported")._value.get() == 1200
