"""Creating, describing and checking a deployment's topics, with kafka-python."""

from __future__ import annotations

from functools import partial
from time import monotonic, sleep

from confluent_kafka.admin import AdminClient
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import InvalidReplicationFactorError, KafkaError, TopicAlreadyExistsError

from stream.kafka.broker_errors import BrokerError, ClientErrors, TopicsError, no_answer, sentence_of_code
from stream.kafka.connection import Connection
from stream.kafka.first_contact import first_contact, told
from stream.kafka.retry import retry_transient
from stream.wire.topics import TOPICS, USER_EVENTS, Topic, changelog, trainer_changelog

_SETTLE_S = 3.0
_AGAIN_S = 0.2
_REGISTERED_S = 5.0  # a broker that starts, or was paused, does not count for replication until it is registered


def all_topics(group: str) -> tuple[Topic, ...]:
    """Return every topic of a deployment, by local name."""
    return (*TOPICS, changelog(group), trainer_changelog(group))


def create_topics(connection: Connection, group: str, n_partitions: int, replication: int) -> list[str]:
    """Create the missing topics and return the names on the cluster. Existing topics stay unchanged."""
    qualify = connection.namespace.qualify
    with _Admin(connection) as admin:
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


def describe_topics(connection: Connection, group: str) -> dict[str, int]:
    """Return the number of partitions of each existing topic, by local name."""
    namespace = connection.namespace
    names = {namespace.qualify(topic.name) for topic in all_topics(group)}
    with _Admin(connection) as admin:
        present = sorted(names & set(admin.list_topics()))
        found = admin.describe_topics(present) if present else []
    return {namespace.localize(topic["name"]): len(topic["partitions"]) for topic in found}


def check_topics(connection: Connection, group: str) -> None:
    """Raise TopicsError unless every topic exists, and the partitioned ones agree on the number of partitions."""
    qualify = connection.namespace.qualify
    found, missing = _wait_for_topics(connection, group)
    if missing:
        raise TopicsError(f"topics are missing: {', '.join(map(qualify, missing))}; run `segue topics create`")
    if broad := [qualify(topic.name) for topic in all_topics(group) if not topic.wide and found[topic.name] != 1]:
        raise TopicsError(f"these topics must have exactly one partition: {', '.join(broad)}; make them again")
    state = changelog(group).name
    if found[USER_EVENTS] != found[state]:
        raise TopicsError(
            f"{qualify(state)} has {found[state]} partitions and {qualify(USER_EVENTS)} has {found[USER_EVENTS]}: they "
            "must agree, since a user's state is in the partition of the user's events"
        )


def _create(admin: KafkaAdminClient, new: NewTopic) -> None:
    create = partial(admin.create_topics, [new], wait_for_metadata=True)
    try:
        retry_transient(create, _REGISTERED_S, also=(InvalidReplicationFactorError,))
    except TopicAlreadyExistsError:  # another process was faster
        return
    except KafkaError as error:
        raise TopicsError(f"cannot create the topic {new.name}: {error}") from error


def _wait_for_topics(connection: Connection, group: str) -> tuple[dict[str, int], list[str]]:
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


class _Admin:
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
