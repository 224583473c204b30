"""The table of metrics in docs/operations.md, made from the metrics: `python -m tests.metrics_table` prints it."""

from __future__ import annotations

from typing import cast

from prometheus_client.metrics import MetricWrapperBase

from stream.core.policy import Policy
from stream.formats.decoder import FormatDecoder
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.observability.metrics import Metrics
from stream.onnx.encoder import EncoderStats, OnnxEncoder
from stream.training.values.health import Health, SegmentHealth
from stream.wire.fields import Fields
from stream.wire.placement import Placement
from tests.fakes import HashEncoder

BEGIN, END = "<!-- metrics -->", "<!-- /metrics -->"


class _Trainer:
    """A trainer with one health report, so that every gauge has a label."""

    role = "train"
    n_unreadable = 0
    warm_up = (1, 2)
    health = Health(
        0, 1, 1, 1.0, 0.0, 0.0, {"recency": 0.0}, 0.0, 1, (SegmentHealth("s-0001", 1, 1.0, 1.0, 1.0, 0.0, False),)
    )


def metrics_table() -> str:
    """Return the table between the markers, the markers included; names as a scrape shows them."""
    metrics = Metrics(
        Segmenter("segue", HashEncoder(), Policy(), FormatDecoder(Fields(), None), FixedModel(None), Placement(1))
    )
    metrics.watch_encoder(cast(OnnxEncoder, type("Encoder", (), {"stats": EncoderStats()})))
    metrics.watch_trainer(_Trainer())
    own = [*vars(metrics.flow).values(), *vars(metrics.census).values()]
    labels = {each._name: each._labelnames for each in own if isinstance(each, MetricWrapperBase)}
    rows = []
    for family in metrics.registry.collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        known = labels.get(family.name) or [
            label for sample in family.samples[:1] for label in sample.labels if label != "le"
        ]
        shown = ", ".join(f"`{label}`" for label in known)
        rows.append(f"| `{name}` | {family.type} | {shown} | {family.documentation}. |")
    return "\n".join([BEGIN, "| metric | type | labels | |", "|---|---|---|---|", *rows, END])


if __name__ == "__main__":
    print(metrics_table())
