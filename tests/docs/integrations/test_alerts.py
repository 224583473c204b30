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


needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="needs promtool, of the Debian package prometheus")


def promtool(command: str, file: Path) -> tuple[bool, str]:
    """Return True if promtool accepts a file, and what it says."""
    assert PROMTOOL
    done = subprocess.run([PROMTOOL, command, "rules", str(file)], check=False, capture_output=True, text=True)
    return done.returncode == 0, done.stdout + done.stderr


@needs_promtool
@pytest.mark.parametrize(("limit", "accepted"), [("> 0.01", True), ("> 10", False)])
def test_promtool_accepts_the_rules_and_notices_a_changed_threshold(limit: str, accepted: bool, tmp_path: Path) -> None:
    assert promtool("check", FOLDER / "alerts.yml")[0]
    rules = (FOLDER / "alerts.yml").read_text(encoding="utf-8").replace("> 0.01", limit)
    (tmp_path / "alerts.yml").write_text(rules, encoding="utf-8")
    few = [case for case in CASES["tests"] if "SegueDeadLetters" in case["name"] or "alert_rule_test" in case]
    (tmp_path / "few.yml").write_text(yaml.safe_dump(CASES | {"tests": few}), encoding="utf-8")
    assert promtool("test", tmp_path / "few.yml")[0] is accepted


@needs_promtool
@pytest.mark.chaos
def test_promtool_accepts_every_test_of_the_rules() -> None:
    accepted, said = promtool("test", FOLDER / "alerts_test.yml")
    assert accepted, said
