"""Exceptions as messages: expected ones end a verb with a sentence, bugs keep their traceback."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner, Result

from stream.cli.errors import EXPECTED, ErrorsAsMessages
from stream.core.setting import SettingError
from stream.files.opened_file import EventFileError
from stream.kafka.trainer_client import RefusedError


def run(error: Exception) -> Result:
    """Run a verb that raises `error`."""

    @click.group(cls=ErrorsAsMessages)
    def root() -> None:
        pass

    @root.command()
    def fail() -> None:
        raise error

    return CliRunner().invoke(root, ["fail"])


@pytest.mark.parametrize(
    ("error", "exit_code", "message"),
    [
        (SettingError.of("margin", "0 to below 1", 2.0), 2, "margin must be 0 to below 1, got 2.0 (SEGUE_MARGIN)"),
        (RefusedError("there is no such model"), 1, "refused: there is no such model"),
        (ModuleNotFoundError(name="jgo"), 1, "jgo is not installed: pip install 'segue[kafka]'"),
    ],
    ids=["setting", "refusal", "missing extra"],
)
def test_an_expected_error_is_one_sentence(error: Exception, exit_code: int, message: str) -> None:
    done = run(error)
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (exit_code, f"Error: {message}")


@pytest.mark.parametrize("kind", EXPECTED, ids=lambda kind: kind.__name__)
def test_every_expected_kind_ends_with_its_own_sentence(kind: type[Exception]) -> None:
    error = kind.__new__(kind)  # some kinds make their sentence of other arguments
    Exception.__init__(error, "the sentence")
    done = run(error)
    assert (done.exit_code, done.stderr) == (1, "Error: the sentence\n")


@pytest.mark.parametrize("bug", [ValueError("bug"), ModuleNotFoundError(name="stream.gone")], ids=["value", "module"])
def test_a_bug_keeps_its_traceback(bug: Exception) -> None:
    assert run(bug).exception is bug


def test_text_of_others_in_a_sentence_is_shown_with_escapes_and_lines_stay_lines() -> None:
    done = run(EventFileError("column '\x1b[31m\u202e' is unknown\nthere are: a, b"))
    assert done.stderr == "Error: column '\\x1b[31m\\u202e' is unknown\nthere are: a, b\n"
    assert run(RefusedError("no \x1b[2J")).stderr == "Error: refused: no \\x1b[2J\n"
