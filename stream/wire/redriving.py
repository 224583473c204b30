"""Dead letters read again: the message behind a letter, and the marks of those that were sent again.

A message sent again has the header `segue.redriven`, how many times that was. It stays on the letter if the message is
refused again. A mark is a record on `<group>-redriven-letters`, in the transaction of its message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from stream.core.event import Content
from stream.wire.event_decoder import EventDecoder
from stream.wire.records import ConsumerRecord, Headers, ProducerRecord
from stream.wire.topics import USER_EVENTS, redriven_letters
from stream.wire.users import json_key

REDRIVEN = "segue.redriven"
NO_REASON = "(no reason)"
_WHY = "segue.error."
_CUT = ("value_bytes", "key_bytes", "headers_bytes")  # sizes of parts that a letter does not have whole
_KEYS = ("missing_key", "key_mismatch")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record of `user-events.dlq`: the message as received, and `why`, the `segue.error.*` headers by short name."""

    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    why: Mapping[str, str]

    @property
    def reason(self) -> str:
        """The reason for the refusal."""
        return self.why.get("reason", NO_REASON)

    @property
    def is_cut(self) -> bool:
        """True if the message is larger than the letter, and so lost."""
        return any(part in self.why for part in _CUT)

    @property
    def n_redriven(self) -> int:
        """Times that the message had been sent again before this refusal."""
        found = [value for name, value in self.headers if name == REDRIVEN]
        return int(found[-1]) if found and found[-1].isdigit() else 0


class Mark(msgspec.Struct, frozen=True):
    """Value on `<group>-redriven-letters`: a letter that was sent again, by offset and time of the letter."""

    offset: int
    timestamp_ms: int


def dead_letter_of(
    offset: int, timestamp_ms: int, key: bytes | None, value: bytes | None, headers: Headers
) -> DeadLetter:
    """Return the letter in a record of `user-events.dlq`."""
    why = {name.removeprefix(_WHY): text.decode(errors="replace") for name, text in headers if name.startswith(_WHY)}
    own = [(name, text) for name, text in headers if not name.startswith(_WHY)]
    return DeadLetter(offset, timestamp_ms, key, value, own, why)


def message_of(letter: DeadLetter, rekey: bool = False) -> ProducerRecord:
    """Return the message to send again. With `rekey` the user in a JSON value is the key that was missing or wrong."""
    key = letter.key
    if rekey and letter.reason in _KEYS:
        key = json_key(letter.value or b"") or key
    own = [pair for pair in letter.headers if pair[0] != REDRIVEN]
    count = (REDRIVEN, str(letter.n_redriven + 1).encode())
    return ProducerRecord(USER_EVENTS, key, letter.value, [*own, count])


def content_of(message: ProducerRecord, decoder: EventDecoder) -> Content:
    """Return what the decoder makes of the message on `user-events`."""
    return decoder.decode(ConsumerRecord(message.topic, 0, 0, 0, message.key, message.value, message.headers))


def mark_of(letter: DeadLetter, group: str) -> ProducerRecord:
    """Return the record that remembers the letter."""
    value = msgspec.json.encode(Mark(letter.offset, letter.timestamp_ms))
    return ProducerRecord(redriven_letters(group).name, str(letter.offset).encode(), value, [])


def read_mark(value: bytes | None) -> Mark | None:
    """Return the mark in a record of that topic; None for anything else."""
    try:
        return msgspec.json.decode(value or b"", type=Mark)
    except (ValueError, RecursionError):
        return None
