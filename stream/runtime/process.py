"""The settings of a process that computes: threads of arithmetic and garbage collection."""

from __future__ import annotations

import gc
import os

from threadpoolctl import threadpool_limits


def prepare_process() -> None:
    """Limit arithmetic to one thread and avoid full garbage collections.

    With one thread, the bits of a sum do not depend on load. User states are long-lived and without cycles, and a full
    collection over 100,000 states stops the loop for more than a second.
    """
    threadpool_limits(limits=1)
    for library in ("OMP", "OPENBLAS"):  # for libraries that are loaded later, with scikit-learn
        os.environ[f"{library}_NUM_THREADS"] = "1"
    gc.set_threshold(1_000, 10, 1_000_000)  # the young generations as usual, the oldest one practically never
