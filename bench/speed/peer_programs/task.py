"""The input of a program, in one folder: names of topics, texts with vectors, and centroids."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_TASK, _KNOWN = "task-{}.json", "known.npz"


@dataclass(frozen=True)
class Task:
    """Broker, topics and consumer group of a program, and the number of items of a window."""

    bootstrap_servers: str
    events: str
    changes: str
    changelog: str
    group: str
    exactly_once: bool
    window_items: int
    state_folder: str

    def write(self, folder: Path) -> None:
        """Write the task of its group."""
        (folder / _TASK.format(self.group)).write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, folder: Path, group: str) -> Task:
        """Return the task of a group."""
        return cls(**json.loads((folder / _TASK.format(group)).read_text()))


@dataclass(frozen=True)
class Known:
    """Texts with `(n, d)` vectors, and `(k, d)` centroids of the segments."""

    texts: list[str]
    vectors: Vectors
    centroids: Vectors

    def write(self, folder: Path) -> None:
        """Write all to the folder."""
        np.savez(folder / _KNOWN, texts=np.array(self.texts), vectors=self.vectors, centroids=self.centroids)

    @classmethod
    def read(cls, folder: Path) -> Known:
        """Return what a folder has."""
        with np.load(folder / _KNOWN) as found:
            return cls(found["texts"].tolist(), found["vectors"], found["centroids"])

    def numbers(self) -> dict[str, int]:
        """Return the row of each text."""
        return {text: row for row, text in enumerate(self.texts)}


def segment_name(row: int) -> str:
    """Return the name of a segment for the change record.

    >>> segment_name(3)
    's3'
    """
    return f"s{row}"
