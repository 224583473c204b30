"""Prometheus metrics of a sink, in a registry of their own, and its health. `docs/operations.md` lists the metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from stream.sink.endpoint import Answer, Meaning
from stream.sink.ledger_view import Figures, viewing
from stream.sink.message import Message
from stream.store.session import Progress

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_STALL_S = 60.0


class SinkMetrics:
    """Metrics of one sink. An instance is an observer of deliveries."""

    def __init__(self, figures: Callable[[], Figures], progress: Callable[[], Progress]) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "segue_sink_messages", "Entries and exits by outcome", ["move", "outcome"], registry=self.registry
        )
        self.requests = Counter("segue_sink_requests", "Requests by answer", ["status"], registry=self.registry)
        self.seconds = Histogram(
            "segue_sink_request_seconds", "Time to an answer, or to none", buckets=_SECONDS, registry=self.registry
        )
        self.registry.register(_Gauges(figures, progress))

    def answered(self, answer: Answer, seconds: float) -> None:
        """Count an answer."""
        self.requests.labels(str(answer.status) if answer.status else "none").inc()
        self.seconds.observe(seconds)

    def settled(self, messages: Sequence[Message], outcome: str) -> None:
        """Count what became of messages."""
        for each in messages:
            self.messages.labels(each.move, outcome).inc()


def figures_of(path: Path) -> Figures:
    """Return the figures of a ledger now, over a connection of their own."""
    with viewing(path) as view:
        return view.figures()


class _Gauges(Collector):
    """A collector of the ledger's figures at the moment of a scrape."""

    def __init__(self, figures: Callable[[], Figures], progress: Callable[[], Progress]) -> None:
        self._figures, self._progress = figures, progress

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = self._figures()
        members = GaugeMetricFamily(
            "segue_sink_members", "Users that the endpoint has acknowledged", labels=["segment"]
        )
        for audience, n in sorted(now.entered.items()):
            members.add_metric([audience], n)
        yield members
        yield GaugeMetricFamily(
            "segue_sink_unsettled", "Users of whom the endpoint does not know the truth", now.n_unsettled
        )
        yield GaugeMetricFamily("segue_sink_dead_letters", "Messages that the endpoint refused", now.n_letters)
        lag = "Records of user-segments that the sink has not read yet"
        yield GaugeMetricFamily("segue_sink_lag_records", lag, self._progress().lag)


class SinkHealth:
    """Health of a sink: whether its loop turns, the members are known, and the endpoint answers."""

    def __init__(self, why_unknown: Callable[[], str], progress: Callable[[], Progress]) -> None:
        self._why_unknown, self._progress = why_unknown, progress
        self._turned_s = self._answered_s = monotonic()
        self._failure = ""

    def turned(self) -> None:
        """Take in a turn of the loop."""
        self._turned_s = monotonic()

    def answered(self, answer: Answer) -> None:
        """Take in an answer."""
        is_failure = answer.meaning != Meaning.ACKNOWLEDGED
        self._failure = f"the endpoint answers {answer.status or 'nothing'}" if is_failure else ""
        self._answered_s = self._turned_s = monotonic()

    def is_healthy(self) -> bool:
        """Return False if the loop stands still: a restart may help then, and only then."""
        return monotonic() - self._turned_s < _STALL_S

    def is_ready(self) -> bool:
        """Return True if the members are known, and the endpoint takes batches."""
        return not (self._why_unknown() or self._failure or self._progress().lag)

    def report(self) -> dict[str, object]:
        """Return the figures behind both answers, for operators."""
        return {
            "healthy": self.is_healthy(),
            "ready": self.is_ready(),
            "reasons": [each for each in (self._why_unknown(), self._failure) if each],
            "lag_records": self._progress().lag,
        }
