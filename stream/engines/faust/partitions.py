"""The partitions of a Faust worker: their restore, and where each continues in the log that is there.

Every method blocks; the runner has a thread for such calls.
"""

from __future__ import annotations

from typing import Generic

from stream.engines.faust.broker_probe import BrokerProbe
from stream.kafka.changelog import ChangelogRestorer, RestoredState
from stream.kafka.connection import Connection
from stream.kafka.input_log import InputLog
from stream.runtime.job import Job, Reader, Result

_RESTORE_S = 0.2


class OwnedPartitions(Generic[Reader, Result]):
    """Assigned partitions. `restored` holds those that were begun."""

    def __init__(self, job: Job[Reader, Result], connection: Connection, probe: BrokerProbe, log: InputLog) -> None:
        self._job, self._probe, self._log = job, probe, log
        self._restorer = ChangelogRestorer(connection, job.changelog.name, job.state_reader)
        self._read_states: dict[int, RestoredState[Reader]] = {}  # that did not begin yet
        self._owned: set[int] = set()
        self.restored: set[int] = set()

    def begin(self, partitions: list[int]) -> None:
        """Begin to restore the assigned partitions. Raise TopicsError if the topics' partitions disagree."""
        if partitions:
            self._log.check_partitions(ask=True)
            self._restorer.begin(partitions)
        self._owned = set(partitions)

    def drop(self, partitions: list[int]) -> None:
        """Drop revoked partitions."""
        self._owned -= set(partitions)
        self._restorer.cancel(partitions)
        for partition in partitions:
            self._job.revoke(partition)
            self._log.forget(partition)
            self.restored.discard(partition)
            self._read_states.pop(partition, None)

    def is_restoring(self) -> bool:
        """Return True while a partition did not begin."""
        return bool(self._owned - self.restored)

    def restore(self) -> dict[int, int]:
        """Restore for a while. Return the partitions that begin now, each with its next offset."""
        self._read_states |= {each.partition: each for each in self._restorer.advance(_RESTORE_S)}
        begun = {partition: self._begin(state) for partition, state in self._read_states.items()}
        found = {partition: offset for partition, offset in begun.items() if offset is not None}
        for partition in found:
            del self._read_states[partition]
        self.restored |= found.keys()
        return found

    def moves(self, next_offsets: dict[int, int]) -> dict[int, int]:
        """Return the new offsets of partitions whose log was cut or replaced. Raise TopicsError as `begin` does."""
        self._log.check_partitions()
        replaced = self._log.is_replaced()
        cut = [p for p, offset in next_offsets.items() if replaced or self._log.is_cut(p, offset)]
        found = {p: self._log.follow(p, next_offsets[p]) for p in cut}
        moved = {p: offset for p, offset in found.items() if offset is not None and offset != next_offsets[p]}
        for partition, offset in moved.items():
            self._job.seek(partition, offset)
        return moved

    def lag(self, next_offsets: dict[int, int]) -> dict[int, int]:
        """Return the number of records that wait in each partition."""
        return {p: self._log.lag(p, offset) for p, offset in next_offsets.items()}

    def close(self) -> None:
        """Disconnect."""
        self._restorer.close()

    def _begin(self, state: RestoredState[Reader]) -> int | None:
        """Restore the job's state. Return the first offset after both the committed one and the state's."""
        state_offset = self._job.restore(state.partition, state.reader)
        committed = self._probe.committed(state.partition)
        position = max(committed, -1 if state_offset is None else state_offset)
        offset = self._log.begin(state.partition, None if position < 0 else position, state.log_id)
        if offset is not None and offset != state_offset:
            self._job.seek(state.partition, offset)
        return offset
