"""Settings and start of the demo's worker."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from stream.demo.processes import DemoProcess, running, verb
from stream.devkafka.ports import free_port
from stream.kafka.connection import Connection

GROUP = "demo"
SETTINGS = {
    "clock": "event",
    "kinds": "purchase",
    "dwell_ms": str(86_400_000),
    "min_items": "5",
    "warm_up_samples": "1500",
    "batch_samples": "5000",
    "n_segments": "10",
    "publish_profiles": "always",
    "log_level": "warning",
}


def demo_settings(connection: Connection, encoder: str) -> dict[str, str]:
    """Return the settings of all processes of the demo, by field."""
    return SETTINGS | {"bootstrap_servers": connection.bootstrap_servers, "group": GROUP, "encoder": encoder}


def running_worker(settings: dict[str, str], folder: Path) -> AbstractContextManager[DemoProcess]:
    """Run a worker until the end of the block."""
    port = free_port()
    command = verb(settings | {"instance": "demo", "http_port": str(port)}, "worker")
    return running("worker", command, folder, f"http://127.0.0.1:{port}", "/readyz")
