"""Messages of a sink: one user enters or leaves one audience. Batches of them as bytes, in two forms.

Sources: Twilio Segment, "Using Engage Data", section "Audience generated events", and "HTTP API", section "Batch".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec

from stream.sink.gate import Reason
from stream.sink.policy import Format

_ID_CHARS = 32


class Move(StrEnum):
    """A direction of a message."""

    ENTERED = "entered"
    EXITED = "exited"


_EVENTS = {Move.ENTERED: "Audience Entered", Move.EXITED: "Audience Exited"}


@dataclass(frozen=True, slots=True)
class Message:
    """A message about one user and one audience.

    `no` is its row in the ledger. `id` stays the same however often the message is sent. `reason` is of exits only.
    """

    no: int
    user: str
    audience: str
    name: str
    move: Move
    reason: Reason | None
    id: str
    time_ms: int

    @property
    def is_exit(self) -> bool:
        """True if the user leaves."""
        return self.move == Move.EXITED


def hashed_id(*values: object) -> str:
    """Return an id that is a function of values, 32 hexadecimal digits."""
    return sha256("\x1f".join(map(str, values)).encode()).hexdigest()[:_ID_CHARS]


def batch_key(messages: Sequence[Message]) -> str:
    """Return the idempotency key of a batch: a hash of the ids in it."""
    return hashed_id(*(each.id for each in messages))


def batch_body(messages: Sequence[Message], form: Format) -> bytes:
    """Return a batch as JSON. The same messages have the same bytes."""
    if form == Format.SEGMENT:
        return msgspec.json.encode({"batch": [_track_call(each) for each in messages]})
    return msgspec.json.encode({"changes": [_change(each) for each in messages]})


def _track_call(message: Message) -> dict[str, Any]:
    at = datetime.fromtimestamp(message.time_ms / 1000, UTC).isoformat(timespec="milliseconds")
    properties: dict[str, Any] = {
        "audience_key": message.audience,
        "audience_name": message.name,
        message.audience: message.move == Move.ENTERED,
    }
    if message.reason:
        properties["reason"] = message.reason
    return {
        "type": "track",
        "event": _EVENTS[message.move],
        "userId": message.user,
        "messageId": message.id,
        "timestamp": at.replace("+00:00", "Z"),
        "properties": properties,
        "context": {"personas": {"computation_class": "audience", "computation_key": message.audience}},
    }


def _change(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "user": message.user,
        "segment": {"id": message.audience, "name": message.name},
        "change": message.move,
        "reason": message.reason,
        "time_ms": message.time_ms,
    }
