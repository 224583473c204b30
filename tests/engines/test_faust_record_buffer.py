"""Whatever Faust repeats, leaves out or hands out too late, each record is taken once and in order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("faust", reason="needs the extra `faust`")

from stream.engines.faust.record_buffer import RecordBuffer
from stream.wire.records import ConsumerRecord


class Log:
    """A partition's records by offset; `asked` is what was looked up."""

    def __init__(self, *offsets: int) -> None:
        self.offsets, self.asked = offsets, list[tuple[int, int]]()

    def records(self, partition: int, first: int, end: int) -> list[ConsumerRecord]:
        self.asked.append((first, end))
        return [ConsumerRecord("t", partition, o, 0, b"", b"", []) for o in self.offsets if first <= o < end]


def taken(log: Any, *messages: tuple[int, int], next_offset: int = 3) -> list[int]:
    """Offsets taken from messages of (offset, generation); the present generation is 2."""
    buffer = RecordBuffer(log, 100, lambda _, offset: offset)
    buffer.next_offsets[0] = next_offset
    fields = {
        "topic": "t",
        "partition": 0,
        "timestamp": 0.0,
        "timestamp_type": 1,
        "key": b"",
        "value": b"",
        "headers": [],
    }
    made = [SimpleNamespace(offset=offset, generation_id=generation, **fields) for offset, generation in messages]
    return [raw.offset for raw in buffer.in_order(made, 2).get(0, [])]


def test_records_follow_one_another() -> None:
    log = Log()
    assert taken(log, (3, 2), (4, 2), (5, 2)) == [3, 4, 5]
    assert log.asked == []


def test_a_taken_record_is_not_taken_again() -> None:
    assert taken(Log(), (1, 2), (2, 2), (3, 2), (3, 2), (4, 2), (2, 2)) == [3, 4]


def test_missing_offsets_are_read_from_the_broker() -> None:
    log = Log(3, 4, 5, 6, 7)
    assert taken(log, (5, 2), (7, 2), (3, 2)) == [3, 4, 5, 6, 7]
    assert log.asked == [(3, 5), (6, 7)]


def test_offsets_without_records_are_passed_over() -> None:
    log = Log(3, 5)  # 4 is the marker of a transaction
    assert taken(log, (3, 2), (5, 2)) == [3, 5]
    assert log.asked == [(4, 5)]


def test_records_fetched_before_a_rebalance_are_dropped() -> None:
    assert taken(Log(), (3, 1), (4, 1), (3, 2)) == [3]


def test_nothing_passes_of_a_partition_that_is_not_owned() -> None:
    buffer = RecordBuffer(Log(), 100, lambda _, offset: offset)  # type: ignore[arg-type]
    assert buffer.in_order([SimpleNamespace(partition=0, offset=0, generation_id=2)], 2) == {}
