"""A bounded queue between the spans of a worker and their exporter. Its failures never reach the worker.

OpenTelemetry's own batch processor does not count what it drops, and its exporter logs every failure.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from queue import Empty, Full, Queue
from threading import Event, Thread
from time import monotonic

import structlog
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from stream.observability.trace_metrics import SpanOutcome

SPANS_MAX = 4096  # waiting spans; about 8 MB
_BATCH_MAX = 512
_EVERY_S = 1.0  # spans wait this long for company
_CLOSE_S = 3.0  # a worker that stops waits at most this long for the collector

log = structlog.get_logger()


class SpanQueue(SpanProcessor):
    """A queue of ended spans, exported in batches by a thread of its own; a full queue drops new ones.

    The first failure is logged, and then the end of the failures.
    """

    def __init__(self, exporter: SpanExporter, count: Callable[[SpanOutcome, int], None], every_s: float = _EVERY_S):
        self._exporter, self._count, self._every_s = exporter, count, every_s
        self._queue: Queue[ReadableSpan] = Queue(SPANS_MAX)
        self._stopping = Event()
        self._why = _LastMessage()
        self._n_failed = 0  # spans dropped since the last success
        self._thread = Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    def on_end(self, span: ReadableSpan) -> None:
        """Add a span, unless the queue is full."""
        try:
            self._queue.put_nowait(span)
        except Full:
            self._count(SpanOutcome.DROPPED, 1)

    def shutdown(self) -> None:
        """Export what waits, for at most three seconds, and end the thread."""
        self._stopping.set()
        self._thread.join(_CLOSE_S)
        self._exporter.shutdown()  # ends the exporter's own repetitions
        self._thread.join(_CLOSE_S)
        self._why.remove()

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            self._export_all()
        self._export_all(until_s=monotonic() + _CLOSE_S)

    def _export_all(self, until_s: float = float("inf")) -> None:
        while batch := self._next_batch():
            if monotonic() < until_s and self._exporter.export(batch) is SpanExportResult.SUCCESS:
                self._succeed(len(batch))
            else:
                self._fail(len(batch))

    def _next_batch(self) -> list[ReadableSpan]:
        batch: list[ReadableSpan] = []
        try:
            while len(batch) < _BATCH_MAX:
                batch.append(self._queue.get_nowait())
        except Empty:
            pass
        return batch

    def _succeed(self, n: int) -> None:
        self._count(SpanOutcome.EXPORTED, n)
        if self._n_failed:
            log.info("traces are exported again", dropped=self._n_failed)
            self._n_failed = 0

    def _fail(self, n: int) -> None:
        self._count(SpanOutcome.DROPPED, n)
        if not self._n_failed:
            log.warning(
                "spans are dropped, events and changes go on: check the collector (SEGUE_OTLP_ENDPOINT)",
                reason=self._why.message,
            )
        self._n_failed += n


class _LastMessage(logging.Handler):
    """A handler that keeps the exporter's last message and shows none: an outage would log one every second."""

    def __init__(self) -> None:
        super().__init__()
        self.message = ""
        self._logger = logging.getLogger("opentelemetry.exporter")
        self._logger.addHandler(self)
        self._logger.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self.message = record.getMessage()

    def remove(self) -> None:
        """Let the exporter's messages through again."""
        self._logger.removeHandler(self)
        self._logger.propagate = True
