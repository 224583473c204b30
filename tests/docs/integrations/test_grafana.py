"""The Grafana dashboard shows metrics that exist, all of them, and asks nobody but the data source that is chosen."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from stream.training.values.policy import TrainingPolicy
from tests.docs.integrations.exposed import INTEGRATIONS, faults, named
from tests.metrics_table import serve_families, worker_families

TEXT = (INTEGRATIONS / "grafana" / "segue.json").read_text(encoding="utf-8")
DASHBOARD: dict[str, Any] = json.loads(TEXT)
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]
SOURCE = {"const": {"type": "prometheus", "uid": "${datasource}"}}
WIDTH = 24

SCHEMA = {
    "type": "object",
    "required": ["title", "uid", "schemaVersion", "templating", "panels", "time"],
    "properties": {
        "uid": {"type": "string", "pattern": "^[a-zA-Z0-9_-]{1,40}$"},
        "schemaVersion": {"type": "integer", "minimum": 39},  # Grafana 11
        "id": {"type": "null"},
        "panels": {
            "type": "array",
            "items": {
                "required": ["id", "type", "title", "gridPos"],
                "properties": {
                    "id": {"type": "integer", "minimum": 1},
                    "type": {"enum": ["row", "stat", "timeseries"]},
                    "title": {"type": "string", "minLength": 1},
                    "gridPos": {
                        "required": ["x", "y", "w", "h"],
                        "additionalProperties": {"type": "integer", "minimum": 0},
                    },
                },
                "if": {"properties": {"type": {"not": {"const": "row"}}}},
                "then": {
                    "required": ["datasource", "targets", "fieldConfig", "options", "description"],
                    "properties": {
                        "datasource": SOURCE,
                        "targets": {
                            "type": "array",
                            "minItems": 1,
                            "items": {
                                "required": ["refId", "expr", "datasource"],
                                "properties": {"datasource": SOURCE, "expr": {"type": "string", "minLength": 1}},
                            },
                        },
                    },
                },
            },
        },
    },
}


def test_the_file_has_the_form_of_a_dashboard_of_grafana_11() -> None:
    jsonschema.Draft7Validator(SCHEMA).validate(DASHBOARD)


def test_ids_titles_and_letters_of_queries_are_unique() -> None:
    assert max(Counter(panel["id"] for panel in DASHBOARD["panels"]).values()) == 1
    titles = Counter(panel["title"] for panel in PANELS)
    assert [title for title, n in titles.items() if n > 1 and title != "Lag"] == []
    for panel in PANELS:
        assert max(Counter(target["refId"] for target in panel["targets"]).values()) == 1


def test_panels_lie_within_the_page_and_none_on_another() -> None:
    taken = Counter(cell for panel in DASHBOARD["panels"] for cell in _cells(panel["gridPos"]))
    assert max(taken.values()) == 1
    assert max(x for x, _ in taken) < WIDTH


def _cells(at: dict[str, int]) -> Iterator[tuple[int, int]]:
    for x in range(at["x"], at["x"] + at["w"]):
        yield from ((x, y) for y in range(at["y"], at["y"] + at["h"]))


def test_the_data_source_is_a_variable_and_no_address_is_named() -> None:
    variables = {each["name"]: each for each in DASHBOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert set(re.findall(r"\$\{?(\w+)", TEXT)) - {"__rate_interval", "__all"} == set(variables)
    assert "://" not in TEXT


@pytest.mark.parametrize(("title", "expression"), QUERIES)
def test_a_query_names_series_and_labels_that_exist(title: str, expression: str) -> None:
    assert faults(expression) == [], title


def test_every_metric_is_shown() -> None:
    shown = set().union(*(named(expression).series for _, expression in QUERIES))
    names = [(each.name, each.type) for each in (*worker_families(), *serve_families())]
    missing = [
        name
        for name, type_ in names
        if not {name, *(f"{name}{suffix}" for suffix in ("_bucket", "_sum", "_count") if type_ == "histogram")} & shown
    ]
    assert missing == []


@pytest.mark.parametrize("field", ["warn_unknown", "warn_flips", "warn_psi", "warn_drift"])
def test_a_dashed_line_is_the_default_of_its_setting(field: str) -> None:
    [panel] = [panel for panel in PANELS if f"SEGUE_{field.upper()}." in panel["description"]]
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in steps] == [None, getattr(TrainingPolicy(), field)]
    assert panel["fieldConfig"]["defaults"]["custom"]["thresholdsStyle"]["mode"] == "dashed"


def test_a_query_with_a_fault_is_found() -> None:
    assert faults("sum by (colour) (rate(segue_nothing_total[5m]))") == [
        "no metric segue_nothing_total",
        "no label colour",
    ]
    assert faults('segue_events_total{rule="late"}') == ["no label rule"]
    assert faults("segue_events_total / ignoring(rule) group_left segue_events_total") == ["no label rule"]
    with pytest.raises(ValueError, match="parenthesis"):
        named("rate(segue_events_total[5m]")
