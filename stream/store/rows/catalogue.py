"""Segments by their newest record, and segment models with the decision that lets one serve."""

from __future__ import annotations

import msgspec

from stream.kafka.reader import Read
from stream.store.rows.tables import Tables
from stream.store.rows.values import text_of_key
from stream.wire.catalogue import CatalogueEntry
from stream.wire.promotions import SERVING_KEY, read_promotion
from stream.wire.segment_models import SegmentModelError, load_segment_model

_VERSION_DIGITS_MAX = 16  # of 2^53, the largest version


def take_segment(tables: Tables, read: Read) -> None:
    """Set name and record of a segment; after a tombstone the name is the id."""
    segment = text_of_key(read)
    if read.value is None:
        tables.run("UPDATE segments SET name = id, rare = NULL, retired = NULL, value = NULL WHERE id = ?", segment)
        return
    entry = msgspec.json.decode(read.value, type=CatalogueEntry)
    if entry.id != segment:
        raise ValueError("the segment is not the record's key")
    tables.run(
        "UPDATE segments SET name = ?, rare = ?, retired = ?, value = ? WHERE no = ?",
        *(entry.description.name, entry.description.rare, entry.retired, read.value, tables.segment(segment)),
    )


def take_model(tables: Tables, read: Read) -> None:
    """Keep a segment model, or the decision that lets one serve; a tombstone deletes a model."""
    if read.key == SERVING_KEY:
        read_promotion(read.value or b"")
        tables.set_fact("serving", read.value)
        return
    if read.key is None or not read.key.isdigit() or len(read.key) > _VERSION_DIGITS_MAX:
        raise ValueError("the key is neither a version nor `serving`")
    version = int(read.key)
    tables.run("DELETE FROM models WHERE version = ?", version)
    if read.value is not None:
        tables.run("INSERT INTO models VALUES (?, ?, ?, ?, ?, ?, ?)", version, *_summary(version, read.value))


def _summary(version: int, document: bytes) -> tuple[str, int, int, float, str, bytes]:
    """Return encoder, time, segments, objective, and why the model is refused, with the document."""
    try:
        model = load_segment_model(document)
    except SegmentModelError as refused:
        return "", 0, 0, 0.0, str(refused), document
    refused_for = "" if model.version == version else f"it says that it is version {model.version}"
    return model.encoder, model.made_ms, len(model.ids), model.objective, refused_for, document
