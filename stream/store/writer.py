"""The writer of a store: records of topics as rows, each batch in one transaction with the positions after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from stream.kafka.reader import Read, Where
from stream.store.policy import StorePolicy


class StoreWriter:
    """A writer, the only one of a store; it makes the file if there is none.

    Raise StoreBusyError if another process writes the file, StoreError if it is no store of this version.
    """

    def __init__(self, path: Path, policy: StorePolicy = StorePolicy()) -> None:  # noqa: B008 – frozen
        self.path, self._policy = path, policy

    @property
    def revision(self) -> int:
        """The number of transactions so far."""
        raise NotImplementedError

    def positions(self, topic: str) -> dict[int, int]:
        """Return the next offset of each partition of a topic."""
        raise NotImplementedError

    def apply(self, records: Sequence[Read], ends: Mapping[Where, int] = {}) -> int:
        """Apply records, each partition in order, in one transaction; return the revision.

        Records before the position of their partition are skipped, so a batch that is applied again changes nothing.
        `ends` are positions beyond the last record, such as after the marker of a transaction.
        """
        raise NotImplementedError

    def begin_topic(self, topic: str, topic_id: str) -> None:
        """Delete all that a topic gave, and read it from the beginning under this id."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the file."""
        raise NotImplementedError
