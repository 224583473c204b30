"""CPU time, wall time and memory of a program, as the system counts them.

Linux counts into a program's largest memory what its parent had when it started it. So the parent must stay small: it
loads neither profiles nor scikit-learn.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from time import perf_counter

from bench.harness.deployment import BenchmarkError


@dataclass(frozen=True)
class Spent:
    """CPU seconds of all cores, wall seconds, and most resident memory in MB of a program that printed `lines`."""

    cpu_s: float
    wall_s: float
    memory_mb: int
    lines: tuple[str, ...]


def spent(arguments: Sequence[str]) -> Spent:
    """Run Python with these arguments, one thread of arithmetic, to its end. Raises BenchmarkError if it fails."""
    began_s = perf_counter()
    with TemporaryFile("w+") as out, TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=out, stderr=errors, env=os.environ | {"OMP_NUM_THREADS": "1"}
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)  # it is waited for here, not by subprocess
        wall_s = perf_counter() - began_s
        out.seek(0)
        errors.seek(0)
        if process.returncode:
            raise BenchmarkError(f"{' '.join(arguments)} ended with {process.returncode}:\n{errors.read()[-2000:]}")
        lines = tuple(out.read().splitlines())
    return Spent(usage.ru_utime + usage.ru_stime, wall_s, usage.ru_maxrss // 1024, lines)
