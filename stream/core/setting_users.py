"""Setting users of a partition as a whole, from columns: after a restore, and in tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ctypes import byref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Ints
from stream.core.deciding import kind_codes
from stream.core.decision.consent import has_consent
from stream.core.decision.pins import matching_pin
from stream.core.event import NO_TRAITS, Scalar
from stream.core.kernel.binding import Joined, address, kernel
from stream.core.kernel.layout import NONE, LabelBlock, UserBlock, UsersBlock
from stream.core.symbols import Symbols
from stream.core.traits_bytes import traits_bytes_of
from stream.core.user_columns import UserColumns, check_columns
from stream.core.user_table import STALE, UserTable

_CONSENTS = 1  # of a user's flags
_HEAD, _LABEL = np.dtype(UserBlock), np.dtype(LabelBlock)


def set_columns(table: UserTable, users: UserColumns) -> None:
    """Set users, without their timers. Raise ValueError for a state that cannot be."""
    check_columns(users, table.dimension, table.policy.window_items)
    heads, labels, label_ends = _heads(table, users), *_labels(table, users)
    kinds, kind_of = _numbered(users.kinds)
    joined = _strings(users, kinds)
    arrays: list[NDArray[Any]] = [
        np.cumsum(users.n_items, dtype=np.int64),
        label_ends,
        *_item_columns(table, users, kind_of),
        kind_codes(table.policy, kinds),
        labels,
    ]
    block = UsersBlock(
        len(users.names), address(heads), *(each.block for each in joined), *(address(each) for each in arrays)
    )
    kernel().segue_put(table.handle, byref(block))
    if table.stale:
        table.stale.difference_update(name.decode() for name in users.names)
    table.stale.update(users.names[row].decode() for row in np.flatnonzero(heads["flags"] & STALE).tolist())


def _strings(users: UserColumns, kinds: list[str]) -> list[Joined]:
    traits = [b""] * len(users.names)
    for row, declared in users.traits.items():
        traits[row] = traits_bytes_of(declared)
    texts = list(map(str.encode, users.texts)), [kind.encode() for kind in kinds]
    return [Joined(each) for each in (users.names, users.traceparents, traits, users.ids, *texts)]


def _item_columns(table: UserTable, users: UserColumns, kind_of: NDArray[np.int32]) -> list[NDArray[Any]]:
    """Return the columns of the items, in the order of the block."""
    return [
        np.ascontiguousarray(users.times_ms, np.int64),
        np.ascontiguousarray(users.amounts, np.float64),
        np.arange(len(users.texts), dtype=np.int32),  # the kernel finds equal texts itself
        kind_of,
        users.slots.astype(np.int32),
        _vectors(users, table),
        np.where(users.stale, 0, np.array(users.scales, np.float32)),
        users.stale.astype(np.uint8),
    ]


def _heads(table: UserTable, users: UserColumns) -> NDArray[np.void]:
    heads, symbols = np.zeros(len(users.names), _HEAD), table.symbols
    heads["since_ms"], heads["candidate_since_ms"] = users.since_ms, users.candidates_since_ms
    heads["sampled_ms"], heads["offset"] = users.sampled_ms, users.offsets
    heads["sequence"], heads["n_events"] = users.sequences, users.n_events
    heads["segment"] = _symbols(symbols.number, users.segments)
    heads["candidate"] = _symbols(symbols.optional, users.candidates)
    heads["pinned_by"] = _symbols(symbols.optional, users.pinned_by)
    heads["pin"], heads["flags"] = _declared(table, NO_TRAITS)
    for row, traits in users.traits.items():
        heads["pin"][row], heads["flags"][row] = _declared(table, traits)
    owners = np.repeat(np.arange(len(users.names)), users.n_items)
    heads["flags"][np.unique(owners[users.stale])] |= STALE
    return heads


def _declared(table: UserTable, traits: Mapping[str, Scalar]) -> tuple[int, int]:
    """Return the pin rule and the flags that follow from declared traits."""
    policy = table.policy
    rule = matching_pin(traits, policy.pin)
    return NONE if rule is None else policy.pin.index(rule), _CONSENTS * has_consent(traits, policy.consent)


def _symbols(number: Callable[[Any], int], strings: Sequence[str | None]) -> list[int]:
    numbers = {string: number(string) for string in dict.fromkeys(strings)}
    return [numbers[string] for string in strings]


def _labels(table: UserTable, users: UserColumns) -> tuple[NDArray[np.void], Ints]:
    """Return the published labels of all users, and the end of each user's."""
    symbols, counts = table.symbols, np.zeros(len(users.names), np.int64)
    found = []
    for row, labels in sorted(users.labels.items()):
        counts[row] = len(labels)
        found += [
            (
                symbols.number(name),
                _optional(symbols, each.value),
                _optional(symbols, each.pending),
                0,
                each.pending_since_ms,
            )
            for name, each in labels.items()
        ]
    return np.array(found, _LABEL), np.cumsum(counts)


def _optional(symbols: Symbols, string: str | None) -> int:
    return NONE if string is None else symbols.number(string)


def _numbered(kinds: Sequence[str]) -> tuple[list[str], NDArray[np.int32]]:
    """Return the distinct kinds, and the number of each."""
    distinct = list(set(kinds))
    numbers = {kind: number for number, kind in enumerate(distinct)}
    return distinct, np.array([numbers[kind] for kind in kinds], np.int32)


def _vectors(users: UserColumns, table: UserTable) -> NDArray[np.int8]:
    """Return the vectors, padded; a stale item has none yet."""
    dimension, vectors = table.dimension, users.vectors
    if users.stale.any():
        nothing = bytes(dimension)
        vectors = [nothing if again else each for each, again in zip(vectors, users.stale.tolist(), strict=True)]
    found = np.frombuffer(b"".join(vectors), np.int8).reshape(-1, dimension)
    return found if dimension == table.width else np.pad(found, ((0, 0), (0, table.width - dimension)))
