"""One sample: what the worker's process, its metrics, the broker and the topics' folders say now (Linux)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

MIB = 1 << 20
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class ProcessSample:
    """Figures of the system for a process: memory in MiB, open files, threads, and seconds of CPU so far."""

    rss_mb: float
    n_files: int
    n_threads: int
    cpu_s: float


@dataclass(frozen=True)
class Sample:
    """Figures at one time. `waiting` is true, from offsets; `lag` is the worker's own metric."""

    elapsed_s: float
    n_events: int
    waiting: int
    lag: float
    n_users: float
    worker: ProcessSample
    broker: ProcessSample
    n_full_collections: int
    collection_s: float
    topic_mb: Mapping[str, float]
    not_delivered: float
    segment_model: float


def process_sample(pid: int) -> ProcessSample:
    """Read `/proc`. Raises OSError when the process has ended."""
    folder = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    after_name = (folder / "stat").read_text().rpartition(")")[2].split()
    return ProcessSample(
        rss_mb=int(status["VmRSS"].split()[0]) / 1024,
        n_files=len(list((folder / "fd").iterdir())),
        n_threads=int(status["Threads"]),
        cpu_s=(int(after_name[11]) + int(after_name[12])) / _TICKS_PER_S,
    )


def metrics(url: str) -> dict[str, float]:
    """Return the sums of a worker's metrics over their labels, by name."""
    with urlopen(f"{url}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    found: Counter[str] = Counter()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.labels.get("role", "segment") == "segment":  # not the trainer's turns and lag
                found[sample.name] += sample.value  # type: ignore[assignment]
    return dict(found)


def topic_sizes(data: Path) -> dict[str, float]:
    """Return the MiB of log segments of each topic in a broker's data folder, partitions and replicas summed."""
    found: Counter[str] = Counter()
    for folder in data.iterdir():
        topic, dash, partition = folder.name.rpartition("-")
        if dash and partition.isdigit():
            found[topic] += sum(map(_size, folder.glob("*.log")))
    return {topic: n_bytes / MIB for topic, n_bytes in sorted(found.items())}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # the segment was deleted since
        return 0
