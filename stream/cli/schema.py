"""`segue schema`: JSON Schemas of input and output values."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import click
import msgspec

from stream.wire.catalogue import CatalogueEntry
from stream.wire.changes import SegmentChange
from stream.wire.health import SegmentsHealth, SegmentsWarning
from stream.wire.lineage import SegmentLineage
from stream.wire.memberships import UserSegment
from stream.wire.profiles import UserProfile
from stream.wire.promotions import SegmentPromotion
from stream.wire.schema import user_events_schema
from stream.wire.topics import (
    SEGMENT_CHANGES,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    USER_EVENTS,
    USER_PROFILES,
    USER_SEGMENTS,
)

VALUES: dict[str, type[msgspec.Struct]] = {
    SEGMENT_CHANGES: SegmentChange,
    USER_SEGMENTS: UserSegment,
    USER_PROFILES: UserProfile,
    SEGMENTS: CatalogueEntry,
    SEGMENT_LINEAGE: SegmentLineage,
    SEGMENT_PROMOTIONS: SegmentPromotion,
    SEGMENT_HEALTH: SegmentsHealth,
    f"{SEGMENT_HEALTH}.warning": SegmentsWarning,
}
SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    USER_EVENTS: user_events_schema,
    **{topic: partial(msgspec.json.schema, struct) for topic, struct in VALUES.items()},
}


@click.command()
@click.argument("topic", type=click.Choice(list(SCHEMAS)))
def schema(topic: str) -> None:
    """Print the JSON Schema of a topic's values."""
    click.echo(json.dumps(SCHEMAS[topic](), indent=2))
