"""A sender at full load: as fast as the workers process, with every acknowledgement recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from threading import Event as Flag
from threading import Thread

from confluent_kafka import KafkaError, Message, Producer

from stream.kafka.connection import Connection
from stream.wire.topics import USER_EVENTS
from tests.e2e.scenario import Event

NUMBER = "chaos.number"  # header: the message's place in the stream
FLUSH_S = 180.0


@dataclass(slots=True)
class Sent:
    """A message that was sent; `is_acked` is False as long as its outcome is unknown."""

    key: bytes | None
    value: bytes | None
    is_acked: bool = False


class Sender(Thread):
    """Sends `events` until `finish`, with at most `n_ahead` of them sent and not yet processed."""

    def __init__(
        self, connection: Connection, events: Iterator[Event], n_processed: Callable[[], int], n_ahead: int
    ) -> None:
        super().__init__(daemon=True)
        self.sent: list[Sent] = []
        self.ends: dict[int, int] = {}  # acknowledged end offset of each partition
        self._events, self._n_processed, self._n_ahead = events, n_processed, n_ahead
        self._topic = connection.namespace.qualify(USER_EVENTS)
        self._finish = Flag()
        self._producer = Producer(
            connection.confluent()
            | {"partitioner": "murmur2_random", "enable.idempotence": True, "acks": "all", "linger.ms": 5}
        )

    def run(self) -> None:
        """Send until finished, then wait for the acknowledgements."""
        while not self._finish.is_set():
            if len(self.sent) - self._n_processed() >= self._n_ahead:
                self._producer.poll(0.02)
                continue
            self._send(*next(self._events))
            self._producer.poll(0)
        self._producer.flush(FLUSH_S)

    def finish(self) -> None:
        """Send no more, and wait for every acknowledgement."""
        self._finish.set()
        self.join()

    def _send(self, key: bytes | None, value: bytes | None) -> None:
        at = len(self.sent)
        self.sent.append(Sent(key, value))
        self._producer.produce(
            self._topic, value, key, headers={NUMBER: str(at)}, on_delivery=partial(self._delivered, at)
        )

    def _delivered(self, at: int, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            return
        self.sent[at].is_acked = True
        partition, offset = message.partition() or 0, message.offset() or 0
        self.ends[partition] = max(self.ends.get(partition, 0), offset + 1)
