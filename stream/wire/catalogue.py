"""The catalogue on `segments`: one record for each segment id, the last one wins (a Kafka table)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from stream.core.description import Description
from stream.core.segment_model import SegmentModel
from stream.wire.cloud_events import JSON_HEADERS
from stream.wire.descriptions import SegmentDescription, public_description
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENTS


class CatalogueEntry(msgspec.Struct, frozen=True):
    """Value on `segments`. `retired`: the serving model lacks the segment; `segment_model` is the last one with it."""

    id: str
    segment_model: int
    description: SegmentDescription
    retired: bool


def catalogue_messages(model: SegmentModel, previous: SegmentModel | None = None) -> list[ProducerRecord]:
    """Return an entry for each segment of `model`, and a retired one for each segment only in `previous`.

    A retired entry names no members.
    """
    entries = [
        CatalogueEntry(segment, model.version, public_description(description), retired=False)
        for segment, description in _described(model)
    ]
    for segment, description in _described(previous) if previous else ():
        if previous and segment not in model.ids:
            nameless = public_description(replace(description, typical=(), boundary=()))
            entries.append(CatalogueEntry(segment, previous.version, nameless, retired=True))
    return [ProducerRecord(SEGMENTS, e.id.encode(), msgspec.json.encode(e), list(JSON_HEADERS)) for e in entries]


def current_entries(records: Iterable[tuple[bytes | None, bytes | None]]) -> list[CatalogueEntry]:
    """Return the entries of the current segments, given every (key, value) of `segments` in order."""
    last: dict[bytes | None, bytes | None] = {}
    for key, value in records:
        last.pop(key, None)
        last[key] = value
    entries = (msgspec.json.decode(value, type=CatalogueEntry) for value in last.values() if value is not None)
    return [entry for entry in entries if not entry.retired]


def _described(model: SegmentModel) -> Iterable[tuple[str, Description]]:
    return zip(model.ids, model.descriptions, strict=True)
