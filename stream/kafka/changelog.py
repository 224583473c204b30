"""Restoring a partition's state: the changelog, read up to the end at the time of assignment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Generic, NamedTuple

from confluent_kafka import IsolationLevel
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._listoffsets import OffsetSpec

from stream.kafka.connection import Connection
from stream.kafka.partition_reader import PartitionReader, at
from stream.kafka.retry import retry_transient
from stream.runtime.job import Reader
from stream.wire.state_records import LOG_KEY

_CHUNK = 5_000  # records a read, or as many as arrive in time
_CHUNK_S = 0.02
_ADMIN_S = 10.0
_ASK_S = 60.0


@dataclass(slots=True)
class _Restoring(Generic[Reader]):
    reader: Reader
    end_offset: int
    log_id: str = ""


class RestoredState(NamedTuple, Generic[Reader]):
    """A partition whose changelog was read: its reader, and the id of the input topic of its offsets, "" if unknown."""

    partition: int
    reader: Reader
    log_id: str


class ChangelogRestorer(Generic[Reader]):
    """A restorer of several partitions side by side, a chunk at a time.

    Other partitions can be processed between two chunks.
    """

    def __init__(self, connection: Connection, topic: str, new_reader: Callable[[], Reader]) -> None:
        self._topic, self._new_reader = topic, new_reader
        self._qualified = connection.namespace.qualify(topic)
        self._open: dict[int, _Restoring[Reader]] = {}
        self._settings = connection.confluent()
        self._log = PartitionReader(connection, prompt=True)

    def begin(self, partitions: list[int]) -> None:
        """Start on newly assigned partitions.

        The end of the log counts, open transactions included. A commit of the previous owner may be decided while the
        marker is still on the way to this topic.
        """
        ends = self._ends(partitions)
        for partition in partitions:
            self._open[partition] = _Restoring(self._new_reader(), ends[partition])
        self._log.start(self._topic, dict.fromkeys(partitions, 0))

    def cancel(self, partitions: list[int]) -> None:
        """Stop on revoked partitions."""
        self._close([p for p in partitions if p in self._open])

    def is_open(self, partition: int) -> bool:
        """Return True while the partition is being restored."""
        return partition in self._open

    def advance(self, for_s: float) -> list[RestoredState[Reader]]:
        """Read for about `for_s` seconds. Return the partitions that are complete."""
        deadline, done = monotonic() + for_s, list[RestoredState[Reader]]()
        while self._open and monotonic() < deadline:
            for partition in self._read():
                restoring = self._open[partition]
                done.append(RestoredState(partition, restoring.reader, restoring.log_id))
                self._close([partition])
        return done

    def close(self) -> None:
        """Disconnect."""
        self._log.close()

    def _read(self) -> list[int]:
        """Take in a chunk. Return the partitions read to the end."""
        messages, ends = self._log.read(_CHUNK, _CHUNK_S)
        for message in messages:
            restoring = self._open.get(message.partition() or 0)
            if restoring is not None and message.key() == LOG_KEY:
                restoring.log_id = (message.value() or b"").decode()
            elif restoring is not None:
                restoring.reader.add(message.key() or b"", message.value())
        return [end.partition for end in ends if self._is_complete(end.partition, end.offset)]

    def _is_complete(self, partition: int, offset: int) -> bool:
        return partition in self._open and offset >= self._open[partition].end_offset

    def _close(self, partitions: list[int]) -> None:
        for partition in partitions:
            del self._open[partition]
        if partitions:
            self._log.stop(self._topic, partitions)

    def _ends(self, partitions: list[int]) -> dict[int, int]:
        return retry_transient(lambda: self._list_ends(partitions), _ASK_S)  # a leader may have died just now

    def _list_ends(self, partitions: list[int]) -> dict[int, int]:
        admin = AdminClient(self._settings)  # a new one: it would remember the epoch of a leader that has gone
        asked = admin.list_offsets(
            {each: OffsetSpec.latest() for each in at(self._qualified, partitions)},  # type: ignore[no-untyped-call]
            isolation_level=IsolationLevel.READ_UNCOMMITTED,
            request_timeout=_ADMIN_S,
        )
        return {each.partition: future.result().offset for each, future in asked.items()}
