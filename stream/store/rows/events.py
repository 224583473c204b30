"""Events of segments and models: lineage, promotions, health and warnings, each once by its CloudEvents id."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

import msgspec

from stream.kafka.reader import Read
from stream.store.rows.tables import Tables
from stream.wire.topics import SEGMENT_HEALTH, SEGMENT_PROMOTIONS

HEALTH = "health"
WARNING = "warning"


class EventFields(msgspec.Struct, frozen=True):
    """Fields of an event; `status` is a promotion's."""

    time_ms: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
    status: str = ""


_decode = msgspec.json.Decoder(EventFields).decode


def take_event(tables: Tables, read: Read) -> None:
    """Add an event, unless it is a repeat; health and warnings only as long as a store keeps changes."""
    if read.value is None:
        return
    fields = _decode(read.value)
    kind = read.topic
    if kind == SEGMENT_HEALTH:
        kind = WARNING if read.key == WARNING.encode() else HEALTH
        if fields.time_ms < tables.keep_since_ms:
            return
    status = fields.status if kind == SEGMENT_PROMOTIONS else ""
    tables.run(
        "INSERT OR IGNORE INTO events (kind, id, time_ms, status, value) VALUES (?, ?, ?, ?, ?)",
        *(kind, _id(read), fields.time_ms, status, read.value),
    )


def _id(read: Read) -> bytes:
    """Return the CloudEvents id; a hash of the value without one."""
    found = next((value for name, value in read.headers if name == "ce_id"), b"")
    return found or sha256(read.value or b"").digest()
