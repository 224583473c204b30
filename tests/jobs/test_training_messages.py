"""Outputs of training on their topics."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from stream.jobs.training_messages import messages_of
from stream.training.values.health import Figure, HealthWarning
from stream.training.values.lineage import Lineage, LineageEvent
from stream.training.values.outputs import Published, Retracted, Served
from stream.training.values.promotion import Cause, Promotion, Status, Trigger
from tests.core.builders import word_model
from tests.jobs.trainer_runs import Ran, days, log

MODEL = word_model(version=7)


HELD = Promotion(7, 5, Status.HELD, Trigger.AUTOMATIC, Cause.OVER_BUDGET, 1)


@pytest.mark.parametrize(
    ("output", "where"),
    [
        (Published(MODEL), [("segment-model", b"7")]),
        (Retracted(3), [("segment-model", b"3")]),
        (Served(MODEL, None), [("segments", b"s-0001"), ("segments", b"s-0002"), ("segments", b"s-0003")]),
        (HELD, [("segment-promotions", b"7")]),
        (HealthWarning(1, 7, Figure.UNKNOWN, "", 0.5, 0.1), [("segment-health", b"warning")]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_output_has_its_topic_and_key(output: object, where: list[tuple[str, bytes]]) -> None:
    assert [(m.topic, m.key) for m in messages_of(output)] == where  # type: ignore[arg-type]


def test_lineage_is_published_with_a_promotion_and_not_with_a_proposal() -> None:
    ran = Ran().run(log(*days(1)))
    born = [msgspec.json.decode(value) for value in ran.said("segment-lineage")]
    assert [(e["segment"], e["event"], e["segment_model"]) for e in born] == [
        ("s-0001", "born", 1),
        ("s-0002", "born", 1),
    ]
    assert [m.key for m in ran.messages if m.topic == "segment-lineage"] == [b"s-0001", b"s-0002"]
    event = Lineage("s-0001", LineageEvent.BORN, (), 7, 0.5)
    assert [m.topic for m in messages_of(replace(HELD, lineage=(event,)))] == ["segment-promotions"]
