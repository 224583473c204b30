"""The consumers of docs/consumers as processes: how each is started, and the lines that it has written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from stream.devkafka.guarded_process import GuardedProcess
from stream.devkafka.jars import KAFKA_VERSION, cache_folder
from stream.kafka.connection import Connection
from tests.e2e.consumers.node import CONSUMERS, NODE, node_modules

PROGRAMS = ("segments_kafka_python.py", "segments_aiokafka.py", "segments.mjs", "Segments.java")
JAVA_MIN = 17


@dataclass
class Running:
    """A consumer that runs, or the reason why this machine cannot run it."""

    process: GuardedProcess | None
    log: Path = field(default_factory=Path)
    reason: str = ""

    def lines(self) -> list[dict[str, Any]]:
        """Return what it has said. Skip the test where it cannot run; fail if it has ended by itself."""
        if self.process is None:
            pytest.skip(self.reason)
        said = self.log.read_text()
        assert self.process.running(), said
        return [json.loads(line) for line in said.splitlines(keepends=True) if re.fullmatch(r"\{.*\}\n", line)]

    def stop(self) -> None:
        """End it by SIGTERM."""
        if self.process is not None:
            self.process.stop()


def start(program: str, connection: Connection, folder: Path, run: int) -> Running:
    """Start a consumer of the connection's topics; its group has its name, so that a second run goes on."""
    try:
        command = _command(program, folder)
    except FileNotFoundError as error:
        return Running(None, reason=str(error))
    log = folder / f"{program}-{run}.log"
    words = [connection.bootstrap_servers, f"{connection.topic_prefix}{program}", connection.topic_prefix]
    return Running(GuardedProcess([*command, *words], log), log)


def _command(program: str, folder: Path) -> list[str]:
    if program.endswith(".py"):
        if "aiokafka" in program and not find_spec("aiokafka"):
            raise FileNotFoundError("needs aiokafka: pip install 'segue[faust]'")
        return [sys.executable, str(CONSUMERS / program)]
    if program.endswith(".java"):
        jars = cache_folder(os.environ) / f"kafka-{KAFKA_VERSION}" / "*"
        return [_java(), "-XX:TieredStopAtLevel=1", "-cp", str(jars), str(CONSUMERS / program)]
    if not (modules := folder / "node_modules").exists():
        modules.symlink_to(node_modules())
        shutil.copy(CONSUMERS / program, folder / program)
    return [str(NODE), str(folder / program)]


def _java() -> str:
    """Return a Java that compiles: the one of the broker does not. Raise FileNotFoundError without one."""
    found = shutil.which("java")
    if found is None or shutil.which("javac") is None:
        raise FileNotFoundError(f"needs a JDK of Java {JAVA_MIN} on PATH")
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < JAVA_MIN:
        raise FileNotFoundError(f"needs Java {JAVA_MIN}, got {told.splitlines()[:1]}")
    return found
