"""Metrics of what happens to a worker's inputs on the cluster: positions moved, records lost, findings."""

from __future__ import annotations

from collections import Counter as Count

from prometheus_client import CollectorRegistry, Counter, Gauge

from stream.runtime.events import Delivered, EngineEvent, PositionMoved, Watched
from stream.runtime.watched import Cause, FindingKind


class InputMetrics:
    """Metrics of positions and of the topic watch's findings."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.moved = Counter(
            "segue_positions_moved", "Partitions continued at another offset", ["role", "cause"], registry=registry
        )
        self.lost = Counter(
            "segue_records_lost", "Records that were gone before they were read", ["role", "cause"], registry=registry
        )
        self.wrong_times = Counter(
            "segue_wrong_times", "Records whose timestamp is far from the worker's clock", registry=registry
        )
        self.findings = Gauge("segue_findings", "Topics with a finding of the topic watch", ["kind"], registry=registry)

    def count(self, event: EngineEvent) -> None:
        """Count an event."""
        match event:
            case Delivered(batches=batches):
                self.wrong_times.inc(sum(batch.n_wrong_times for batch in batches))
            case PositionMoved(role, move=move):
                self.moved.labels(role, move.cause).inc()
                self.lost.labels(role, move.cause).inc(0 if move.cause is Cause.TRUNCATED else move.n_records)
            case Watched(findings=findings):
                kinds = Count(finding.kind for finding in findings)
                for kind in FindingKind:
                    self.findings.labels(kind).set(kinds[kind])
