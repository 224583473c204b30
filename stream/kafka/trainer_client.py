"""Asking the trainer: a command among the samples, and the answer on `segment-promotions` or `segments`."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import msgspec
from kafka import KafkaProducer
from kafka.errors import KafkaError

from stream.kafka.admin import TopicsError
from stream.kafka.connection import Connection
from stream.kafka.reader import Read, reading
from stream.training.values.commands import Asked, Drop, Promote, Refit, Rename, Rollback
from stream.training.values.promotion import DROPPED, REFUSED, Promotion
from stream.wire.catalogue import CatalogueEntry
from stream.wire.commands import command_message
from stream.wire.promotions import read_promotion
from stream.wire.topics import SEGMENT_PROMOTIONS, SEGMENTS

Answer = TypeVar("Answer")
Judged = Promote | Drop | Rollback | Refit  # answered by a verdict

_ASKED_BY = re.compile(r"\(?asked for by (?P<id>[^\s()]+)\)?$")  # at the end of a verdict's reason
_SENT_S = 30.0


class NoAnswerError(RuntimeError):
    """The trainer did not answer in time; the command stays where it was sent."""


class RefusedError(RuntimeError):
    """The trainer will not do what it was asked."""


def decision_on(connection: Connection, command: Judged, for_s: float) -> Promotion:
    """Send the command and wait for the verdict on it. Raises RefusedError, NoAnswerError after `for_s` seconds, and
    TopicsError when Kafka can not be reached."""

    return _ask(connection, command, lambda read: answer_in(read, command), for_s)


def renamed(connection: Connection, command: Rename, for_s: float) -> CatalogueEntry:
    """Send the command and wait for the segment's new entry. Raises as `verdict_on` does."""
    return _ask(connection, command, lambda read: _entry(read, command), for_s)


def answer_in(read: Read, command: Judged) -> Promotion | None:
    """The verdict that shows the command done; None for any other record. Others than a Drop may drop a candidate on
    the way."""
    found = _verdict_on(read, command.id)
    if found is None or found.status == REFUSED:
        return None
    return found if (found.status == DROPPED) == isinstance(command, Drop) else None


def read_verdict(read: Read) -> Promotion | None:
    """The verdict that a record is; None for any other."""
    if read.topic != SEGMENT_PROMOTIONS:
        return None
    try:
        return read_promotion(read.value or b"")
    except msgspec.DecodeError:
        return None


def command_of(decision: Promotion) -> str:
    """The id of the command that led to a verdict, "" for none. One that is done may drop a candidate first."""
    found = _ASKED_BY.search(decision.reason)
    return found["id"] if found else ""


def reason_of(decision: Promotion, by_hand: str) -> str:
    """The verdict's reason with `by_hand` in place of the command's id, which tells people nothing."""
    return _ASKED_BY.sub(by_hand, decision.reason).strip()


def _ask(connection: Connection, command: Asked, done: Callable[[Read], Answer | None], for_s: float) -> Answer:
    deadline = monotonic() + for_s
    with reading(connection, SEGMENT_PROMOTIONS, SEGMENTS, from_now_on=True) as reader:
        _send(connection, command)
        while monotonic() < deadline:
            for read in reader.poll():
                if (answer := done(read)) is not None:
                    return answer
                said = _verdict_on(read, command.id)
                if said is not None and said.status == REFUSED:
                    raise RefusedError(reason_of(said, ""))
    raise NoAnswerError(
        f"no trainer answered within {for_s:g} s: does a worker run that trains, one without SEGUE_SEGMENT_MODEL? The "
        "command stays on profile-sample for as long as that topic keeps records, and is done when one starts"
    )


def _send(connection: Connection, command: Asked) -> None:
    message = command_message(command)
    try:
        producer = KafkaProducer(**connection.kafka_python(), acks="all", allow_auto_create_topics=False)
        try:
            sent = producer.send(
                connection.namespace.qualify(message.topic), key=message.key, value=message.value, partition=0
            )
            sent.get(timeout=_SENT_S)
        finally:
            producer.close(timeout=_SENT_S)
    except KafkaError as error:
        raise TopicsError(f"can not send to {message.topic}: {error}") from error


def _verdict_on(read: Read, command: str) -> Promotion | None:
    decision = read_verdict(read)
    return decision if decision and command_of(decision) == command else None


def _entry(read: Read, command: Rename) -> CatalogueEntry | None:
    """The entry that shows this command done."""
    if read.topic != SEGMENTS or read.key != command.segment.encode() or read.value is None:
        return None
    entry = msgspec.json.decode(read.value, type=CatalogueEntry)
    described = entry.description
    done = described.name == command.name and described.edited if command.name else not described.edited
    return entry if done else None
