"""Changelog records of many users as columns, decoded together; `user_records` has the formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Ints
from stream.core.user_columns import HeadColumns, ItemColumns, UserColumns
from stream.wire.state_records import FORMAT, StateFormatError, check_format, read_record, unreadable
from stream.wire.user_records import decode_declared

_Head = tuple[int, str, int, str | None, int, int, int, int, int, str, str]  # as HeadRecord
_Item = tuple[msgspec.Raw, int, str, str, float, str, float, bytes, str]  # as ItemRecord


class _Format(msgspec.Struct):
    """Format of a head."""

    format: int


class _Headed(msgspec.Struct, array_like=True):
    """Beginning of an item with a head."""

    head: _Head


_decode_head = msgspec.msgpack.Decoder(_Head).decode
_decode_headed = msgspec.msgpack.Decoder(_Headed).decode
_decode_any = msgspec.msgpack.Decoder().decode
_decode_item = msgspec.msgpack.Decoder(_Item).decode


@dataclass(frozen=True, slots=True)
class StoredUsers:
    """Changelog records of some users: the one with each user's newest head, as key and value, and all items.

    `rows`, `keys` and `values` are of the items, by user in ascending order; `declared` has values by user.
    """

    names: Sequence[bytes]
    heads: Sequence[tuple[bytes, bytes]]
    rows: Ints
    keys: Sequence[bytes]
    values: Sequence[bytes]
    declared: Mapping[int, bytes]


def restored_columns(users: StoredUsers, encoder: str, window_items: int) -> tuple[UserColumns, list[bytes]]:
    """Return the states of users, and the keys of their oldest items, which are too many for a window.

    Raise StateFormatError for a record that cannot be read.
    """
    heads = [_read_head(*each) for each in users.heads]  # first: they have the format of all
    decoded = _decoded(users)
    kept, dropped = _windows(users, decoded, window_items)
    rows, at = users.rows[kept], kept.tolist()
    items = _item_columns([decoded[row] for row in at], [users.keys[row][1] for row in at], encoder)
    is_stale = np.zeros(len(users.names), np.bool_)
    is_stale[rows[items.stale]] = True
    declared = {
        row: read_record(decode_declared, b"d" + users.names[row], value) for row, value in users.declared.items()
    }
    columns = UserColumns(
        names=users.names,
        heads=_head_columns(heads, is_stale),
        n_items=np.bincount(rows, minlength=len(users.names)),
        items=items,
        traits={row: each.traits for row, each in declared.items() if each.traits},
        labels={row: each.labels for row, each in declared.items() if each.labels},
    )
    return columns, [users.keys[row] for row in dropped.tolist()]


def _head_columns(heads: Sequence[_Head], is_stale: NDArray[np.bool_]) -> HeadColumns:
    """Return heads as columns.

    A user with an item of another encoder has no candidate and no sample. A dwell in one space means nothing in
    another, and the new encoder's warm-up must not wait.
    """
    _, segments, since, candidates, candidate_since, sequences, n_events, sampled, offsets, pinned_by, traces = (
        _transposed(heads, 11)
    )
    return HeadColumns(
        segments=segments,
        since_ms=_ints(since),
        candidates=[None if again else each for each, again in zip(candidates, is_stale.tolist(), strict=True)],
        candidates_since_ms=_ints(candidate_since),
        sequences=_ints(sequences),
        n_events=_ints(n_events),
        sampled_ms=np.where(is_stale, 0, _ints(sampled)),
        offsets=_ints(offsets),
        pinned_by=pinned_by,
        traceparents=[trace.encode() for trace in traces],
    )


def _item_columns(items: Sequence[_Item], slots: Sequence[int], encoder: str) -> ItemColumns:
    _, times_ms, ids, kinds, amounts, texts, scales, vectors, encoders = _transposed(items, 9)
    stale = np.zeros(len(items), np.bool_)
    if set(encoders) != {encoder}:
        stale[:] = [each != encoder for each in encoders]
    return ItemColumns(
        times_ms=_ints(times_ms),
        ids=[each.encode() for each in ids],
        kinds=kinds,
        amounts=np.array(amounts, np.float64),
        texts=texts,
        scales=np.array(scales, np.float64),
        vectors=vectors,
        slots=_ints(slots),
        stale=stale,
    )


def _decoded(users: StoredUsers) -> list[_Item]:
    try:
        return list(map(_decode_item, users.values))
    except (msgspec.DecodeError, UnicodeDecodeError):  # which one?
        return [read_record(_decode_item, *each) for each in zip(users.keys, users.values, strict=True)]


def _windows(users: StoredUsers, decoded: Sequence[_Item], window_items: int) -> tuple[Ints, Ints]:
    """Return the newest items of each user, in order of (time, id), and the others, which are too many."""
    rows, times_ms = users.rows, _ints([item[1] for item in decoded])
    order = np.lexsort((times_ms, rows))
    if _has_ties(rows, times_ms[order]):
        by_id = sorted(zip(rows.tolist(), (item[1:3] for item in decoded), range(len(decoded)), strict=True))
        order = np.array([at for *_, at in by_id], np.int64)
    ends = np.cumsum(np.bincount(rows, minlength=len(users.names)))
    is_kept = ends[rows] - np.arange(len(order)) <= window_items
    return order[is_kept], order[~is_kept]


def _has_ties(rows: Ints, times_ms: Ints) -> bool:
    return bool(((np.diff(rows) == 0) & (np.diff(times_ms) == 0)).any())


def _read_head(key: bytes, value: bytes) -> _Head:
    """Return the head in a record. Raise StateFormatError also if a newer Segue wrote it."""
    is_item = key[:1] == b"i"
    try:
        head = _decode_headed(value).head if is_item else _decode_head(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        form = read_record(_decode_any, key, value)
        form = form[0] if is_item and isinstance(form, list) and form else form
        if isinstance(form, list) and form and isinstance(form[0], int):
            check_format(_Format(form[0]))
        raise unreadable(key, error) from error
    if head[0] != FORMAT:
        check_format(_Format(head[0]))
    return head


def _transposed(rows: Sequence[tuple[Any, ...]], n: int) -> Sequence[Sequence[Any]]:
    return list(zip(*rows, strict=True)) if rows else [()] * n


def _ints(numbers: Sequence[int]) -> Ints:
    try:
        return np.array(numbers, np.int64)
    except OverflowError as error:
        raise StateFormatError("a number is beyond 64 bits") from error
