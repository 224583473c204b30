"""A digest of all that the compiled core makes of drawn runs, by the library of one folder.

Each library has a process of its own. `python -m tests.core.kernel.output_bits runs.pickle` prints the digest.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings

from tests.core.cores import PRODUCTION
from tests.core.kernel.runs import Run, runs
from tests.core.kernel.taking import take
from tests.core.planted import bits


def draw(file: Path, n_runs: int) -> None:
    """Write runs to a file, the same at every call."""
    found: list[Run] = []

    @settings(max_examples=n_runs, derandomize=True, database=None)
    @given(run=runs())
    def keep(run: Run) -> None:
        found.append(run)

    keep()
    file.write_bytes(pickle.dumps(found))


def digest_by(folder: Path, file: Path) -> str:
    """Return the digest of the runs in a file by the library of a folder."""
    command = [sys.executable, "-m", "tests.core.kernel.output_bits", str(file)]
    environment = os.environ | {"SEGUE_KERNEL_FOLDER": str(folder)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def digest(drawn: list[Run]) -> str:
    """Return the digest of outputs and users after each stage of some runs, to the last bit."""
    found = hashlib.sha256()
    for run in drawn:
        for taken in take(run, PRODUCTION):
            found.update(repr((bits(taken.outputs), sorted(taken.users.items()))).encode())
    return found.hexdigest()


if __name__ == "__main__":
    print(digest(pickle.loads(Path(sys.argv[1]).read_bytes())))
