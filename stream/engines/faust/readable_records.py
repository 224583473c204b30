"""Record batches of aiokafka without the records that it cannot read.

aiokafka 0.14 decodes the names of headers as UTF-8, in `DefaultRecordBatch`. Another name makes the fetch of the
partition fail, each time anew. Here such a batch ends before the record: the engine finds a gap in the offsets, and
asks the broker for it with another client.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record import memory_records


class ReadableRecords:
    """Batches of a fetch, as aiokafka's `MemoryRecords`."""

    def __init__(self, data: bytes) -> None:
        self._records: Any = memory_records.MemoryRecords(data)

    def size_in_bytes(self) -> int:
        """Return the size of the fetch."""
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        """Return True if a batch is left."""
        return bool(self._records.has_next())

    def next_batch(self) -> ReadableBatch:
        """Return the next batch."""
        return ReadableBatch(self._records.next_batch())


class ReadableBatch:
    """A batch up to the first record that cannot be read. Attributes are those of aiokafka's batch."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._batch
        except UnicodeDecodeError:
            return

    def __next__(self) -> Any:
        """Return the marker of a control batch."""
        return next(self._batch)


def skip_unreadable_records() -> None:
    """Let the consumers of this process skip what they cannot read. Without it, their partition stands still."""
    fetcher.MemoryRecords = ReadableRecords
