"""A backfill without a broker: deliveries as lists, and a deployment restored from them as from a changelog."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event as StopEvent

import msgspec

from stream.backfill.backfill import Backfill
from stream.backfill.changelogs import TrainerPastReader, restore
from stream.backfill.delivery import Delivery
from stream.backfill.source import Source
from stream.core.features import registry
from stream.core.policy import Clock, Policy, PublishProfiles
from stream.formats.decoder import FormatDecoder
from stream.jobs.model_source import FixedModel
from stream.jobs.segmenter import Segmenter
from stream.jobs.trainer import Trainer
from stream.replay import Replay
from stream.training.values.config import TrainerConfig
from stream.training.values.policy import TrainingPolicy
from stream.wire.backfill_records import BACKFILL_KEY, FORMAT, BackfillRecord, decode_backfill
from stream.wire.fields import Fields
from stream.wire.placement import Placement, partition_of
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.topics import SEGMENT_MODEL, USER_EVENTS
from tests.core.builders import ENCODER, START_MS, WORDS

N_PARTITIONS = 3
POLICY = Policy(
    window_items=5, window_ms=40_000, half_life_ms=9_000, kinds=("view",), min_items=2, dwell_ms=20, margin=0.0,
    sample_every_ms=9_000, clock=Clock.EVENT, publish_profiles=PublishProfiles.ALWAYS,
)  # fmt: skip


@dataclass
class ListedPast:
    """A past in memory."""

    records: list[ConsumerRecord]
    name: str = "listed"
    bounds: tuple[tuple[int, int], ...] = ()

    def read(self) -> Iterator[ConsumerRecord]:
        return iter(self.records)

    def digest(self, content: bytes) -> str:
        return content.hex()

    def by_partition(self) -> list[int]:
        found = [0] * N_PARTITIONS
        for record in self.records:
            found[partition_of(record.key, N_PARTITIONS)] += 1
        return found


def past(n: int) -> ListedPast:
    """Return events of 30 users with changing interests, an erasure, a declaration and bad lines among them."""
    records = []
    for at in range(n):
        user = f"user {(at * 7) % 30}"
        value: dict[str, object] = {"user_id": user, "id": f"{at}", "timestamp": START_MS + 100 * at, "kind": "view"}
        value["text"] = WORDS[((at * 7) % 30 + at // 700) % 3]
        if at % 401 == 400:
            value = {"type": "erase", "userId": user}
        if at % 97 == 96:
            value = {"type": "identify", "userId": user, "traits": {"seen": at}}
        encoded = b"not JSON" if at % 211 == 210 else msgspec.json.encode(value)
        records.append(ConsumerRecord(USER_EVENTS, 0, at, 0, user.encode(), encoded, []))
    return ListedPast(records)


def new_replay(warm_up_samples: int = 40) -> Replay:
    """Return the jobs with empty states."""
    training = TrainingPolicy(
        n_segments=3, warm_up_samples=warm_up_samples, batch_samples=300, review_ms=60_000, shadow_ms=0,
        churn_budget=1.0, adapt=False, segment_users_min=5,
    )  # fmt: skip
    features = tuple(registry(POLICY))
    config = TrainerConfig(training, POLICY.semantic_weight, POLICY.margin, features, ENCODER.version, "salt")
    models = FixedModel(None)
    segmenter = Segmenter("segue", ENCODER, POLICY, FormatDecoder(Fields(), None), models, Placement(N_PARTITIONS))
    return Replay(segmenter, models, Trainer("segue", config), N_PARTITIONS)


@dataclass
class ListedDeployment:
    """Everything that was delivered, in order. `dies_after` deliveries it takes no more."""

    deliveries: list[Delivery] = field(default_factory=list)
    dies_after: int | None = None

    def deliver(self, delivery: Delivery) -> None:
        if len(self.deliveries) == self.dies_after:
            raise KilledError
        self.deliveries.append(delivery)

    def changelog(self, partition: int) -> dict[bytes, bytes | None]:
        """Return the last record of each key of a partition's changelog, in the order of the log."""
        last: dict[bytes, bytes | None] = {}
        for put in (put for delivery in self.deliveries for put in delivery.states.get(partition, ())):
            last.pop(put.key, None)
            last[put.key] = put.value
        return last

    def trainer_changelog(self) -> dict[bytes, bytes | None]:
        return {put.key: put.value for delivery in self.deliveries for put in delivery.trainer}

    def messages(self, topic: str) -> list[ProducerRecord]:
        return [m for delivery in self.deliveries for m in delivery.messages if m.topic == topic]

    def record(self) -> BackfillRecord:
        return decode_backfill(self.changelog(0)[BACKFILL_KEY] or b"")

    def restored(self, replay: Replay) -> Replay:
        """Return the jobs as a new process finds them."""
        states = {p: replay.segmenter.state_reader() for p in range(N_PARTITIONS)}
        for partition, reader in states.items():
            for key, value in self.changelog(partition).items():
                reader.add(key, value)
        assert replay.trainer is not None
        trainer = TrainerPastReader(replay.trainer.state_reader())
        for key, value in self.trainer_changelog().items():
            trainer.add(key, value)
        for message in self.messages(SEGMENT_MODEL):
            replay.published.take(message.key, message.value)
        restore(replay, self.record(), states, trainer)
        return replay


class KilledError(Exception):
    """The process is gone."""


def beginning(source: Source, live_from: tuple[int, ...] = (0,) * N_PARTITIONS) -> BackfillRecord:
    """Return the record of a backfill that begins."""
    return BackfillRecord(FORMAT, source.name, "", "", START_MS, 0, (), live_from, sum(1 for _ in source.read()))


def begun_backfill(
    source: ListedPast, deployment: ListedDeployment, replay: Replay, with_changes: bool = False
) -> Backfill:
    """Return a backfill whose beginning is written."""
    backfill = Backfill(replay, source, beginning(source), deployment.deliver, with_changes)
    backfill.begin(source.by_partition())
    return backfill


def run_all(backfill: Backfill, source: ListedPast) -> None:
    """Process what is left of a past."""
    assert backfill.run(source.by_partition(), StopEvent(), lambda _: None)
