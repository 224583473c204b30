"""`segue explain`: text for people, JSON for programs, errors as sentences."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

import stream.explain.build
from stream.cli.main import segue
from stream.explain.errors import UnknownUserError
from stream.explain.explanation import Explanation
from tests.explain.test_answer import asked


class Answers:
    """An explainer with prepared answers."""

    def __init__(self, answer: Explanation | BaseException) -> None:
        self._answer = answer
        self.asked: list[tuple[str, int | None]] = []

    def explain(self, user: str, sequence: int | None = None) -> Explanation:
        """The prepared answer."""
        self.asked.append((user, sequence))
        if isinstance(self._answer, BaseException):
            raise self._answer
        return self._answer


def run(monkeypatch: pytest.MonkeyPatch, answers: Answers, *arguments: str) -> Result:
    """The verb with these answers."""

    def build(*_: Any) -> Answers:
        return answers

    monkeypatch.setattr(stream.explain.build, "build_explainer", build)
    return CliRunner().invoke(segue, ["explain", *arguments])


def test_a_change_is_told_in_text_and_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, explanation = Answers(asked(2)), asked(2)
    told = run(monkeypatch, answers, "ann", "--sequence", "2")
    assert told.exit_code == 0
    assert told.stdout.startswith("user ann, change 2, segment model 1\n")
    shown = run(monkeypatch, answers, "ann", "--json")
    assert msgspec.json.decode(shown.stdout, type=Explanation) == explanation
    assert answers.asked == [("ann", 2), ("ann", None)]


def test_an_unknown_user_and_ctrl_c_end_the_verb_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = run(monkeypatch, Answers(UnknownUserError("no such user\x1b[2J")), "bob")
    assert (unknown.exit_code, unknown.stderr) == (1, "Error: no such user\\x1b[2J\n")
    assert run(monkeypatch, Answers(KeyboardInterrupt()), "bob").exit_code == 130


def test_a_sequence_begins_at_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, Answers(asked(1)), "ann", "--sequence", "0").exit_code == 2
