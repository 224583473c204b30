"""A turn whose delivery is under way on another thread, while the next one is computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, wait
from time import monotonic
from typing import Generic

from stream.runtime.job import Batch, Result


class OpenTurn(Generic[Result]):
    """A turn under way: what it took to compute, and the batches that are to be merged after the delivery.

    `summaries` keeps batches of partitions that were revoked meanwhile: they were delivered with the others.
    """

    def __init__(
        self, batches: Sequence[Batch[Result]], compute_s: float, deliver: Callable[[], None], on: Executor
    ) -> None:
        self.batches, self.compute_s, self.deliver_s = list(batches), compute_s, 0.0
        self.summaries = [batch.summary for batch in batches]
        self._deliver = deliver
        self._delivering = on.submit(self._timed)

    def is_over(self) -> bool:
        """Return True if the delivery has ended, either way."""
        return self._delivering.done()

    def result(self) -> None:
        """Wait for the end of the delivery. Raise what it raised."""
        self._delivering.result()

    def let_go(self, partitions: Sequence[int]) -> None:
        """Wait for the end of the delivery, and leave these partitions to their next owner."""
        wait([self._delivering])
        self.batches = [batch for batch in self.batches if batch.partition not in partitions]

    def _timed(self) -> None:
        began = monotonic()
        try:
            self._deliver()
        finally:
            self.deliver_s = monotonic() - began
