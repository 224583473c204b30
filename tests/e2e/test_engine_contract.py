"""The contract of every engine: nothing lost, nothing twice, every result as in a replay."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Semaphore, Thread

import pytest

from stream.bootstrap import build_encoder
from stream.engines.registry import ENGINES
from stream.settings import Process
from stream.wire.changes import SegmentChange, change_id
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment, Worker
from tests.e2e.waiting import eventually

PACE_S = 7.0  # of the stream for each kill or stop
AT_LEAST_ONCE = ("faust",)


@pytest.fixture(scope="module")
def expected(stream: list[scenario.Event], segment_model: Path) -> scenario.Expected:
    return scenario.expected(stream, segment_model)


@pytest.fixture(params=ENGINES)
def start(request: pytest.FixtureRequest, deploy: Deploy) -> Deploy:
    """Makes a deployment of the scenario, carried by the engine under test."""
    if request.param == "faust":
        pytest.importorskip("faust", reason="needs the extra `faust`")
    return partial(deploy, request.param, **scenario.SETTINGS)


def test_kills_and_stops_while_events_flow_change_nothing(
    start: Deploy, stream: list[scenario.Event], segment_model: Path, expected: scenario.Expected
) -> None:
    deployment = start(segment_model=str(segment_model))
    disturb(deployment, stream, n_kills=2, n_stops=1)
    assert_as_replayed(deployment, expected)


@pytest.mark.chaos
def test_twenty_kills_and_twenty_stops_while_events_flow_change_nothing(
    start: Deploy, stream: list[scenario.Event], segment_model: Path, expected: scenario.Expected
) -> None:
    deployment = start(segment_model=str(segment_model))
    disturb(deployment, stream, n_kills=20, n_stops=20)
    assert_as_replayed(deployment, expected)


def test_a_second_worker_takes_over_from_a_killed_one(
    start: Deploy, stream: list[scenario.Event], segment_model: Path, expected: scenario.Expected
) -> None:
    deployment = start(segment_model=str(segment_model))
    first, second = deployment.start_worker("one"), deployment.start_worker("two")
    for worker in (first, second):
        eventually(partial(has_partitions, worker), "both have partitions")
    flow = flowing(deployment, [stream], rate=2_000)
    deployment.await_committed(2_000)
    first.kill()
    flow.join()
    deployment.await_committed(len(stream))
    assert second.process.running()
    assert_as_replayed(deployment, expected)


def test_the_segment_model_changes_while_events_flow(start: Deploy, stream: list[scenario.Event]) -> None:
    # the trainer makes a model of the first 5,800 events, of 10,900 and of 16,000; however far it falls behind the
    # events, the first decides at the start of the second portion and a later one decides the third
    deployment = start()
    worker = deployment.start_worker("one")
    n_sent = 0
    for n_models, end in enumerate((8_000, 14_000, len(stream))):
        eventually(partial(serves, worker, n_models), f"model {n_models} serves")
        n_sent += deployment.send(stream[n_sent:end], rate=2_000)
        deployment.await_committed(n_sent)
    changes = deployment.changes()
    promoted = [each.segment_model for each in deployment.promotions() if each.status == "promoted"]
    assert {1} < {change.segment_model for change in changes} <= set(promoted), "more than one segment model decided"
    for user in {change.user for change in changes}:
        mine = [change for change in changes if change.user == user]
        assert [change.sequence for change in mine] == list(range(1, len(mine) + 1))
        served = [promoted.index(change.segment_model) for change in mine]  # a candidate may wait behind a later model
        assert served == sorted(served), "a model decided after the one that took its place"


def has_partitions(worker: Worker) -> bool:
    """Return True if the worker's log says so."""
    return "partition restored" in worker.log.read_text()


def serves(worker: Worker, version: int) -> bool:
    """Return True if it decides with this segment model or a later one."""
    return worker.served() >= version


def disturb(deployment: Deployment, stream: list[scenario.Event], n_kills: int, n_stops: int) -> None:
    """Send the stream, and meanwhile kill and stop the one worker again and again, at random moments of a portion each:
    the next portion is sent only once it has ended, so that there is something to go on with however slow it is."""
    chance = random.Random(0)
    ends: list[Callable[[Worker], object]] = [Worker.kill] * n_kills + [Worker.stop] * n_stops
    chance.shuffle(ends)
    n_portion, ended = len(stream) // (len(ends) + 1), Semaphore()
    portions = [stream[at * n_portion : (at + 1) * n_portion] for at in range(len(ends))]
    worker = deployment.start_worker("one")
    flow = flowing(deployment, [*portions, stream[len(ends) * n_portion :]], n_portion / PACE_S, ended)
    for at, end in enumerate(ends):
        deployment.await_committed(at * n_portion + chance.randrange(1, 400))
        result = end(worker)
        assert result in (None, 0), worker.log.read_text()
        ended.release()
        # a look at what is committed waits for the end of a transaction that a kill left open, and it is the next of
        # this name that ends it
        worker = deployment.start_worker("one")
        deployment.await_committed(min(deployment.n_committed() + 1, len(stream)))
    flow.join()
    deployment.await_committed(len(stream))


def flowing(
    deployment: Deployment, portions: Sequence[list[scenario.Event]], rate: float, gate: Semaphore | None = None
) -> Thread:
    """Send the portions beside the test, each once the gate lets it."""

    def send() -> None:
        for portion in portions:
            if gate:
                gate.acquire()
            deployment.send(portion, rate)

    thread = Thread(target=send, daemon=True)  # a test that fails does not open the gate
    thread.start()
    return thread


def assert_as_replayed(deployment: Deployment, expected: scenario.Expected) -> None:
    """Every change, in order per user, and everyone's membership and state as the replay has them. No change twice;
    from an at-least-once engine a repeat is the same once more."""
    found: dict[str, list[SegmentChange]] = {}
    seen: dict[str, SegmentChange] = {}
    for change in deployment.changes():
        first = seen.setdefault(change_id(change.user, change.sequence, change.decision_time_ms), change)
        if first is change:
            found.setdefault(change.user, []).append(change)
        else:
            assert deployment.engine in AT_LEAST_ONCE, "a change was published twice"
            assert change == first, "a repeat differs from what it repeats"
    assert sum(map(len, expected.changes.values())) > 300, "the scenario has changes to lose"
    assert found == expected.changes
    assert deployment.memberships() == expected.memberships
    found_profiles = deployment.profiles()
    if deployment.engine not in AT_LEAST_ONCE:
        assert found_profiles == expected.profiles, "a profile is missing, or published twice"
    assert {user: values[-1] for user, values in found_profiles.items()} == {
        user: values[-1] for user, values in expected.profiles.items()
    }
    states = deployment.states(build_encoder(Process()), scenario.POLICY)
    assert scenario.comparable(states) == scenario.comparable(expected.states)
