"""`segue replay` of a short file with the shipped encoder: changes, a summary, and refusals before the run."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stream.cli.main import segue

DAY_MS = 86_400_000
TEXTS = ("trail running shoes", "baby food and diapers", "mechanical keyboard")


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """Return a file of 400 events of 40 users with three interests over 10 days, and two broken lines."""
    lines = [
        json.dumps({"user_id": f"u{user}", "text": f"{TEXTS[user % 3]} {day}", "timestamp": at})
        for day in range(10)
        for user in range(40)
        if (at := 1_760_000_000_000 + day * DAY_MS + user * 1000)
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join([*lines, "{", '{"user_id": "u1", "text": "no time"}']) + "\n", encoding="utf-8")
    return file


def replay(*arguments: str) -> Result:
    return CliRunner().invoke(segue, ["replay", *arguments])


def test_a_short_file_gets_a_model_changes_and_a_summary(short: Path) -> None:
    done = replay(str(short), "--warm-up-samples", "100", "--n-segments", "3")
    assert done.exit_code == 0
    changes = [json.loads(line) for line in done.stdout.splitlines()]
    assert {change["user"] for change in changes if change["rule"] == "entered"} == {f"u{user}" for user in range(40)}
    assert re.search(
        rf"402 events, 2 rejected \((\w+ 1, \w+ 1)\), {len(changes)} changes, 40 users, segment model \d+", done.stderr
    )


def test_a_file_with_fewer_samples_than_a_warm_up_ends_with_a_model_and_decisions(short: Path) -> None:
    done = replay(str(short))
    changes = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(change["user"], change["rule"]) for change in changes} == {(f"u{user}", "entered") for user in range(40)}
    assert "40 users, segment model 1" in done.stderr


def test_a_file_without_a_model_says_so(short: Path) -> None:
    done = replay(str(short), "--limit", "8")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "no segment model made" in done.stderr


@pytest.mark.parametrize("flag", ["--memberships", "--save-model"])
def test_a_file_that_cannot_be_written_is_refused_before_the_run(short: Path, tmp_path: Path, flag: str) -> None:
    done = replay(str(short), flag, str(tmp_path / "nowhere" / "file"))
    assert done.exit_code == 1
    assert f"cannot write {tmp_path}{os.sep}nowhere" in done.stderr
    assert "events," not in done.stderr
