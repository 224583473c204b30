"""Repeating a request while the broker reports a transient error, such as a coordinator that moves or loads."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from confluent_kafka import KafkaError, KafkaException

Answer = TypeVar("Answer")

_AGAIN_S = 0.2
_TRANSIENT = frozenset(
    {
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.UNSTABLE_OFFSET_COMMIT,
        KafkaError.CONCURRENT_TRANSACTIONS,
    }
)


def retry_transient(ask: Callable[[], Answer], for_s: float, also: tuple[type[Exception], ...] = ()) -> Answer:
    """Return the answer of `ask`. Repeat it for `for_s` seconds after a transient KafkaException, or any of `also`.

    Raise any other exception at once.
    """
    deadline = monotonic() + for_s
    while True:
        try:
            return ask()
        except KafkaException as exception:
            error: KafkaError = exception.args[0]
            transient = error.code() in _TRANSIENT or error.retriable()
            if error.fatal() or not transient or monotonic() > deadline:
                raise
        except also:
            if monotonic() > deadline:
                raise
        sleep(_AGAIN_S)
