"""Reading partitions without a consumer group: committed records only, from explicit offsets.

Built on confluent-kafka, for workers and for the command line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from stream.kafka.broker_errors import ClientErrors
from stream.kafka.connection import Connection
from stream.kafka.retry import is_transient, retry_transient

BEGINNING = OFFSET_BEGINNING
_ASK_S = 30.0  # an open transaction of a killed worker must end before its offsets are known
_GROUP_REFUSED = KafkaError.GROUP_AUTHORIZATION_FAILED  # the group is only a name here: no right to it is needed
_ANSWER_S = 5.0  # of one request: it may have gone to a coordinator that moved meanwhile
_PROMPT = {
    "fetch.queue.backoff.ms": 5,
    "fetch.wait.max.ms": 10,  # the end is reported when a fetch returns empty: by default after 0.5 s
    "queued.min.messages": 200_000,
}


class Chunk(NamedTuple):
    """Records in the order of each partition, and the offset of the end for partitions read to the end."""

    messages: list[Message]
    ends: list[TopicPartition]


class PartitionReader:
    """A consumer without a group. Topics are local names.

    `group` names the group whose offsets `committed` returns. A `prompt` reader reports ends within 10 ms and fetches
    more often. `errors` takes reports about connections; without it they are in the log.
    """

    def __init__(
        self,
        connection: Connection,
        group: str = "segue-reader",
        prompt: bool = False,
        errors: ClientErrors | None = None,
    ) -> None:
        self._namespace = connection.namespace
        self.consumer = Consumer(
            connection.confluent()
            | {
                "group.id": self._namespace.qualify(group),
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "auto.offset.reset": "earliest",
            }
            | (_PROMPT if prompt else {})
            | ({"error_cb": errors, "log_level": 0} if errors else {})
        )

    def start(self, topic: str, offsets: Mapping[int, int]) -> None:
        """Begin to read partitions, each from the given offset."""
        self.consumer.incremental_assign(
            [TopicPartition(self._namespace.qualify(topic), p, offset) for p, offset in offsets.items()]
        )

    def stop(self, topic: str, partitions: Sequence[int]) -> None:
        """Stop reading the partitions."""
        self.consumer.incremental_unassign(at(self._namespace.qualify(topic), partitions))

    def read(self, n_max: int, wait_s: float) -> Chunk:
        """Return records arriving within `wait_s`, at most `n_max`.

        Raise KafkaException for an error that the client does not recover from.
        """
        messages: list[Message] = []
        ends: list[TopicPartition] = []
        for message in self.consumer.consume(n_max, timeout=wait_s):
            error = message.error()
            if error is None:
                messages.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                ends.append(TopicPartition(message.topic() or "", message.partition() or 0, message.offset() or 0))
            elif not is_transient(error) and error.code() != _GROUP_REFUSED:
                raise KafkaException(error)
        return Chunk(messages, ends)

    def committed(self, topic: str, partitions: Sequence[int]) -> dict[int, int]:
        """Return the group's committed offsets, negative if missing."""
        return committed(self.consumer, at(self._namespace.qualify(topic), partitions))

    def bounds(self, topic: str, partition: int, within_s: float = _ASK_S) -> tuple[int, int]:
        """Return the first offset of a partition, and the end of the committed records."""
        [where] = at(self._namespace.qualify(topic), [partition])
        low, high = retry_transient(lambda: self.consumer.get_watermark_offsets(where, timeout=within_s), within_s)
        return low, high

    def first_after(self, topic: str, partition: int, time_ms: int) -> int:
        """Return the offset of the first record that the topic dates after `time_ms`; the end without one."""
        where = TopicPartition(self._namespace.qualify(topic), partition, time_ms + 1)
        [found] = self.consumer.offsets_for_times([where], timeout=_ASK_S)
        return found.offset if found.offset >= 0 else self.bounds(topic, partition)[1]

    def n_partitions(self, topic: str) -> int:
        """Return the number of partitions of a topic; 0 if there is none of this name."""
        name = self._namespace.qualify(topic)
        return len(self.consumer.list_topics(name, timeout=_ASK_S).topics[name].partitions)

    def close(self) -> None:
        """Disconnect."""
        self.consumer.close()


def at(topic: str, partitions: Sequence[int]) -> list[TopicPartition]:
    """Return the partitions of a topic, named as on the cluster, without offsets."""
    return [TopicPartition(topic, partition) for partition in partitions]


def committed(consumer: Consumer, partitions: list[TopicPartition]) -> dict[int, int]:
    """Return the committed offsets of the consumer's group by partition, negative if missing.

    Wait for another worker's open transaction. Raise KafkaException when an offset stays unknown.
    """
    return retry_transient(lambda: _committed(consumer, partitions), _ASK_S) if partitions else {}


def _committed(consumer: Consumer, partitions: list[TopicPartition]) -> dict[int, int]:
    known = consumer.committed(partitions, timeout=_ANSWER_S)
    for each in known:
        if each.error is not None:
            raise KafkaException(each.error)
    return {each.partition: each.offset for each in known}
