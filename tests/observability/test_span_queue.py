"""Whatever a collector does, spans are exported or counted as dropped, and the log says so once."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from functools import partial
from threading import Event

import pytest
from structlog.testing import capture_logs

pytest.importorskip("opentelemetry.sdk", reason="needs the extra `otel`")

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import SpanContext

from stream.observability.change_spans import otlp_exporter
from stream.observability.span_queue import SPANS_MAX, SpanQueue
from stream.observability.trace_metrics import SpanOutcome
from tests.e2e.waiting import eventually
from tests.otlp_receiver import otlp_receiver

RESOURCE, CONTEXT = Resource.get_empty(), SpanContext(1, 2, is_remote=False)


class Exporter(SpanExporter):
    """An exporter whose collector takes spans while `works`, and answers while `answers` is set."""

    def __init__(self) -> None:
        self.works, self.names = True, list[str]()
        self.answers = Event()
        self.answers.set()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.answers.wait()
        if not self.works:
            logging.getLogger("opentelemetry.exporter.x").error("connection refused")
            return SpanExportResult.FAILURE
        self.names += [span.name for span in spans]
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self.answers.set()


def queue_of(exporter: SpanExporter) -> tuple[SpanQueue, Counter[str]]:
    counts = Counter[str]()
    return SpanQueue(exporter, lambda outcome, n: counts.update({outcome: n}), every_s=0.01), counts


def _is_dropped(counts: Counter[str], n: int) -> bool:
    return counts[SpanOutcome.DROPPED] == n


def add(queue: SpanQueue, *names: str) -> None:
    for name in names:
        queue.on_end(ReadableSpan(name, CONTEXT, resource=RESOURCE))


def test_spans_are_exported_in_order_and_what_waits_when_the_worker_stops() -> None:
    exporter = Exporter()
    queue, counts = queue_of(exporter)
    add(queue, "a", "b")
    queue.shutdown()
    assert exporter.names == ["a", "b"]
    assert counts == {SpanOutcome.EXPORTED: 2}


def test_a_full_queue_drops_new_spans_and_holds_up_nobody() -> None:
    exporter = Exporter()
    exporter.answers.clear()
    queue, counts = queue_of(exporter)
    add(queue, *map(str, range(2 * SPANS_MAX)))
    assert counts[SpanOutcome.DROPPED] >= SPANS_MAX - 512  # a batch may be on its way
    exporter.answers.set()
    queue.shutdown()
    assert counts[SpanOutcome.EXPORTED] == len(exporter.names) >= SPANS_MAX
    assert counts.total() == 2 * SPANS_MAX


def test_an_outage_is_logged_once_with_its_cause_and_so_is_its_end() -> None:
    exporter = Exporter()
    exporter.works = False
    with capture_logs() as lines:
        queue, counts = queue_of(exporter)
        for n in (1, 2, 3):
            add(queue, f"lost {n}")
            eventually(partial(_is_dropped, counts, n), "dropped")
        exporter.works = True
        add(queue, "kept")
        queue.shutdown()
    assert [(line["log_level"], line.get("reason"), line.get("dropped")) for line in lines] == [
        ("warning", "connection refused", None),
        ("info", None, 3),
    ]
    assert exporter.names == ["kept"]


@pytest.mark.parametrize("status", [400, 404])
def test_a_collector_that_refuses_costs_the_spans_only(status: int, caplog: pytest.LogCaptureFixture) -> None:
    with otlp_receiver() as receiver, capture_logs() as lines:
        receiver.status = status
        queue, counts = queue_of(otlp_exporter(receiver.url))
        add(queue, "a")
        queue.shutdown()
        assert (receiver.n_refused, counts) == (1, {SpanOutcome.DROPPED: 1})
    assert str(status) in lines[0]["reason"]
    assert caplog.records == []  # the exporter's own lines, one for each attempt


def test_after_the_end_the_exporters_messages_are_logged_again() -> None:
    queue, _ = queue_of(Exporter())
    queue.shutdown()
    assert logging.getLogger("opentelemetry.exporter").propagate
