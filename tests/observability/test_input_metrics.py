"""Losses and findings are counted by cause and kind."""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from stream.observability.input_metrics import InputMetrics
from stream.runtime.events import PositionMoved, Watched
from stream.runtime.watched import Cause, Finding, FindingKind, Move


@pytest.mark.parametrize(("cause", "lost"), [(Cause.RETENTION, 7), (Cause.REPLACED, 7), (Cause.TRUNCATED, 0)])
def test_records_count_as_lost_unless_they_were_read(cause: Cause, lost: int) -> None:
    registry = CollectorRegistry()
    InputMetrics(registry).count(PositionMoved("segment", "user-events", 0, 3, Move(cause, 10, 7)))
    labels = {"role": "segment", "cause": cause.value}
    assert registry.get_sample_value("segue_records_lost_total", labels) == lost
    assert registry.get_sample_value("segue_positions_moved_total", labels) == 1


def test_a_finding_is_shown_as_long_as_it_holds() -> None:
    registry = CollectorRegistry()
    metrics = InputMetrics(registry)
    missing = [Finding(FindingKind.MISSING, topic, "words") for topic in ("a", "b")]
    shown = []
    for findings in ((), missing, ()):
        metrics.count(Watched("watch", tuple(findings)))
        shown.append(registry.get_sample_value("segue_findings", {"kind": "missing"}))
    assert shown == [0, 2, 0]
