"""A partition's place and switches, from its state changelog."""

from __future__ import annotations

from collections.abc import Iterable
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


@dataclass(slots=True)
class PartitionProgress:
    """A partition's progress: the place up to which it was processed, its switches, and the backfill that began it."""

    end: Place = NOWHERE
    backfill: BackfillRecord | None = None
    next_offset: int = 0  # in the changelog
    _switches: dict[bytes, SwitchRecord] = field(default_factory=dict)

    @property
    def switches(self) -> list[SwitchRecord]:
        """The switches in order of time."""
        return in_one_log(list(self._switches.values()))

    def take(self, records: Iterable[tuple[int, bytes | None, bytes | None]]) -> None:
        """Take in records of the changelog, each with offset, key and value; users' records are passed over."""
        for offset, key, value in records:
            self.next_offset = offset + 1
            if not key or value is None:
                continue
            if key == PARTITION_KEY:
                record = check_format(decode_partition(value))
                self.end = Place(record.offset, record.now_ms)
            elif key[:1] == SWITCH_PREFIX:
                self._switches[key] = decode_switch(value)
            elif key == BACKFILL_KEY:
                self.backfill = decode_backfill(value)
