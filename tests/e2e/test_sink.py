"""An audience sink on a real broker, with a real worker and a real endpoint: nothing leaves that should not.

Users are pinned by a declared trait, so that each declaration decides at once where they are.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from threading import Event

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
    "sink_timeout_s": 120.0,
}  # a slow machine


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
