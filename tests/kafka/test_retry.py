"""Which errors are transient, and how often a request is repeated."""

from __future__ import annotations

from collections.abc import Iterator

import kafka.errors
import pytest
from confluent_kafka import KafkaError, KafkaException

from stream.kafka import retry
from stream.kafka.retry import is_transient, retry_transient

_ABOUT_TOPICS = {"UnknownTopicOrPartitionError", "UnknownTopicIdError", "InconsistentTopicIdError"}
_NOT_ASKED_HERE = {"PreferredLeader", "EligibleLeaders", "ElectionNotNeeded", "ThrottlingQuota", "Session"}


def retriable_codes() -> Iterator[tuple[str, int]]:
    """The codes that the protocol calls retriable, by an independent client."""
    for name, error in vars(kafka.errors).items():
        asked = name not in _ABOUT_TOPICS and not any(part in name for part in _NOT_ASKED_HERE)
        is_answer = isinstance(error, type) and issubclass(error, kafka.errors.BrokerResponseError)
        if asked and is_answer and error.retriable:
            yield name, error.errno


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "_AGAIN_S", 0.0)


@pytest.mark.parametrize(("name", "code"), list(retriable_codes()))
def test_what_the_protocol_calls_retriable_is_transient(name: str, code: int) -> None:
    assert is_transient(KafkaError(code))


@pytest.mark.parametrize(
    "code",
    [
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError._FATAL,
        KafkaError._AUTHENTICATION,
    ],
)
def test_what_time_does_not_mend_is_not(code: int) -> None:
    assert not is_transient(KafkaError(code))


def test_a_transaction_that_must_be_aborted_is_not_committed_again() -> None:
    assert not is_transient(KafkaError(KafkaError.NOT_ENOUGH_REPLICAS, "", txn_requires_abort=True))
    assert not is_transient(KafkaError(KafkaError._TIMED_OUT, "", fatal=True, retriable=True))


def test_a_request_is_repeated_until_it_is_answered() -> None:
    codes = iter([KafkaError.LEADER_NOT_AVAILABLE, KafkaError.FENCED_LEADER_EPOCH, KafkaError._TRANSPORT])

    def ask() -> str:
        for code in codes:
            raise KafkaException(KafkaError(code))
        return "answer"

    assert retry_transient(ask, 60.0) == "answer"


def test_the_last_error_is_raised_after_the_deadline() -> None:
    def ask() -> None:
        raise KafkaException(KafkaError(KafkaError.LEADER_NOT_AVAILABLE))

    with pytest.raises(KafkaException):
        retry_transient(ask, 0.0)


def test_another_error_is_raised_at_once() -> None:
    asked: list[int] = []

    def ask() -> None:
        asked.append(1)
        raise KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))

    with pytest.raises(KafkaException):
        retry_transient(ask, 60.0)
    assert len(asked) == 1
