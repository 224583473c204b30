"""Prometheus metrics of a worker, in base units. `docs/operations.md` lists them."""

from __future__ import annotations

from collections import Counter as Count
from collections.abc import Iterator
from time import monotonic, time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from stream.core.census import census_of
from stream.observability.input_metrics import InputMetrics
from stream.observability.segment_metrics import HealthGauges
from stream.observability.status import SegmenterStatus, TrainerStatus
from stream.observability.trace_metrics import TraceMetrics
from stream.onnx.encoder import OnnxEncoder
from stream.runtime.events import Delivered, EngineEvent, Idle, NotDelivered, Restored, Revoked
from stream.runtime.job import BatchSummary

SEGMENTS_MAX = 100  # label values of `segue_segment_users`; the rest is summed as "other"
_CENSUS_SHARE = 50  # counting users takes at most a fiftieth of the worker's time
_CENSUS_MIN_S = 5.0
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)
_RECORDS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)


class Metrics:
    """A worker's metrics, in a registry of their own. An instance is an observer of engines."""

    def __init__(self, segmenter: SegmenterStatus) -> None:
        self.registry = CollectorRegistry()
        self.flow = FlowMetrics(self.registry)
        self.input = InputMetrics(self.registry)
        self.traces = TraceMetrics(self.registry)
        self.census = Census(segmenter, self.registry)
        self._role = segmenter.role

    def watch_encoder(self, encoder: OnnxEncoder) -> None:
        """Read the encoder's own counters at every scrape."""
        self.registry.register(_EncoderCounters(encoder))

    def watch_trainer(self, trainer: TrainerStatus) -> None:
        """Read the trainer's newest health report at every scrape."""
        self.registry.register(HealthGauges(trainer, SEGMENTS_MAX))

    def __call__(self, event: EngineEvent) -> None:
        """Count an event."""
        self.flow.count(event)
        self.input.count(event)
        if isinstance(event, Delivered | Idle) and event.role == self._role:
            self.census.take()


def worker_metrics(segmenter: SegmenterStatus, trainer: TrainerStatus | None, encoder: OnnxEncoder) -> Metrics:
    """Return the metrics of a worker's jobs and encoder."""
    metrics = Metrics(segmenter)
    metrics.watch_encoder(encoder)
    if trainer:
        metrics.watch_trainer(trainer)
    return metrics


class FlowMetrics:
    """Metrics of records, changes and turns."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.events = Counter("segue_events", "Records by outcome", ["outcome"], registry=registry)
        self.rejected = Counter(
            "segue_rejected", "Records sent to the dead-letter topic", ["reason"], registry=registry
        )
        self.ignored = Counter(
            "segue_fields_ignored", "Fields that were not understood and count as missing", ["field"], registry=registry
        )
        self.changes = Counter("segue_changes", "Segment changes published", ["rule"], registry=registry)
        self.latency = Histogram(
            "segue_event_to_change_seconds",
            "From the broker's time of the oldest record of a turn to the commit of its changes",
            buckets=_SECONDS,
            registry=registry,
        )
        self.turn = Histogram(
            "segue_turn_seconds", "One turn of the loop", ["role", "phase"], buckets=_SECONDS, registry=registry
        )
        self.batch = Histogram(
            "segue_batch_records", "Records of one partition in a turn", ["role"], buckets=_RECORDS, registry=registry
        )
        self.not_delivered = Counter(
            "segue_turns_not_delivered", "Turns that were aborted and repeated", ["role"], registry=registry
        )
        self.restores = Counter("segue_restores", "Partitions whose state was restored", ["role"], registry=registry)
        self.lag = Gauge("segue_lag_records", "Records waiting", ["role", "partition"], registry=registry)
        self.changelog = Counter("segue_changelog_bytes", "Keys and values of state records", registry=registry)

    def count(self, event: EngineEvent) -> None:
        """Count an event."""
        match event:
            case Delivered(role, batches, compute_s, deliver_s, lag):
                self.turn.labels(role, "compute").observe(compute_s)
                self.turn.labels(role, "deliver").observe(deliver_s)
                for batch in batches:
                    self._count_batch(role, batch)
                self._set_lag(role, lag)
            case Idle(role, lag):
                self._set_lag(role, lag)
            case NotDelivered(role):
                self.not_delivered.labels(role).inc()
            case Restored(role):
                self.restores.labels(role).inc()
            case Revoked(role, partitions):
                for partition in partitions:
                    self.lag.remove_by_labels({"role": role, "partition": str(partition)})

    def _count_batch(self, role: str, batch: BatchSummary) -> None:
        self.batch.labels(role).observe(batch.n_records)
        self.changelog.inc(batch.n_changelog_bytes)
        for outcome, n in batch.outcomes.items():
            self.events.labels(outcome).inc(n)
        for reason, n in batch.rejections.items():
            self.rejected.labels(reason).inc(n)
        for path, n in batch.ignored.items():
            self.ignored.labels(path).inc(n)
        for rule, n in batch.changes.items():
            self.changes.labels(rule).inc(n)
        if batch.oldest_ms is not None:
            for _ in range(sum(batch.changes.values())):
                self.latency.observe(max(0.0, time() - batch.oldest_ms / 1000))

    def _set_lag(self, role: str, lag: dict[int, int]) -> None:
        for partition, n in lag.items():
            self.lag.labels(role, str(partition)).set(n)


class Census:
    """Counts of users and memory, taken seldom enough to cost at most a fiftieth of the worker's time."""

    def __init__(self, segmenter: SegmenterStatus, registry: CollectorRegistry) -> None:
        self._segmenter = segmenter
        self.users = Gauge("segue_users", "Users whose state is here", registry=registry)
        self.state = Gauge("segue_state_bytes", "Memory of users, windows and texts", registry=registry)
        self.segments = Gauge("segue_segment_users", "Users in a segment", ["segment"], registry=registry)
        self.model = Gauge("segue_segment_model", "Version of the serving segment model, 0 without", registry=registry)
        self._next_s = 0.0
        self._shown: set[str] = set()

    def take(self) -> None:
        """Count, unless the last count was too recent."""
        started, segmenter = monotonic(), self._segmenter
        if started < self._next_s:
            return
        self.model.set(segmenter.segment_model.version if segmenter.segment_model else 0)
        found = [census_of(partition) for partition in segmenter.partitions.values()]
        sizes = sum((each.segments for each in found), Count[str]())
        self.users.set(sizes.total())
        self.state.set(sum(each.n_bytes for each in found))
        self._show(sizes)
        self._next_s = monotonic() + max(_CENSUS_MIN_S, _CENSUS_SHARE * (monotonic() - started))

    def _show(self, sizes: Count[str]) -> None:
        """Set the largest segments by name and the rest as one, and remove empty segments."""
        shown = Count[str]()
        for at, (segment, n) in enumerate(sizes.most_common()):
            shown[segment if at < SEGMENTS_MAX else "other"] += n
        for segment in self._shown - shown.keys():
            self.segments.remove(segment)
        for segment, n in shown.items():
            self.segments.labels(segment).set(n)
        self._shown = set(shown)


class _EncoderCounters(Collector):
    """A collector of the totals that an encoder counts itself."""

    def __init__(self, encoder: OnnxEncoder) -> None:
        self._encoder = encoder

    def collect(self) -> Iterator[CounterMetricFamily]:
        stats = self._encoder.stats
        yield CounterMetricFamily("segue_encode_seconds", "Time in the encoder", stats.encode_s)
        yield CounterMetricFamily("segue_encode_cache_hits", "Texts found in the cache", stats.n_hits)
        yield CounterMetricFamily("segue_encode_cache_misses", "Texts that the model encoded", stats.n_misses)
