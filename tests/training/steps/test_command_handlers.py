"""Commands of operators: each is executed once, at once, and answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stream.training.values.commands import Command, Drop, Forget, Promote, Refit, Rename, Rollback
from stream.training.values.promotion import Cause, Status
from tests.training.harness import TrainerHarness, command_ids, decisions


@pytest.mark.parametrize(
    ("asked", "decision"),
    [
        (Promote("ann", 9), (9, Status.REFUSED, Cause.NO_SUCH_MODEL)),
        (Promote("ann", 2), (2, Status.REFUSED, Cause.ALREADY_SERVING)),
        (Drop("ann", 2), (2, Status.REFUSED, Cause.NOT_A_CANDIDATE)),
        (Rename("ann", "s-0009", "x"), (2, Status.REFUSED, Cause.NO_SUCH_SEGMENT)),
    ],
    ids=["an unknown version", "the version that serves", "nothing waits", "an unknown segment"],
)
def test_a_command_that_can_not_be_executed_is_refused_with_its_cause_and_changes_nothing(
    trainer: TrainerHarness, asked: Promote | Drop | Rename, decision: tuple[int, Status, Cause]
) -> None:
    before = trainer.state
    assert decisions(trainer.ask(asked)) == [decision]
    assert trainer.state == replace(before, handled_commands=("ann",))


@pytest.mark.parametrize(
    "asked",
    [Promote("ann", 1), Drop("ann", 1), Rollback("ann"), Refit("ann"), Rename("ann", "s-0001", "x")],
    ids=lambda a: type(a).__name__,
)
def test_with_an_empty_reservoir_every_command_is_refused(trainer: TrainerHarness, asked: Command) -> None:
    for user in list(trainer.state.users.reservoir):
        trainer.ask(Forget(user))
    assert decisions(trainer.ask(asked)) == [(2, Status.REFUSED, Cause.EMPTY_RESERVOIR)]
    assert command_ids(trainer.outputs[-1]) == ["ann"]
    assert trainer.state.registry.serving == 2


def test_a_repeated_command_is_executed_once(trainer: TrainerHarness) -> None:
    outputs = [
        trainer.ask(asked)
        for asked in (Refit("ann", 2), Refit("ann", 2), Rename("bob", "s-0001", "x"), Rename("bob", "s-0001", "y"))
    ]
    assert [len(each) > 0 for each in outputs] == [True, False, True, False]
    assert trainer.serving.name_of("s-0001") == "x"


def test_only_the_last_hundred_commands_are_remembered(trainer: TrainerHarness) -> None:
    for at in range(101):
        trainer.ask(Promote(f"c{at}", 99))
    assert trainer.state.handled_commands == tuple(f"c{at}" for at in range(1, 101))
