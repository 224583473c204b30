"""Records of strangers on Segue's topics: told with their place, left out, and never a traceback."""

from __future__ import annotations

import json

import pytest

from stream.cli.odd_records import fault_of, one_line, readable
from stream.kafka.reader import Read
from stream.wire.catalogue import CatalogueEntry
from stream.wire.changes import SegmentChange
from stream.wire.topics import SEGMENT_CHANGES
from tests.published_records import published_records

GOOD = next(record.value for record in published_records() if record.topic == SEGMENT_CHANGES) or b""
ODD = [
    b"",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"{}",
    b'{"user": "7"',
    b"[" * 100_000,
    GOOD.replace(b'"user":"', b'"user":"\xff'),
    GOOD[:-1] + b',"more":"\xff"}',
    b"\x1b[31mred",
]


def read(offset: int, value: bytes | None) -> Read:
    return Read(SEGMENT_CHANGES, 2, offset, 0, b"7", value, [])


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_a_value_that_is_no_change_has_a_fault(value: bytes) -> None:
    assert fault_of(value, SegmentChange)
    assert not fault_of(GOOD, SegmentChange)


def test_the_rest_is_read_and_the_others_are_told_by_place_and_number(capsys: pytest.CaptureFixture[str]) -> None:
    reads = [read(at, value) for at, value in enumerate([GOOD, *ODD, None, GOOD])]
    assert [each.offset for each in readable(reads, SegmentChange)] == [0, len(ODD) + 1, len(ODD) + 2]
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.splitlines()
    assert [line.split(" is left out: ")[0] for line in lines[:3]] == [
        f"segment-changes partition 2 offset {at}" for at in (1, 2, 3)
    ]
    assert lines[3:] == [f"{len(ODD)} records were left out"]
    assert all(line.isprintable() for line in lines)


def test_nothing_is_told_of_good_records(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list(readable([read(0, GOOD), read(1, None)], SegmentChange))) == 2
    assert list(readable([], CatalogueEntry)) == []
    assert capsys.readouterr().err == ""


def test_json_is_printed_on_one_line_and_unchanged_if_it_is_on_one() -> None:
    assert one_line(GOOD) is GOOD
    pretty = json.dumps(json.loads(GOOD), indent=2).replace("\n", "\r\n").encode()
    assert len(one_line(pretty).splitlines()) == 1
    assert json.loads(one_line(pretty)) == json.loads(GOOD)
