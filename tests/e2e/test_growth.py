"""A deployment grows from 2 to 6 partitions, and its users go on as if nothing had happened."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import urlopen

import msgspec
import pytest

from stream.bootstrap import build_encoder, build_replay
from stream.core.partition import PartitionState
from stream.core.state import UserState
from stream.kafka.growth import Growth, GrowthError
from stream.kafka.producer import EventProducer, send_all
from stream.settings import Process
from stream.wire.changes import SegmentChange
from stream.wire.placement import Placement, partition_of
from stream.wire.topics import USER_PROFILES, USER_SEGMENTS
from stream.wire.user_tables import MOVED_HEADER
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment, Worker
from tests.e2e.waiting import eventually

BEFORE, AFTER = 2, 6

KILLED = """
import os, signal
import stream.kafka.table_moves as table_moves
from stream.kafka.connection import Connection
from stream.core.partition import PartitionState
from stream.kafka.growth import Growth

table_moves._TRANSACTION_RECORDS = 200
growth = Growth(Connection({servers!r}, topic_prefix={prefix!r}), "segue", {n})
plan, left = growth.plan(), [{moves}]

def moved():
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)

growth.run(plan, moved)
"""


def clock_events(after: scenario.Event) -> list[scenario.Event]:
    """An event in both partitions at the time of another, so that their clocks agree at the growth."""
    template = msgspec.json.decode(after[1] or b"")
    names = {partition_of(b"clock-%d" % n, BEFORE): f"clock-{n}" for n in range(20)}
    return [(name.encode(), msgspec.json.encode(template | {"user_id": name, "id": name})) for name in names.values()]


def deployment_of(deploy: Deploy, segment_model: Path, **settings: str) -> Deployment:
    return deploy(n_partitions=BEFORE, segment_model=str(segment_model), **scenario.SETTINGS | settings)


def process_all(deployment: Deployment, events: list[scenario.Event], n_before: int) -> None:
    worker = deployment.start_worker("one")
    deployment.send(events)
    deployment.await_committed(n_before + len(events))
    assert worker.stop() == 0


def has_ended(worker: Worker) -> bool:
    return not worker.process.running()


def grow(deployment: Deployment, *words: str) -> tuple[int, str]:
    command = deployment.command("-m", "stream.cli.main", "topics", "grow", *words)
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def killed_growth(deployment: Deployment, moves: int) -> None:
    """Grow, until SIGKILL after so many users."""
    code = KILLED.format(
        servers=deployment.connection.bootstrap_servers,
        prefix=deployment.connection.topic_prefix,
        n=AFTER,
        moves=moves,
    )
    ended = subprocess.run(deployment.command("-c", code), capture_output=True, text=True, timeout=200, check=False)
    assert ended.returncode == -9, ended.stderr


def users_of(states: dict[str, object]) -> dict[str, object]:
    """States without what belongs to a partition: its clock, and offsets."""
    return {name: replace(state, offset=0) for name, state in states.items() if isinstance(state, UserState)}


def newest(profiles: dict[str, list[bytes]]) -> dict[str, bytes]:
    """The last profile of each user."""
    return {user: values[-1] for user, values in profiles.items()}


def test_a_growth_killed_again_and_again_changes_nothing_for_any_user(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path
) -> None:
    deployment = deployment_of(deploy, segment_model)
    first = stream[:10_000] + clock_events(stream[9_999])
    process_all(deployment, first, 0)
    before = deployment.states(build_encoder(Process()), scenario.POLICY)
    users = [user for state in before.values() for _, user in state.users()]
    assert any(user.membership.candidate for user in users), "a dwell is under way"
    code, planned = grow(deployment, "--partitions", str(AFTER), "--dry-run")
    assert (code, "user-events: 2 -> 6 partitions" in planned) == (0, True), planned
    contents = next(
        line.split(";")[0].removeprefix("states").strip() for line in planned.splitlines() if "states" in line
    )
    for moves in (1, 30, 60):
        killed_growth(deployment, moves)
        refused = deployment.start_worker("early")
        eventually(partial(has_ended, refused), "a worker refuses")
        assert f"run `segue topics grow --partitions {AFTER}`" in refused.log.read_text()
    code, said = grow(deployment, "--partitions", str(AFTER))
    assert code == 0, said
    assert f"verified states       {contents}" in said, "the same users, byte by byte"
    assert "verified profiles" in said
    deployment.n_partitions = AFTER
    process_all(deployment, stream[10_000:], len(first))
    replay = build_replay(scenario.settings(str(segment_model)), BEFORE)
    messages = list(replay.run(first + stream[10_000:]))
    changes: dict[str, list[SegmentChange]] = {}
    for change in sorted(deployment.changes(), key=lambda change: change.sequence):
        changes.setdefault(change.user, []).append(change)
    assert changes == scenario.by_user(messages)
    assert deployment.memberships() == scenario.memberships(messages)
    assert newest(deployment.profiles()) == newest(scenario.profiles(messages))
    after = deployment.states(build_encoder(Process()), scenario.POLICY)
    assert users_of(scenario.comparable(after)) == users_of(scenario.comparable(replay.states))
    placement = Placement(AFTER)
    assert all(
        partition_of(user.encode(), placement.n_partitions) == p for p, state in after.items() for user in state.names()
    )


def test_events_that_come_during_a_growth_are_applied_once_wherever_they_lie(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path
) -> None:
    deployment = deployment_of(deploy, segment_model)
    process_all(deployment, stream[:6_000], 0)
    producer = EventProducer(deployment.connection)  # it knows two partitions, for minutes
    flow = Thread(target=send_all, args=(producer, stream[6_000:12_000], 600.0), daemon=True)
    flow.start()
    code, said = grow(deployment, "--partitions", str(AFTER))
    assert code == 0, said
    deployment.n_partitions = AFTER
    worker = deployment.start_worker("two")
    deployment.send(stream[12_000:14_000])
    flow.join()
    eventually(lambda: n_taken(worker) >= 8_000, "every event is taken", 60)
    outcomes = outcomes_of(worker)
    assert worker.stop() == 0
    assert outcomes["forwarded"] > 1_000, "most events lay in one of the two old partitions"
    assert outcomes["applied"] + outcomes["late"] == 8_000, "each of the others counted once"
    replay = build_replay(scenario.settings(str(segment_model)), BEFORE)
    assert len(list(replay.run(stream[:14_000]))) > 0
    assert windows_of(deployment.states(build_encoder(Process()), scenario.POLICY)) == windows_of(replay.states)
    by_user: dict[str, list[int]] = {}
    for change in deployment.changes():
        by_user.setdefault(change.user, []).append(change.sequence)
    assert all(sorted(sequences) == list(range(1, len(sequences) + 1)) for sequences in by_user.values())


def outcomes_of(worker: Worker) -> Counter[str]:
    """Records by outcome, as a scrape has them."""
    with urlopen(f"{worker.url()}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    found = (re.fullmatch(r'segue_events_total\{outcome="(\w+)"\} (\S+)', line) for line in lines)
    return Counter({each[1]: int(float(each[2])) for each in found if each})


def n_taken(worker: Worker) -> int:
    """Records that were not forwarded."""
    return outcomes_of(worker).total() - outcomes_of(worker)["forwarded"]


def windows_of(states: dict[int, PartitionState]) -> dict[str, list[str]]:
    """Return the ids of each user's items: the newest ones, in whatever order they came. A user is in one partition."""
    found: dict[str, list[str]] = {}
    for state in states.values():
        for user, each in state.users():
            assert user not in found, "a user has two states"
            found[user] = sorted(item.id for item in each.items)
    return found


def test_a_running_worker_and_a_smaller_number_are_refused(deploy: Deploy, segment_model: Path) -> None:
    deployment = deployment_of(deploy, segment_model)
    with pytest.raises(GrowthError, match=r"user-events has 2.*cannot get fewer.*--partitions 2 or more"):
        Growth(deployment.connection, "segue", 1).plan()
    worker = deployment.start_worker("busy")
    eventually(lambda: "partition restored" in worker.log.read_text(), "the worker has partitions")
    with pytest.raises(GrowthError, match=r"stop all workers first: busy-segment on "):
        Growth(deployment.connection, "segue", AFTER).plan()


def test_tombstones_of_moved_records_say_that_nobody_was_erased(
    deploy: Deploy, stream: list[scenario.Event], segment_model: Path
) -> None:
    deployment = deployment_of(deploy, segment_model)
    process_all(deployment, stream[:4_000], 0)
    tables = USER_SEGMENTS, USER_PROFILES
    before = {topic: last_values(deployment.messages(topic)) for topic in tables}
    assert grow(deployment, "--partitions", str(AFTER))[0] == 0
    for topic in tables:
        messages = deployment.messages(topic)
        tombstones = [message for message in messages if message.value is None]
        assert tombstones
        for message in tombstones:
            assert dict(message.headers)[MOVED_HEADER] == b"%d" % partition_of(message.key, AFTER)
        at_home = [each for each in messages if partition_of(each.key, AFTER) == each.partition]
        assert last_values(at_home) == before[topic]


def last_values(messages: list[Any]) -> dict[bytes, bytes]:
    """The last value of each user, tombstones apart."""
    return {message.key: message.value for message in messages if message.value}
