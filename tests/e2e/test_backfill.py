"""Sixty days of past, then live: a backfill and a worker make what one undisturbed replay of both makes."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import pytest

from stream.bootstrap import build_replay
from stream.core.partition import PartitionState
from stream.core.reserved import PENDING
from stream.files.complete_journey import purchases
from stream.replay import Replay
from stream.wire.placement import partition_of
from stream.wire.published_models import PublishedModels
from stream.wire.records import ProducerRecord
from stream.wire.segment_models import dump_segment_model
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_CHANGES, SEGMENT_MODEL
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment
from tests.e2e.waiting import eventually

N_PAST, N_LIVE = 7_000, 300  # 65 days of 70 households, and the two days after
TRAINING = {"warm_up_samples": 80, "batch_samples": 100, "n_segments": 5}
SETTINGS = scenario.SETTINGS | {name: str(value) for name, value in TRAINING.items()}
ENDED_S = 200


@dataclass
class Undisturbed:
    """A replay of past and live events. `undecided` are users with items and no result where the past ends."""

    run: Replay
    messages: list[ProducerRecord] = field(default_factory=list)
    undecided: set[str] = field(default_factory=set)
    n_models_past: int = 0

    def play(self, events: list[scenario.Event]) -> Undisturbed:
        """Replay the events, and look at the users where the past ends."""
        for message in self.run.run(self._noted(events)):
            self.messages.append(message)
        return self

    def _noted(self, events: list[scenario.Event]) -> Iterator[scenario.Event]:
        for number, event in enumerate(events):
            if number == N_PAST:  # the last chunk of the past was merged: its size divides the past
                users = (pair for state in self.run.states.values() for pair in state.users())
                self.undecided = {u for u, s in users if s.membership.segment == PENDING and len(s.items) >= 3}
                self.n_models_past = sum(message.topic == SEGMENT_MODEL for message in self.messages)
            yield event


@pytest.fixture(scope="module")
def events() -> list[scenario.Event]:
    return list(islice(purchases(households=range(1, 71)), N_PAST + N_LIVE))


@pytest.fixture(scope="module")
def undisturbed(events: list[scenario.Event]) -> Undisturbed:
    settings = scenario.settings()
    training = replace(settings.training, **TRAINING)  # type: ignore[arg-type]
    played = Undisturbed(build_replay(replace(settings, training=training), scenario.N_PARTITIONS)).play(events)
    models = [message.key for message in played.messages if message.topic == SEGMENT_MODEL]
    assert len(models) == played.n_models_past > 5, "a model is made while live: when it serves would depend on chance"
    return played


@pytest.fixture
def past(events: list[scenario.Event], tmp_path: Path) -> Path:
    file = tmp_path / "past.jsonl"
    file.write_bytes(b"".join((value or b"") + b"\n" for _, value in events[:N_PAST]))
    return file


def backfill(deployment: Deployment, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the verb to its end."""
    command = deployment.command("-m", "stream.cli.main", "backfill", *words)
    return subprocess.run(command, capture_output=True, text=True, timeout=ENDED_S, check=False)


def go_live(deployment: Deployment, events: list[scenario.Event]) -> None:
    """Start a worker, send live events, and wait until they are done."""
    deployment.start_worker("one")
    before = deployment.n_committed()
    deployment.send(events[N_PAST:])
    deployment.await_committed(before + N_LIVE)


def check_equal(deployment: Deployment, undisturbed: Undisturbed, n_behind: list[int]) -> None:
    """Compare memberships, states and the serving model; offsets of a partition are `n_behind` those of the replay."""
    members, wanted_members = deployment.memberships(), scenario.memberships(undisturbed.messages)
    decided = undisturbed.undecided - wanted_members.keys()  # a replay waits for their next event
    assert members.keys() - wanted_members.keys() == decided
    assert {user: members[user] for user in wanted_members if user not in undisturbed.undecided} == {
        user: each for user, each in wanted_members.items() if user not in undisturbed.undecided
    }
    states = deployment.states(undisturbed.run.segmenter.encoder, undisturbed.run.segmenter.policy)
    found, wanted = scenario.comparable(states), _behind(undisturbed.run.states, n_behind)
    apart = {f"user {user}" for user in undisturbed.undecided}
    assert found.keys() == wanted.keys()
    assert [name for name in found if name not in apart and found[name] != wanted[name]] == []
    assert serving(deployment) == unnamed(undisturbed.run.published)


def _behind(states: dict[int, PartitionState], n_behind: list[int]) -> dict[str, object]:
    """Return the states as comparable values, with earlier offsets."""
    found: dict[str, object] = {}
    for partition, state in states.items():
        n = n_behind[partition]
        found[f"partition {partition}"] = (state.now_ms, state.offset - n)
        found |= {f"user {name}": replace(user, offset=user.offset - n) for name, user in state.users()}
    return found


def serving(deployment: Deployment) -> bytes:
    """Return the model on the topic that decides."""
    published = PublishedModels()
    for message in deployment.messages(SEGMENT_MODEL):
        published.take(message.key, message.value)
    return unnamed(published)


def unnamed(published: PublishedModels) -> bytes:
    """Return the serving model without its members: their hashes are keyed with the deployment's prefix."""
    assert published.serving is not None
    model = published.serving.model
    descriptions = tuple(replace(each, typical=(), boundary=()) for each in model.descriptions)
    return dump_segment_model(replace(model, descriptions=descriptions))


def by_partition(events: list[scenario.Event]) -> list[int]:
    counts = Counter(partition_of(key, scenario.N_PARTITIONS) for key, _ in events)
    return [counts[partition] for partition in range(scenario.N_PARTITIONS)]


def test_a_killed_backfill_of_a_file_goes_on_and_a_worker_goes_on_from_there(
    deploy: Deploy, events: list[scenario.Event], past: Path, undisturbed: Undisturbed
) -> None:
    deployment = deploy(**SETTINGS)
    running = deployment.start(past.with_suffix(".log"), "-m", "stream.cli.main", "backfill", str(past))
    eventually(deployment.memberships, "the first memberships of the past")
    running.kill()
    worker = deployment.start_worker("early")  # half a past is no state to begin with
    eventually(lambda: not worker.process.running(), "the worker ends")
    assert "run the same `segue backfill` again" in worker.log.read_text()
    other = backfill(deployment, str(past), "--changes")
    assert (other.returncode, "with other settings" in other.stderr) == (1, True), other.stderr
    done = backfill(deployment, str(past))
    assert done.returncode == 0, done.stderr
    assert "goes on after" in done.stderr
    assert f"{N_PAST:,} events: " in done.stdout
    assert "s-0001" in done.stdout
    assert deployment.messages(SEGMENT_CHANGES) == []
    go_live(deployment, events)
    check_equal(deployment, undisturbed, by_partition(events[:N_PAST]))
    late = backfill(deployment, str(past))
    assert (late.returncode, "stop the workers first" in late.stderr) == (1, True), late.stderr


def test_a_backfill_of_the_topic_itself_ends_where_the_worker_goes_on(
    deploy: Deploy, events: list[scenario.Event], undisturbed: Undisturbed
) -> None:
    deployment = deploy(**SETTINGS)
    deployment.send(events[:N_PAST])
    done = backfill(deployment, "user-events", "--changes")
    assert done.returncode == 0, done.stderr
    assert deployment.n_committed() == N_PAST
    n_past = len(deployment.messages(PROFILE_SAMPLE))
    go_live(deployment, events)
    check_equal(deployment, undisturbed, [0] * scenario.N_PARTITIONS)
    changes: dict[str, list[object]] = {}
    for change in deployment.changes():
        changes.setdefault(change.user, []).append(change)
    wanted = scenario.by_user(undisturbed.messages)
    assert {user: changes[user] for user in wanted if user not in undisturbed.undecided} == {
        user: each for user, each in wanted.items() if user not in undisturbed.undecided
    }
    assert 0 < n_past < 100  # those that wait for the next training step, not all of the past


def test_an_unfinished_backfill_begins_again_with_another_past(deploy: Deploy, past: Path, tmp_path: Path) -> None:
    deployment = deploy(**SETTINGS)
    early = backfill(deployment, str(past), "--restart")
    assert (early.returncode, "no unfinished backfill" in early.stderr) == (1, True), early.stderr
    running = deployment.start(past.with_suffix(".log"), "-m", "stream.cli.main", "backfill", str(past))
    eventually(deployment.memberships, "the first memberships of the past")
    running.kill()
    grow = deployment.command("-m", "stream.cli.main", "topics", "grow", "--partitions", "8")
    refused = subprocess.run(grow, capture_output=True, text=True, timeout=ENDED_S, check=False)
    assert (refused.returncode, "run the same `segue backfill` again" in refused.stderr) == (1, True), refused.stderr
    short = tmp_path / "short.csv"
    rows = [f"user-{at % 12},2026-01-{1 + at // 12:02},{'milk' if at % 2 else 'shoes'}" for at in range(48)]
    short.write_text("\n".join(["user_id,timestamp,text", *rows]) + "\n")
    done = backfill(deployment, str(short), "--restart")
    assert done.returncode == 0, done.stderr
    assert deployment.memberships().keys() == {f"user-{number}" for number in range(12)}
    assert "48 events: 48 applied" in done.stdout
