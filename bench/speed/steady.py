"""A steady stream of events into a deployment, and the records that come out of it meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from threading import Event, Thread
from time import monotonic, time, time_ns

from confluent_kafka import OFFSET_END, Consumer, TopicPartition

from bench.harness.deployment import N_PARTITIONS, Deployment
from bench.harness.scenario import Purchase
from stream.kafka.producer import EventProducer, send_all
from stream.wire.topics import SEGMENT_CHANGES

TIMESTAMP = re.compile(rb'"timestamp":(\d+)')
_DRAIN_S = 2.0

Received = tuple[int, bytes]  # wall clock in ns, value


class Steady:
    """A sender with a steady rate, and a receiver of the changes meanwhile."""

    def __init__(self, target: Deployment, purchases: Sequence[Purchase], per_s: float, seconds: float) -> None:
        self._target, self.seconds, self._per_s = target, seconds, per_s
        self._purchases = purchases[: int(per_s * seconds)]
        self._sent = Event()
        self.n_sent, self.started_ms = 0, 0.0

    def run(self, check: Callable[[], None]) -> list[Received]:
        """Send all events, and return the changes received until shortly after the last."""
        sender = Thread(target=self._send, name="sender")
        with closing(_consumer(self._target)) as consumer:
            consumer.poll(1.0)  # be at the end of the topic before the first change
            sender.start()
            received = self._receive(consumer, check)
            sender.join()
        return received

    def _send(self) -> None:
        self.started_ms = time() * 1000
        producer = EventProducer(self._target.connection)
        try:
            send_all(producer, retimed(self._purchases), self._per_s)
        finally:
            self.n_sent = producer.n_sent
            self._sent.set()

    def _receive(self, consumer: Consumer, check: Callable[[], None]) -> list[Received]:
        received, deadline = list[Received](), float("inf")
        while monotonic() < deadline:
            message = consumer.poll(0.1)
            if message is not None and message.error() is None:
                received.append((time_ns(), message.value() or b""))
            if self._sent.is_set() and deadline == float("inf"):
                deadline = monotonic() + _DRAIN_S
        check()
        return received


def _consumer(target: Deployment) -> Consumer:
    """Return a consumer of committed changes, from the end of the topic on."""
    consumer = Consumer(target.connection.confluent() | {"group.id": "readers", "isolation.level": "read_committed"})
    consumer.assign([TopicPartition(SEGMENT_CHANGES, p, OFFSET_END) for p in range(N_PARTITIONS)])
    return consumer


def retimed(purchases: Iterable[Purchase]) -> Iterator[Purchase]:
    """Yield the purchases with the current time as their `timestamp`."""
    parts = [(key, *TIMESTAMP.split(value, maxsplit=1)) for key, value in purchases]
    for key, before, _, after in parts:
        yield key, b'%b"timestamp":%d%b' % (before, time_ns() // 1_000_000, after)
