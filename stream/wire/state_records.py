"""State as records of the changelog: small, versioned, one key each; msgpack arrays by msgspec.

    key                      value
    u <user>                 HeadRecord: standing, counters, traits, predicted labels
    i <slot byte> <user>     ItemRecord: one item of the window with text and vector
    p                        PartitionRecord: time, last offset, segment model
    m <version, 4 bytes>     SwitchRecord: the offset after which this segment model decides

A record that no longer holds is a tombstone, so compaction keeps exactly what is in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

import msgspec

from stream.core.event import Scalar
from stream.core.labels import PublishedLabel
from stream.core.outcome import Step
from stream.core.state import UserState
from stream.core.window import Window

FORMAT = 3  # 1 had no predicted labels, 2 nobody forced; both are read as having none

Known = TypeVar("Known", "HeadRecord", "PartitionRecord")


class HeadRecord(msgspec.Struct, array_like=True, frozen=True):
    """Everything of a person but the window's items."""

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
    labels: dict[str, PublishedLabel] = {}
    pinned_by: str = ""


class ItemRecord(msgspec.Struct, array_like=True, frozen=True):
    """One item; `vector` is d int8 bytes, times `scale` the embedding of `text` by `encoder`."""

    time_ms: int
    id: str
    kind: str
    amount: float
    text: str
    scale: float
    vector: bytes
    encoder: str


class PartitionRecord(msgspec.Struct, array_like=True, frozen=True):
    """Where a partition stands."""

    format: int
    now_ms: int
    offset: int
    segment_model: int


class SwitchRecord(msgspec.Struct, array_like=True, frozen=True):
    """The model of the key's version decides records after `offset`."""

    offset: int


class Put(NamedTuple):
    """One record for the changelog; `value` None is a tombstone."""

    key: bytes
    value: bytes | None


_encode = msgspec.msgpack.Encoder().encode
decode_head = msgspec.msgpack.Decoder(HeadRecord).decode
decode_item = msgspec.msgpack.Decoder(ItemRecord).decode
decode_partition = msgspec.msgpack.Decoder(PartitionRecord).decode

PARTITION_KEY = b"p"


class StateFormatError(RuntimeError):
    """The changelog was written by a newer Segue: upgrade this worker."""


def head_key(user: str) -> bytes:
    """Key of a person's head record."""
    return b"u" + user.encode()


def item_key(slot: int, user: str) -> bytes:
    """Key of the item in a slot of a person's window."""
    return b"i" + bytes((slot,)) + user.encode()


def puts(step: Step, encoder: str) -> Iterator[Put]:
    """The records that a step changed; `encoder` is the version of the step's encoder."""
    for user, slots in step.erased.items():
        yield Put(head_key(user), None)
        yield from (Put(item_key(slot, user), None) for slot in range(slots.bit_length()) if slots >> slot & 1)
    for user, state in step.users.items():
        yield Put(head_key(user), _encode(_head(state)))
        yield from _item_puts(user, state.window, encoder)
    if step.switch:
        yield Put(b"m" + step.switch.segment_model.to_bytes(4, "big"), _encode(SwitchRecord(step.switch.offset)))
    yield Put(PARTITION_KEY, _encode(PartitionRecord(FORMAT, step.now_ms, step.offset, step.segment_model)))


def _head(state: UserState) -> HeadRecord:
    s = state.membership
    return HeadRecord(
        FORMAT,
        s.segment,
        s.since_ms,
        s.candidate,
        s.candidate_since_ms,
        s.sequence,
        state.n_events,
        state.sampled_ms,
        state.offset,
        dict(state.traits),
        dict(state.labels),
        s.pinned_by,
    )


def _item_puts(user: str, window: Window, encoder: str) -> Iterator[Put]:
    if not window.dirty:
        return
    places = {slot: at for at, slot in enumerate(window.columns["slot"][: len(window)].tolist())}
    for slot in window.dirty:
        at = places.get(slot)
        value = None if at is None else _encode(_item(window, at, encoder))
        yield Put(item_key(slot, user), value)


def _item(window: Window, at: int, encoder: str) -> ItemRecord:
    row, item = window.columns[at], window.items[at]
    return ItemRecord(
        int(row["time_ms"]),
        item.id,
        item.kind,
        float(row["amount"]),
        item.text,
        float(row["scale"]),
        row["vector"].tobytes(),
        encoder,
    )


def check_format(record: Known) -> Known:
    if record.format > FORMAT:
        raise StateFormatError(
            f"the changelog holds records of format {record.format}, this Segue knows {FORMAT}: upgrade this worker"
        )
    return record
