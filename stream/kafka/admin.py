"""Creating, describing and checking a deployment's topics, with kafka-python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import monotonic, sleep
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import InvalidReplicationFactorError, KafkaError, TopicAlreadyExistsError

from stream.kafka.broker_errors import BrokerError, ClientErrors, TopicsError, no_answer, sentence_of, sentence_of_code
from stream.kafka.connection import Connection
from stream.kafka.first_contact import first_contact, told
from stream.kafka.retry import retry_transient
from stream.kafka.topic_faults import (
    CHECKED,
    LARGEST,
    FoundTopic,
    all_topics,
    faults_of,
    listed,
    remedy_of_counts,
    wide_counts,
)
from stream.wire.placement import Placement
from stream.wire.topics import USER_EVENTS

DEFAULT_PARTITIONS = 4
_CONFIGS_S = 30.0
_GROWN_S = 30.0
_SETTLE_S = 3.0
_AGAIN_S = 0.2
_REGISTERED_S = 5.0  # a broker that starts, or was paused, does not count for replication until it is registered


def create_topics(connection: Connection, group: str, n_partitions: int | None, replication: int) -> list[str]:
    """Create the missing topics and return the names on the cluster. Existing topics stay unchanged.

    `n_partitions` None: as many as the existing ones, else 4. Raise TopicsError, before any is created, if existing
    topics have another number of partitions.
    """
    counts = wide_counts(describe_topics(connection, group), group)
    return create_missing(connection, group, _chosen(connection, counts, n_partitions), replication)


def create_missing(connection: Connection, group: str, n_partitions: int, replication: int) -> list[str]:
    """Create the missing topics beside others of any number of partitions; `replication` -1: the cluster's default."""
    qualify = connection.namespace.qualify
    with Admin(connection) as admin:
        present = set(admin.list_topics())
        missing = [topic for topic in all_topics(group) if qualify(topic.name) not in present]
        for topic in missing:
            new = NewTopic(
                name=qualify(topic.name),
                num_partitions=n_partitions if topic.wide else 1,
                replication_factor=replication,
                topic_configs=topic.config,
            )
            _create(admin, new)
    return [qualify(topic.name) for topic in missing]


def add_partitions(connection: Connection, topics: Sequence[str], n_partitions: int) -> None:
    """Give each of the topics, by local name, `n_partitions` partitions; one that has as many stays unchanged.

    Return when every partition has a leader. Raise TopicsError if one has none within 30 s.
    """
    names = [connection.namespace.qualify(topic) for topic in topics]
    with Admin(connection) as admin:
        found = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(names)}
        if narrow := {name: n_partitions for name, n in found.items() if n < n_partitions}:
            admin.create_partitions(narrow)
        deadline = monotonic() + _GROWN_S
        while waiting := [topic["name"] for topic in admin.describe_topics(names) if not _has(topic, n_partitions)]:
            if monotonic() > deadline:
                raise TopicsError(f"new partitions have no leader: {', '.join(waiting)}; run the same command again")
            sleep(_AGAIN_S)


def _has(topic: dict[str, Any], n_partitions: int) -> bool:
    n_led: int = sum(partition["leader_id"] >= 0 for partition in topic["partitions"])
    return n_led == n_partitions


def describe_topics(connection: Connection, group: str) -> dict[str, FoundTopic]:
    """Return each existing topic, by local name."""
    namespace = connection.namespace
    names = {namespace.qualify(topic.name) for topic in all_topics(group)}
    with Admin(connection) as admin:
        present = sorted(names & set(admin.list_topics()))
        found = admin.describe_topics(present) if present else []
    configs = topic_configs(connection, present)
    return {
        namespace.localize(topic["name"]): FoundTopic(len(topic["partitions"]), configs[topic["name"]])
        for topic in found
    }


def check_topics(connection: Connection, group: str, warn: Callable[[str], object]) -> Placement:
    """Return the partitions of `user-events`, and warn of settings that lose data later.

    Raise TopicsError unless every topic exists, the partitioned ones agree on the number of partitions, and the topics
    with the state keep it.
    """
    qualified = {topic.name: connection.namespace.qualify(topic.name) for topic in all_topics(group)}
    found, missing = _wait_for_topics(connection, group)
    if missing:
        names = ", ".join(qualified[name] for name in missing)
        raise TopicsError(f"topics are missing: {names}; run `segue topics create`")
    faults = faults_of(found, group)
    if fatal := [fault for fault in faults if fault.fatal]:
        counts = wide_counts(found, group)
        remedy = f": {remedy_of_counts(counts, qualified)}" if len(set(counts.values())) > 1 else ""
        raise TopicsError(listed(fatal, qualified) + remedy)
    for fault in faults:
        warn(listed([fault], qualified))
    return Placement(found[USER_EVENTS].n_partitions, int(found[USER_EVENTS].config[LARGEST]))


def topic_configs(connection: Connection, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the settings of CHECKED in force for each topic, by its name on the cluster."""
    if not names:
        return {}
    admin = AdminClient(connection.confluent())  # its requests end with it
    asked = admin.describe_configs([ConfigResource(ResourceType.TOPIC, name) for name in names])
    try:
        found = {resource.name: future.result(_CONFIGS_S) for resource, future in asked.items()}
    except KafkaException as error:
        raise BrokerError(sentence_of(error.args[0])) from error
    return {name: {key: str(entries[key].value) for key in CHECKED} for name, entries in found.items()}


def _chosen(connection: Connection, counts: Mapping[str, int], n_partitions: int | None) -> int:
    """Return the number of partitions of new topics. Raise TopicsError if existing ones have another."""
    qualified = {name: connection.namespace.qualify(name) for name in counts}
    if len(set(counts.values())) > 1:
        raise TopicsError(f"{_counted(counts, qualified)}, and must agree: {remedy_of_counts(counts, qualified)}")
    present = next(iter(counts.values()), None)
    if n_partitions is None or present in (None, n_partitions):
        return n_partitions or present or DEFAULT_PARTITIONS
    grow = f", and {Placement.remedy(n_partitions)} with the workers stopped to have {n_partitions}"
    raise TopicsError(
        f"{_counted(counts, qualified)}, not {n_partitions}: leave out --partitions (SEGUE_PARTITIONS) to create "
        f"missing topics with {present}{grow if n_partitions > (present or 0) else '; a topic cannot get fewer'}"
    )


def _counted(counts: Mapping[str, int], qualified: Mapping[str, str]) -> str:
    return ", ".join(f"{qualified[name]} has {n} partitions" for name, n in counts.items())


def _create(admin: KafkaAdminClient, new: NewTopic) -> None:
    create = partial(admin.create_topics, [new], wait_for_metadata=True)
    try:
        retry_transient(create, _REGISTERED_S, also=(InvalidReplicationFactorError,))
    except TopicAlreadyExistsError:  # another process was faster
        return
    except KafkaError as error:
        raise TopicsError(f"cannot create the topic {new.name}: {sentence_of_code(error.errno, str(error))}") from error


def _wait_for_topics(connection: Connection, group: str) -> tuple[dict[str, FoundTopic], list[str]]:
    """Return the existing topics with partitions, and the missing ones.

    Missing topics are looked up again for 3 s: one broker may not know yet a topic created through another.
    """
    deadline = monotonic() + _SETTLE_S
    while True:
        found = describe_topics(connection, group)
        missing = [topic.name for topic in all_topics(group) if topic.name not in found]
        if not missing or monotonic() > deadline:
            return found, missing
        sleep(_AGAIN_S)


class Admin:
    """A client for topics, opened after a first contact, which says more about a cluster that cannot be used."""

    def __init__(self, connection: Connection) -> None:
        errors = ClientErrors(connection)
        first_contact(AdminClient(told(connection, errors)), errors)
        try:
            self._admin = KafkaAdminClient(**connection.kafka_python())
        except KafkaError as error:
            raise BrokerError(f"{no_answer(connection)} ({error})") from error

    def __enter__(self) -> KafkaAdminClient:
        return self._admin

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._admin.close()
        if isinstance(error, KafkaError):
            raise BrokerError(sentence_of_code(error.errno, str(error))) from error
