"""The rights that docs/operations.md lists are exactly enough on a broker that enforces them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from stream.kafka.access import AccessError, Right, check_access, worker_rights
from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.kafka.topic_faults import all_topics
from tests.e2e import scenario
from tests.e2e.deployment import GROUP, Deployment, delete_topics
from tests.e2e.secured.broker import USER, SecuredBroker
from tests.e2e.secured.broker import Right as Granted
from tests.e2e.waiting import eventually

RIGHTS = sorted(worker_rights(GROUP, trains=True))
OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"
_ROW = re.compile(r"\| (topics|groups) \| (.+) \| (read|write|read, write|describe|describe configs) \|")


def granted(prefix: str, rights: list[Right]) -> list[Granted]:
    return [(right.kind.upper(), prefix + right.name, right.operation) for right in rights]


def transactional(prefix: str) -> list[Granted]:
    return [("TRANSACTIONAL_ID", f"{prefix}{GROUP}-{role}-*", "WRITE") for role in ("segment", "train")]


def documented() -> set[Right]:
    """The rows of the table, for a group of the default name."""
    found = set[Right]()
    for kind, names, operations in _ROW.findall(OPERATIONS.read_text()):
        every = [topic.name for topic in all_topics(GROUP)]
        for name in every if names == "every topic" else re.findall(r"`([^`]+)`", names):
            each = (word.upper().replace(" ", "_") for word in operations.split(", "))
            found |= {Right(kind.removesuffix("s"), name, operation) for operation in each}
    return found


def test_the_table_lists_the_rights_that_a_worker_asks_for() -> None:
    assert documented() == set(RIGHTS)


def test_a_worker_does_its_work_with_these_rights_alone(secured: SecuredBroker, deployment: Deployment) -> None:
    prefix = deployment.connection.topic_prefix
    secured.grant(granted(prefix, RIGHTS) + transactional(prefix))
    deployment.settings |= scenario.SETTINGS | {"warm_up_samples": "100", "batch_samples": "100"}
    worker = deployment.start_worker("one")
    bad = (b"7", b"no JSON")
    stream = scenario.events(3000)
    deployment.send(chain(stream[:2000], [bad]))
    eventually(worker.served, "a segment model of the user's own trainer")
    deployment.send(stream[2000:])
    deployment.await_committed(3001)
    assert deployment.memberships()
    assert len(deployment.dead_letters()) == 1
    assert worker.stop() == 0
    assert "uthoriz" not in worker.log.read_text()


@pytest.fixture(scope="module")
def prefix(secured: SecuredBroker) -> Iterator[str]:
    """The prefix of a deployment's topics."""
    connection = replace(secured.admin, topic_prefix="rights.")
    create_topics(connection, GROUP, 2, 1)
    yield connection.topic_prefix
    delete_topics(connection)


@pytest.mark.parametrize("missing", RIGHTS, ids=lambda right: " ".join(right))
def test_a_missing_right_is_named(secured: SecuredBroker, prefix: str, missing: Right) -> None:
    settings = secured.sasl(prefix)
    secured.grant(granted(prefix, [right for right in RIGHTS if right != missing]))
    with pytest.raises(AccessError) as refused:
        check_access(Connection(**settings), RIGHTS)
    words = missing.operation.lower().replace("_", " ")
    assert re.search(rf"{USER} no right to: .*\b{words} on {prefix}{missing.name}[;.]", str(refused.value))
