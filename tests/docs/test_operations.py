"""docs/operations.md lists what a deployment has: metrics and topics."""

from __future__ import annotations

import re
from pathlib import Path

from stream.core.outcome import Counted
from stream.kafka.topic_faults import all_topics
from stream.runtime.options import EngineOptions
from tests.metrics_table import BEGIN, END, metrics_table

OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def test_the_metrics_are_exactly_those_of_a_worker() -> None:
    said = OPERATIONS[OPERATIONS.index(BEGIN) : OPERATIONS.index(END) + len(END)]
    assert said == metrics_table(), "run: python -m tests.metrics_table"


def test_every_metric_named_anywhere_exists() -> None:
    table = metrics_table()
    assert {name for name in re.findall(r"segue_\w+", OPERATIONS) if f"`{name}`" not in table} == set()


def test_every_outcome_of_a_record_is_named() -> None:
    [sentence] = re.findall(r"^`outcome` is .*?\.", OPERATIONS, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", sentence)) == {counted.value for counted in Counted} | {"outcome"}


def test_the_topics_are_those_of_a_deployment() -> None:
    [rows] = re.findall(r"^\| topic \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", OPERATIONS, re.MULTILINE)
    said = {cells[0]: (cells[1], "compacted" in cells[2]) for cells in map(_cells, rows.splitlines())}
    assert {name: (partitions != "1", compacted) for name, (partitions, compacted) in said.items()} == {
        topic.name: (topic.wide, topic.config.get("cleanup.policy") == "compact")
        for topic in all_topics(EngineOptions().group)
    }


def _cells(row: str) -> list[str]:
    return [cell.strip(" `") for cell in row.strip("|").split("|")]
