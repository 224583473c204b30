"""The reference of `latency`: a loop that decides nothing and commits as a worker does.

It reads the events of a group and passes one in thirty on to `segment-changes`, about as many as there are changes.
Each poll is one transaction.
"""

from __future__ import annotations

import sys

from confluent_kafka import Consumer, Producer, TopicPartition

from stream.engines.transactional.consumer import GroupMember, consumer_settings
from stream.engines.transactional.outbox import producer_settings
from stream.kafka.connection import Connection
from stream.runtime.options import EngineOptions
from stream.wire.topics import SEGMENT_CHANGES, USER_EVENTS

ONE_IN = 30
_MOST, _WAIT_S, _FLUSH_S = 1_000, 0.05, 30.0


def relay(connection: Connection, group: str) -> None:
    """Pass events on for ever."""
    consumer = Consumer(consumer_settings(connection, GroupMember(group, "", EngineOptions().session_timeout_ms)))
    producer = Producer(producer_settings(connection) | {"transactional.id": group})
    producer.init_transactions(_FLUSH_S)
    consumer.subscribe([USER_EVENTS], on_assign=_from_the_end)
    while True:
        first = consumer.poll(_WAIT_S)
        messages = [first, *consumer.consume(_MOST - 1, timeout=0)] if first is not None else []
        records = [message for message in messages if message.error() is None]
        if not records:
            continue
        producer.begin_transaction()
        for record in records:
            if (record.offset() or 0) % ONE_IN == 0:
                producer.produce(SEGMENT_CHANGES, record.value(), key=record.key())
        ends = {record.partition(): (record.offset() or 0) + 1 for record in records}
        offsets = [TopicPartition(USER_EVENTS, partition or 0, end) for partition, end in ends.items()]
        producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), _FLUSH_S)
        producer.commit_transaction(_FLUSH_S)


def _from_the_end(consumer: Consumer, given: list[TopicPartition]) -> None:
    ends = [consumer.get_watermark_offsets(each)[1] for each in given]
    consumer.incremental_assign(
        [TopicPartition(each.topic, each.partition, end) for each, end in zip(given, ends, strict=True)]
    )


if __name__ == "__main__":
    relay(Connection(sys.argv[1]), sys.argv[2])
