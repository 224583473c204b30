"""Blocks of users and texts in the kernel's memory, read as values."""

from __future__ import annotations

from ctypes import sizeof, string_at
from itertools import pairwise
from struct import Struct
from typing import NamedTuple

from stream.core.kernel.layout import ItemBlock, LabelBlock, TextBlock, UserBlock

_HEAD = Struct("=Q7q3ihHIIHBBB3x")
_ITEM = Struct("=qdIIII")
_LABEL = Struct("=4iq")
_TEXT = Struct("=IIIfBB")
assert (_HEAD.size, _ITEM.size, _LABEL.size) == (sizeof(UserBlock), sizeof(ItemBlock), sizeof(LabelBlock))
assert _TEXT.size == TextBlock.stale.offset + 1


class Head(NamedTuple):
    """Head of a user; segments, conditions and labels are symbols, NONE for none."""

    hash: int
    since_ms: int
    candidate_since_ms: int
    sampled_ms: int
    offset: int
    expiry_ms: int
    sequence: int
    n_events: int
    segment: int
    candidate: int
    pinned_by: int
    pin: int
    n_name: int
    n_ids: int
    n_traits: int
    n_trace: int
    n_items: int
    n_labels: int
    flags: int


class ItemRow(NamedTuple):
    """An item of a window; text and kind are numbers in the tables of the partition or of the batch."""

    time_ms: int
    amount: float
    text: int
    kind: int
    id_end: int
    slot: int


class LabelRow(NamedTuple):
    """A published label, in symbols."""

    name: int
    value: int
    pending: int
    unused: int
    since_ms: int


class Block(NamedTuple):
    """A user's block, copied. `ids` are those of the items, in order."""

    head: Head
    items: list[ItemRow]
    labels: list[LabelRow]
    name: bytes
    ids: list[bytes]
    trace: bytes
    traits: bytes


class TextValue(NamedTuple):
    """A text with its vector's bytes, padded."""

    text: str
    scale: float
    stale: bool
    vector: bytes


def read_head(at: int) -> Head:
    """Return the head of the user at an address."""
    return Head._make(_HEAD.unpack(string_at(at, _HEAD.size)))


def read_block(at: int) -> Block:
    """Return the user at an address."""
    head = read_head(at)
    n_items, n_labels = head.n_items * _ITEM.size, head.n_labels * _LABEL.size
    n_bytes = head.n_name + head.n_ids + head.n_trace + head.n_traits
    data = string_at(at + _HEAD.size, n_items + n_labels + n_bytes)
    items = list(map(ItemRow._make, _ITEM.iter_unpack(data[:n_items])))
    labels = list(map(LabelRow._make, _LABEL.iter_unpack(data[n_items : n_items + n_labels])))
    begin = n_items + n_labels + head.n_name
    name, trace_at = data[begin - head.n_name : begin], begin + head.n_ids
    ends = [begin, *(begin + item.id_end for item in items)]
    ids = [data[start:end] for start, end in pairwise(ends)]
    traits_at = trace_at + head.n_trace
    return Block(head, items, labels, name, ids, data[trace_at:traits_at], data[traits_at:])


def read_text(at: int, width: int) -> TextValue:
    """Return the text at an address, with a vector of `width` padded dimensions; 0 for a kind."""
    *_, n_bytes, scale, _, stale = _TEXT.unpack(string_at(at, _TEXT.size))
    data = string_at(at + _TEXT.size, width + n_bytes)
    return TextValue(data[width:].decode(), scale, bool(stale), data[:width])
