"""A PostgreSQL of its own for a test, on 127.0.0.1, from an archive of 15 MB. It refuses to run as root."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stream.devkafka.guarded_process import GuardedProcess
from stream.devkafka.ports import free_port
from tests.e2e.connect.archives import POSTGRES, fetched
from tests.e2e.waiting import eventually

NAME = "segue"  # of user and database
_NOBODY = 65_534


class Postgres:
    """A server in a folder. Tables are read once it has stopped, by its single-user mode: no client is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        with zipfile.ZipFile(fetched(POSTGRES)) as jar:
            packed = jar.open("postgres-linux-x86_64.txz")
            with packed, tarfile.open(fileobj=packed, mode="r:xz") as archive:
                archive.extractall(folder, filter="data")
        if os.geteuid() == 0:
            shutil.chown(folder, _NOBODY, _NOBODY)
        self._run("initdb", "--username", NAME, "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C")
        self._single("postgres", f"CREATE DATABASE {NAME}")
        options = ["-D", str(folder / "data"), "-p", str(self.port), "-h", "127.0.0.1", "-k", "", "-F"]
        log = folder.with_suffix(".log")
        self.process = GuardedProcess([*_as_nobody(), str(folder / "bin" / "postgres"), *options], log)
        eventually(lambda: "ready to accept connections" in log.read_text(), "PostgreSQL is ready")

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return the rows of a table of the stopped server."""
        assert not self.process.running()
        file = self.folder / "data" / f"{table}.jsonl"
        self._single(NAME, f"COPY (SELECT row_to_json(t) FROM {table} t) TO '{file}'")
        return [json.loads(line.replace("\\\\", "\\")) for line in file.read_text().splitlines()]

    def _single(self, database: str, statement: str) -> None:
        self._run("postgres", "--single", database, given=statement + "\n", first=("--single",))

    def _run(self, program: str, *options: str, given: str = "", first: tuple[str, ...] = ()) -> None:
        others = [each for each in options if each not in first]
        place = [*first, "-D", str(self.folder / "data")]
        command = [*_as_nobody(), str(self.folder / "bin" / program), *place, *others]
        done = subprocess.run(command, input=given, text=True, capture_output=True, check=False, cwd=self.folder)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "ERROR" not in done.stderr, done.stderr


def _as_nobody() -> list[str]:
    """Return the beginning of a command that runs without root's rights."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A running server; its folder is open to another user than root."""
    with tempfile.TemporaryDirectory(prefix="segue-postgres-") as outer:
        Path(outer).chmod(0o755)
        folder = Path(outer) / "server"
        folder.mkdir()
        server = Postgres(folder)
        try:
            yield server
        finally:
            server.process.stop()
