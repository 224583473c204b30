"""Records received by confluent-kafka, as values for jobs. No bytes of a record make reading fail."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from operator import methodcaller
from typing import Any

from confluent_kafka import TIMESTAMP_CREATE_TIME, Message

from stream.wire.records import UNREADABLE_NAME, ConsumerRecord, Headers

# CPython's specialized instructions do not look whether a method of C left an error behind; a call from C does
_headers = methodcaller("headers")
_new = tuple.__new__  # the constructor of a named tuple is a function in Python and takes twice as long


def from_confluent(message: Message) -> ConsumerRecord:
    """Return the record of a message without an error."""
    timestamp_type, timestamp_ms = message.timestamp()
    topic, partition, offset = message.topic() or "", message.partition() or 0, message.offset() or 0
    by_producer = timestamp_type == TIMESTAMP_CREATE_TIME
    values = topic, partition, offset, timestamp_ms, message.key(), message.value(), headers_of(message), by_producer
    return _new(ConsumerRecord, values)


def headers_of(message: Message) -> Headers:
    """Return headers as bytes; a null header becomes empty, a name that is not UTF-8 becomes UNREADABLE_NAME.

    librdkafka gives a name as a C string, so it ends at the first null byte.
    """
    try:
        pairs: Any = _headers(message)
    except (SystemError, UnicodeDecodeError):
        return _readable(message)
    if not pairs:
        return []
    pairs = pairs.items() if isinstance(pairs, dict) else pairs
    return [(name, _bytes(value)) for name, value in pairs]


def _readable(message: Message) -> Headers:
    """Return the headers of a message with a name that is not UTF-8.

    `c_headers_to_py` of confluent-kafka 2.16 leaves such a name as a NULL in the pair, and goes on with the error set.
    The first call raises that error, the second returns the list. A NULL must not be touched: it would end the process.
    """
    pairs: Iterable[Any] = _headers(message) or ()
    found = [gc.get_referents(pair) for pair in pairs]  # the objects of each pair, the value first, without a NULL
    return [(parts[1] if len(parts) == 2 else UNREADABLE_NAME, _bytes(parts[0])) for parts in found]


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""
