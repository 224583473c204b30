"""A real Apache Kafka on this machine, of one broker or of several, without Docker and without an installed Java.

* `broker`: one broker as a context manager
* `cluster`: several brokers with replicated topics, as a context manager
* `node`: a broker's process and folder
* `properties`: configurations
* `ready`: the check that a broker has started
* `java`, `jars`: the program
* `guarded_process`: a child process that never outlives its starter
* `ports`, `errors`
* `lock`: the tool that pins another version
"""

from stream.devkafka.broker import EmbeddedKafka
from stream.devkafka.cluster import EmbeddedCluster
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
    "EmbeddedCluster",
    "EmbeddedKafka",
    "EmbeddedKafkaError",
    "ExtraMissingError",
    "JarDownloadError",
    "PortTakenError",
]
