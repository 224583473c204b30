"""Log lines about messages in the wrong partition, with the remedy, at most one a minute."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import structlog

from stream.runtime.events import Delivered, EngineEvent

_EVERY_S = 60.0
_REMEDY = "set the producers' partitioner to murmur2 (librdkafka: partitioner=murmur2_random)"


class ForwardedLog:
    """An observer that counts forwarded messages, and logs their number with one example."""

    def __init__(self, now_s: Callable[[], float] = monotonic) -> None:
        self._now_s = now_s
        self._n, self._next_s = 0, float("-inf")

    def __call__(self, event: EngineEvent) -> None:
        """Count the forwarded messages of a turn."""
        if not isinstance(event, Delivered):
            return
        for batch in event.batches:
            if batch.first_forwarded is None:
                continue
            self._n += batch.outcomes["forwarded"]
            if self._now_s() >= self._next_s:
                partition, offset = batch.first_forwarded
                structlog.get_logger().warning(
                    "messages were in the wrong partition and were forwarded",
                    forwarded=self._n,
                    partition=partition,
                    offset=offset,
                    remedy=_REMEDY,
                )
                self._n, self._next_s = 0, self._now_s() + _EVERY_S
