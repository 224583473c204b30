"""Dead letters: the bytes and headers received, with the reason in `segue.error.*` headers."""

from __future__ import annotations

from stream.core.output import Rejection
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.topics import DEAD_LETTER_BYTES_MAX, DEAD_LETTERS


def dead_letter(rejection: Rejection, raw: ConsumerRecord) -> ProducerRecord:
    """Return the record for `user-events.dlq`; a value of more than 16 MiB is cut there."""
    why = {
        "segue.error.reason": rejection.reason,
        "segue.error.detail": rejection.detail[:1000],
        "segue.error.topic": raw.topic,
        "segue.error.partition": str(raw.partition),
        "segue.error.offset": str(raw.offset),
        "segue.error.timestamp_ms": str(raw.timestamp_ms),
    }
    value = raw.value
    if value is not None and len(value) > DEAD_LETTER_BYTES_MAX:
        why["segue.error.original_bytes"] = str(len(value))
        value = value[:DEAD_LETTER_BYTES_MAX]
    headers = [*raw.headers, *((name, text.encode(errors="replace")) for name, text in why.items())]
    return ProducerRecord(DEAD_LETTERS, raw.key, value, headers)
