"""`segue config` prints the settings in force, as a file that can be used."""

from __future__ import annotations

import tomllib
from pathlib import Path

from stream.cli.options import EVERY_GROUP
from stream.core.setting import settings_of
from tests.cli.command_line import in_force, run

GIVEN = {
    "SEGUE_SEGMENT_MODEL": 'quote " backslash \\ ü 运动',
    "SEGUE_KINDS": "buy,look",
    "SEGUE_SEMANTIC_WEIGHT": "1e-05",
    "SEGUE_EVIDENCE_TEXTS": "false",
    "SEGUE_CLOCK": "event",
    "SEGUE_STALL_S": "0.5",
}
SASL = {
    "SEGUE_SECURITY_PROTOCOL": "SASL_SSL",
    "SEGUE_SASL_MECHANISM": "PLAIN",
    "SEGUE_SASL_USERNAME": "ann",
    "SEGUE_SASL_PASSWORD": "tr0ub4dor",
}


def test_every_setting_is_printed_with_its_value_and_source(tmp_path: Path) -> None:
    found = in_force(tmp_path)
    assert {name: entry["source"] for name, entry in found.items()} == dict.fromkeys(found, "default")
    for setting in settings_of(*EVERY_GROUP):
        default = list(setting.default) if setting.type is tuple else setting.default
        assert found[setting.name]["value"] == default


def test_the_text_is_toml_with_a_table_for_each_group(tmp_path: Path) -> None:
    document = tomllib.loads(run(tmp_path, "config").stdout)
    assert {name: set(table) for name, table in document.items()} == {
        group.__name__.lower(): {setting.name for setting in settings_of(group)} for group in EVERY_GROUP
    }


def test_the_text_names_the_source_of_each_value(tmp_path: Path) -> None:
    lines = run(tmp_path, "config", "--margin", "0.3", env={"SEGUE_GROUP": "mine"}).stdout.splitlines()
    assert [line.split() for line in lines if line.startswith(("margin", "group ", "clock"))] == [
        ["group", "=", '"mine"', "#", "environment"],
        ["margin", "=", "0.3", "#", "flag"],
        ["clock", "=", '"wall"', "#", "default"],
    ]


def test_the_text_reads_back_to_the_same_values(tmp_path: Path) -> None:
    (tmp_path / "segue.toml").write_text(run(tmp_path, "config", env=GIVEN).stdout, encoding="utf-8")
    before, after = in_force(tmp_path, env=GIVEN), in_force(tmp_path)
    assert {entry["source"] for entry in after.values()} == {"file"}
    assert {name: entry["value"] for name, entry in after.items()} == {n: entry["value"] for n, entry in before.items()}


def test_a_password_is_never_printed(tmp_path: Path) -> None:
    for arguments in ((), ("--json",)):
        done = run(tmp_path, "config", *arguments, env=SASL)
        assert done.exit_code == 0
        assert SASL["SEGUE_SASL_PASSWORD"] not in done.output
        assert "***" in done.output


def test_text_read_back_asks_for_the_password_instead_of_using_its_mask(tmp_path: Path) -> None:
    (tmp_path / "segue.toml").write_text(run(tmp_path, "config", env=SASL).stdout)
    without = run(tmp_path, "config")
    assert without.exit_code == 2
    assert "SASL_SSL needs sasl_mechanism, sasl_username and sasl_password" in without.stderr
    password = {"SEGUE_SASL_PASSWORD": SASL["SEGUE_SASL_PASSWORD"]}
    assert in_force(tmp_path, env=password)["sasl_password"]["source"] == "environment"


def test_a_value_out_of_bounds_is_an_error(tmp_path: Path) -> None:
    done = run(tmp_path, "config", env={"SEGUE_SECURITY_PROTOCOL": "SASL_PLAINTEXT"})
    assert done.exit_code == 2
    assert "SASL_PLAINTEXT needs" in done.stderr
