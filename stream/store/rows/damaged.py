"""Records that are not what their topic promises: counted and skipped. Only a stranger can have written them."""

from __future__ import annotations

import structlog

from stream.core.sentence.visible_text import visible
from stream.kafka.reader import Read
from stream.store.rows.tables import Tables

_REASON_CHARS = 120

log = structlog.get_logger()


def note_damaged(tables: Tables, read: Read, error: Exception) -> None:
    """Count a record that cannot be read, and keep a sentence about it, without its content."""
    reason = visible(str(error))[:_REASON_CHARS]
    sentence = f"{read.topic} [{read.partition}] at offset {read.offset} cannot be read and is left out: {reason}"
    tables.run(
        "INSERT INTO damaged VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET n = n + 1, last = excluded.last",
        *(read.topic, sentence),
    )
    log.warning("record left out of the store", topic=read.topic, partition=read.partition, offset=read.offset)
