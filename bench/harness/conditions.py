"""Conditions of a measurement: commit, machine and packages."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from confluent_kafka import libversion

from stream.devkafka import KAFKA_VERSION

PACKAGES = ("numpy", "scikit-learn", "onnxruntime", "confluent-kafka", "msgspec", "torch")
ROOT = Path(__file__).parents[2]
DEFAULT_MODEL = ROOT / "models" / "default"


def conditions(quick: bool) -> dict[str, str]:
    """Return the conditions by name, in reading order."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "commit": _commit(),
        "sizes": "quick, not to be quoted" if quick else "full",
        "CPU": f"{_cpu()}, {os.cpu_count()} cores, shared by worker, broker and measurement",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "packages": ", ".join(f"{name} {_version(name)}" for name in PACKAGES),
        "Kafka": f"{KAFKA_VERSION}, one node, no replication, librdkafka {libversion()[0]}",
    }


def _cpu() -> str:
    """Return the processor's name as the system reports it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
