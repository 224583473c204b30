"""Without a collector nothing of OpenTelemetry is loaded; with one, its spans."""

from __future__ import annotations

import subprocess
import sys

import pytest
from prometheus_client import CollectorRegistry

from stream.core.setting import SettingError
from stream.observability.trace_metrics import SpanOutcome, TraceMetrics
from stream.observability.traces import load_spans
from stream.runtime.events import Idle
from stream.settings import Process


def test_without_a_collector_no_package_is_loaded() -> None:
    code = (
        "import sys, stream.bootstrap; from stream.observability.traces import load_spans; load_spans(''); "
        "sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_a_collector_spans_are_not_made() -> None:
    registry = CollectorRegistry()
    spans = load_spans("")(TraceMetrics(registry), "segment", "user-events", "segue-segment")
    spans(Idle("segment", {}))
    spans.close()
    for outcome in SpanOutcome:
        assert registry.get_sample_value("segue_spans_total", {"outcome": outcome}) == 0


def test_a_missing_package_is_named_before_anything_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "stream.observability.change_spans", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ModuleNotFoundError, match="opentelemetry"):
        load_spans("http://127.0.0.1:4318")


@pytest.mark.parametrize("endpoint", ["127.0.0.1:4318", "grpc://127.0.0.1:4317", "http://", "http://me:secret@host"])
def test_an_address_that_is_none_is_refused(endpoint: str) -> None:
    with pytest.raises(SettingError, match="SEGUE_OTLP_ENDPOINT"):
        Process(otlp_endpoint=endpoint)
