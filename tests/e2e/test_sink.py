"""An audience sink on a real broker, with a real worker and a real endpoint: nothing leaves that should not.

Users are pinned by a declared trait, so that each declaration decides at once where they are.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from stream.core.decision.conditions import Condition
from stream.sink.ledger_view import viewing
from stream.sink.policy import SinkPolicy
from stream.sink.run import run_sink
from stream.sink.setup import SinkSetup
from stream.sink.verify import Difference, find_differences
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment, Worker
from tests.e2e.scenario import Event as Message
from tests.e2e.waiting import eventually
from tests.sink.receiver import Receiver, Reply, receiving

SECRET = "Bearer 0123456789abcdef"
SETTINGS = {
    "pin": "club=gold:gold,club=silver:silver",
    "session_timeout_ms": "6000",
    "sink_headers": f"Authorization: {SECRET}",
}
QUICK = {
    "sink_rate": 1_000.0,
    "sink_backoff_s": 0.1,
    "sink_backoff_max_s": 0.5,
    "sink_timeout_s": 120.0,  # a stalled batch is not sent again while a slow machine starts a worker
}


def declared(user: str, **traits: object) -> Message:
    """A declaration."""
    return user.encode(), json.dumps({"type": "identify", "userId": user, "traits": traits}).encode()


def erased(user: str) -> Message:
    """An erasure."""
    return user.encode(), json.dumps({"type": "erase", "userId": user}).encode()


def joined(*numbers: Iterable[int], club: str = "gold") -> list[Message]:
    """Users who join a club and consent."""
    return [declared(f"u{at}", club=club, marketing=True) for each in numbers for at in each]


def users(*numbers: Iterable[int]) -> set[str]:
    """The names of users."""
    return {f"u{at}" for each in numbers for at in each}


def setup(deployment: Deployment, receiver: Receiver) -> SinkSetup:
    """The settings of the sink."""
    policy = SinkPolicy(sink_consent=(Condition.parse("marketing=true"),), **QUICK)  # type: ignore[arg-type]
    ledger = deployment.folder / "ledger.db"
    return SinkSetup(deployment.connection, policy, receiver.url, ("gold", "silver"), ledger)


def words(deployment: Deployment, receiver: Receiver, verb: str) -> list[str]:
    """The command line of a verb of the sink."""
    ledger = str(deployment.folder / "ledger.db")
    options = ["--url", receiver.url, "--segments", "gold,silver", "--ledger", ledger, "--sink-http-port", "0"]
    options += ["--sink-consent", "marketing=true"]
    for name, value in QUICK.items():
        options += ["--" + name.replace("_", "-"), str(value)]
    return ["-m", "stream.cli.main", "sink", verb, *options]


def start_sink(deployment: Deployment, receiver: Receiver) -> Worker:
    """Start the sink as a process."""
    return deployment.start(deployment.folder / "sink.log", *words(deployment, receiver, "webhook"))


def await_traits(deployment: Deployment, user: str, marketing: bool) -> None:
    """Wait until a user's record says so."""
    eventually(
        lambda: (known := deployment.memberships().get(user)) and known.traits["marketing"] is marketing,
        f"{user} has declared",
    )


def differences(deployment: Deployment, receiver: Receiver) -> list[Difference]:
    """Compare the endpoint's acknowledgements with the topic."""
    return find_differences(setup(deployment, receiver), lambda *_: None)


def test_a_withdrawal_an_erasure_and_two_kills_send_nothing_wrong_and_lose_nothing(deploy: Deploy) -> None:
    deployment = deploy(n_partitions=2, **SETTINGS)
    worker, released = deployment.start_worker("one"), Event()
    deployment.send(joined(range(20)))
    eventually(lambda: len(deployment.memberships()) == 20, "twenty members")
    # while the first batch is at the endpoint: u1 withdraws, u2 is erased, u3 changes clubs, and the worker is killed
    with receiving(Reply(0, until=released, takes=True)) as receiver:
        sink = start_sink(deployment, receiver)
        eventually(lambda: receiver.n_requests() == 1, "a batch is being sent")
        deployment.send([declared("u1", marketing=False), erased("u2"), declared("u3", club="silver")])
        worker.kill()
        deployment.start_worker("one")
        await_traits(deployment, "u1", False)
        eventually(lambda: "u2" not in deployment.memberships(), "u2 is erased")
        eventually(lambda: deployment.memberships()["u3"].segment.id == "silver", "u3 is in the other club")
        released.set()
        eventually(lambda: receiver.members("gold") == users(range(20)) - users([1, 2, 3]), "all others are in")
        eventually(lambda: receiver.members("silver") == {"u3"}, "u3 is in the other audience")
        assert [receiver.told(user) for user in ("u1", "u2", "u3")] == [
            ["+gold", "-gold"],
            ["+gold", "-gold"],
            ["+gold", "-gold", "+silver"],
        ]
        repair(deployment, receiver, kill_the_sink(deployment, receiver, sink))


def kill_the_sink(deployment: Deployment, receiver: Receiver, sink: Worker) -> Worker:
    """Kill the sink while a batch is at the endpoint; its user withdraws before the next sink starts."""
    released = Event()
    receiver.replies.append(Reply(200, until=released))
    deployment.send(joined([30], club="silver"))
    eventually(lambda: receiver.told("u30"), "an entry is being sent")
    sink.kill()
    released.set()
    deployment.send([declared("u30", marketing=False)])
    await_traits(deployment, "u30", False)
    sink = start_sink(deployment, receiver)
    eventually(lambda: receiver.members("silver") == {"u3"}, "u30 is out")
    assert receiver.told("u30") == ["+silver", "-silver"]
    eventually(lambda: not differences(deployment, receiver), "all is acknowledged")
    return sink


def repair(deployment: Deployment, receiver: Receiver, sink: Worker) -> None:
    """Stop the sink, let users come and go, and let `verify` find and mend the differences."""
    assert sink.stop() == 0
    assert {headers["authorization"] for headers in receiver.headers} == {SECRET}
    assert SECRET not in sink.log.read_text()
    assert "Traceback" not in sink.log.read_text()
    deployment.send([declared("u4", marketing=False), erased("u5"), *joined([40])])
    await_traits(deployment, "u40", True)
    await_traits(deployment, "u4", False)
    eventually(lambda: "u5" not in deployment.memberships(), "u5 is erased")
    done = subprocess.run(
        deployment.command(*words(deployment, receiver, "verify")), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    found = {(each["user"], each["segment"], each["difference"]) for each in map(json.loads, done.stdout.splitlines())}
    assert found == {("u4", "gold", "not_exited"), ("u5", "gold", "not_exited"), ("u40", "gold", "not_entered")}
    run_sink(setup(deployment, receiver), Event(), is_repair=True)
    assert differences(deployment, receiver) == []
    assert receiver.members("gold") == users(range(20), [40]) - users([1, 2, 3, 4, 5])
    assert_forgotten(deployment.folder, "u5")


def assert_forgotten(folder: Path, user: str) -> None:
    """The ledger has nothing of an erased user."""
    with viewing(folder / "ledger.db") as view:
        assert user not in {each.user for each in view.entries()}


@pytest.mark.chaos
@pytest.mark.parametrize("seed", [16, 17])
def test_under_random_kills_and_failures_the_endpoint_ends_with_the_members(seed: int, deploy: Deploy) -> None:
    random, deployment = Random(seed), deploy(n_partitions=3, **SETTINGS)
    worker = deployment.start_worker("one")
    with receiving() as receiver:
        receiver.otherwise = lambda _: random.choice([*[Reply()] * 4, *FAILURES])
        sink = start_sink(deployment, receiver)
        for at in range(40):
            deployment.send([step(random) for _ in range(30)])
            if at % 13 == 5:
                worker.kill()
                worker = deployment.start_worker("one")
            if at % 7 == 3:
                await_a_request(receiver)
                sink.kill()
                sink = start_sink(deployment, receiver)
        receiver.otherwise = lambda _: Reply()
        deployment.send(joined([999]))
        eventually(lambda: "u999" in receiver.members("gold"), "the last user is in")
        eventually(lambda: not differences(deployment, receiver), "all is acknowledged")
        sink.stop()
        known = deployment.memberships().values()
        willing = [each for each in known if each.traits.get("marketing") is True]
        for club in ("gold", "silver"):
            assert receiver.members(club) == {each.user for each in willing if each.segment.id == club}
    assert not receiver.users() & {f"never{at}" for at in range(20)}
    assert_each_id_is_one_message(receiver)


def await_a_request(receiver: Receiver) -> None:
    """Wait until the sink is at work."""
    n_before = receiver.n_requests()
    eventually(lambda: receiver.n_requests() > n_before, "the sink is at work")


FAILURES = [
    Reply(500),
    Reply(0),
    Reply(0, takes=True),
    Reply(503, {"Retry-After": "0"}, takes=True),
    Reply(429, {"Retry-After": "1"}),
]


def step(random: Random) -> Message:
    """A random declaration or erasure of one of 60 users, or of 20 who never consent."""
    user, club = f"u{random.randrange(60)}", random.choice(["gold", "silver", "none"])
    match random.choices(["club", "consent", "erase", "never"], [5, 5, 1, 1])[0]:
        case "club":
            return declared(user, club=club)
        case "consent":
            return declared(user, marketing=random.random() < 0.6, club=club)
        case "erase":
            return erased(user)
    return declared(f"never{random.randrange(20)}", club=club, marketing=False)


def assert_each_id_is_one_message(receiver: Receiver) -> None:
    """The same id has the same content, and nobody enters twice without an exit between."""
    by_id: dict[str, Any] = {}
    last: dict[tuple[str, str], str] = {}
    for each in (each for batch in receiver.requests for each in batch):
        if each["messageId"] in by_id:
            assert each == by_id[each["messageId"]]
            continue
        by_id[each["messageId"]] = each
        place = each["userId"], each["properties"]["audience_key"]
        assert (last.get(place), each["event"]) != ("Audience Entered", "Audience Entered")
        last[place] = each["event"]
