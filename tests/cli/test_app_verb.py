"""`segue app`: its help teaches, and its settings are those of the application."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from apps.settings import APP_GROUPS
from stream.cli.app import USES
from stream.cli.main import segue
from stream.core.setting import settings_of


@pytest.mark.parametrize("name", [*USES, "all"])
def test_the_help_of_an_application_has_an_example_and_its_settings(name: str) -> None:
    shown = CliRunner().invoke(segue, ["app", name, "--help"]).output
    assert f"segue app {name} | jq" in shown
    groups = APP_GROUPS if name == "all" else (USES[name].group,)
    for setting in settings_of(*groups):
        assert f"--{setting.name.replace('_', '-')}" in shown
    assert "--bootstrap-servers" in shown


def test_the_group_lists_the_applications() -> None:
    shown = CliRunner().invoke(segue, ["app", "--help"]).output
    assert all(name in shown for name in USES)


def test_a_wrong_value_names_the_setting() -> None:
    done = CliRunner().invoke(segue, ["app", "recommendation", "--recommendation-items", "0"])
    assert done.exit_code == 2
    assert "SEGUE_RECOMMENDATION_ITEMS" in done.output


def test_a_broker_that_does_not_answer_is_an_error_with_its_address() -> None:
    done = CliRunner().invoke(segue, ["app", "risk", "--bootstrap-servers", "127.0.0.1:1"])
    assert done.exit_code == 1
    assert "127.0.0.1:1" in done.output
