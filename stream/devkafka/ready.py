"""The check that a broker answers: a metadata request, as from any client."""

import socket

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

TIMEOUT_S = 2.0


def is_ready(port: int, cluster_id: str, n_brokers: int = 1) -> bool:
    """Return True if a broker of this cluster, not another one, serves metadata at 127.0.0.1:port.

    It must know at least `n_brokers` brokers.
    """
    try:
        socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S).close()
    except OSError:
        return False
    client = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0})
    try:
        found = client.list_topics(timeout=TIMEOUT_S)
        return found.cluster_id == cluster_id and len(found.brokers) >= n_brokers
    except KafkaException:
        return False
