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
from stream.core.kernel.layout import CONSENTS, NONE, PADDED, STALE, LabelBlock, UserBlock, UsersBlock
from stream.core.policy import Policy
from stream.core.symbols import Symbols
from stream.core.traits_bytes import traits_bytes_of
from stream.core.user_columns import ItemColumns, UserColumns, check_columns

_HEAD, _LABEL = np.dtype(UserBlock), np.dtype(LabelBlock)


def set_columns(handle: int, symbols: Symbols, policy: Policy, dimension: int, users: UserColumns) -> list[str]:
    """Set users of a partition of the kernel, without their timers. Return those with stale items.

    Raise ValueError for a state that cannot be.
    """
    check_columns(users, dimension, policy.window_items)
    heads, (labels, label_ends) = _heads(symbols, policy, users), _labels(symbols, users)
    kinds, kind_of = _numbered(users.items.kinds)
    joined = _joined(users, kinds)
    arrays: list[NDArray[Any]] = [
        np.cumsum(users.n_items, dtype=np.int64),
        label_ends,
        np.ascontiguousarray(users.items.times_ms, np.int64),
        np.ascontiguousarray(users.items.amounts, np.float64),
        np.arange(len(users.items.texts), dtype=np.int32),  # the kernel finds equal texts itself
        kind_of,
        users.items.slots.astype(np.int32),
        _vectors(users.items, dimension),
        np.where(users.items.stale, 0, users.items.scales).astype(np.float32),
        users.items.stale.astype(np.uint8),
        kind_codes(policy, kinds),
        labels,
    ]
    addresses = (address(heads), *(each.block for each in joined), *(address(each) for each in arrays))
    kernel().segue_put(handle, byref(UsersBlock(len(users.names), *addresses)))
    return [users.names[row].decode() for row in np.flatnonzero(heads["flags"] & STALE).tolist()]


def _joined(users: UserColumns, kinds: Sequence[str]) -> list[Joined]:
    """Return the strings of users in the order of the kernel's block."""
    traits = [b""] * len(users.names)
    for row, declared in users.traits.items():
        traits[row] = traits_bytes_of(declared)
    texts, encoded = list(map(str.encode, users.items.texts)), [kind.encode() for kind in kinds]
    return [Joined(each) for each in (users.names, users.heads.traceparents, traits, users.items.ids, texts, encoded)]


def _heads(symbols: Symbols, policy: Policy, users: UserColumns) -> NDArray[np.void]:
    heads, given = np.zeros(len(users.names), _HEAD), users.heads
    heads["since_ms"], heads["candidate_since_ms"] = given.since_ms, given.candidates_since_ms
    heads["sampled_ms"], heads["offset"] = given.sampled_ms, given.offsets
    heads["sequence"], heads["n_events"] = given.sequences, given.n_events
    heads["segment"] = _symbols(symbols.number, given.segments)
    heads["candidate"] = _symbols(symbols.optional, given.candidates)
    heads["pinned_by"] = _symbols(symbols.optional, given.pinned_by)
    heads["pin"], heads["flags"] = _declared(policy, NO_TRAITS)
    for row, traits in users.traits.items():
        heads["pin"][row], heads["flags"][row] = _declared(policy, traits)
    heads["flags"][np.unique(users.owners()[users.items.stale])] |= STALE
    return heads


def _declared(policy: Policy, traits: Mapping[str, Scalar]) -> tuple[int, int]:
    """Return the pin rule and the flags that follow from declared traits."""
    rule = matching_pin(traits, policy.pin)
    return NONE if rule is None else policy.pin.index(rule), CONSENTS * has_consent(traits, policy.consent)


def _symbols(number: Callable[[Any], int], strings: Sequence[str | None]) -> list[int]:
    numbers = {string: number(string) for string in dict.fromkeys(strings)}
    return [numbers[string] for string in strings]


def _labels(symbols: Symbols, users: UserColumns) -> tuple[NDArray[np.void], Ints]:
    """Return the published labels of all users, and the end of each user's."""
    counts = np.zeros(len(users.names), np.int64)
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


def _vectors(items: ItemColumns, dimension: int) -> NDArray[np.int8]:
    """Return the vectors, padded; a stale item has none yet."""
    nothing, n_padding, vectors = bytes(dimension), -dimension % PADDED, items.vectors
    if items.stale.any():
        vectors = [nothing if again else each for each, again in zip(vectors, items.stale.tolist(), strict=True)]
    found = np.frombuffer(b"".join(vectors), np.int8).reshape(-1, dimension)
    return np.pad(found, ((0, 0), (0, n_padding))) if n_padding else found
