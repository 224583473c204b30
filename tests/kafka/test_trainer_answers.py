"""Answers of the trainer: which record answers which command."""

from __future__ import annotations

import pytest

from stream.kafka.trainer_client import answer_in, read_decision
from stream.training.values.commands import Drop, Promote
from stream.training.values.promotion import Cause, Status
from tests.cli.model_records import decision, messages_of, read_of


def test_a_record_that_is_no_decision_is_ignored() -> None:
    good = messages_of(decision(1, Status.HELD))[0]
    assert read_decision(read_of(good.topic, good.key, good.value)) == decision(1, Status.HELD)
    for other in (
        read_of(good.topic, b"1", b"{}"),
        read_of(good.topic, b"1", None),
        read_of("segments", b"1", good.value),
    ):
        assert read_decision(other) is None


@pytest.mark.parametrize(
    ("command", "status", "answers"),
    [
        (Promote("x", 2), Status.PROMOTED, True),
        (Promote("x", 2), Status.DROPPED, False),  # of the candidate whose place it takes
        (Drop("x", 2), Status.DROPPED, True),
        (Drop("x", 2), Status.REFUSED, False),
        (Promote("y", 2), Status.PROMOTED, False),
    ],
)
def test_a_command_is_answered_by_its_own_decision(command: Promote | Drop, status: Status, answers: bool) -> None:
    said = messages_of(decision(2, status, 1, Cause.REQUESTED, command_id="x"))[0]
    assert (answer_in(read_of(said.topic, said.key, said.value), command) is not None) == answers
