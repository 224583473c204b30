"""The table of `user-profiles`: its records, of all partitions in any order, to the newest profile of each user."""

from __future__ import annotations

from stream.lookalike.pool import Pool, PoolBuilder
from stream.wire.profiles import read_profile
from stream.wire.records import Headers
from stream.wire.user_tables import is_moved


class ProfileTable:
    """A table of users' newest profiles. After a move to another partition the record that was written later counts."""

    def __init__(self) -> None:
        self._builder = PoolBuilder()
        self._written: dict[str, tuple[int, int]] = {}  # partition and time of the newest record, of erased users too

    def __len__(self) -> int:
        return len(self._builder)

    def take(self, user: str, value: bytes | None, partition: int, written_ms: int, headers: Headers) -> None:
        """Take the next record of a partition; raises ValueError for a value that is no profile."""
        if value is None and is_moved(headers):
            return
        before = self._written.get(user)
        if before is not None and before[0] != partition and written_ms < before[1]:
            return
        if value is None:
            self._builder.drop(user)
        else:
            self._builder.put(read_profile(value))
        self._written[user] = partition, written_ms

    def pool(self) -> Pool:
        """Return the users with their profiles."""
        return self._builder.pool()
