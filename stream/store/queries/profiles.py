"""Published profiles, as on `user-profiles`."""

from __future__ import annotations

from stream.store.store import Store


def profile_values(store: Store) -> list[bytes]:
    """Return the newest record of `user-profiles` of each kept user."""
    return [value for (value,) in store.rows("SELECT value FROM profiles")]
