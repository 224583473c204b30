"""The tables of docs/contract.md and docs/segment-model.md are those of the code: fields, enums, topics, reasons."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from pathlib import Path

import pytest

from stream.core.event import Declaration, Erasure, Event
from stream.core.features import GENERAL, registry
from stream.core.output import Quality
from stream.core.policy import Policy
from stream.core.reasons import Reason
from stream.core.reserved import INACTIVE, PENDING, UNKNOWN
from stream.core.transition import Rule
from stream.training.values.health import Figure
from stream.training.values.lineage import LineageEvent
from stream.training.values.promotion import Cause, Status, Trigger
from stream.training.values.structure_change import ChangeKind
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from stream.wire.reasons import MEANINGS
from stream.wire.segment_models import FORMAT, SegmentModelRecord
from stream.wire.topics import DEAD_LETTERS, PROFILE_SAMPLE, TOPICS, USER_EVENTS
from tests.docs.public_names import cloud_event_types, definitions, fields_of

DOCS = Path(__file__).parents[2] / "docs"
CONTRACT = (DOCS / "contract.md").read_text(encoding="utf-8")
SEGMENT_MODEL_PAGE = (DOCS / "segment-model.md").read_text(encoding="utf-8")

ENUMS: dict[str, type[StrEnum]] = {
    "rule": Rule,
    "quality": Quality,
    "event": LineageEvent,
    "status": Status,
    "trigger": Trigger,
    "cause": Cause,
    "kind of change": ChangeKind,
    "figure": Figure,
    "reason": Reason,
}
FIELDS = {
    "field of a segment": fields_of("segments"),
    "field of a description": set(definitions("segments")["SegmentDescription"]["properties"]),
    "field of a lineage event": fields_of("segment-lineage"),
    "field of a promotion": fields_of("segment-promotions"),
    "field of health": fields_of("segment-health"),
    "field of a warning": fields_of("segment-health.warning"),
    "field of a change": fields_of("segment-changes"),
    "field of a user's segment": fields_of("user-segments"),
    "field of a user's profile": fields_of("user-profiles"),
}


def table(column: str, page: str = CONTRACT) -> dict[str, list[str]]:
    """The rows of the table whose first column has this title: the first cell, and the others."""
    [found] = re.findall(rf"^\| {column} \|.*\n\|[-|]+\|\n((?:\|.*\n?)+)", page, re.MULTILINE)
    rows = [[cell.strip() for cell in row.strip().strip("|").split(" | ")] for row in found.splitlines()]
    return {row[0]: row[1:] for row in rows}


def names(column: str, page: str = CONTRACT) -> list[str]:
    """The names in code spans of a table's first column, in order."""
    return [name for cell in table(column, page) for name in re.findall(r"`([\w.-]+)`", cell)]


@pytest.mark.parametrize("column", ENUMS)
def test_a_table_of_values_is_its_enum(column: str) -> None:
    assert names(column) == [member.value for member in ENUMS[column]]


@pytest.mark.parametrize("column", FIELDS)
def test_a_table_of_fields_is_its_record(column: str) -> None:
    explained = [name.split(".")[0] for name in names(column)]
    assert set(explained) == FIELDS[column]


def test_the_table_of_a_model_has_its_fields() -> None:
    assert names("field of a model", SEGMENT_MODEL_PAGE) == list(SegmentModelRecord.__struct_fields__)
    assert f"**`format`** is {FORMAT}." in SEGMENT_MODEL_PAGE


def test_every_explicit_feature_has_its_definition_and_words() -> None:
    assert names("explicit feature") == [*GENERAL, "share_KIND"]
    rows = {name.strip("`"): cells for name, cells in table("explicit feature").items()}
    kinds = rows.pop("share_KIND")
    assert set(re.findall(r"`(share_\w+)`", kinds[0])) <= registry(Policy()).keys() - GENERAL.keys()
    for name, feature in (GENERAL | {"share_view": registry(Policy())["share_view"]}).items():
        assert rows.get(name, kinds)[1:] == [feature.low, feature.high], name


def test_the_reserved_ids_are_all_there() -> None:
    assert names("id") == [PENDING, UNKNOWN, INACTIVE]


def test_every_reason_has_its_meaning() -> None:
    assert {cell.strip("`"): rest for cell, rest in table("reason").items()} == {
        reason.value: [meaning] for reason, meaning in MEANINGS.items()
    }


def test_the_topics_are_those_that_consumers_may_read() -> None:
    public = {topic.name: topic for topic in TOPICS if topic.name not in (USER_EVENTS, PROFILE_SAMPLE)}
    rows = {name.strip("`"): cells for name, cells in table("topic").items()}
    assert rows.keys() == public.keys()
    for name, (_, kind, types) in rows.items():
        is_table = public[name].config.get("cleanup.policy") == "compact"
        assert kind == ("table" if is_table else "dead letters" if name == DEAD_LETTERS else "events")
        assert set(re.findall(r"`([\w.]+)`", types)) == cloud_event_types(name)


def test_the_messages_shown_are_accepted() -> None:
    blocks = re.findall(r"```json\n(.*?)```", CONTRACT, re.DOTALL)
    shown = [text for block in blocks for text in re.split(r"\n(?=\{)", block.strip())]
    shown += re.findall(r"`(\{\"type\": \"erase\".*?\})`", CONTRACT)
    decoded = [decode_json(b"7", text.encode(), Fields()) for text in shown]
    assert [type(content) for content in decoded] == [Event, Event, Declaration, Erasure]
    assert all(json.loads(text) for text in shown)


def test_the_table_of_producers_names_the_fields_that_are_read() -> None:
    read = {
        "user_id",
        "userId",
        "anonymousId",
        "timestamp",
        "originalTimestamp",
        "sentAt",
        "receivedAt",
        "id",
        "event_id",
    }
    read |= {"messageId", "text", "kind", "event", "amount", "traits"}
    found = {name for cells in table("part").values() for cell in cells[:2] for name in re.findall(r"`(\w+)`", cell)}
    assert found >= read
    known = {name for definition in definitions("user-events").values() for name in definition["properties"]}
    assert read <= known


def test_a_table_that_lacks_a_row_is_found() -> None:
    assert table("a", "| a | b |\n|---|---|\n| `x`, `y.z` | 1 |\n") == {"`x`, `y.z`": ["1"]}
    assert names("a", "| a | b |\n|---|---|\n| `x`, `y.z` | 1 |\n") == ["x", "y.z"]
