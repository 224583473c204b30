"""Kafka records as values, named as in Kafka's client API: one to send, one received. Engines do the transport."""

from __future__ import annotations

from typing import NamedTuple

Headers = list[tuple[str, bytes]]


class ProducerRecord(NamedTuple):
    """A record to send. `topic` is its name in the contract, without a deployment's prefix; `value` None: tombstone."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


class ConsumerRecord(NamedTuple):
    """A record received from a partition of `topic`, bytes undecoded. `timestamp_ms` is the broker's or producer's."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers
