"""Segments on a real broker, from birth on: a trainer that is killed, a worker that comes late, a group that parts
and one that is born, all as an independent client reads them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from stream.bootstrap import build_encoder, build_trainer
from stream.core.policy import DAY_MS, Clock, Policy
from stream.core.segment_model import SegmentModel
from stream.runtime.options import EngineOptions
from stream.settings import Process, WorkerSettings
from stream.training.values.policy import TrainingPolicy
from stream.wire.changes import SegmentChange
from stream.wire.records import ConsumerRecord
from stream.wire.segment_models import load_segment_model
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_HEALTH, SEGMENT_LINEAGE, SEGMENT_MODEL, SEGMENT_PROMOTIONS
from tests.e2e import planted_stream
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment
from tests.e2e.scenario import Event
from tests.e2e.test_engine_contract import AT_LEAST_ONCE
from tests.e2e.waiting import eventually

POLICY = Policy(clock=Clock.EVENT, dwell_ms=3_600_000, window_items=12, kinds=("view",))
TRAINING = TrainingPolicy(
    n_segments=3,
    warm_up_samples=1_200,
    batch_samples=200,
    shadow_ms=DAY_MS,
    learning_half_life_ms=2 * DAY_MS,
    reservoir_ms=3 * DAY_MS,
    churn_budget=0.5,
)
SETTINGS = {
    "clock": "event", "dwell_ms": "3600000", "window_items": "12", "kinds": "view", "n_segments": "3",
    "warm_up_samples": "1200", "batch_samples": "200", "shadow_ms": str(DAY_MS),
    "learning_half_life_ms": str(2 * DAY_MS), "reservoir_ms": str(3 * DAY_MS), "churn_budget": "0.5",
    "session_timeout_ms": "6000", "batch_records": "200",
}  # fmt: skip
PORTION = 900  # events, half a day
Message = tuple[bytes, bytes | None]  # a key and a value
TOPICS = (SEGMENT_MODEL, SEGMENT_PROMOTIONS, SEGMENT_LINEAGE, SEGMENT_HEALTH)


def models(deployment: Deployment) -> dict[int, SegmentModel]:
    """Every segment model that was ever on the topic, by version."""
    found = (load_segment_model(m.value) for m in deployment.messages(SEGMENT_MODEL) if m.key.isdigit() and m.value)
    return {model.version: model for model in found}


class UndisturbedTrainer:
    """One trainer beside a deployment's own: it reads the same samples and is never disturbed.

    `published` has its messages by topic."""

    def __init__(self, deployment: Deployment, training: TrainingPolicy = TRAINING) -> None:
        settings = WorkerSettings(deployment.connection, EngineOptions(), POLICY, training, Process())
        self._trainer = build_trainer(settings, build_encoder(settings.process).version)
        self._trainer.restore(0, self._trainer.state_reader())
        self._deployment, self._heard = deployment, 0
        self.published: dict[str, list[Message]] = {topic: [] for topic in TOPICS}

    def await_the_other(self) -> None:
        """Wait until the deployment's has taken in all samples that suffice for a step."""

        def done() -> bool:
            self._hear()
            return all(len(published(self._deployment, topic)) >= len(self.published[topic]) for topic in TOPICS)

        eventually(done, "the trainer has caught up")

    def _hear(self) -> None:
        found = self._deployment.messages(PROFILE_SAMPLE, since=self._heard)
        raws = [ConsumerRecord(PROFILE_SAMPLE, 0, m.offset, 0, m.key, m.value, []) for m in found]
        for at in range(0, len(raws), 100):
            batch = self._trainer.process(0, raws[at : at + 100], 0)
            self._trainer.merge(batch)
            for message in (m for m in batch.messages if m.topic in self.published):
                self.published[message.topic].append((message.key or b"", message.value))
        self._heard = raws[-1].offset + 1 if raws else self._heard


def published(deployment: Deployment, topic: str) -> list[Message]:
    """Return what trainers published, in order, without the repeats of an at-least-once engine."""
    found = [(m.key, m.value) for m in deployment.messages(topic)]
    return list(dict.fromkeys(found)) if deployment.engine in AT_LEAST_ONCE else found


def assert_decided_by_whole_models(changes: list[SegmentChange], known: dict[int, SegmentModel]) -> None:
    """Every number that a change took from its segment model is that model's, and no other's."""
    for change in changes:
        if change.certainty is None:
            continue
        model = known[change.segment_model]
        nearest = model.ids.index(change.certainty.nearest.id)
        assert change.certainty.threshold == model.thresholds[nearest]
        assert change.to.name == model.name_of(change.to.id)
        assert change.certainty.runner_up.id in model.ids


def portions(deployment: Deployment, events: list[Event], beside: UndisturbedTrainer) -> Iterator[None]:
    """Send the first events of a deployment half a day at a time and yield after each portion.

    A portion is sent once the one before is processed, so that no partition's users are days behind those of the
    others on a slow machine. The trainer is awaited at every third portion.
    """
    n_sent = 0
    for at, first in enumerate(range(0, len(events), PORTION)):
        n_sent += deployment.send(events[first : first + PORTION])
        yield
        deployment.await_committed(n_sent)
        if at % 3 == 2:
            beside.await_the_other()


@pytest.mark.parametrize("engine", ["transactional", pytest.param("faust", marks=pytest.mark.chaos)])
def test_segments_survive_kills_and_their_lineage_is_published_once(engine: str, deploy: Deploy) -> None:
    if engine == "faust":
        pytest.importorskip("faust", reason="needs the extra `faust`")
    deployment = deploy(engine, **SETTINGS)
    undisturbed = UndisturbedTrainer(deployment)
    workers = {name: deployment.start_worker(name) for name in ("one", "two")}
    for at, _ in enumerate(portions(deployment, list(planted_stream.events()), undisturbed)):
        if name := {8: "one", 14: "two"}.get(at):  # whichever of them trains is among the killed, and has work to do
            workers[name].kill()
            workers[name] = deployment.start_worker(name)
    undisturbed.await_the_other()
    assert_told_once(deployment, undisturbed)
    assert_decided_by_whole_models(deployment.changes(), known := models(deployment))
    assert len({change.segment_model for change in deployment.changes()}) > 3

    assert len(known) >= 10
    late = deployment.start_worker("late")
    serving = json.loads([m.value for m in deployment.messages(SEGMENT_MODEL) if m.key == b"serving"][-1])
    eventually(lambda: late.served() == serving["segment_model"], "a late worker serves the same model")


def assert_told_once(deployment: Deployment, undisturbed: UndisturbedTrainer) -> None:
    """Together the trainers published the messages of one undisturbed trainer, with the planted lineage."""
    for topic in TOPICS:
        assert published(deployment, topic) == undisturbed.published[topic], topic
    lineage = [json.loads(value or b"") for _, value in published(deployment, SEGMENT_LINEAGE)]
    later = [event for event in lineage if event["segment_model"] > 1]
    decisions = [json.loads(value or b"") for _, value in published(deployment, SEGMENT_PROMOTIONS)]
    said = [(v["time_ms"], v["segment_model"], v["status"], v["cause"]) for v in decisions]
    assert Counter(event["event"] for event in later) == {"split": 1, "born": 1}, said
    [split], [born] = ([e for e in later if e["event"] == kind] for kind in ("split", "born"))
    assert split["segment"] in split["children"]
    assert len(split["children"]) == 2
    assert born["parents"] == []
