"""Flags, environment and TOML: three ways to the same settings."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from stream.cli.options import read_config, settings_options
from stream.core.setting import SettingsGroup, settings_of
from stream.kafka.connection import Connection
from stream.settings import GROUPS, WORKER_GROUPS
from tests.cli.command_line import in_force, run, verbs
from tests.settings_table import shown_default

SETTINGS = {setting.name: setting for setting in settings_of(*GROUPS)}
VERBS = dict(verbs())
each_verb = pytest.mark.parametrize("words", VERBS, ids=" ".join)


def toml(folder: Path, text: str) -> str:
    """Write a settings file and return its path."""
    path = folder / "some.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@each_verb
def test_the_help_of_a_verb_shows_the_variable_and_the_default_of_each_setting(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    done = run(tmp_path, *words, "--help")
    assert done.exit_code == 0
    shown = [" ".join(line.split()) for line in done.stdout.splitlines()]
    for parameter in VERBS[words].params:
        setting = SETTINGS.get(parameter.name or "")
        if setting and parameter.envvar == setting.env:  # `segue demo` has an encoder of its own
            (line,) = (line for line in shown if f"[env: {setting.env}]" in line)
            assert f"--{setting.name.replace('_', '-')}" in done.stdout
            assert line.endswith(f"[default: {shown_default(setting)}]")


@pytest.mark.parametrize(("verb", "groups"), [("worker", WORKER_GROUPS), ("replay", WORKER_GROUPS), ("config", GROUPS)])
def test_a_verb_that_runs_the_jobs_takes_every_setting(verb: str, groups: tuple[type[SettingsGroup], ...]) -> None:
    assert {parameter.name for parameter in VERBS[(verb,)].params} >= {each.name for each in settings_of(*groups)}


@each_verb
def test_a_verb_that_talks_to_kafka_takes_the_whole_connection(words: tuple[str, ...]) -> None:
    names = {parameter.name for parameter in VERBS[words].params}
    connection = {setting.name for setting in settings_of(Connection)}
    assert connection <= names or not connection & names


def test_a_flag_goes_before_the_environment_before_the_file_before_the_default(tmp_path: Path) -> None:
    file = ("--config", toml(tmp_path, "window_items = 5"))
    env = {"SEGUE_WINDOW_ITEMS": "6"}
    flag = ("--window-items", "7")
    assert in_force(tmp_path)["window_items"] == {"value": 32, "source": "default"}
    assert in_force(tmp_path, *file)["window_items"] == {"value": 5, "source": "file"}
    assert in_force(tmp_path, *file, env=env)["window_items"] == {"value": 6, "source": "environment"}
    assert in_force(tmp_path, *file, *flag, env=env)["window_items"] == {"value": 7, "source": "flag"}


def test_the_file_is_segue_toml_unless_named(tmp_path: Path) -> None:
    (tmp_path / "segue.toml").write_text('group = "from-segue-toml"')
    named = toml(tmp_path, 'group = "named"')
    assert in_force(tmp_path)["group"]["value"] == "from-segue-toml"
    assert in_force(tmp_path, env={"SEGUE_CONFIG": named})["group"]["value"] == "named"
    assert in_force(tmp_path, "--config", named)["group"]["value"] == "named"


def test_tables_in_the_file_only_group(tmp_path: Path) -> None:
    found = in_force(tmp_path, "--config", toml(tmp_path, 'margin = 0.2\n[anything]\nclock = "event"\n'))
    assert (found["margin"]["value"], found["clock"]["value"]) == (0.2, "event")


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("1", True), ("no", False), ("false", False)], ids=lambda v: str(v)
)
def test_a_switch_is_set_by_the_environment(text: str, value: bool, tmp_path: Path) -> None:
    found = in_force(tmp_path, env={"SEGUE_EVIDENCE_TEXTS": text})
    assert found["evidence_texts"] == {"value": value, "source": "environment"}


def test_a_switch_is_set_by_flag_and_file_both_ways(tmp_path: Path) -> None:
    file = ("--config", toml(tmp_path, "evidence_texts = false"))
    assert in_force(tmp_path, "--no-evidence-texts")["evidence_texts"]["value"] is False
    assert in_force(tmp_path, *file)["evidence_texts"]["value"] is False
    assert in_force(tmp_path, *file, "--evidence-texts")["evidence_texts"]["value"] is True


def test_names_come_comma_separated_or_as_a_list(tmp_path: Path) -> None:
    for found in (
        in_force(tmp_path, "--kinds", "buy, look,"),
        in_force(tmp_path, env={"SEGUE_KINDS": "buy,look"}),
        in_force(tmp_path, "--config", toml(tmp_path, 'kinds = ["buy", "look"]')),
        in_force(tmp_path, "--config", toml(tmp_path, 'kinds = "buy,look"')),
    ):
        assert found["kinds"]["value"] == ["buy", "look"]


@pytest.mark.parametrize("value", ["5", "[1, 2]", "true"])
def test_a_value_that_is_not_a_list_of_names_is_refused(value: str, tmp_path: Path) -> None:
    done = run(tmp_path, "--config", toml(tmp_path, f"kinds = {value}"), "config")
    assert done.exit_code == 2
    assert "'--kinds' (SEGUE_KINDS)" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("window_items", "0", "window_items must be 1 to 255, got 0 (SEGUE_WINDOW_ITEMS)"),
        ("window_items", "few", "'--window-items' (SEGUE_WINDOW_ITEMS): 'few' is not a valid integer"),
        ("half_life_ms", "-5", "half_life_ms must be > 0, got -5 (SEGUE_HALF_LIFE_MS)"),
        ("margin", "1", "margin must be 0 to below 1, got 1.0 (SEGUE_MARGIN)"),
        ("kinds", "a,a", "kinds must be 1 to 254 distinct names, got ('a', 'a') (SEGUE_KINDS)"),
        ("clock", "sun", "'--clock' (SEGUE_CLOCK): 'sun' is not one of 'wall', 'event'"),
        ("n_segments", "257", "n_segments must be 0 to 256, got 257 (SEGUE_N_SEGMENTS)"),
        ("batch_records", "0", "batch_records must be 1 to 1,000,000, got 0 (SEGUE_BATCH_RECORDS)"),
        ("group", "", "group must be 1 to 100 letters, digits, dots, underscores or hyphens, got '' (SEGUE_GROUP)"),
        ("http_port", "65536", "http_port must be 0 to 65,535, got 65536 (SEGUE_HTTP_PORT)"),
        ("security_protocol", "SSH", "(SEGUE_SECURITY_PROTOCOL): 'SSH' is not one of"),
    ],
)
@pytest.mark.parametrize("source", ["flag", "file"])
def test_a_value_out_of_bounds_ends_the_verb_with_one_sentence(
    name: str, value: str, sentence: str, source: str, tmp_path: Path
) -> None:
    given = [f"--{name.replace('_', '-')}={value}"] if source == "flag" else []
    before = [] if given else ["--config", toml(tmp_path, f'{name} = "{value}"')]
    done = run(tmp_path, *before, "config", *given)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("windw_items = 5", "has no setting of the name 'windw_items'; `segue config` lists them"),
        ("[policy]\nwindw_items = 5", "has no setting of the name 'windw_items'"),
        ("[policy.more]\nwindow_items = 5", "has no setting of the name 'more'"),
        ("window_items = ", "cannot read the settings file"),
    ],
    ids=["unknown name", "unknown name in a table", "table in a table", "not TOML"],
)
def test_a_wrong_file_is_named_with_its_fault(text: str, wrong: str, tmp_path: Path) -> None:
    file = toml(tmp_path, text)
    done = run(tmp_path, "--config", file, "config")
    assert done.exit_code == 2
    assert file in done.stderr
    assert wrong in done.stderr


def test_a_file_that_cannot_be_read_is_named_with_the_option_that_named_it(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'group = "caf\xe9"')
    for name in ("missing.toml", "latin.toml"):
        done = run(tmp_path, "config", env={"SEGUE_CONFIG": name})
        assert done.exit_code == 2
        assert f"cannot read the settings file {name}" in done.stderr
        assert "(--config, SEGUE_CONFIG)" in done.stderr


def test_the_file_reaches_a_verb_of_a_group(tmp_path: Path) -> None:
    servers: list[str] = []

    @click.command()
    @settings_options(Connection)
    def tell(bootstrap_servers: str, **_: object) -> None:
        servers.append(bootstrap_servers)

    root, below = click.Group("root"), click.Group("below")
    root.add_command(tell, "tell")
    root.add_command(below)
    below.add_command(tell, "tell")
    found = read_config(Path(toml(tmp_path, 'bootstrap_servers = "kafka:1"')), root)
    for words in (["tell"], ["below", "tell"]):
        assert CliRunner(env={"SEGUE_BOOTSTRAP_SERVERS": None}).invoke(root, words, default_map=found).exit_code == 0
    assert servers == ["kafka:1", "kafka:1"]
