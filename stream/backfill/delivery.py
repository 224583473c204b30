"""Delivery of a backfill: one transaction a turn, with the state, the outputs and the progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from stream.backfill.source import BackfillError
from stream.engines.transactional.outbox import Aborted, Outbox, Route, producer_settings
from stream.engines.transactional.watchdog import end_process_after
from stream.kafka.connection import Connection
from stream.kafka.retry import retry_transient
from stream.runtime.job import Batch, BatchSummary
from stream.runtime.options import EngineOptions
from stream.wire.records import ProducerRecord
from stream.wire.state_records import Put
from stream.wire.topics import PROFILE_SAMPLE, USER_EVENTS, changelog, trainer_changelog

_ASK_S = 30.0
_HANGS_S = _ASK_S + 10.0  # of a call that should return after _ASK_S
_START_S = 60.0
_TRY_S = 120.0  # a broker may be away for so long
_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class GroupOffsets:
    """Offsets of a consumer group to commit, by partition of a topic."""

    group: str
    topic: str
    offsets: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery in one transaction: puts by partition of the two changelogs, messages, offsets."""

    states: Mapping[int, Sequence[Put]]
    trainer: Sequence[Put] = ()
    messages: Sequence[ProducerRecord] = ()
    offsets: Sequence[GroupOffsets] = field(default=())


class TransactionalDelivery:
    """A producer whose transactional id is that of the deployment's backfill: a second one fences the first."""

    def __init__(self, connection: Connection, options: EngineOptions) -> None:
        namespace, self._connection = connection.namespace, connection
        own = {
            "transactional.id": namespace.qualify(f"{options.group}-backfill"),
            "transaction.timeout.ms": options.transaction_timeout_ms,
        }
        states = Route(namespace, USER_EVENTS, changelog(options.group).name)
        trainer = Route(namespace, PROFILE_SAMPLE, trainer_changelog(options.group).name)
        self._outbox = Outbox(states, producer_settings(connection) | own)
        self._producer = self._outbox.producer
        self._trainer = Outbox(trainer, {}, connect=lambda _: self._producer)

    def start(self) -> None:
        """Abort the open transaction of an earlier run, and fence that run."""
        retry_transient(lambda: self._producer.init_transactions(_ASK_S), _START_S)

    def deliver(self, delivery: Delivery) -> None:
        """Deliver all or nothing, again after an abort. Raises BackfillError if another run has begun."""
        deadline = monotonic() + _TRY_S
        while True:
            try:
                self._producer.begin_transaction()
                self._send(delivery)
                retry_transient(lambda: self._producer.commit_transaction(_ASK_S), _START_S)
                return
            except KafkaException as exception:
                self._abort(exception, deadline)
            sleep(_AGAIN_S)

    def _abort(self, exception: KafkaException, deadline: float) -> None:
        """Abort the transaction; raise if it makes no sense to try again."""
        error: KafkaError = exception.args[0]
        if error.code() in {KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED}:
            raise BackfillError("another `segue backfill` of this deployment has begun; this one ends") from exception
        if error.code() in {KafkaError.UNKNOWN_MEMBER_ID, KafkaError.ILLEGAL_GENERATION}:
            raise BackfillError("a worker has started meanwhile: stop it, and run the same command") from exception
        if error.fatal():
            raise exception
        self._producer.abort_transaction(_ASK_S)
        with suppress(Aborted):
            self._outbox.check()  # raises for what would be refused at every attempt
        if monotonic() > deadline:
            raise exception

    def _send(self, delivery: Delivery) -> None:
        self._outbox.send_puts([_batch(p, puts) for p, puts in delivery.states.items()])
        self._trainer.send_puts([_batch(0, delivery.trainer)])
        self._outbox.send_messages([_batch(0, (), delivery.messages)])
        for group in delivery.offsets:
            topic = self._connection.namespace.qualify(group.topic)
            offsets = [TopicPartition(topic, partition, offset) for partition, offset in group.offsets.items()]
            with end_process_after(_HANGS_S, "send_offsets_to_transaction"):
                self._producer.send_offsets_to_transaction(offsets, self._metadata(group.group), _ASK_S)

    def _metadata(self, group: str) -> Any:
        consumer = Consumer(self._connection.confluent() | {"group.id": self._connection.namespace.qualify(group)})
        try:
            return consumer.consumer_group_metadata()
        finally:
            consumer.close()


def _batch(partition: int, puts: Sequence[Put], messages: Sequence[ProducerRecord] = ()) -> Batch[None]:
    return Batch(partition, list(puts), list(messages), None, None, BatchSummary(0, None, 0))
