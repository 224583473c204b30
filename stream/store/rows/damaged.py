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
    [n] = tables.one(
        "INSERT INTO damaged VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET n = n + 1, last = excluded.last RETURNING n",
        *(read.topic, sentence),
    )
    if str(n).strip("0") == "1":  # the first, the tenth, the hundredth: no flood
        log.warning("record left out of the store", sentence=sentence, n_of_topic=n)
