"""Request and reply with the trainer: a command on `profile-sample`, the answer on `segment-promotions` or `segments`.

The answer is matched to the command by `command_id`.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import msgspec

from stream.kafka.connection import Connection
from stream.kafka.producer import RecordProducer
from stream.kafka.reader import Read, reading
from stream.training.values.commands import Drop, OperatorCommand, Promote, Refit, Rename, Renew, Rollback
from stream.training.values.promotion import Status
from stream.wire.catalogue import CatalogueEntry
from stream.wire.commands import command_message
from stream.wire.promotions import SegmentPromotion, read_promotion
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_PROMOTIONS, SEGMENTS

Answer = TypeVar("Answer")
ModelCommand = Promote | Drop | Rollback | Refit | Renew  # answered by a decision


class NoAnswerError(RuntimeError):
    """A trainer did not answer in time; the command stays on the topic."""


class RefusedError(RuntimeError):
    """A trainer refused the command."""


def decision_on(connection: Connection, command: ModelCommand, timeout_s: float) -> SegmentPromotion:
    """Send the command and return the decision in answer.

    Raises RefusedError, NoAnswerError after `timeout_s` seconds, ProduceError when the command is not acknowledged, and
    what `reading` raises.
    """
    return _send_and_wait(connection, command, lambda read: answer_in(read, command), timeout_s)


def renamed(connection: Connection, command: Rename, timeout_s: float) -> CatalogueEntry:
    """Send the command and return the segment's new entry. Raises as `decision_on` does."""
    return _send_and_wait(connection, command, lambda read: _entry(read, command), timeout_s)


def answer_in(read: Read, command: ModelCommand) -> SegmentPromotion | None:
    """Return the decision in answer to the command; None for any other record.

    A command other than Drop may drop a candidate first, under the same id.
    """
    found = _decision_by(read, command.id)
    if found is None or found.status is Status.REFUSED:
        return None
    return found if (found.status is Status.DROPPED) == isinstance(command, Drop) else None


def read_decision(read: Read) -> SegmentPromotion | None:
    """Return the decision in a record; None for any other record."""
    if read.topic != SEGMENT_PROMOTIONS:
        return None
    try:
        return read_promotion(read.value or b"")
    except (ValueError, RecursionError):
        return None


def _send_and_wait(
    connection: Connection, command: OperatorCommand, done: Callable[[Read], Answer | None], timeout_s: float
) -> Answer:
    deadline = monotonic() + timeout_s
    with reading(connection, SEGMENT_PROMOTIONS, SEGMENTS, from_now_on=True) as reader:
        producer = RecordProducer(connection, PROFILE_SAMPLE)
        producer.send(command_message(command))
        producer.flush()
        while monotonic() < deadline:
            for read in reader.poll():
                if (answer := done(read)) is not None:
                    return answer
                decision = _decision_by(read, command.id)
                if decision is not None and decision.status is Status.REFUSED:
                    raise RefusedError(decision.reason)
    raise NoAnswerError(
        f"no trainer answered within {timeout_s:g} s: does a worker run that trains, one without "
        "SEGUE_SEGMENT_MODEL? The command stays on profile-sample for as long as that topic keeps records, and is "
        "done when one starts"
    )


def _decision_by(read: Read, command_id: str) -> SegmentPromotion | None:
    decision = read_decision(read)
    return decision if decision and decision.command_id == command_id else None


def _entry(read: Read, command: Rename) -> CatalogueEntry | None:
    """Return the entry after the execution of the command."""
    if read.topic != SEGMENTS or read.key != command.segment.encode() or read.value is None:
        return None
    try:
        entry = msgspec.json.decode(read.value, type=CatalogueEntry)
    except (ValueError, RecursionError):  # not the trainer's
        return None
    described = entry.description
    done = described.name == command.name and described.edited if command.name else not described.edited
    return entry if done else None
