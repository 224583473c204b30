"""State as records of the changelog: small msgpack arrays, one key each, with a format number.

    key                      value
    u <user>                 UserRecord: membership, counters, traits, published labels
    i <slot byte> <user>     ItemRecord: one item of the window with text and vector
    p                        PartitionRecord: time, last offset, serving model
    m <time> <offset + 1>    SwitchRecord: another serving model from there on; the key has 8 bytes each
    b                        BackfillRecord, see `backfill_records`
    l                        the id of the input topic in whose log the offsets count, as text

A deleted record is a tombstone: compaction keeps exactly the state in memory, and all switches for explanations.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

import msgspec

from stream.core.event import Scalar
from stream.core.labels import PublishedLabel
from stream.core.outcome import Step, Switch
from stream.core.serving import ServingVersions
from stream.core.state import UserState
from stream.core.window import Window

FORMAT = 1

Known = TypeVar("Known", "UserRecord", "PartitionRecord")


class UserRecord(msgspec.Struct, array_like=True, frozen=True):
    """State of a user without the window's items."""

    format: int
    segment: str
    since_ms: int
    candidate: str | None
    candidate_since_ms: int
    sequence: int
    n_events: int
    sampled_ms: int
    offset: int
    traits: dict[str, Scalar]
    labels: dict[str, PublishedLabel]  # a named tuple, so an array: the core may rename its fields
    pinned_by: str
    traceparent: str


class ItemRecord(msgspec.Struct, array_like=True, frozen=True):
    """An item of a window; `vector` is d int8 bytes, times `scale` the embedding of `text` by `encoder`."""

    time_ms: int
    id: str
    kind: str
    amount: float
    text: str
    scale: float
    vector: bytes
    encoder: str


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
decode_user = msgspec.msgpack.Decoder(UserRecord).decode
decode_item = msgspec.msgpack.Decoder(ItemRecord).decode
decode_switch = msgspec.msgpack.Decoder(SwitchRecord).decode
decode_partition = msgspec.msgpack.Decoder(PartitionRecord).decode

PARTITION_KEY = b"p"
SWITCH_PREFIX = b"m"
LOG_KEY = b"l"  # of every job's changelog, written by the engines: a topic made again has other offsets


class StateFormatError(RuntimeError):
    """A changelog written by a newer Segue: upgrade this worker."""


def encode_user(record: UserRecord) -> bytes:
    """Return the bytes of a user's record."""
    return _encode(record)


def log_put(topic_id: str) -> Put:
    """Return the record of the input topic's id."""
    return Put(LOG_KEY, topic_id.encode())


def user_key(user: str) -> bytes:
    """Return the key of a user's record."""
    return b"u" + user.encode()


def item_key(slot: int, user: str) -> bytes:
    """Return the key of the item in a slot of a user's window."""
    return b"i" + bytes((slot,)) + user.encode()


def puts(step: Step, encoder: str, n_partitions: int) -> Iterator[Put]:
    """Yield the records changed by a step.

    `encoder` is the version of the step's encoder, `n_partitions` the number among which users are placed.
    """
    for user, slots in step.erased.items():
        yield Put(user_key(user), None)
        yield from (Put(item_key(slot, user), None) for slot in range(slots.bit_length()) if slots >> slot & 1)
    for user, state in step.users.items():
        yield Put(user_key(user), encode_user(_user_record(state)))
        yield from _item_puts(user, state.window, encoder)
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


def _user_record(state: UserState) -> UserRecord:
    return UserRecord(
        format=FORMAT,
        segment=state.membership.segment,
        since_ms=state.membership.since_ms,
        candidate=state.membership.candidate,
        candidate_since_ms=state.membership.candidate_since_ms,
        sequence=state.membership.sequence,
        n_events=state.n_events,
        sampled_ms=state.sampled_ms,
        offset=state.offset,
        traits=dict(state.traits),
        labels=dict(state.labels),
        pinned_by=state.membership.pinned_by,
        traceparent=state.traceparent,
    )


def _item_puts(user: str, window: Window, encoder: str) -> Iterator[Put]:
    if not window.dirty:
        return
    row_of = {slot: at for at, slot in enumerate(window.columns["slot"][: len(window)].tolist())}
    for slot in window.dirty:
        at = row_of.get(slot)
        yield Put(item_key(slot, user), None if at is None else _encode(_item(window, at, encoder)))


def _item(window: Window, at: int, encoder: str) -> ItemRecord:
    row, item = window.columns[at], window.items[at]
    return ItemRecord(
        time_ms=int(row["time_ms"]),
        id=item.id,
        kind=item.kind,
        amount=float(row["amount"]),
        text=item.text,
        scale=float(row["scale"]),
        vector=row["vector"].tobytes(),
        encoder=encoder,
    )


def check_format(record: Known) -> Known:
    """Return `record`; raises StateFormatError if its format is newer."""
    if record.format > FORMAT:
        raise StateFormatError(f"the changelog has format {record.format}, this Segue knows {FORMAT}: upgrade")
    return record
