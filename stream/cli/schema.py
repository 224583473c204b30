"""`segue schema`: JSON Schemas of what goes in and comes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click
import msgspec

from stream.wire.catalogue import CatalogueEntry
from stream.wire.changes import SegmentChange, UserSegment
from stream.wire.health import SegmentsHealth, SegmentsWarning
from stream.wire.lineage import SegmentLineage
from stream.wire.promotions import SegmentPromotion
from stream.wire.schema import user_events_schema
from stream.wire.topics import (
    SEGMENT_CHANGES,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    USER_EVENTS,
    USER_SEGMENTS,
)

SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    USER_EVENTS: user_events_schema,
    SEGMENT_CHANGES: lambda: msgspec.json.schema(SegmentChange),
    USER_SEGMENTS: lambda: msgspec.json.schema(UserSegment),
    SEGMENTS: lambda: msgspec.json.schema(CatalogueEntry),
    SEGMENT_LINEAGE: lambda: msgspec.json.schema(SegmentLineage),
    SEGMENT_PROMOTIONS: lambda: msgspec.json.schema(SegmentPromotion),
    SEGMENT_HEALTH: lambda: msgspec.json.schema(SegmentsHealth),
    "segment-health.warning": lambda: msgspec.json.schema(SegmentsWarning),
}


@click.command()
@click.argument("topic", type=click.Choice(list(SCHEMAS)))
def schema(topic: str) -> None:
    """Print the JSON Schema of a topic's values."""
    click.echo(json.dumps(SCHEMAS[topic](), indent=2))
