"""The alert rules name metrics that exist, explain themselves, and fire just when their unit tests say so."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import yaml

from tests.docs.integrations.exposed import INTEGRATIONS, faults
from tests.test_docs import anchors

FOLDER = INTEGRATIONS / "prometheus"
GROUPS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
RULES: dict[str, dict[str, Any]] = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
CASES: dict[str, Any] = yaml.safe_load((FOLDER / "alerts_test.yml").read_text(encoding="utf-8"))
PROMTOOL = which("promtool")


def test_names_of_rules_and_groups_are_unique() -> None:
    assert len(RULES) == sum(len(group["rules"]) for group in GROUPS)
    assert len({group["name"] for group in GROUPS}) == len(GROUPS)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_names_series_and_labels_that_exist(name: str) -> None:
    assert faults(RULES[name]["expr"]) == []


@pytest.mark.parametrize("name", RULES)
def test_a_rule_waits_has_a_severity_and_says_what_it_means(name: str) -> None:
    rule = RULES[name]
    assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
    assert rule["for"][:-1].isdigit()
    assert rule["for"][-1] in "mhd"
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert all(text.strip() for text in rule["annotations"].values())


@pytest.mark.parametrize("name", RULES)
def test_the_runbook_of_a_rule_is_a_section_that_exists(name: str) -> None:
    path, _, anchor = RULES[name]["annotations"]["runbook_url"].partition("#")
    document = (FOLDER / path).resolve()
    assert document == INTEGRATIONS.parent / "operations.md"
    assert anchor in anchors(document.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_a_test_that_fires_and_one_that_does_not(name: str) -> None:
    expected = {case["name"]: case["promql_expr_test"][0] for case in CASES["tests"] if "promql_expr_test" in case}
    query = f'count by (alertname) (ALERTS{{alertname="{name}", alertstate="firing"}})'
    fires, silent = expected[f"{name} fires"], expected[f"{name} stays silent"]
    assert fires["expr"] == silent["expr"] == query
    assert fires["exp_samples"] == [{"labels": f'{{alertname="{name}"}}', "value": 1}]
    assert silent["exp_samples"] == []


@pytest.mark.skipif(PROMTOOL is None, reason="needs promtool, of the Debian package prometheus")
def test_promtool_accepts_the_rules_and_their_tests(tmp_path: Path) -> None:
    assert PROMTOOL
    for command in ("check", "test"):
        file = FOLDER / ("alerts.yml" if command == "check" else "alerts_test.yml")
        done = subprocess.run([PROMTOOL, command, "rules", str(file)], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    changed = (FOLDER / "alerts.yml").read_text(encoding="utf-8").replace("> 0.01", "> 10")
    (tmp_path / "alerts.yml").write_text(changed, encoding="utf-8")
    (tmp_path / "alerts_test.yml").write_text(
        (FOLDER / "alerts_test.yml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    broken = subprocess.run([PROMTOOL, "test", "rules", str(tmp_path / "alerts_test.yml")], check=False)
    assert broken.returncode != 0
