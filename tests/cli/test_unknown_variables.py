"""Variables that begin with SEGUE_ and that no verb reads."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from stream.cli.main import segue
from stream.cli.options import SettingOption
from stream.cli.unknown_variables import warnings
from stream.core.setting import settings_of
from stream.settings import GROUPS
from tests.cli.command_line import run, verbs


def test_a_typing_error_is_told_with_the_nearest_name_on_standard_error(tmp_path: Path) -> None:
    done = run(tmp_path, "config", "--json", env={"SEGUE_DWEL_MS": "5"})
    assert done.exit_code == 0
    assert done.stderr == "SEGUE_DWEL_MS is no setting and is ignored; did you mean SEGUE_DWELL_MS?\n"
    assert done.stdout.startswith("{")


def test_a_name_like_no_other_is_told_without_a_guess() -> None:
    assert list(warnings({"SEGUE_XQZ": "1"}, segue)) == ["SEGUE_XQZ is no setting and is ignored"]


def test_every_variable_that_help_names_is_known() -> None:
    named = {setting.env for setting in settings_of(*GROUPS)} | {"SEGUE_CONFIG", "SEGUE_CACHE_DIR"}
    for words, command in verbs():
        context = click.Context(segue, info_name="segue", auto_envvar_prefix="SEGUE")
        for word in words:
            context = click.Context(command, parent=context, info_name=word)
        named |= {option.variable(context) for option in command.params if isinstance(option, SettingOption)}
    assert "SEGUE_MODELS_PROMOTE_OVER" in named
    assert list(warnings(dict.fromkeys(named, "1"), segue)) == []


@pytest.mark.parametrize("name", ["SEGUE_SERVICE_HOST", "SEGUE_PORT", "SEGUE_PORT_9464_TCP_ADDR", "OTHER_SEGUE_X"])
def test_variables_that_kubernetes_sets_for_a_service_and_those_of_others_are_left_alone(name: str) -> None:
    assert list(warnings({name: "tcp://10.0.0.1:9464"}, segue)) == []
