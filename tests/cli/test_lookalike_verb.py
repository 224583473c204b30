"""The seed file of `segue lookalike`: one id a line, or a sentence that says so."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from stream.cli.lookalike import seeds_of
from tests.cli.command_line import run


def test_seeds_are_the_lines_without_blanks_and_repeats() -> None:
    assert seeds_of(["ann\n", "\n", "  bob \r\n", "ann"]) == ["ann", "bob"]


@pytest.mark.parametrize(
    ("lines", "said"), [([" \n"], "names no user"), (["x" * 257], "at most 256 characters, got 257")]
)
def test_a_file_without_users_is_refused(lines: list[str], said: str) -> None:
    with pytest.raises(click.UsageError, match=said):
        seeds_of(lines)


@pytest.mark.parametrize(
    ("content", "said"), [(None, "No such file"), (b"\xff\xfe", "not UTF-8"), (b"\xef\xbb\xbf\n", "names no user")]
)
def test_a_bad_file_is_told_before_anything_connects(tmp_path: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / "seeds.txt").write_bytes(content)
    done = run(tmp_path, "lookalike", "--seed-file", "seeds.txt", "--bootstrap-servers", "127.0.0.1:1")
    assert done.exit_code == 2
    assert said in done.output
