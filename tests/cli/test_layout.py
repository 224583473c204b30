"""Options of a layout: a mapping as one word, wrong ones refused before anything is read."""

from __future__ import annotations

from pathlib import Path

from stream.files.layout import Format
from tests.cli.command_line import run


def test_a_mapping_that_cannot_be_read_names_the_flag_and_the_variable(tmp_path: Path) -> None:
    done = run(tmp_path, "produce", "events.csv", "--columns", "customer", "--dry-run")
    assert done.exit_code == 2
    assert "--columns" in done.stderr
    assert "user_id=customer" in done.stderr
    assert "SEGUE_COLUMNS" in done.stderr


def test_the_formats_are_listed_and_can_be_given_by_environment(tmp_path: Path) -> None:
    help_text = run(tmp_path, "replay", "--help").output
    assert all(each.value in help_text for each in Format)
    (tmp_path / "a").write_text("user_id,timestamp\n7,2026-01-01\n")
    done = run(tmp_path, "produce", "a", "--dry-run", env={"SEGUE_FORMAT": "json-lines"})
    assert done.exit_code == 1
    assert "2 would be refused" in done.stderr
    assert run(tmp_path, "produce", "a", "--dry-run").exit_code == 0
