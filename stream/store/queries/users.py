"""A user's segment and changes, as on the topics."""

from __future__ import annotations

from collections.abc import Iterable

from stream.store.store import Store, is_storable

_ASK_MAX = 500  # users of one query; SQLite takes at least 999 values


def user_record(store: Store, user: str) -> bytes | None:
    """Return the newest record of `user-segments`; None for a user that is unknown or was erased."""
    return lookup(store, [user]).get(user)


def lookup(store: Store, users: Iterable[str]) -> dict[str, bytes]:
    """Return the record of each of the users that is known, in their order."""
    asked = [user for user in dict.fromkeys(users) if is_storable(user)]
    found: dict[str, bytes] = {}
    for at in range(0, len(asked), _ASK_MAX):
        some = asked[at : at + _ASK_MAX]
        marks = ",".join("?" * len(some))
        found |= store.rows(f"SELECT user, value FROM users WHERE value NOTNULL AND user IN ({marks})", *some)
    return {user: found[user] for user in asked if user in found}


def user_changes(store: Store, user: str, before: int | None, limit: int) -> list[bytes]:
    """Return changes of `segment-changes`, the newest first; only those with a sequence below `before`."""
    if not is_storable(user):
        return []
    found = store.rows(
        "SELECT value FROM changes WHERE user = (SELECT no FROM users WHERE user = ?) AND sequence < ? "
        "ORDER BY sequence DESC, time_ms DESC LIMIT ?",
        user,
        _LAST if before is None else min(before, _LAST),
        limit,
    )
    return [value for (value,) in found]


def user_change(store: Store, user: str, sequence: int) -> bytes | None:
    """Return the change of this sequence; None if the store does not have it."""
    found = user_changes(store, user, sequence + 1, 1) if sequence < _LAST else []
    return found[0] if found and _has_sequence(store, user, sequence) else None


_LAST = 1 << 62


def _has_sequence(store: Store, user: str, sequence: int) -> bool:
    sql = "SELECT 1 FROM changes WHERE user = (SELECT no FROM users WHERE user = ?) AND sequence = ?"
    return store.row(sql, user, sequence) is not None
