"""Asking a broker again while it says that it is moving, loading or not there yet."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException

Answer = TypeVar("Answer")

_AGAIN_S = 0.2
_PASSING = frozenset(
    {
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
        KafkaError.CONCURRENT_TRANSACTIONS,
    }
)


def retry_transient(ask: Callable[[], Answer], for_s: float, also: tuple[type[Exception], ...] = ()) -> Answer:
    """The answer of `ask`; a KafkaException that time mends, and any of `also`, is tried again for `for_s` seconds, any
    other is raised."""
    deadline = monotonic() + for_s
    while True:
        try:
            return ask()
        except KafkaException as exception:
            error: KafkaError = exception.args[0]
            passing = error.code() in _PASSING or error.retriable()
            if error.fatal() or not passing or monotonic() > deadline:
                raise
        except also:
            if monotonic() > deadline:
                raise
        sleep(_AGAIN_S)
