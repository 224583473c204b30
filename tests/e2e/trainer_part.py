"""A trainer's part in a test: its records, and its answers to commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event

from confluent_kafka import IsolationLevel, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec
from kafka import KafkaConsumer
from kafka import TopicPartition as Partition

from stream.core.description import Phrase
from stream.core.segment_model import SegmentModel
from stream.kafka.connection import Connection
from stream.training.values.commands import Command, Drop, Promote, Refit, Rename, Renew, Rollback
from stream.training.values.lineage import Lineage, LineageEvent
from stream.training.values.promotion import Cause, Promotion, SegmentTransition, Status, Trigger
from stream.wire.catalogue import catalogue_messages
from stream.wire.commands import COMMAND_KEY, read_command
from stream.wire.promotions import promotion_messages
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import model_message
from stream.wire.topics import PROFILE_SAMPLE
from tests.core.builders import word_model
from tests.e2e.waiting import eventually

Answers = Callable[[Command], Sequence[ProducerRecord]]


class Publisher:
    """A writer of a trainer's records, one transaction at a time, to topics of one partition.

    It waits until an ended transaction can be read: the broker answers a commit before its markers are on the topics.
    """

    def __init__(self, connection: Connection) -> None:
        self._qualify = connection.namespace.qualify
        self._admin = AdminClient(connection.confluent())
        self._producer = Producer(connection.confluent() | {"transactional.id": self._qualify("publisher")})
        self._producer.init_transactions()
        self._written: set[str] = set()

    def begin(self, *messages: ProducerRecord) -> None:
        """Write them to the broker in a transaction that stays open."""
        self._producer.begin_transaction()
        for message in messages:
            topic = self._qualify(message.topic)
            self._producer.produce(topic, message.value, message.key)
            self._written.add(topic)
        self._producer.flush()

    def commit(self) -> None:
        """End it."""
        self._producer.commit_transaction()
        self._await_markers()

    def abort(self) -> None:
        """End it so that it never was."""
        self._producer.abort_transaction()
        self._await_markers()

    def publish(self, *messages: ProducerRecord) -> None:
        """Write them for good."""
        self.begin(*messages)
        self.commit()

    def _await_markers(self) -> None:
        """Until what ends before an open transaction ends where the topics do."""
        both = (IsolationLevel.READ_COMMITTED, IsolationLevel.READ_UNCOMMITTED)
        eventually(lambda: self._ends(both[0]) == self._ends(both[1]), "the markers of a transaction")
        self._written.clear()

    def _ends(self, isolation: IsolationLevel) -> dict[str, int]:
        asked = {TopicPartition(t, 0): OffsetSpec.latest() for t in self._written}  # type: ignore[no-untyped-call]
        found = self._admin.list_offsets(asked, isolation_level=isolation)
        return {at.topic: future.result().offset for at, future in found.items()}


def promoted(version: int, previous: int, ramp_ms: int = 0) -> list[ProducerRecord]:
    """A model of this version that serves from now on."""
    decision = Promotion(version, previous, Status.PROMOTED, Trigger.AUTOMATIC, Cause.REFRESH, 1_000, ramp_ms=ramp_ms)
    return [model_message(word_model(version=version)), *promotion_messages(decision)]


def tampered(message: ProducerRecord) -> ProducerRecord:
    """A model's message, a name changed behind the hash's back."""
    return message._replace(value=(message.value or b"").replace(b'"s-0001"', b'"s-0009"'))


def published(publisher: Publisher) -> dict[int, SegmentModel]:
    """Four models: 1 served, 2 serves, 3 is held, 4 is damaged."""
    one, two = (
        word_model(version=1),
        replace(word_model(("milk", "bread", "tea"), version=2, first=2), made_ms=86_400_000),
    )
    two = replace(
        two,
        descriptions=tuple(replace(d, n_users=30, share=0.3, phrases=(Phrase(d.name, 0.0),)) for d in two.descriptions),
    )
    three = word_model(version=3)
    flows = (SegmentTransition("s-0001", "s-0002", 30, 0.03), SegmentTransition("pending", "s-0004", 10, 0.01))
    lineage = (Lineage("s-0004", LineageEvent.BORN, ("s-0001",), 2, 0.3),)
    decisions = [
        Promotion(1, 0, Status.PROMOTED, Trigger.WARM_UP, Cause.WARM_UP, 1_000),
        Promotion(
            2,
            1,
            Status.PROMOTED,
            Trigger.AUTOMATIC,
            Cause.REFRESH,
            2_000,
            n_sampled=1_000,
            share_moved=0.03,
            share_entered=0.01,
            churn_budget=0.05,
            transitions=flows,
            lineage=lineage,
        ),
        Promotion(3, 2, Status.PROPOSED, Trigger.AUTOMATIC, Cause.REFRESH, 3_000),
        Promotion(
            3,
            2,
            Status.HELD,
            Trigger.AUTOMATIC,
            Cause.OVER_BUDGET,
            4_000,
            n_sampled=500,
            share_moved=0.2,
            churn_budget=0.05,
        ),
        Promotion(2, 2, Status.REFUSED, Trigger.OPERATOR, Cause.ALREADY_SERVING, 5_000, "7e"),
    ]
    for model in (one, two, three):
        publisher.publish(model_message(model))
        publisher.publish(*(m for v in decisions if v.segment_model == model.version for m in promotion_messages(v)))
    publisher.publish(
        tampered(model_message(word_model(version=4))), *catalogue_messages(one), *catalogue_messages(two, one)
    )
    return {1: one, 2: two, 3: three}


class AnsweringTrainer:
    """A reader of commands from `profile-sample` that gives them prepared answers."""

    def __init__(self, connection: Connection, publisher: Publisher, answers: Answers) -> None:
        self._connection, self._publisher, self._answers = connection, publisher, answers
        self.commands: list[Command] = []
        self._stop = Event()

    def run(self) -> None:
        """Run until a stop is requested."""
        consumer = KafkaConsumer(**self._connection.kafka_python(), enable_auto_commit=False)
        partition = Partition(self._connection.namespace.qualify(PROFILE_SAMPLE), 0)
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        while not self._stop.is_set():
            for record in (r for records in consumer.poll(timeout_ms=50).values() for r in records):
                assert record.key == COMMAND_KEY
                self.commands.append(read_command(record.value))
                self._publisher.publish(*self._answers(self.commands[-1]))
        consumer.close()

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()


def answers(command: Command) -> Sequence[ProducerRecord]:
    """A trainer that promotes 3, can not promote 9, drops, and renames.

    It drops 4 to roll back to 2, proposes 5, and drops 5 to begin a generation with 6.
    """
    match command:
        case Promote(id, 3, ramp_ms):
            other = Promotion(3, 2, Status.PROMOTED, Trigger.OPERATOR, Cause.REQUESTED, 6_000, "another")
            ours = Promotion(
                3,
                2,
                Status.PROMOTED,
                Trigger.OPERATOR,
                Cause.REQUESTED,
                6_000,
                id,
                ramp_ms=ramp_ms or 0,
                n_sampled=500,
                share_moved=0.2,
            )
            return [*promotion_messages(other), *promotion_messages(ours)]
        case Promote(id, version):
            return promotion_messages(
                Promotion(version, 3, Status.REFUSED, Trigger.OPERATOR, Cause.NO_SUCH_MODEL, 6_000, id)
            )
        case Drop(id, version):
            return promotion_messages(
                Promotion(version, 3, Status.DROPPED, Trigger.OPERATOR, Cause.REQUESTED, 6_500, id)
            )
        case Rollback(id):
            dropped = Promotion(4, 3, Status.DROPPED, Trigger.OPERATOR, Cause.SUPERSEDED, 7_000, id)
            back = Promotion(2, 3, Status.ROLLED_BACK, Trigger.OPERATOR, Cause.REQUESTED, 7_000, id)
            return [*promotion_messages(dropped), *promotion_messages(back)]
        case Refit(id):
            return promotion_messages(Promotion(5, 2, Status.PROPOSED, Trigger.OPERATOR, Cause.REFIT, 8_000, id))
        case Renew(id):
            dropped = Promotion(5, 2, Status.DROPPED, Trigger.OPERATOR, Cause.SUPERSEDED, 9_000, id)
            new = Promotion(6, 2, Status.PROMOTED, Trigger.OPERATOR, Cause.RENEWED, 9_000, id)
            return [*promotion_messages(dropped), *promotion_messages(new)]
        case Rename(_, segment, name):
            model = word_model(version=2)
            named = tuple(
                replace(d, name=name or d.name, edited=bool(name)) if i == segment else d
                for i, d in zip(model.ids, model.descriptions, strict=True)
            )
            return catalogue_messages(replace(model, descriptions=named))
    raise AssertionError(command)
