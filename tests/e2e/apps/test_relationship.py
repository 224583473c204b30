"""`segue app relationship` on a worker's stream: a warning with its reason, and nothing of an erased user."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from apps.dispatcher import Dispatcher
from apps.relationship import Relationship
from apps.settings import RelationshipSettings
from stream.core.policy import DAY_MS
from stream.files.complete_journey import START_MS
from stream.formats.decoder import FormatDecoder
from stream.kafka.reader import reading
from stream.wire.fields import Fields
from tests.e2e import scenario
from tests.e2e.apps.running import running_app
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import Deployment

SILENT_DAYS, NOW = 8, 40
N_STAY, N_LEAVE = 40, 30
SETTINGS = {"relationship_silent_ms": str(SILENT_DAYS * DAY_MS), "relationship_value_ms": str(SILENT_DAYS * DAY_MS)}


def purchase(user: str, day: int) -> scenario.Event:
    text, amount = ("champagne", 100.0) if user in ("stay0", "stay1") else ("milk", 1.0)
    value = {"user_id": user, "timestamp": START_MS + day * DAY_MS, "text": text, "kind": "purchase", "amount": amount}
    return user.encode(), json.dumps(value).encode()


def days(first: int, end: int, silent: str = "") -> Iterator[scenario.Event]:
    """Yield purchases: each who stays buys each day but `silent`, and each who leaves until an own day."""
    for day in range(first, end):
        yield from (purchase(f"stay{user}", day) for user in range(N_STAY) if f"stay{user}" != silent)
        yield from (purchase(f"leave{user}", day) for user in range(N_LEAVE) if day < 5 + user)


def read_again(deployment: Deployment) -> Relationship:
    """Return an application that starts now, with the past as the topics have it."""
    app = Relationship(RelationshipSettings(relationship_silent_ms=SILENT_DAYS * DAY_MS))
    dispatcher = Dispatcher([app], FormatDecoder(Fields(), None))
    for topics in (("user-segments", "user-profiles"), ("user-events", "segment-changes")):
        with reading(deployment.connection, *topics) as reader:
            for read in reader.to_end():
                dispatcher.take(read)
    return app


def test_a_user_of_high_value_who_falls_silent_is_warned_of_and_an_erased_one_is_not(
    deploy: Deploy, segment_model: Path
) -> None:
    own = SETTINGS | {"publish_profiles": "always", "segment_model": str(segment_model)}
    deployment = deploy(**(scenario.SETTINGS | own))
    worker = deployment.start_worker("one")
    deployment.await_committed(n := deployment.send(days(0, NOW)))
    with running_app(deployment, "relationship") as app:
        deployment.await_committed(n := n + deployment.send([(b"stay1", b'{"type": "erase", "userId": "stay1"}')]))
        for day in range(NOW, NOW + 4):  # both are silent from now on
            deployment.send(each for each in days(day, day + 1, silent="stay0") if each[0] != b"stay1")
        warning = app.await_action(user="stay0", warning="churn")
        assert warning["reason"].startswith("a user of high value is likely to leave; chance of churn ")
        assert warning["churn"] >= warning["churn_of_all"] > 0
        assert warning["profile_ms"] == START_MS + (NOW - 1) * DAY_MS + 1
        assert [each for each in app.actions() if each["user"] == "stay1"] == []
        assert app.stop() == 0
    worker.stop()
    again = read_again(deployment)
    assert "stay0" in again.customers.spending.keys() & again.customers.profiles.keys()
    assert "stay1" not in again.customers.spending.keys() | again.customers.profiles.keys()
