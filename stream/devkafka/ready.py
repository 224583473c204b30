"""The check that a broker answers: a metadata request, as from any client."""

import socket

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

TIMEOUT_S = 2.0


def is_ready(port: int, cluster_id: str) -> bool:
    """Return True if the broker of this cluster, not another one, serves metadata at 127.0.0.1:port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S).close()
    except OSError:
        return False
    client = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0})
    try:
        return bool(client.list_topics(timeout=TIMEOUT_S).cluster_id == cluster_id)
    except KafkaException:
        return False
