"""A real single-node Apache Kafka on this machine, without Docker and without a Java of its own.

Read in this order: `broker` (what one uses), `properties` (how the broker is set up), `ready` (when it counts as
started), `java` and `jars` (where the program comes from), `guarded_process` (why nothing is left behind),
`ports`, `errors`. `lock` is for whoever raises the version.
"""

from stream.devkafka.broker import EmbeddedKafka
from stream.devkafka.errors import (
    BrokerStartError,
    EmbeddedKafkaError,
    ExtraMissingError,
    JarDownloadError,
    PortTakenError,
)
from stream.devkafka.jars import KAFKA_VERSION

__all__ = [
    "KAFKA_VERSION",
    "BrokerStartError",
    "EmbeddedKafka",
    "EmbeddedKafkaError",
    "ExtraMissingError",
    "JarDownloadError",
    "PortTakenError",
]
