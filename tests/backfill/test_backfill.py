"""A backfill equals a replay of the same past, wherever it was interrupted."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import msgspec
import pytest

from stream.backfill.backfill import Backfill
from stream.replay import Replay
from stream.runtime.options import EngineOptions
from stream.wire.memberships import UserSegment
from stream.wire.samples import SAMPLE_KEY
from stream.wire.state_rebuilder import StateRebuilder
from stream.wire.topics import (
    DEAD_LETTERS,
    PROFILE_SAMPLE,
    SEGMENT_CHANGES,
    SEGMENT_MODEL,
    USER_PROFILES,
    USER_SEGMENTS,
)
from stream.wire.trainer_records import TrainerStateReader
from tests.backfill.deployments import (
    N_PARTITIONS,
    POLICY,
    KilledError,
    ListedDeployment,
    begun_backfill,
    new_replay,
    past,
    run_all,
)
from tests.core.builders import ENCODER
from tests.e2e.scenario import comparable

PAST = past(4_100)
OPTIONS = EngineOptions()
SAMPLES_END = 17


Tables = dict[str, dict[bytes | None, bytes]]


@pytest.fixture(scope="module")
def replayed() -> tuple[Replay, Tables]:
    """A replay of the past, with the last memberships and profiles."""
    replay, tables = new_replay(), Tables({USER_SEGMENTS: {}, USER_PROFILES: {}})
    for message in replay.run((record.key, record.value) for record in PAST.records):
        if message.topic in tables:
            tables[message.topic].pop(message.key, None)
            if message.value is not None:
                tables[message.topic][message.key] = message.value
    return replay, tables


@pytest.fixture(scope="module")
def done() -> ListedDeployment:
    """A deployment after an undisturbed backfill."""
    deployment = ListedDeployment()
    backfill = begun_backfill(PAST, deployment, new_replay())
    _to_the_end(backfill)
    return deployment


def _to_the_end(backfill: Backfill) -> None:
    run_all(backfill, PAST)
    backfill.hand_over(OPTIONS, SAMPLES_END)


def test_the_changelog_has_the_states_of_a_replay_with_offsets_before_the_first_live_one(
    done: ListedDeployment, replayed: tuple[Replay, Tables]
) -> None:
    states = {}
    for partition in range(N_PARTITIONS):
        reader = StateRebuilder(ENCODER, POLICY)
        for key, value in done.changelog(partition).items():
            reader.add(key, value)
        assert reader.backfill is not None
        assert reader.backfill.is_finished
        states[partition] = reader.finish()
        assert states[partition].offset == -1
        n_events = PAST.by_partition()[partition]
        states[partition].offset += n_events
        users = states[partition].users()
        states[partition].put_all({name: replace(user, offset=user.offset + n_events) for name, user in users})
    assert comparable(states) == comparable(replayed[0].states)


@pytest.mark.parametrize("topic", [USER_SEGMENTS, USER_PROFILES])
def test_the_last_records_of_users_are_those_of_a_replay(
    done: ListedDeployment, replayed: tuple[Replay, Tables], topic: str
) -> None:
    last = {message.key: message.value for message in done.messages(topic)}
    assert {key: value for key, value in last.items() if value is not None} == replayed[1][topic]
    per_turn = [[m.key for m in each.messages if m.topic == topic] for each in done.deliveries]
    assert all(len(keys) == len(set(keys)) for keys in per_turn)
    assert any(per_turn)


@pytest.mark.parametrize("dies_after", [1, 3, 6, 7])
def test_killed_after_any_delivery_it_ends_with_the_same_bytes(done: ListedDeployment, dies_after: int) -> None:
    assert len(done.deliveries) == 8  # the beginning, five chunks, the decisions at the end, the end
    deployment = ListedDeployment(dies_after=dies_after)
    killed = begun_backfill(PAST, deployment, new_replay())
    with pytest.raises(KilledError):
        _to_the_end(killed)
    deployment.dies_after = None
    resumed = Backfill(deployment.restored(new_replay()), PAST, deployment.record(), deployment.deliver, False)
    _to_the_end(resumed)
    for partition in range(N_PARTITIONS):
        assert deployment.changelog(partition) == done.changelog(partition)
    assert deployment.trainer_changelog() == done.trainer_changelog()
    assert [m for d in deployment.deliveries for m in d.messages] == [m for d in done.deliveries for m in d.messages]


def test_the_trainer_goes_on_with_the_samples_that_wait(
    done: ListedDeployment, replayed: tuple[Replay, Tables]
) -> None:
    trainer = replayed[0].trainer
    assert trainer is not None
    waiting = trainer.buffer(0).waiting
    assert waiting
    assert len(done.messages(PROFILE_SAMPLE)) == len(waiting)
    assert {message.key for message in done.messages(PROFILE_SAMPLE)} == {SAMPLE_KEY}
    assert done.deliveries[-1].messages == done.messages(PROFILE_SAMPLE)
    left = {key: value for key, value in done.trainer_changelog().items() if key[:1] == b"w"}
    assert set(left.values()) == {None}
    reader = TrainerStateReader()
    for key, value in done.trainer_changelog().items():
        reader.add(key, value)
    assert reader.next_offset() == SAMPLES_END
    committed = {each.group: each.offsets for each in done.deliveries[-1].offsets}
    assert committed == {"segue-segment": dict.fromkeys(range(N_PARTITIONS), 0), "segue-train": {0: SAMPLES_END}}


def test_changes_of_the_past_are_published_if_asked_for_and_dead_letters_are_not(done: ListedDeployment) -> None:
    with_changes = ListedDeployment()
    run_all(begun_backfill(PAST, with_changes, new_replay(), with_changes=True), PAST)
    assert len(with_changes.messages(SEGMENT_CHANGES)) > 20
    assert done.messages(SEGMENT_CHANGES) == done.messages(DEAD_LETTERS) == with_changes.messages(DEAD_LETTERS) == []


def test_outcomes_are_counted_with_an_example(done: ListedDeployment) -> None:
    progress = done.record()
    n_bad = sum(record.value == b"not JSON" for record in PAST.records)
    assert progress.n_done == progress.n_events == sum(progress.outcomes.values()) == len(PAST.records)
    assert progress.outcomes["rejected"] == n_bad == progress.refused["not_json"].n
    assert progress.refused["not_json"].example.endswith(": not JSON")


def test_it_stops_after_a_delivery_and_goes_on() -> None:
    deployment, stop = ListedDeployment(), Event()
    backfill = begun_backfill(PAST, deployment, new_replay())
    assert not backfill.run(PAST.by_partition(), stop, lambda _: stop.set())
    assert backfill.record.n_done == deployment.record().n_done == 1_000


def test_a_past_with_few_samples_ends_with_a_model_that_decides_everybody() -> None:
    deployment, short = ListedDeployment(), past(90)
    backfill = begun_backfill(short, deployment, new_replay(warm_up_samples=5_000))
    run_all(backfill, short)
    assert deployment.messages(SEGMENT_MODEL) == []
    backfill.hand_over(OPTIONS, 0)
    assert len(deployment.messages(SEGMENT_MODEL)) == 2
    decided = [msgspec.json.decode(m.value or b"", type=UserSegment) for m in deployment.messages(USER_SEGMENTS)]
    assert len(decided) == 30
    assert {each.segment.id for each in decided} <= {"s-0001", "s-0002", "s-0003", "unknown"}
