"""What happens to topics under a worker: made again, cut by retention, grown, held back. Nothing passes in silence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from time import time
from typing import Any

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions, NewTopic
from structlog.testing import capture_logs

from stream.bootstrap import build_encoder
from stream.core.partition import PartitionState
from stream.core.policy import DAY_MS, Policy
from stream.kafka.admin import create_topics
from stream.kafka.connection import Connection
from stream.kafka.model_topic import ModelTopic
from stream.kafka.partition_reader import PartitionReader
from stream.kafka.topic_watch import TopicWatch
from stream.settings import Process
from stream.training.values.commands import Forget
from stream.wire.commands import command_message
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_MODEL, USER_EVENTS, changelog
from tests.core.builders import word_model
from tests.e2e import scenario
from tests.e2e.conftest import Deploy
from tests.e2e.deployment import GROUP, Deployment, Worker
from tests.e2e.test_worker import metrics, status
from tests.e2e.trainer_part import Publisher, promoted
from tests.e2e.waiting import eventually

YEAR_MS = 365 * DAY_MS
LOG_APPEND = {"message.timestamp.type": "LogAppendTime"}


@pytest.fixture(params=["transactional", pytest.param("faust", marks=pytest.mark.chaos)])
def start(request: pytest.FixtureRequest, deploy: Deploy, segment_model: Path) -> Deploy:
    """Makes a deployment with a fixed segment model, carried by the engine under test."""
    if request.param == "faust":
        pytest.importorskip("faust", reason="needs the extra `faust`")
    return partial(deploy, request.param, segment_model=str(segment_model), kinds="purchase")


def events(name: str, n: int, users: int = 5, **fields: Any) -> list[scenario.Event]:
    """`n` events of some users, with ids of their own, without any for every fifth one."""
    now_ms = int(time() * 1000)
    made: list[scenario.Event] = []
    for at in range(n):
        value = {"user_id": f"u{at % users}", "text": "dog food", "timestamp": now_ms + at, **fields}
        identity = {} if at % 5 == 0 else {"id": f"{name}-{at}"}
        made.append((str(value["user_id"]).encode(), json.dumps(value | identity).encode()))
    return made


@contextmanager
def administration(connection: Connection) -> Iterator[tuple[AdminClient, Callable[[str], str]]]:
    """An administrator's client, and names on the cluster."""
    yield AdminClient(connection.confluent()), connection.namespace.qualify


def make_again(connection: Connection, topic: str, config: dict[str, str] = LOG_APPEND, n: int = 4) -> None:
    """Delete a topic and make it again with `n` partitions."""
    with administration(connection) as (admin, qualify):
        admin.delete_topics([qualify(topic)])[qualify(topic)].result()
        create = partial(admin.create_topics, [NewTopic(qualify(topic), n, 1, config=config)])
        eventually(lambda: create()[qualify(topic)].exception() is None, "the topic is made")
        eventually(lambda: qualify(topic) in admin.list_topics().topics, "the broker knows it")


def n_applied(deployment: Deployment) -> int:
    """Events that the states have taken in."""
    return sum(user.n_events for state in states(deployment).values() for _, user in state.users())


def states(deployment: Deployment) -> dict[int, PartitionState]:
    return deployment.states(build_encoder(Process()), Policy(kinds=("purchase",)))


def report(worker: Worker) -> dict[str, Any]:
    """What /healthz says, whatever its status."""
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        with urlopen(f"{worker.url()}/healthz", timeout=30) as answer:
            return dict(json.load(answer))
    except HTTPError as error:
        return dict(json.load(error))


def running(deployment: Deployment) -> Worker:
    """A worker that has restored all partitions."""
    worker = deployment.start_worker("one")
    eventually(lambda: status(f"{worker.url()}/readyz") == 200, "the worker is ready")
    return worker


def test_a_topic_made_again_under_a_running_worker_is_read_from_its_first_record(start: Deploy) -> None:
    deployment = start()
    worker = running(deployment)
    deployment.send(events("old", 20))
    eventually(lambda: n_applied(deployment) == 20, "20 events are applied")
    make_again(deployment.connection, USER_EVENTS)
    deployment.send(events("new", 30))
    eventually(lambda: n_applied(deployment) == 50, "30 of 30 new events are applied, and the users are kept")
    eventually(lambda: metrics(worker.url())["segue_lag_records"] == 0, "no lag is left")
    assert "the topic was deleted and made again" in worker.log.read_text()
    assert worker.stop() == 0
    assert n_applied(deployment) == 50, "none is applied twice"


def test_a_topic_made_again_while_no_worker_runs_is_read_from_its_first_record(start: Deploy) -> None:
    deployment = start()
    worker = running(deployment)
    deployment.send(events("old", 20))
    eventually(lambda: n_applied(deployment) == 20, "20 events are applied")
    assert worker.stop() == 0
    n_read = sum(state.offset >= 0 for state in states(deployment).values())
    make_again(deployment.connection, USER_EVENTS)
    deployment.send(events("new", 30))
    worker = running(deployment)
    eventually(lambda: n_applied(deployment) == 50, "30 of 30 new events are applied, and the users are kept")
    assert metrics(worker.url())["segue_positions_moved_total"] == n_read
    assert worker.stop() == 0
    running(deployment)
    assert worker.log.read_text().count("made again") == n_read, "the second start goes on in the new topic"


def test_the_trainer_follows_its_topic_when_that_is_made_again(deploy: Deploy) -> None:
    deployment = deploy()
    worker = running(deployment)
    for n_wishes in (5, 2):  # the second topic is shorter than the trainer's offset in the first
        send_wishes(deployment.connection, n_wishes)
        eventually(lambda n=n_wishes: n_learned(deployment) == n, "the trainer has executed the wishes")  # type: ignore[misc]
        if n_wishes == 5:
            make_again(deployment.connection, PROFILE_SAMPLE, n=1)
    [line] = [line for line in worker.log.read_text().splitlines() if "made again" in line]
    assert "role=train" in line
    assert "next_offset=5" in line


def send_wishes(connection: Connection, n: int) -> None:
    """Ask the trainer to forget some users."""
    producer = Producer(connection.confluent())
    for at in range(n):
        message = command_message(Forget(f"u{at}"))
        producer.produce(connection.namespace.qualify(message.topic), message.value, key=message.key)
    producer.flush()


def n_learned(deployment: Deployment) -> int:
    """Return the trainer's committed offset."""
    reader = PartitionReader(deployment.connection, f"{GROUP}-train")
    try:
        return reader.committed(PROFILE_SAMPLE, [0])[0]
    finally:
        reader.close()


def test_a_model_serves_on_when_its_topic_is_made_again_until_that_names_another(connection: Connection) -> None:
    create_topics(connection, GROUP, 1, 1)
    publisher, model = Publisher(connection), word_model()
    watch = TopicWatch(connection, [SEGMENT_MODEL], [])
    with closing(ModelTopic(connection, watch, model.encoder, model.features, "event")) as models:

        def serves(version: int) -> bool:
            watch.look(SEGMENT_MODEL)
            serving = models.newest()
            return serving is not None and serving.model.version == version and models.behind() is None

        publisher.publish(*(message for at in (1, 2, 3) for message in promoted(at, at - 1)))
        eventually(partial(serves, 3), "the third model serves")
        make_again(connection, SEGMENT_MODEL, n=1)
        with capture_logs() as logs:
            eventually(partial(serves, 3), "it serves on")
        assert [line["serves_here"] for line in logs if "made again" in line["event"]] == [3]
        publisher.publish(*promoted(1, 0))
        eventually(partial(serves, 1), "the first model of the new topic serves")


def test_records_that_retention_deleted_unread_are_counted(start: Deploy) -> None:
    deployment = start()
    worker = running(deployment)
    deployment.send(events("first", 20))
    eventually(lambda: n_applied(deployment) == 20, "20 events are applied")
    assert worker.stop() == 0
    deployment.send(events("lost", 40, users=1))
    partition = next(p for p, state in states(deployment).items() if "u0" in state)
    with administration(deployment.connection) as (admin, qualify):
        n_read = states(deployment)[partition].offset + 1
        [done] = admin.delete_records([TopicPartition(qualify(USER_EVENTS), partition, n_read + 30)]).values()
        done.result()
    worker = running(deployment)
    eventually(lambda: n_applied(deployment) == 30, "the ten that are left are applied")
    assert metrics(worker.url())["segue_records_lost_total"] == 30
    assert "records were deleted before this worker read them" in worker.log.read_text()


def test_an_offset_beyond_the_end_of_the_log_continues_at_the_end(start: Deploy) -> None:
    deployment = start()
    worker = running(deployment)
    deployment.send(events("first", 20, users=1))
    eventually(lambda: n_applied(deployment) == 20, "20 events are applied")
    assert worker.stop() == 0
    partition = next(p for p, state in states(deployment).items() if "u0" in state)
    with administration(deployment.connection) as (admin, qualify):
        place = TopicPartition(qualify(USER_EVENTS), partition, 500)
        group = ConsumerGroupTopicPartitions(qualify(f"{GROUP}-segment"), [place])

        def is_altered() -> bool:  # not while a static member that stopped counts as one
            [asked] = admin.alter_consumer_group_offsets([group]).values()
            return asked.exception() is None and all(each.error is None for each in asked.result().topic_partitions)

        eventually(is_altered, "the group's offset is beyond the end")
    worker = running(deployment)
    deployment.send(events("next", 10, users=1))
    eventually(lambda: n_applied(deployment) == 30, "the next records are applied")
    assert "the log ends before records that were read" in worker.log.read_text()


def test_partitions_added_under_a_running_worker_end_it_with_the_remedy(start: Deploy) -> None:
    deployment = start()
    worker = running(deployment)
    with administration(deployment.connection) as (admin, qualify):
        topic = qualify(USER_EVENTS)
        admin.create_partitions([NewPartitions(topic, 6)])[topic].result()
    eventually(lambda: not worker.process.running(), "the worker ends", 30)
    assert worker.process.stop() == 1
    said = worker.log.read_text()
    assert "user-events has 6 partitions, its state segue-state-changelog has 4" in said
    assert "segue topics grow --partitions 6" in said
    assert "Traceback" not in said


def test_records_behind_an_open_transaction_of_another_producer_count_as_waiting(start: Deploy) -> None:
    deployment = start(stall_s="5")
    worker = running(deployment)
    with open_transaction(deployment.connection) as producer:
        for key, value in events("held", 7, users=1):
            producer.produce(deployment.connection.namespace.qualify(USER_EVENTS), value, key=key)
        producer.flush()
        eventually(lambda: metrics(worker.url())["segue_lag_records"] == 7, "seven records wait")
        told = "an open transaction of a producer on user-events"
        eventually(lambda: told in " ".join(report(worker)["reasons"]), "the reason is told")
        eventually(lambda: status(f"{worker.url()}/healthz") == 503, "a worker that makes no progress is not healthy")
        producer.commit_transaction()
        eventually(lambda: n_applied(deployment) == 7, "they are applied")
        eventually(lambda: metrics(worker.url())["segue_lag_records"] == 0, "the marker at the end does not wait")
        eventually(lambda: status(f"{worker.url()}/healthz") == 200, "it is healthy again")
        eventually(lambda: report(worker)["reasons"] == [], "no reason is left")


def test_a_changelog_made_again_under_a_running_worker_is_told(start: Deploy) -> None:
    deployment = start()
    worker = running(deployment)
    make_again(deployment.connection, changelog(GROUP).name, {"cleanup.policy": "compact"})
    told = "segue-state-changelog was deleted and made again"
    eventually(lambda: told in " ".join(report(worker)["reasons"]), "the report tells")
    eventually(lambda: told in worker.log.read_text(), "the log tells")
    assert status(f"{worker.url()}/healthz") == 200, "a restart would lose what only the worker holds"


def test_a_producers_time_a_year_ahead_moves_nobody_now_or_after_a_restart(start: Deploy) -> None:
    deployment = start()
    make_again(deployment.connection, USER_EVENTS, {"message.timestamp.after.max.ms": str(10 * YEAR_MS)})
    worker = running(deployment)
    deployment.send(events("first", 20, users=1))
    eventually(lambda: n_applied(deployment) == 20, "20 events are applied")
    producer = Producer(deployment.connection.confluent() | {"partitioner": "murmur2_random"})
    [(key, value)] = events("far", 1, users=1)
    topic = deployment.connection.namespace.qualify(USER_EVENTS)
    producer.produce(topic, value, key=key, timestamp=int(time() * 1000) + YEAR_MS)
    producer.flush()
    deployment.send(events("next", 10, users=1))
    eventually(lambda: n_applied(deployment) == 31, "no later event is late, and the window has not ended")
    assert worker.stop() == 0
    worker = running(deployment)
    deployment.send(events("last", 5, users=1))
    eventually(lambda: n_applied(deployment) == 36, "nor after a restart")
    assert max(state.now_ms for state in states(deployment).values()) < time() * 1000 + DAY_MS
    assert "inactive" not in {change.rule for change in deployment.changes()}
    assert "records of user-events carry their producers' times" in " ".join(report(worker)["reasons"])
    assert "with its producer's time" in worker.log.read_text()


@contextmanager
def open_transaction(connection: Connection) -> Iterator[Producer]:
    """A producer of somebody else with a transaction that is open."""
    producer = Producer(connection.confluent() | {"transactional.id": f"{connection.topic_prefix}foreign"})
    producer.init_transactions()
    producer.begin_transaction()
    yield producer
