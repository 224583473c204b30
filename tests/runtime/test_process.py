"""A process that computes, as its own process says."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import gc, json, os
import numpy  # loads a library of arithmetic
from threadpoolctl import threadpool_info
from stream.runtime.process import prepare_process
prepare_process()
threads = sorted({each["num_threads"] for each in threadpool_info()})
print(json.dumps([threads, os.environ["OMP_NUM_THREADS"], gc.get_threshold()]))
"""


def test_arithmetic_has_one_thread_and_full_collections_are_rare() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    threads, variable, (youngest, _, oldest) = json.loads(done.stdout)
    assert (threads, variable) == ([1], "1")
    assert oldest >= 1_000_000
    assert youngest >= 100_000  # more objects than a turn makes
