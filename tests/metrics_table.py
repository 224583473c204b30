"""The tables of metrics in docs/operations.md, made from the metrics: `python -m tests.metrics_table` prints it."""

from __future__ import annotations

from typing import NamedTuple, cast

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from stream.core.policy import Policy
from stream.formats.decoder import FormatDecoder
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.observability.metrics import Metrics
from stream.onnx.encoder import EncoderStats, OnnxEncoder
from stream.serve.metrics import ServeMetrics
from stream.sink.ledger_view import Figures
from stream.sink.metrics import SinkMetrics
from stream.store.freshness import Freshness, State
from stream.store.session import Progress
from stream.training.values.health import Health, SegmentHealth
from stream.wire.fields import Fields
from stream.wire.placement import Placement
from tests.fakes import HashEncoder

BEGIN, END = "<!-- metrics -->", "<!-- /metrics -->"


class Family(NamedTuple):
    """A metric as a scrape shows it: name with the suffix of a counter, type, labels and help."""

    name: str
    type: str
    labels: tuple[str, ...]
    documentation: str


class _Trainer:
    """A trainer with one health report, so that every gauge has a label."""

    role = "train"
    n_unreadable = 0
    warm_up = (1, 2)
    health = Health(
        0, 1, 1, 1.0, 0.0, 0.0, {"recency": 0.0}, 0.0, 1, (SegmentHealth("s-0001", 1, 1.0, 1.0, 1.0, 0.0, False),)
    )


def worker_families() -> list[Family]:
    """Every family of a worker's `/metrics`."""
    metrics = Metrics(
        Segmenter("segue", HashEncoder(), Policy(), FormatDecoder(Fields(), None), FixedModel(None), Placement(1))
    )
    metrics.watch_encoder(cast(OnnxEncoder, type("Encoder", (), {"stats": EncoderStats()})))
    metrics.watch_trainer(_Trainer())
    return _families(metrics.registry, metrics.flow, metrics.input, metrics.traces, metrics.census)


def serve_families() -> list[Family]:
    """Every family of the `/metrics` of `segue serve`."""
    metrics = ServeMetrics(lambda: Freshness(State.LIVE, 0, 0, 0, 0, ""))
    return _families(metrics.registry, metrics)


def sink_families() -> list[Family]:
    """Every family of the `/metrics` of `segue sink webhook`."""
    metrics = SinkMetrics(lambda: Figures({"s-0001": 1}, 0, 0), Progress)
    return _families(metrics.registry, metrics)


def _families(registry: CollectorRegistry, *groups: object) -> list[Family]:
    own = [each for group in groups for each in vars(group).values()]
    labels = {each._name: tuple(each._labelnames) for each in own if isinstance(each, MetricWrapperBase)}
    found = []
    for family in registry.collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        known = labels.get(family.name) or tuple(
            label for sample in family.samples[:1] for label in sample.labels if label != "le"
        )
        found.append(Family(name, family.type, known, family.documentation))
    return found


def metrics_table() -> str:
    """Return the tables between the markers, the markers included; names as a scrape shows them."""
    return "\n".join(
        [
            BEGIN,
            *_table(worker_families()),
            "",
            "`segue serve` has these:",
            "",
            *_table(serve_families()),
            "",
            "`segue sink webhook` has these:",
            "",
            *_table(sink_families()),
            END,
        ]
    )


def _table(families: list[Family]) -> list[str]:
    rows = [
        f"| `{each.name}` | {each.type} | {', '.join(f'`{label}`' for label in each.labels)} | {each.documentation}. |"
        for each in families
    ]
    return ["| metric | type | labels | |", "|---|---|---|---|", *rows]


if __name__ == "__main__":
    print(metrics_table())
