"""The settings of a process that computes: threads of arithmetic and garbage collection."""

from __future__ import annotations

import gc
import os

from threadpoolctl import threadpool_limits


def prepare_process() -> None:
    """Limit arithmetic to one thread and avoid full garbage collections.

    With one thread, the bits of a sum do not depend on load. User states are long-lived and without cycles, and a full
    collection over 100,000 states stops the loop for more than a second. A turn makes and drops tens of thousands of
    objects without a cycle, so a young collection is due once in many turns.
    """
    threadpool_limits(limits=1)
    for library in ("OMP", "OPENBLAS"):  # for libraries that are loaded later, with scikit-learn
        os.environ[f"{library}_NUM_THREADS"] = "1"
    gc.set_threshold(100_000, 2, 1_000_000)  # the oldest generation practically never
