"""Repeating a request after a transient error, such as a coordinator that loads, or a partition without a leader.

Source: Apache Kafka, "Error codes", column "Retriable". Errors about topics are not among them: a deleted topic does
not come back by itself.
"""

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
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.FENCED_LEADER_EPOCH,
        KafkaError.UNKNOWN_LEADER_EPOCH,
        KafkaError.OFFSET_NOT_AVAILABLE,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.REPLICA_NOT_AVAILABLE,
        KafkaError.LISTENER_NOT_FOUND,
        KafkaError.NOT_CONTROLLER,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError._WAIT_COORD,
    }
)


def is_transient(error: KafkaError) -> bool:
    """Return True if the same request may succeed later, by the same client, in the same transaction."""
    if error.fatal() or error.txn_requires_abort():
        return False
    return error.retriable() or error.code() in _TRANSIENT


def retry_transient(ask: Callable[[], Answer], for_s: float, also: tuple[type[Exception], ...] = ()) -> Answer:
    """Return the answer of `ask`. Repeat it for `for_s` seconds after a transient KafkaException, or any of `also`.

    Raise any other exception at once.
    """
    deadline = monotonic() + for_s
    while True:
        try:
            return ask()
        except KafkaException as exception:
            if not is_transient(exception.args[0]) or monotonic() > deadline:
                raise
        except also:
            if monotonic() > deadline:
                raise
        sleep(_AGAIN_S)
