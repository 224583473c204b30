"""What the trainer says to people's commands is what the verbs understand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stream.adapters.topic_reading import Read
from stream.adapters.trainer_commands import command_of, read_verdict
from stream.cli.model_history import History, without_refusals
from stream.core.training.commands import Command, Promote, Refit, Rename, Rollback
from stream.core.training.policy import TrainingPolicy
from stream.core.training.promotion import PROMOTED, PROPOSED, REFUSED, ROLLED_BACK, Promotion
from stream.core.training.state import Memory
from stream.core.training.train import Course, Trained, command, train
from stream.jobs.trainer import messages_of
from stream.wire.message import Message
from stream.wire.published_models import PublishedModels
from stream.wire.topics import SEGMENT_MODEL
from tests.core.planted import FEATURES, Population

POLICY = TrainingPolicy(n_segments=4, warm_up_samples=300, batch_samples=300)
COURSE = Course(POLICY, 0.7, 0.1, FEATURES, "e1", "salt")


class Told:
    """A trainer after its warm-up, and all that it said."""

    def __init__(self, warmed_up: Trained) -> None:
        self.messages: list[Message] = []
        self._took(warmed_up)

    def ask(self, *commands: Command) -> Told:
        """Each command in turn."""
        for asked in commands:
            self._took(command(self.memory, asked, COURSE))
        return self

    def verdicts(self) -> list[Promotion]:
        """Every verdict, in order."""
        found = (read_verdict(Read(m.topic, m.key, m.value)) for m in self.messages)
        return [verdict for verdict in found if verdict]

    def answer(self, asked: str) -> tuple[str, int]:
        """The last verdict that names a command: its status and version."""
        last = [v for v in self.verdicts() if command_of(v) == asked][-1]
        return last.status, last.version

    def statuses(self) -> list[str]:
        """What `segue models list` says of each model."""
        published = PublishedModels()
        for message in self.messages:
            if message.topic == SEGMENT_MODEL:
                assert published.take(message.key, message.value) is None
        return [row.status for row in History(published, without_refusals(self.verdicts())).rows()]

    def _took(self, trained: Trained) -> None:
        self.memory = trained.memory
        self.messages += [message for output in trained.outputs for message in messages_of(output)]


@pytest.fixture(scope="module")
def warmed_up() -> Trained:
    """Four groups, learned."""
    samples, _ = Population().draw(300)
    return train(Memory(), samples, COURSE)


@pytest.mark.parametrize(
    ("commands", "answer", "statuses"),
    [
        ([], None, ["serving"]),
        ([Promote("x", 9)], (REFUSED, 9), ["serving"]),
        ([Rollback("x")], (REFUSED, 1), ["serving"]),
        ([Refit("x", 3)], (PROPOSED, 2), ["serving", "shadow"]),
        ([Refit("a", 3), Refit("x", 2)], (PROPOSED, 3), ["serving", "dropped", "shadow"]),
        ([Refit("a", 3), Promote("x", 2)], (PROMOTED, 2), ["former", "serving"]),
        ([Refit("a", 3), Promote("b", 2), Rollback("x")], (ROLLED_BACK, 1), ["serving", "former"]),
        (
            [Refit("a", 3), Promote("b", 2), Refit("c", 4), Rollback("x")],
            (ROLLED_BACK, 1),
            ["serving", "former", "dropped"],
        ),
        ([Rename("x", "s-9999", "nobody")], (REFUSED, 1), ["serving"]),
    ],
    ids=[
        "warm-up", "no such model", "nothing before", "refit", "refit after a refit", "promotion", "rollback",
        "rollback that drops a candidate", "no such segment",
    ],
)  # fmt: skip
def test_the_last_verdict_that_names_a_command_is_its_answer(
    warmed_up: Trained, commands: Sequence[Command], answer: tuple[str, int] | None, statuses: list[str]
) -> None:
    told = Told(warmed_up).ask(*commands)
    assert told.statuses() == statuses
    if answer is not None:
        assert told.answer("x") == answer


def test_before_the_first_model_every_command_is_refused() -> None:
    for asked in (Promote("x", 1), Rollback("x"), Refit("x"), Rename("x", "s-0001", "name")):
        (message,) = (m for output in command(Memory(), asked, COURSE).outputs for m in messages_of(output))
        verdict = read_verdict(Read(message.topic, message.key, message.value))
        assert verdict is not None
        assert (verdict.status, command_of(verdict)) == (REFUSED, "x")
