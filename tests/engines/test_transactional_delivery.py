"""Every message goes to the partition that it names, or to the one of its key."""

from __future__ import annotations

from typing import Any, cast

from confluent_kafka import Producer

from stream.engines.transactional.delivery import PARTITION_BY_KEY, Route, send_messages
from stream.kafka.namespace import Namespace
from stream.runtime.job import Batch, BatchSummary
from stream.wire.records import ProducerRecord


class FakeProducer:
    """Notes what it is asked to send."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int]] = []

    def produce(self, topic: str, value: bytes | None, *, partition: int, **_: Any) -> None:
        self.sent.append((topic, partition))

    def poll(self, _: float) -> None:
        """Nothing is acknowledged."""


def test_a_message_with_a_partition_goes_there_and_any_other_by_its_key() -> None:
    producer = FakeProducer()
    messages = [
        ProducerRecord("changes", b"ann", b"{}", []),
        ProducerRecord("user-events", b"ann", b"{}", [], partition=0),
        ProducerRecord("user-events", b"ann", b"{}", [], partition=3),
    ]
    batch = Batch(1, [], messages, 1, None, BatchSummary(1, 0, 0))
    send_messages(cast(Producer, producer), Route(Namespace("eu."), "user-events", "state"), [batch])
    assert producer.sent == [("eu.changes", PARTITION_BY_KEY), ("eu.user-events", 0), ("eu.user-events", 3)]
