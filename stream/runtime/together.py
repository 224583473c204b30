"""Several engines in one process."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from threading import Event
from typing import Protocol


class Engine(Protocol):
    """A loop for one job."""

    def run(self, stop: Event) -> None:
        """Run until `stop` is set."""
        ...


def run_together(engines: Sequence[Engine], stop: Event) -> None:
    """Run each engine on its own thread; the first end or failure ends all."""
    with ThreadPoolExecutor(len(engines), thread_name_prefix="engine") as pool:
        running = [pool.submit(engine.run, stop) for engine in engines]
        ended, _ = wait(running, return_when=FIRST_COMPLETED)
        stop.set()
        for each in (*ended, *running):
            each.result()
