"""The past of users of one partition: their records, each with the partition's time, and the models that decided.

Times of other users' records count under the event clock, since they move the partition's time.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import NamedTuple

from stream.core.event import Record
from stream.wire.state_records import SwitchRecord


class Place(NamedTuple):
    """A place in a partition: the last record, and the partition's time."""

    offset: int
    now_ms: int


NOWHERE = Place(-1, 0)  # before the first record


@dataclass(frozen=True, slots=True)
class Past:
    """A past up to `end`. `arrival_ms` of a record is the partition's time at it; switches are in order of time."""

    records: Sequence[Record]
    switches: Sequence[SwitchRecord]
    end: Place

    def until(self, now_ms: int) -> Past:
        """Return the past up to a time on the partition's clock, all records of that time included."""
        n = bisect_right(self.records, now_ms, key=attrgetter("arrival_ms"))
        switches = [switch for switch in self.switches if switch.now_ms <= now_ms]
        return replace(self, records=self.records[:n], switches=switches, end=Place(self.end.offset, now_ms))

    def of(self, user: str) -> Past:
        """Return the past of one user."""
        return replace(self, records=[each for each in self.records if getattr(each.content, "user", None) == user])


class PartitionClock:
    """A clock of a partition: the time at each record, as the worker had it when no timer ran between two records."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.next_offset = 0
        self._offsets, self._times_ms = array("q"), array("q")

    def advance(self, offset: int, proven_ms: int) -> None:
        """Take in the next record, which proves a time; time never goes back."""
        self.next_offset = offset + 1
        if proven_ms > self.now_ms:
            self.now_ms = proven_ms
            self._offsets.append(offset)
            self._times_ms.append(proven_ms)

    def at(self, offset: int) -> int:
        """Return the time at a record; 0 before the first."""
        n = bisect_right(self._offsets, offset)
        return self._times_ms[n - 1] if n else 0


def in_one_log(switches: Sequence[SwitchRecord]) -> list[SwitchRecord]:
    """Return the switches in order of time; those in an earlier log of the topic count as before its first record.

    Time never goes back, also when a topic is made again, but offsets then do.
    """
    ordered, smallest = sorted(switches, key=lambda switch: (switch.now_ms, switch.offset)), 1 << 62
    found = []
    for switch in reversed(ordered):
        is_earlier = switch.offset > smallest
        smallest = -1 if is_earlier else switch.offset
        found.append(SwitchRecord(switch.now_ms, smallest, switch.serving))
    return found[::-1]
