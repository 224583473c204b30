"""Kafka records as values, named as in Kafka's client API: one to send, one received. Engines do the transport."""

from __future__ import annotations

from typing import NamedTuple

Headers = list[tuple[str, bytes]]

UNREADABLE_NAME = "\ufffd"  # of a header whose name is not UTF-8; its value is kept


class ProducerRecord(NamedTuple):
    """A record to send. `topic` is its name in the contract, without a deployment's prefix; `value` None: tombstone.

    `partition` None: murmur2 of the key chooses it.
    """

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int | None = None


class ConsumerRecord(NamedTuple):
    """A record received, undecoded. `topic` includes a deployment's prefix; `timestamp_ms` is the topic's timestamp.

    `by_producer` is True if a producer's clock gave the timestamp, not the broker's.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    by_producer: bool = False
