"""docs/contract.md lists what the code has: reasons of dead letters, rules, reserved ids, fields of a change."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec

from stream.core.event import Declaration, Erasure, Event
from stream.core.reserved import INACTIVE, PENDING, UNKNOWN
from stream.core.transition import Rule
from stream.wire.changes import CHANGED, SegmentChange
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json
from stream.wire.reasons import MEANINGS

CONTRACT = (Path(__file__).parents[2] / "docs" / "contract.md").read_text(encoding="utf-8")


def table(column: str) -> dict[str, str]:
    """The rows of the table whose first column has this title: first cell to second."""
    [found] = re.findall(rf"^\| {column} \|.*\n\|[-|]+\|\n((?:\|.*\n?)+)", CONTRACT, re.MULTILINE)
    rows: list[list[str]] = [row.strip("| ").split(" | ", 1) for row in found.splitlines()]
    return dict(rows)


def names(column: str) -> list[str]:
    """The names in code spans of a table's first column, in order."""
    return [name for cell in table(column) for name in re.findall(r"`([\w.]+)`", cell)]


def test_every_reason_has_its_meaning_in_the_contract() -> None:
    assert {cell.strip("`"): sentence for cell, sentence in table("reason").items()} == dict(MEANINGS)


def test_the_rules_are_those_of_a_transition() -> None:
    assert names("rule") == [rule.value for rule in Rule]


def test_the_reserved_ids_are_all_there() -> None:
    assert names("id") == [PENDING, UNKNOWN, INACTIVE]


def test_every_field_of_a_change_is_explained() -> None:
    explained = {name.split(".")[0] for name in names("field")}
    assert explained == {field.encode_name for field in msgspec.structs.fields(SegmentChange)}
    assert CHANGED in CONTRACT


def test_the_messages_shown_are_accepted() -> None:
    blocks = re.findall(r"```json\n(.*?)```", CONTRACT, re.DOTALL)
    shown = [text for block in blocks for text in re.split(r"\n(?=\{)", block.strip())]
    shown += re.findall(r"`(\{\"type\": \"erase\".*?\})`", CONTRACT)
    meant = [decode_json(b"7", text.encode(), Fields()) for text in shown]
    assert [type(content) for content in meant] == [Event, Event, Declaration, Erasure]
    assert all(json.loads(text) for text in shown)
