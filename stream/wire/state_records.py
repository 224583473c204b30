"""State as records of the changelog: small msgpack arrays, one key each.

    key                      value
    i <slot byte> <user>     an item of the window with text and vector, perhaps with the user's head: `user_records`
    u <user>                 the head of a user, where no item changed with it
    d <user>                 declared traits and published labels, if there are any
    p                        PartitionRecord: time, last offset, serving model
    m <time> <offset + 1>    SwitchRecord: another serving model from there on; the key has 8 bytes each
    b                        BackfillRecord, see `backfill_records`
    l                        the id of the input topic in whose log the offsets count, as text

A deleted record is a tombstone. Compaction keeps the state in memory, older heads of users, and all switches for
explanations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from stream.core.outcome import Step, Switch
from stream.core.serving import ServingVersions

FORMAT = 1

Known = TypeVar("Known", bound="Formatted")
Value = TypeVar("Value")

_KEY_SHOWN = 300


class Formatted(Protocol):
    """A record with the number of its format."""

    @property
    def format(self) -> int:
        """The format."""
        ...


class PartitionRecord(msgspec.Struct, array_like=True, frozen=True):
    """State of a partition without users: clock, last offset, serving model.

    `n_partitions` is the number of partitions among which the users were placed; 0 while a growth moves them.
    """

    format: int
    now_ms: int
    offset: int
    serving: ServingVersions
    n_partitions: int


class SwitchRecord(msgspec.Struct, array_like=True, frozen=True):
    """A switch: these models decide records after `offset`, and timers after `now_ms` on the partition's clock."""

    now_ms: int
    offset: int
    serving: ServingVersions


class Put(NamedTuple):
    """A record for the changelog; `value` None is a tombstone."""

    key: bytes
    value: bytes | None


_encode = msgspec.msgpack.Encoder().encode
decode_switch = msgspec.msgpack.Decoder(SwitchRecord).decode
decode_partition = msgspec.msgpack.Decoder(PartitionRecord).decode

PARTITION_KEY = b"p"
SWITCH_PREFIX = b"m"
LOG_KEY = b"l"  # of every job's changelog, written by the engines: a topic made again has other offsets


class StateFormatError(RuntimeError):
    """A changelog that cannot be read: written by a newer Segue, or damaged."""


def log_put(topic_id: str) -> Put:
    """Return the record of the input topic's id."""
    return Put(LOG_KEY, topic_id.encode())


def puts(step: Step, n_partitions: int) -> Iterator[Put]:
    """Yield the records changed by a step; `n_partitions` is the number among which users are placed."""
    yield from map(Put._make, step.puts())
    if step.switch:
        yield _switch_put(step.switch)
    yield partition_put(PartitionRecord(FORMAT, step.now_ms, step.offset, step.serving, n_partitions))


def partition_put(record: PartitionRecord) -> Put:
    """Return the record of a partition for the changelog."""
    return Put(PARTITION_KEY, _encode(record))


def _switch_put(switch: Switch) -> Put:
    """Return the record of a switch. A model can serve twice, so the key is the place and not the version."""
    key = SWITCH_PREFIX + switch.now_ms.to_bytes(8, "big") + (switch.offset + 1).to_bytes(8, "big", signed=True)
    return Put(key, _encode(SwitchRecord(switch.now_ms, switch.offset, switch.serving)))


def check_format(record: Known) -> Known:
    """Return `record`; raises StateFormatError if its format is newer."""
    if record.format > FORMAT:
        raise StateFormatError(f"the changelog has format {record.format}, this Segue knows {FORMAT}: upgrade")
    return record


def read_record(decode: Callable[[bytes], Value], key: bytes, value: bytes) -> Value:
    """Return a decoded record. Raise StateFormatError with its key if it cannot be read."""
    try:
        return decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(key, error) from error


def unreadable(key: bytes, reason: object) -> StateFormatError:
    """Return the error for a record that cannot be read."""
    return StateFormatError(f"the state record of key {key[:_KEY_SHOWN]!r} cannot be read: {reason}")
