"""Names that Segue publishes: fields and enum values of topics, headers, metrics, settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from stream.cli.schema import SCHEMAS
from stream.core.output import Rejection
from stream.core.reasons import Reason
from stream.core.setting import env_name, settings_of
from stream.settings import GROUPS
from stream.wire.cloud_events import cloud_event
from stream.wire.dead_letters import dead_letter, fitted
from stream.wire.records import UNREADABLE_NAME, ConsumerRecord
from stream.wire.segment_models import Array, Envelope, SegmentModelRecord
from stream.wire.topics import USER_EVENTS
from tests.asyncapi_schemas import DOCUMENT
from tests.metrics_table import metrics_table

API: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))


def definitions(topic: str) -> dict[str, Any]:
    """JSON Schema definitions of the values on a topic, by name."""
    found: dict[str, Any] = json.loads(json.dumps(SCHEMAS[topic]()))["$defs"]
    return found


def fields_of(topic: str) -> set[str]:
    """The top-level fields of the values on a topic."""
    [top] = [SCHEMAS[topic]()["$ref"].rpartition("/")[2]]
    return set(definitions(topic)[top]["properties"])


def field_names() -> set[str]:
    """Every field on an output topic, nested ones included."""
    return {
        name
        for topic in SCHEMAS
        if topic != USER_EVENTS
        for definition in definitions(topic).values()
        for name in definition.get("properties", ())
    }


def enum_values() -> set[str]:
    """Every value of an enum on an output topic."""
    return {
        str(value)
        for topic in SCHEMAS
        if topic != USER_EVENTS
        for node in _nodes(definitions(topic))
        for value in node.get("enum", ())
    }


def header_names() -> set[str]:
    """Every header of events and dead letters."""
    headers = [(UNREADABLE_NAME, b"x" * 9000)]
    received = ConsumerRecord(USER_EVENTS, 0, 0, 0, b"x" * 9000, b"x" * 9000, headers)
    letter = fitted(dead_letter(Rejection(0, Reason.NOT_JSON, ""), received), 9000)  # every part is cut
    return {name for name, _ in [*cloud_event("id", "type", "subject", 0, sequence="1"), *letter.headers]}


def cloud_event_types(topic: str) -> set[str]:
    """The CloudEvents types that docs/asyncapi.yaml allows on a topic; none on tables."""
    references = [each["$ref"].rpartition("/")[2] for each in API["channels"][topic]["messages"].values()]
    headers = [API["components"]["messages"][name].get("headers", {}) for name in references]
    return {each["properties"]["ce_type"]["const"] for each in headers if "ce_type" in each.get("properties", {})}


def model_field_names() -> set[str]:
    """Every field of a segment model's document."""
    return {*SegmentModelRecord.__struct_fields__, *Envelope.__struct_fields__, *Array.__struct_fields__}


def metric_names() -> set[str]:
    """Every metric of a worker."""
    return {row.split("`")[1] for row in metrics_table().splitlines() if row.startswith("| `")}


def setting_names() -> set[str]:
    """Every setting as an environment variable."""
    return {env_name(setting.name) for group in GROUPS for setting in settings_of(group)}


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for each in node.values():
            yield from _nodes(each)
    elif isinstance(node, list):
        for each in node:
            yield from _nodes(each)
