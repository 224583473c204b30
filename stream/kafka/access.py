"""The rights of a worker on a cluster with access control, checked before anything is processed.

A right to read or write includes the right to describe (Apache Kafka, "Authorization and ACLs"). The right to write
under a transactional id cannot be asked for: the broker refuses it when the worker begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import Any, Literal, NamedTuple

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclOperation

from stream.kafka.broker_errors import BrokerError, ClientErrors
from stream.kafka.connection import Connection
from stream.kafka.first_contact import first_contact, told
from stream.kafka.retry import retry_transient
from stream.kafka.topic_faults import all_topics
from stream.wire.topics import (
    DEAD_LETTERS,
    PROFILE_SAMPLE,
    SEGMENT_CHANGES,
    SEGMENT_HEALTH,
    SEGMENT_LINEAGE,
    SEGMENT_MODEL,
    SEGMENT_PROMOTIONS,
    SEGMENTS,
    USER_EVENTS,
    USER_PROFILES,
    USER_SEGMENTS,
    changelog,
    redriven_letters,
    trainer_changelog,
)

_ANSWER_S = 10.0
_SETTLED_S = 10.0  # the first question about a group may come before its coordinator is ready
_REFUSED = (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED)
_Operations = list[AclOperation] | None  # None: the resource does not exist, or the broker does not tell


class AccessError(BrokerError):
    """A user without the rights of a worker on the cluster."""


class Right(NamedTuple):
    """A right on a topic or consumer group, by its local name."""

    kind: Literal["topic", "group"]
    name: str
    operation: Literal["READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS"]


def worker_rights(group: str, trains: bool) -> frozenset[Right]:
    """Return the rights of a worker, with those of the trainer if it `trains`."""
    configs = (Right("topic", topic.name, "DESCRIBE_CONFIGS") for topic in all_topics(group))  # for `check_topics`
    return frozenset((*configs, *_segmenter(group), *(_trainer(group) if trains else ())))


def check_access(connection: Connection, rights: Iterable[Right]) -> None:
    """Raise AccessError with every right that the connection's user lacks. A missing topic is not looked at.

    Raise BrokerError when no broker answers.
    """
    lacking = sorted(set(rights) - set(_granted(connection, rights)))
    if lacking:
        names = "; ".join(f"{_words(right)} on {_name(connection, right)}" for right in lacking)
        user = connection.sasl_username or "this client"
        raise AccessError(f"the cluster gives {user} no right to: {names}. docs/operations.md lists the rights")


def _segmenter(group: str) -> Iterator[Right]:
    state = changelog(group).name
    yield Right("group", f"{group}-segment", "READ")
    yield Right("topic", redriven_letters(group).name, "DESCRIBE")  # others are read or written, which includes it
    yield from (Right("topic", name, "READ") for name in (USER_EVENTS, SEGMENT_MODEL, state))
    written = (USER_EVENTS, DEAD_LETTERS, SEGMENT_CHANGES, USER_SEGMENTS, USER_PROFILES, PROFILE_SAMPLE, state)
    yield from (Right("topic", name, "WRITE") for name in written)


def _trainer(group: str) -> Iterator[Right]:
    state = trainer_changelog(group).name
    yield Right("group", f"{group}-train", "READ")
    yield from (Right("topic", name, "READ") for name in (PROFILE_SAMPLE, state))
    written = (SEGMENT_MODEL, SEGMENTS, SEGMENT_LINEAGE, SEGMENT_PROMOTIONS, SEGMENT_HEALTH, state)
    yield from (Right("topic", name, "WRITE") for name in written)


def _granted(connection: Connection, rights: Iterable[Right]) -> Iterator[Right]:
    """Yield the rights that the cluster grants, and those on a topic that does not exist."""
    errors = ClientErrors(connection)
    client = AdminClient(told(connection, errors))
    first_contact(client, errors)
    asked = {kind: sorted({_name(connection, r) for r in rights if r.kind == kind}) for kind in ("topic", "group")}
    found = retry_transient(lambda: _found(client, asked["topic"], asked["group"]), _SETTLED_S)
    for right in rights:
        operations = found[right.kind, _name(connection, right)]
        if operations is None or AclOperation[right.operation] in operations:
            yield right


def _found(client: AdminClient, topics: list[str], groups: list[str]) -> dict[tuple[str, str], _Operations]:
    """Return the operations granted on each resource, by kind and name."""
    options = {"include_authorized_operations": True, "request_timeout": _ANSWER_S}
    described = {
        "topic": client.describe_topics(TopicCollection(topics), **options),
        "group": client.describe_consumer_groups(groups, **options),
    }
    return {(kind, name): _operations(answer) for kind, by in described.items() for name, answer in by.items()}


def _operations(answer: Future[Any]) -> _Operations:
    """Return the operations granted on a resource."""
    try:
        found: _Operations = answer.result().authorized_operations
    except KafkaException as exception:
        code = exception.args[0].code()
        if code in _REFUSED:
            return []
        if code == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return None
        raise
    return found


def _words(right: Right) -> str:
    return right.operation.lower().replace("_", " ")


def _name(connection: Connection, right: Right) -> str:
    return connection.namespace.qualify(right.name)
