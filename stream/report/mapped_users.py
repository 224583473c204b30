"""The users on the maps: a sample stratified by segment, the same users in the next report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b

import msgspec
import numpy as np

from stream.core.arrays import Floats, Ints
from stream.maps.selection import allot
from stream.report.values import MappedUsers
from stream.store.queries.users import lookup, user_changes
from stream.store.store import Store
from stream.wire.changes import SegmentChange
from stream.wire.memberships import UserSegment

N_TRAITS = 6
_VALUES_MAX = 8  # a trait is a colouring if so many values cover most of its users
_USERS_OF_VALUE = 3  # fewer could be recognised
_record = msgspec.json.Decoder(UserSegment)
_change = msgspec.json.Decoder(SegmentChange)


def choose_users(users: Sequence[str], segments: Sequence[str], n: int) -> Ints:
    """Return the rows of at most `n` users, ascending: of each segment those with the smallest hashes.

    A user chosen today is chosen tomorrow, while the segment's share of the sample is the same.
    """
    ranks = np.array([int.from_bytes(blake2b(user.encode(), digest_size=8).digest()) for user in users], np.uint64)
    _, strata, sizes = np.unique(
        np.asarray(segments, dtype=object).astype(str), return_inverse=True, return_counts=True
    )
    n_of_each = allot(sizes, n) if len(users) > n else sizes
    chosen = [
        rows[np.argsort(ranks[rows], kind="stable")[:k]]
        for k, rows in ((k, np.flatnonzero(strata == at)) for at, k in enumerate(n_of_each.tolist()))
    ]
    return np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, np.int64)


def mapped(
    store: Store, users: Sequence[str], segments: Sequence[str], values: Floats, shown: Callable[[str], str]
) -> MappedUsers:
    """Return the users with their last changes as sentences and their declared traits; `values` are silhouettes."""
    records = {user: _record.decode(value) for user, value in lookup(store, users).items()}
    return MappedUsers(
        users=tuple(shown(user) for user in users),
        segments=tuple(segments),
        reasons=tuple(_last_change(store, user) for user in users),
        silhouettes=values,
        traits=_traits([_declared(records.get(user)) for user in users]),
    )


def _last_change(store: Store, user: str) -> str:
    found = user_changes(store, user, None, 1)
    return _change.decode(found[0]).summary if found else ""


def _declared(record: UserSegment | None) -> dict[str, str]:
    """Return the declared traits as texts: true and false in lower case, a whole number without a fraction."""
    traits = record.traits.items() if record else ()
    return {name: value if isinstance(value, str) else msgspec.json.encode(value).decode() for name, value in traits}


def _traits(declared: list[dict[str, str]]) -> Mapping[str, tuple[str, ...]]:
    """Return the traits that can colour a map, those of most users first, with "" for a value that few users have."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for traits in declared:
        for name, value in traits.items():
            counts[name][value] += 1
    found = {}
    for name, values in sorted(counts.items(), key=lambda item: (-item[1].total(), item[0])):
        common = {value for value, n in values.most_common(_VALUES_MAX) if n >= _USERS_OF_VALUE}
        if len(common) > 1 and sum(values[value] for value in common) >= values.total() / 2:
            kept = {value for value, n in values.items() if n >= _USERS_OF_VALUE}
            found[name] = tuple(v if (v := traits.get(name, "")) in kept else "" for traits in declared)
    return dict(list(found.items())[:N_TRAITS])
