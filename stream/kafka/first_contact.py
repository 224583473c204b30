"""The first request of a client to the cluster: an answer, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Any, Protocol

from confluent_kafka import KafkaException

from stream.kafka.broker_errors import BrokerError, ClientErrors, TopicsError
from stream.kafka.connection import Connection
from stream.kafka.namespace import Namespace

_TRIES_S = (0.5, 1.0, 2.0, 4.0)  # one request each; a broker that starts, or a slow network, needs more than one
_DOWN_S = 2.0  # while every broker refuses the connection


class Client(Protocol):
    """A consumer, producer or admin client of confluent-kafka."""

    def list_topics(self, *, timeout: float) -> Any:
        """Return the cluster's metadata."""
        ...

    def poll(self, timeout: float) -> Any:
        """Serve callbacks."""
        ...


def told(connection: Connection, errors: ClientErrors) -> dict[str, Any]:
    """Return confluent-kafka's settings for a client that reports to `errors` and writes no log lines of its own."""
    return connection.confluent() | {"error_cb": errors, "log_level": 0}


def first_contact(client: Client, errors: ClientErrors) -> dict[str, int]:
    """Return the number of partitions of each topic, by the name on the cluster.

    `errors` is the client's `error_cb`. Raise BrokerError when no broker answers within some 8 s, and at once for a
    reason that does not pass.
    """
    started_s = monotonic()
    for try_s in _TRIES_S:
        try:
            found = client.list_topics(timeout=try_s)
        except KafkaException:
            client.poll(0)
            if errors.are_final or (errors.all_down and monotonic() - started_s > _DOWN_S):
                break
        else:
            return {name: len(topic.partitions) for name, topic in found.topics.items() if topic.error is None}
    raise BrokerError(errors.sentence())


def existing_topics(
    client: Client, errors: ClientErrors, namespace: Namespace, topics: Iterable[str]
) -> dict[str, int]:
    """Return the number of partitions of each of the `topics`, by local name.

    Raise TopicsError when one is missing, and what `first_contact` raises.
    """
    present = first_contact(client, errors)
    found = {topic: present.get(namespace.qualify(topic), 0) for topic in topics}
    if missing := [namespace.qualify(topic) for topic, n_partitions in found.items() if not n_partitions]:
        raise TopicsError(f"topics are missing: {', '.join(missing)}; run `segue topics create`")
    return found
