"""Creating and describing Segue's topics, with kafka-python."""

from __future__ import annotations

from functools import partial
from time import monotonic, sleep

from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import InvalidReplicationFactorError, KafkaError, TopicAlreadyExistsError

from stream.kafka.connection import Connection
from stream.kafka.retry import retry_transient
from stream.wire.topics import TOPICS, USER_EVENTS, Topic, changelog, trainer_changelog

_SETTLE_S = 3.0
_AGAIN_S = 0.2
_REGISTERED_S = 5.0  # a broker that starts, or that stood still, is not counted until it is registered


class TopicsError(RuntimeError):
    """Topics are missing or do not fit together, or no broker answers."""


def all_topics(group: str) -> tuple[Topic, ...]:
    """Every topic a deployment needs."""
    return (*TOPICS, changelog(group), trainer_changelog(group))


def create_topics(connection: Connection, group: str, n_partitions: int, replication: int) -> list[str]:
    """Create what is missing and return its names; what exists stays as it is."""
    with _Admin(connection) as admin:
        present = set(admin.list_topics())
        missing = [topic for topic in all_topics(group) if topic.name not in present]
        for topic in missing:
            new = _new_topic(topic, n_partitions, replication)
            create = partial(admin.create_topics, [new], wait_for_metadata=True)
            try:
                retry_transient(create, _REGISTERED_S, also=(InvalidReplicationFactorError,))
            except TopicAlreadyExistsError:  # another process was faster
                continue
            except KafkaError as error:
                raise TopicsError(f"can not create the topic {topic.name}: {error}") from error
    return [topic.name for topic in missing]


def describe_topics(connection: Connection, group: str) -> dict[str, int]:
    """Number of partitions of each topic of the deployment that exists."""
    names = {topic.name for topic in all_topics(group)}
    with _Admin(connection) as admin:
        present = sorted(names & set(admin.list_topics()))
        found = admin.describe_topics(present) if present else []
    return {topic["name"]: len(topic["partitions"]) for topic in found}


def check_topics(connection: Connection, group: str) -> None:
    """Raises TopicsError unless every topic exists, and the wide ones agree on their number of partitions."""
    found, missing = _wait_for_topics(connection, group)
    topics = all_topics(group)
    if missing:
        raise TopicsError(f"topics are missing: {', '.join(missing)}; run `segue topics create`")
    if broad := [topic.name for topic in topics if not topic.wide and found[topic.name] != 1]:
        raise TopicsError(f"these topics must have exactly one partition: {', '.join(broad)}; make them again")
    wanted, state = found[USER_EVENTS], found[changelog(group).name]
    if wanted != state:
        raise TopicsError(
            f"{changelog(group).name} has {state} partitions and {USER_EVENTS} has {wanted}: they must agree, since a "
            "person's state lies in the partition of their events"
        )


def _wait_for_topics(connection: Connection, group: str) -> tuple[dict[str, int], list[str]]:
    """What exists, and the names of what is still missing after a moment: a broker may not know yet what was just
    created through another."""
    deadline = monotonic() + _SETTLE_S
    while True:
        found = describe_topics(connection, group)
        missing = [topic.name for topic in all_topics(group) if topic.name not in found]
        if not missing or monotonic() > deadline:
            return found, missing
        sleep(_AGAIN_S)


def _new_topic(topic: Topic, n_partitions: int, replication: int) -> NewTopic:
    return NewTopic(
        name=topic.name,
        num_partitions=n_partitions if topic.wide else 1,
        replication_factor=replication,
        topic_configs=topic.config,
    )


class _Admin:
    def __init__(self, connection: Connection) -> None:
        try:
            self._admin = KafkaAdminClient(**connection.kafka_python())
        except KafkaError as error:
            raise TopicsError(
                f"no Kafka broker answers at {connection.bootstrap_servers} (SEGUE_BOOTSTRAP_SERVERS); "
                f"`segue kafka` starts one here ({error})"
            ) from error

    def __enter__(self) -> KafkaAdminClient:
        return self._admin

    def __exit__(self, *_: object) -> None:
        self._admin.close()
