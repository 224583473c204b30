"""`segue worker` as it is, with its full garbage collections counted into a file: `... FILE worker --flags`."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from time import perf_counter

from stream.cli.main import main


class Collections:
    """A counter of full garbage collections, in the file after each."""

    def __init__(self, path: Path) -> None:
        self._path, self._started_s = path, 0.0
        self._n, self._seconds = 0, 0.0

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        """Count a collection of the oldest generation."""
        if info["generation"] < 2:
            return
        if phase == "start":
            self._started_s = perf_counter()
            return
        self._n, self._seconds = self._n + 1, self._seconds + perf_counter() - self._started_s
        self._path.write_text(json.dumps([self._n, self._seconds]))


def collections(path: Path) -> tuple[int, float]:
    """Return number and seconds of full collections so far; zeros before the first."""
    try:
        n, seconds = json.loads(path.read_text())
    except (OSError, ValueError):  # not there yet, or being written
        return 0, 0.0
    return n, seconds


if __name__ == "__main__":
    gc.callbacks.append(Collections(Path(sys.argv.pop(1))))
    main()
