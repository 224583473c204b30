"""Consumer groups as an operator sees them."""

from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from stream.kafka.connection import Connection
from stream.kafka.retry import retry_transient

_ASK_S = 30.0


def n_members(connection: Connection, group: str) -> int:
    """Return the number of members of a consumer group, by local name; 0 for one that does not exist."""
    name = connection.namespace.qualify(group)
    admin = AdminClient(connection.confluent())  # kept until the answer: it answers nothing once it is gone
    try:
        return retry_transient(lambda: _n_members(admin, name), _ASK_S)
    except KafkaException as exception:
        if exception.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return 0
        raise


def _n_members(admin: AdminClient, name: str) -> int:
    return len(admin.describe_consumer_groups([name], request_timeout=_ASK_S)[name].result(_ASK_S).members)
