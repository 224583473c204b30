"""Segments through their life on a real broker: a trainer that is killed, a worker that comes late, a group that parts
and one that is born, all as an independent client reads them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from stream.adapters.connection import Connection
from stream.bootstrap import WorkerSettings, build_encoder, build_trainer
from stream.core.policy import DAY_MS, Policy
from stream.core.segment_model import SegmentModel
from stream.core.training.policy import TrainingPolicy
from stream.engines.options import EngineOptions
from stream.settings import Process
from stream.wire.changes import SegmentChange
from stream.wire.message import Raw
from stream.wire.segment_models import load_segment_model
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_HEALTH, SEGMENT_LINEAGE, SEGMENT_MODEL, SEGMENT_PROMOTIONS
from tests.e2e import planted_stream
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment
from tests.e2e.scenario import Event
from tests.e2e.waiting import eventually

POLICY = Policy(clock="event", dwell_ms=3_600_000, window_items=12, kinds=("view",))
TRAINING = TrainingPolicy(
    n_segments=3, warm_up_samples=1_200, batch_samples=200, shadow_ms=DAY_MS, learning_half_life_ms=2 * DAY_MS,
    pool_ms=3 * DAY_MS, churn_budget=0.5,
)  # fmt: skip
SETTINGS = {
    "clock": "event", "dwell_ms": "3600000", "window_items": "12", "kinds": "view", "n_segments": "3",
    "warm_up_samples": "1200", "batch_samples": "200", "shadow_ms": str(DAY_MS),
    "learning_half_life_ms": str(2 * DAY_MS), "pool_ms": str(3 * DAY_MS), "churn_budget": "0.5",
    "session_timeout_ms": "6000", "batch_records": "200",
}  # fmt: skip
PORTION = 900  # events, half a day
TOLD = (SEGMENT_MODEL, SEGMENT_PROMOTIONS, SEGMENT_LINEAGE, SEGMENT_HEALTH)


def models(deployment: Deployment) -> dict[int, SegmentModel]:
    """Every segment model that was ever on the topic, by version."""
    found = (load_segment_model(m.value) for m in deployment.messages(SEGMENT_MODEL) if m.key.isdigit() and m.value)
    return {model.version: model for model in found}


def retold(deployment: Deployment) -> dict[str, list[tuple[bytes, bytes | None]]]:
    """What one trainer that is never disturbed says to the samples that are on the topic."""
    settings = WorkerSettings(Connection(), EngineOptions(), POLICY, TRAINING, Process())
    trainer = build_trainer(settings, build_encoder(settings.process).version)
    trainer.adopt(0, trainer.state_reader())
    found: dict[str, list[tuple[bytes, bytes | None]]] = {topic: [] for topic in TOLD}
    raws = [Raw(PROFILE_SAMPLE, 0, m.offset, 0, m.key, m.value, []) for m in deployment.messages(PROFILE_SAMPLE)]
    for at in range(0, len(raws), 100):
        batch = trainer.process(0, raws[at : at + 100], 0)
        trainer.merge(batch)
        for message in batch.messages:
            if message.topic in found:
                found[message.topic].append((message.key or b"", message.value))
    return found


def assert_decided_by_whole_models(changes: list[SegmentChange], known: dict[int, SegmentModel]) -> None:
    """Every number that a change took from its segment model is that model's, and no other's."""
    for change in changes:
        if change.certainty is None:
            continue
        model = known[change.segment_model]
        nearest = model.ids.index(change.certainty.nearest)
        assert change.certainty.threshold == model.thresholds[nearest]
        assert change.to.name == model.name_of(change.to.id)
        assert change.certainty.runner_up in model.ids


def portions(deployment: Deployment, events: list[Event]) -> Iterator[None]:
    """Send the first events of a deployment half a day at a time, each once the one before is done for: however slow
    the machine, nobody's people are days behind the others'. Yields after each was sent, before it is done for."""
    n_sent = 0
    while n_sent < len(events):
        n_sent += deployment.send(events[n_sent : n_sent + PORTION])
        yield
        deployment.await_committed(n_sent)


def test_segments_live_through_kills_and_every_event_of_their_lives_is_told_once(deploy: Deploy) -> None:
    deployment = deploy(**SETTINGS)
    workers = {name: deployment.start_worker(name) for name in ("one", "two")}
    for at, _ in enumerate(portions(deployment, list(planted_stream.events()))):
        if name := {8: "one", 14: "two"}.get(at):  # whichever of them trains is among the killed
            workers[name].kill()
            workers[name] = deployment.start_worker(name)
    await_trained(deployment)
    assert_told_once(deployment)
    assert_decided_by_whole_models(deployment.changes(), known := models(deployment))
    assert len({change.segment_model for change in deployment.changes()}) > 3

    assert len(known) >= 10
    late = deployment.start_worker("late")
    serving = json.loads([m.value for m in deployment.messages(SEGMENT_MODEL) if m.key == b"serving"][-1])
    eventually(lambda: late.served() == serving["version"], "who comes late serves what the others do")


def assert_told_once(deployment: Deployment) -> None:
    """What the trainers said, together, is what one would have said; and of lineage, what was planted."""
    expected = retold(deployment)
    for topic in TOLD:
        assert [(m.key, m.value) for m in deployment.messages(topic)] == expected[topic], topic
    lineage: list[Any] = [msgspec.json.decode(m.value) for m in deployment.messages(SEGMENT_LINEAGE)]
    later = [event for event in lineage if event["model_version"] > 1]
    told = [json.loads(m.value) for m in deployment.messages(SEGMENT_PROMOTIONS)]
    said = [(v["time_ms"], v["version"], v["status"], v["reason"]) for v in told]
    assert Counter(event["event"] for event in later) == {"split": 1, "born": 1}, said
    [split], [born] = ([e for e in later if e["event"] == kind] for kind in ("split", "born"))
    assert split["segment"] in split["children"]
    assert len(split["children"]) == 2
    assert born["parents"] == []


def await_trained(deployment: Deployment) -> None:
    """Wait until the trainer has taken in all samples that suffice for a step."""

    def done() -> bool:
        expected = retold(deployment)[SEGMENT_MODEL]
        return len(deployment.messages(SEGMENT_MODEL)) >= len(expected)

    eventually(done, "the trainer has caught up")
