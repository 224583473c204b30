"""Kafka Connect in one process, with the connectors of docs/integrations/connect and their real plugins."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stream.devkafka.guarded_process import GuardedProcess
from stream.devkafka.java import java_command
from stream.devkafka.ports import free_port
from tests.e2e.connect.archives import JDBC_SINK, connect_jars, fetched

EXAMPLES = Path(__file__).parents[3] / "docs" / "integrations" / "connect"
_MAIN = "org.apache.kafka.connect.cli.ConnectStandalone"


def example(name: str, **changes: str) -> dict[str, Any]:
    """Return a connector of the documents, with these settings changed; `_` stands for `.`."""
    connector: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    for key, value in changes.items():
        assert key.replace("_", ".") in connector["config"]
        connector["config"][key.replace("_", ".")] = value
    return connector


@contextmanager
def connect(folder: Path, bootstrap_servers: str, *connectors: Mapping[str, Any]) -> Iterator[Path]:
    """The log of a running Connect with these connectors."""
    with tarfile.open(fetched(JDBC_SINK)) as archive:
        archive.extractall(folder / "plugins", filter="data")
    settings = {
        "bootstrap.servers": bootstrap_servers,
        "plugin.path": folder / "plugins",
        "listeners": f"http://127.0.0.1:{free_port()}",
        "offset.storage.file.filename": folder / "offsets",
        "offset.flush.interval.ms": 500,
        "key.converter": "org.apache.kafka.connect.storage.StringConverter",
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
        "config.providers": "env",
        "config.providers.env.class": "org.apache.kafka.common.config.provider.EnvVarConfigProvider",
    }
    worker, log = folder / "worker.properties", folder / "connect.log"
    worker.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    files = []
    for connector in connectors:
        files.append(folder / f"{connector['name']}.json")
        files[-1].write_text(json.dumps(connector))
    java = java_command(connect_jars(), 400, _MAIN, *map(str, [worker, *files]))
    process = GuardedProcess(["env", "SEGUE_SINK_PASSWORD=none", *java], log)
    try:
        yield log
    finally:
        process.stop()
