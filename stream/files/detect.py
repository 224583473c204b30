"""The format of a file by its first bytes, and by its name where they do not tell; other files are refused with a hint.

Signatures are of the formats' specifications, as in the `file` program's database.
"""

from __future__ import annotations

import io
import json
from itertools import islice
from pathlib import PurePath

from stream.files.csv_rows import csv_rows, delimiter_of
from stream.files.json_rows import parse, spans
from stream.files.layout import Format
from stream.files.opened_file import HEAD_BYTES, EventFileError, OpenedFile, shown
from stream.files.parquet_rows import MAGIC
from stream.files.snowplow import N_FIELDS

_JSON_LINES_NAMES = (".jsonl", ".ndjson", ".json", ".log")
_TABLE_ROWS = 3
_REFUSED = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook: save the sheet as CSV (UTF-8), or unpack it: unzip -p FILE"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook: save the sheet as CSV (UTF-8)"),
    (b"Obj\x01", "an Avro file: convert it, for example with `fastavro FILE`, which prints JSON lines"),
    (b"ORC", "an ORC file: convert it to Parquet or CSV"),
    (b"SQLite format 3", "a SQLite database: sqlite3 -csv -header FILE 'select …'"),
    (b"%PDF", "a PDF document: export the table behind it as CSV"),
    (b"\x89PNG", "an image"),
    (b"<", "XML or HTML: convert it to CSV or JSON lines"),
)


def is_whole_event(opened: OpenedFile) -> bool:
    """Return True if the first line is a JSON object: the file has one event a line."""
    return isinstance(parse(opened.head.strip()), dict)


def format_of(opened: OpenedFile) -> Format:
    """Return the format of a file. Raises EventFileError for one that has none of the formats."""
    head, name = opened.head, shown(opened.name)
    if head.startswith(MAGIC):
        return Format.PARQUET
    for signature, kind in _REFUSED:
        if head.startswith(signature):
            raise EventFileError(f"{name} is {kind}")
    return _text_format(head, opened.name)


def _text_format(head: bytes, name: str) -> Format:
    first, *others = head.strip(b"\r\n").split(b"\n")
    is_whole = _is_cut_object(head) or isinstance(parse(first), dict)
    if head.lstrip()[:1] in (b"{", b"[") and not is_whole and _is_json_value(head):
        return Format.JSON
    if any(isinstance(parse(line), dict) for line in (first, *others)) or _is_cut_object(head):
        return Format.JSON_LINES
    if b"\0" in head:
        raise EventFileError(f"{shown(name)} is a binary file of an unknown kind; {_KNOWN}")
    if first.count(b"\t") == N_FIELDS - 1:
        return Format.SNOWPLOW
    is_named_so = PurePath(name.removesuffix(".gz")).suffix.lower() in _JSON_LINES_NAMES
    if delimiter_of(first) and (not is_named_so or _is_table(head)):
        return Format.CSV
    if is_named_so:
        return Format.JSON_LINES
    shown_line = first[:60].decode(errors="replace")
    raise EventFileError(f"{shown(name)} begins with {shown_line!r}, which is no event and no row of columns; {_KNOWN}")


_KNOWN = "known are JSON lines, JSON, CSV, Parquet and Snowplow's enriched events, plain or compressed (--format)"


def _is_cut_object(head: bytes) -> bool:
    """Return True if the text is the beginning of an object on a single line, a long first line."""
    return head.startswith(b"{") and len(head) >= HEAD_BYTES and b"\n" not in head.strip()


def _is_table(head: bytes) -> bool:
    """Return True if the first rows have as many cells as the header; a quoted cell may be cut."""
    rows = [row for _, row in islice(csv_rows(io.BytesIO(head), delimiter_of(head), True, lambda _: None), _TABLE_ROWS)]
    n_columns = max(map(len, rows), default=0)
    return n_columns > 1 and all(isinstance(row, dict) and len(row) == n_columns for row in rows)


def _is_json_value(head: bytes) -> bool:
    """Return True if the text begins with a value of JSON, or with a part of one that goes on behind it."""
    text = head.decode(errors="surrogateescape").lstrip()
    try:
        spans.raw_decode(text)
    except json.JSONDecodeError as error:
        return error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
    except RecursionError:
        return False
    return True
