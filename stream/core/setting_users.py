"""Setting users of a partition as a whole, from columns: after a restore, and in tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ctypes import byref
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from stream.core.partition import PartitionState

_CONSENTS, _STALE = 1, 2  # flags of a user
_HEAD, _LABEL = np.dtype(UserBlock), np.dtype(LabelBlock)


def set_columns(partition: PartitionState, users: UserColumns) -> None:
    """Set users, without their timers. Raise ValueError for a state that cannot be."""
    check_columns(users, partition.dimension, partition.policy.window_items)
    heads, labels, label_ends = _heads(partition, users), *_labels(partition, users)
    kinds, kind_of = _numbered(users.kinds)
    traits = [b""] * len(users.names)
    for row, declared in users.traits.items():
        traits[row] = traits_bytes_of(declared)
    joined = [
        Joined(users.names),
        Joined(users.traceparents),
        Joined(traits),
        Joined(users.ids),
        Joined(list(map(str.encode, users.texts))),
        Joined([kind.encode() for kind in kinds]),
    ]
    arrays: list[NDArray[Any]] = [
        np.cumsum(users.n_items, dtype=np.int64),
        label_ends,
        np.ascontiguousarray(users.times_ms, np.int64),
        np.ascontiguousarray(users.amounts, np.float64),
        np.arange(len(users.texts), dtype=np.int32),  # the kernel finds equal texts itself
        kind_of,
        users.slots.astype(np.int32),
        _vectors(users, partition),
        np.where(users.stale, 0, np.array(users.scales, np.float32)),
        users.stale.astype(np.uint8),
        kind_codes(partition.policy, kinds),
        labels,
    ]
    block = UsersBlock(
        len(users.names), address(heads), *(each.block for each in joined), *(address(each) for each in arrays)
    )
    kernel().segue_put(partition.handle, byref(block))
    if partition.stale:
        partition.stale.difference_update(name.decode() for name in users.names)
    partition.stale.update(users.names[row].decode() for row in np.flatnonzero(heads["flags"] & _STALE).tolist())


def _heads(partition: PartitionState, users: UserColumns) -> NDArray[np.void]:
    heads, symbols = np.zeros(len(users.names), _HEAD), partition.symbols
    heads["since_ms"], heads["candidate_since_ms"] = users.since_ms, users.candidates_since_ms
    heads["sampled_ms"], heads["offset"] = users.sampled_ms, users.offsets
    heads["sequence"], heads["n_events"] = users.sequences, users.n_events
    heads["segment"] = _symbols(symbols.number, users.segments)
    heads["candidate"] = _symbols(symbols.optional, users.candidates)
    heads["pinned_by"] = _symbols(symbols.optional, users.pinned_by)
    heads["pin"], heads["flags"] = _declared(partition, NO_TRAITS)
    for row, traits in users.traits.items():
        heads["pin"][row], heads["flags"][row] = _declared(partition, traits)
    owners = np.repeat(np.arange(len(users.names)), users.n_items)
    heads["flags"][np.unique(owners[users.stale])] |= _STALE
    return heads


def _declared(partition: PartitionState, traits: Mapping[str, Scalar]) -> tuple[int, int]:
    """Return the pin rule and the flags that follow from declared traits."""
    policy = partition.policy
    rule = matching_pin(traits, policy.pin)
    return NONE if rule is None else policy.pin.index(rule), _CONSENTS * has_consent(traits, policy.consent)


def _symbols(number: Callable[[Any], int], strings: Sequence[str | None]) -> list[int]:
    numbers = {string: number(string) for string in dict.fromkeys(strings)}
    return [numbers[string] for string in strings]


def _labels(partition: PartitionState, users: UserColumns) -> tuple[NDArray[np.void], Ints]:
    """Return the published labels of all users, and the end of each user's."""
    symbols, counts = partition.symbols, np.zeros(len(users.names), np.int64)
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


def _vectors(users: UserColumns, partition: PartitionState) -> NDArray[np.int8]:
    """Return the vectors, padded; a stale item has none yet."""
    dimension, vectors = partition.dimension, users.vectors
    if users.stale.any():
        nothing = bytes(dimension)
        vectors = [nothing if again else each for each, again in zip(vectors, users.stale.tolist(), strict=True)]
    found = np.frombuffer(b"".join(vectors), np.int8).reshape(-1, dimension)
    return found if dimension == partition.width else np.pad(found, ((0, 0), (0, partition.width - dimension)))
