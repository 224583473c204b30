"""A real single-node Apache Kafka on this machine, without Docker and without an installed Java.

* `broker`: the broker as a context manager
* `properties`: its configuration
* `ready`: the check that it has started
* `java`, `jars`: the program
* `guarded_process`: a child process that never outlives its starter
* `ports`, `errors`
* `lock`: the tool that pins another version
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
