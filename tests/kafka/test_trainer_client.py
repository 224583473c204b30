"""The trainer's answers to commands, as the verbs of the command line read them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stream.cli.model_history import History, without_refusals
from stream.jobs.training_messages import messages_of
from stream.kafka.trainer_client import read_decision
from stream.training.describe.member_hash import hash_member_id
from stream.training.steps.train import execute, train
from stream.training.values.commands import (
    NAME_CHARS_MAX,
    RAMP_MS_MAX,
    Command,
    Drop,
    Forget,
    Promote,
    Refit,
    Rename,
    Renew,
    Rollback,
)
from stream.training.values.config import TrainerConfig
from stream.training.values.outputs import TrainResult
from stream.training.values.policy import TrainingPolicy
from stream.training.values.promotion import Status
from stream.wire.catalogue import current_entries
from stream.wire.promotions import SegmentPromotion
from stream.wire.published_models import PublishedModels
from stream.wire.records import ProducerRecord
from stream.wire.topics import SEGMENT_MODEL, SEGMENTS
from stream.wire.trainer_records import TrainerStateReader, trainer_puts
from tests.cli.model_records import read_of
from tests.core.planted import FEATURES, PlantedPopulation

POLICY = TrainingPolicy(n_segments=4, warm_up_samples=300, batch_samples=300)
CONFIG = TrainerConfig(POLICY, 0.7, 0.1, FEATURES, "e1", "salt")


class TrainerLog:
    """A trainer after its warm-up, with every message that it published."""

    def __init__(self, warmed_up: TrainResult) -> None:
        self.messages: list[ProducerRecord] = []
        self._add(warmed_up)

    def ask(self, *commands: Command) -> TrainerLog:
        """Execute each command in turn."""
        for asked in commands:
            self._add(execute(self.state, asked, CONFIG))
        return self

    def decisions(self) -> list[SegmentPromotion]:
        """Return every decision, in order."""
        found = (read_decision(read_of(m.topic, m.key, m.value)) for m in self.messages)
        return [decision for decision in found if decision]

    def answer(self, asked: str) -> tuple[Status, int]:
        """Return the status and version of the last decision on a command."""
        last = [d for d in self.decisions() if d.command_id == asked][-1]
        return last.status, last.segment_model

    def statuses(self) -> list[str]:
        """Return the status of each model, as `segue models list` prints it."""
        published = PublishedModels()
        for message in self._of(SEGMENT_MODEL):
            assert published.take(message.key, message.value) is None
        return [row.status for row in History(published, without_refusals(self.decisions())).rows()]

    def segments(self) -> list[tuple[str, int]]:
        """Return id and version of each segment, as `segue segments list` prints them."""
        return [(e.id, e.segment_model) for e in current_entries((m.key, m.value) for m in self._of(SEGMENTS))]

    def kept(self) -> list[bytes]:
        """Return the values of models and segments that compaction leaves."""
        last = {(m.topic, m.key): m.value for topic in (SEGMENT_MODEL, SEGMENTS) for m in self._of(topic)}
        return [value for value in last.values() if value is not None]

    def _of(self, topic: str) -> list[ProducerRecord]:
        return [message for message in self.messages if message.topic == topic]

    def _add(self, trained: TrainResult) -> None:
        assert trained.state is not None
        self.state = trained.state
        self.messages += [message for output in trained.outputs for message in messages_of(output)]


@pytest.fixture(scope="module")
def warmed_up() -> TrainResult:
    """Four groups, learned."""
    samples, _ = PlantedPopulation().draw(300)
    return train(None, samples, CONFIG)


@pytest.mark.parametrize(
    ("commands", "answer", "statuses"),
    [
        ([], None, ["serving"]),
        ([Promote("x", 9)], (Status.REFUSED, 9), ["serving"]),
        ([Rollback("x")], (Status.REFUSED, 1), ["serving"]),
        ([Refit("x", 3)], (Status.PROPOSED, 2), ["serving", "shadow"]),
        ([Refit("a", 3), Refit("x", 2)], (Status.PROPOSED, 3), ["serving", "dropped", "shadow"]),
        ([Refit("a", 3), Promote("x", 2)], (Status.PROMOTED, 2), ["previous", "serving"]),
        ([Refit("a", 3), Promote("b", 2), Rollback("x")], (Status.ROLLED_BACK, 1), ["serving", "rolled back"]),
        ([Refit("a", 3), Drop("x", 2)], (Status.DROPPED, 2), ["serving", "dropped"]),
        ([Drop("x", 1)], (Status.REFUSED, 1), ["serving"]),
        (
            [Refit("a", 3), Promote("b", 2), Refit("c", 4), Rollback("x")],
            (Status.ROLLED_BACK, 1),
            ["serving", "rolled back", "dropped"],
        ),
        ([Rename("x", "s-9999", "new name")], (Status.REFUSED, 1), ["serving"]),
        ([Renew("x")], (Status.PROMOTED, 2), ["serving"]),
        ([Refit("a", 3), Renew("x")], (Status.PROMOTED, 3), ["serving"]),
        ([Renew("a"), Rollback("x")], (Status.REFUSED, 2), ["serving"]),
    ],
    ids=[
        "warm-up", "no such model", "nothing before", "refit", "refit after a refit", "promotion", "rollback",
        "drop", "drop of what serves", "rollback that drops a candidate", "no such segment",
        "renewal", "renewal that drops a candidate", "rollback after a renewal",
    ],
)  # fmt: skip
def test_the_last_decision_with_a_command_id_is_its_answer(
    warmed_up: TrainResult, commands: Sequence[Command], answer: tuple[Status, int] | None, statuses: list[str]
) -> None:
    trainer = TrainerLog(warmed_up).ask(*commands)
    assert trainer.statuses() == statuses
    if answer is not None:
        assert trainer.answer("x") == answer


def test_before_the_first_model_every_command_is_refused() -> None:
    for asked in (Promote("x", 1), Drop("x", 1), Rollback("x"), Refit("x"), Renew("x"), Rename("x", "s-0001", "name")):
        (message,) = (m for output in execute(None, asked, CONFIG).outputs for m in messages_of(output))
        decision = read_decision(read_of(message.topic, message.key, message.value))
        assert decision is not None
        assert (decision.status, decision.command_id) == (Status.REFUSED, "x")


def test_the_segments_that_are_listed_are_those_that_serve_whatever_was_born_or_retired_before(
    warmed_up: TrainResult,
) -> None:
    #  command   -   two segments   back to the four   a name   another two   all anew
    trainer = TrainerLog(warmed_up)
    steps: list[list[Command]] = [
        [],
        [Refit("a", 2), Promote("b", 2)],
        [Rollback("c")],
        [Rename("d", "s-0001", "Bakers")],
        [Refit("e", 2, seed=1), Promote("f", 4)],
        [Renew("g")],
    ]
    numbers = []
    for commands in steps:
        trainer.ask(*commands)
        state = trainer.state
        assert trainer.segments() == [(segment, state.registry.serving) for segment in state.segments.ids]
        numbers.append(len(state.segments.ids))
    assert numbers == [4, 2, 4, 4, 2, 4]


def test_a_state_with_the_largest_command_can_be_written_and_read(warmed_up: TrainResult) -> None:
    longest = "x" * NAME_CHARS_MAX
    trainer = TrainerLog(warmed_up).ask(Refit("a", 3), Promote(longest, 2, RAMP_MS_MAX))
    reader = TrainerStateReader()
    for put in trainer_puts(None, trainer.state):
        reader.add(put.key, put.value)
    state = reader.state()
    assert state is not None
    assert (state.registry.serving, state.rollout.ramp_ends_ms, state.handled_commands) == (
        2,
        state.watermark_ms + RAMP_MS_MAX,
        ("a", longest),
    )


def test_neither_compacted_topics_nor_the_changelog_name_an_erased_user(
    warmed_up: TrainResult,
) -> None:
    trainer = TrainerLog(warmed_up).ask(Refit("a", 2), Promote("b", 2), Refit("c", 3))
    shown = trainer.state.registry.models[2].descriptions[0].typical[0]
    user = next(u for u in trainer.state.users.reservoir if hash_member_id(u, CONFIG.salt) == shown)
    assert any(shown.encode() in value for value in trainer.kept())
    before, log = trainer.state, {put.key: put for put in trainer_puts(None, trainer.state)}
    trainer.ask(Forget(user))
    log |= {put.key: put for put in trainer_puts(before, trainer.state)}
    puts = [put.value for put in log.values() if put.value is not None]
    assert b"s" + user.encode() not in {put.key for put in log.values() if put.value is not None}
    assert not [value for value in (*trainer.kept(), *puts) if shown.encode() in value]
    reader = TrainerStateReader()
    for put in log.values():
        reader.add(put.key, put.value)
    restored = reader.state()
    assert restored is not None
    assert set(restored.registry.models) == {1, 2, 3}
    assert trainer.segments() == [(segment, 2) for segment in trainer.state.registry.models[2].ids]
