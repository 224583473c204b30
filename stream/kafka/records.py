"""Records received by confluent-kafka, as values for jobs."""

from __future__ import annotations

from confluent_kafka import Message

from stream.wire.records import ConsumerRecord, Headers


def from_confluent(message: Message) -> ConsumerRecord:
    """Return the record of a message without an error."""
    return ConsumerRecord(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        message.timestamp()[1],
        message.key(),
        message.value(),
        _headers(message),
    )


def _headers(message: Message) -> Headers:
    """Return headers as bytes; a null header becomes empty."""
    headers = message.headers()
    if not headers:
        return []
    pairs = headers.items() if isinstance(headers, dict) else headers
    return [(name, value.encode() if isinstance(value, str) else value or b"") for name, value in pairs]
