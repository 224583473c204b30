"""A partition's place and switches, and the state of some users, from its state changelog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stream.explain.past import NOWHERE, Place, in_one_log
from stream.wire.backfill_records import BACKFILL_KEY, BackfillRecord, decode_backfill
from stream.wire.state_records import (
    PARTITION_KEY,
    SWITCH_PREFIX,
    SwitchRecord,
    check_format,
    decode_partition,
    decode_switch,
)
from stream.wire.user_records import newest_head, user_of_key


@dataclass(slots=True)
class PartitionProgress:
    """A partition's progress: the place up to which it was processed, its switches, and the backfill that began it.

    `states` has the records of the states of those users that it begins with.
    """

    end: Place = NOWHERE
    backfill: BackfillRecord | None = None
    next_offset: int = 0  # in the changelog
    states: dict[str, dict[bytes, bytes]] = field(default_factory=dict)
    _switches: dict[bytes, SwitchRecord] = field(default_factory=dict)
    _partition: bytes = b""

    @property
    def switches(self) -> list[SwitchRecord]:
        """The switches in order of time."""
        return in_one_log(list(self._switches.values()))

    def state_of(self, user: str) -> Mapping[bytes, bytes]:
        """Return the records of a kept user's state in the order of the log, and that of the partition.

        Return none without a state of the user.
        """
        records = self.states.get(user, {})
        if newest_head(records) is None:
            return {}
        return records | {PARTITION_KEY: self._partition} if self._partition else dict(records)

    def take(self, records: Iterable[tuple[int, bytes | None, bytes | None]]) -> None:
        """Take in records of the changelog, each with offset, key and value; users not kept are passed over."""
        for offset, key, value in records:
            self.next_offset = offset + 1
            if not key:
                continue
            if user := user_of_key(key):
                self._keep(user.decode(), key, value)
            elif value is None:
                continue
            elif key == PARTITION_KEY:
                self._partition = value
                record = check_format(decode_partition(value))
                self.end = Place(record.offset, record.now_ms)
            elif key[:1] == SWITCH_PREFIX:
                self._switches[key] = decode_switch(value)
            elif key == BACKFILL_KEY:
                self.backfill = decode_backfill(value)

    def _keep(self, user: str, key: bytes, value: bytes | None) -> None:
        records = self.states.get(user)
        if records is None:
            return
        records.pop(key, None)  # the last one comes last: of a user's heads that one counts
        if value is not None:
            records[key] = value
