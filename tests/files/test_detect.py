"""The format of a file by its first bytes, and refusals that say what to do."""

from __future__ import annotations

import io
from typing import Any

import pytest

from stream.files.detect import format_of, is_whole_event
from stream.files.layout import Format
from stream.files.opened_file import EventFileError, OpenedFile
from stream.files.snowplow import N_FIELDS


def opened(head: bytes, name: str = "events") -> OpenedFile:
    return OpenedFile(name, head, io.BytesIO(head), lambda: None)


@pytest.mark.parametrize(
    ("head", "name", "expected"),
    [
        (b'{"user_id": "7"}\n{"user_id": "8"}\n', "events", Format.JSON_LINES),
        (b'{\n{"user_id": "8"}\n', "a broken first line", Format.JSON_LINES),
        (b'not json\nnull\n{"user_id": "8"}\n', "a note before the events", Format.JSON_LINES),
        (b"\xff\xfe,\n\n", "events.jsonl", Format.JSON_LINES),
        (b'[{"user_id": "7"}]', "events", Format.JSON),
        (b'[\n  {"user_id": "7"},\n  {"user_id": "8"}\n', "events", Format.JSON),
        (b'\n{\n  "user_id": "7",\n  "text": "an unfinished', "events", Format.JSON),
        (b"[]", "events", Format.JSON),
        (b"a,b\n1,2\n", "events", Format.CSV),
        (b'"a;b"\t"c"\n1\t2\n', "events", Format.CSV),
        (b'{"user_id": "7", "text": "' + b"x" * 64 * 1024, "a long first line", Format.JSON_LINES),
        (b'{\n"user_id": "7", "text": "' + b"x" * 64 * 1024, "a long text", Format.JSON),
        (b"PAR1\x15\x04", "events", Format.PARQUET),
        (b"\t" * (N_FIELDS - 1) + b"\n", "events", Format.SNOWPLOW),
    ],
)
def test_a_format_is_found(head: bytes, name: str, expected: Format) -> None:
    assert format_of(opened(head, name)) is expected


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"PK\x03\x04\x14\x00", "Excel workbook: save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1", "Excel workbook"),
        (b"Obj\x01\x04\x16avro", "Avro"),
        (b"\x7fELF\x02\x01\x01\0\0", "binary file"),
        (b"<html>\n", "HTML"),
        (b"Dear reader\nhello", "begins with 'Dear reader'"),
        (b"7\n", "--format"),
    ],
)
def test_another_file_is_refused_with_its_kind_or_its_first_line(head: bytes, why: str) -> None:
    with pytest.raises(EventFileError, match=why):
        format_of(opened(head))


@pytest.mark.parametrize(("head", "expected"), [(b'{"a": 1}\n', True), (b'{"a":\n', False), (b"a,b\n", False)])
def test_a_first_line_that_is_an_object_is_a_whole_event(head: bytes, expected: Any) -> None:
    assert is_whole_event(opened(head)) is expected
