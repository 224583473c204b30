"""A file of user events as messages of `user-events` with their places, in the order of the file.

Format, compression, encoding and columns are found from the file's first bytes, unless `Layout` says otherwise. Memory
does not grow with the file. Messages are not validated here: one without a user has the key None.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from typing import IO, Any, NamedTuple

from stream.files.csv_rows import csv_rows, delimiter_of
from stream.files.detect import format_of, is_whole_event
from stream.files.flat_rows import Mapper, choose_mapper, key_of
from stream.files.json_rows import json_lines, json_values
from stream.files.layout import ColumnsError, Format, Layout
from stream.files.opened_file import STDIN, BrokenFileError, EventFileError, OpenedFile, longer_head, open_file, shown
from stream.files.parquet_rows import parquet_rows
from stream.files.snowplow import snowplow_rows

SAMPLE_ROWS = 100  # from which the columns are known

_DAMAGE = (BrokenFileError, OSError, EOFError, zlib.error, lzma.LZMAError)

Tell = Callable[[str], None]
Rows = Iterator[tuple[int, Any]]


class FileEvent(NamedTuple):
    """A message of `user-events`, and its place: the number of its line or row, from 1."""

    key: bytes | None
    value: bytes
    place: int


def read_events(source: str, layout: Layout, tell: Tell) -> Iterator[FileEvent]:
    """Return the events of a file in its order; `-` is standard input. `tell` gets a sentence on what was guessed.

    Raises EventFileError: at the call for a file that is missing or has no known format or columns, while reading for
    a damaged one.
    """
    with _damage_as_error(source):
        opened = open_file(source)
        try:
            is_live = source == STDIN and layout.format in (None, Format.JSON_LINES) and is_whole_event(opened)
            opened = opened if is_live else longer_head(opened)
            found = layout.format or (Format.JSON_LINES if is_live else format_of(opened))
            delimiter = (delimiter_of(opened.head) or ",") if found is Format.CSV else ""
            rows = _rows(opened.stream, found, delimiter, layout.has_header, tell)
            first, rows = _split(rows, 1 if is_live else SAMPLE_ROWS)
            mapper = choose_mapper([row for _, row in first], layout, delimiter == ";", tell)
        except BaseException:
            opened.close()
            raise
    return _events(opened, chain(first, rows), mapper)


def _rows(file: IO[bytes], found: Format, delimiter: str, has_header: bool, tell: Tell) -> Rows:
    readers: dict[Format, Callable[[IO[bytes]], Rows]] = {
        Format.JSON_LINES: json_lines,
        Format.JSON: json_values,
        Format.CSV: partial(csv_rows, delimiter=delimiter, has_header=has_header, tell=tell),
        Format.PARQUET: parquet_rows,
        Format.SNOWPLOW: snowplow_rows,
    }
    return readers[found](file)


def _split(rows: Rows, n: int) -> tuple[list[tuple[int, Any]], Rows]:
    """Return the first rows, and the others with the damage that ended the first ones, if any did."""
    first: list[tuple[int, Any]] = []
    try:
        first.extend(islice(rows, n))  # what comes before the damage is kept
    except _DAMAGE as error:
        if first:
            return first, _raised(error)
        raise
    return first, rows


def _raised(error: Exception) -> Rows:
    yield from ()
    raise error


def _events(opened: OpenedFile, rows: Rows, mapper: Mapper) -> Iterator[FileEvent]:
    try:
        with _damage_as_error(opened.name):
            for place, row in rows:
                value = mapper(row)
                yield FileEvent(key_of(value), value, place)
    finally:
        if opened.name != STDIN:
            opened.close()


@contextmanager
def _damage_as_error(source: str) -> Iterator[None]:
    try:
        yield
    except ColumnsError as error:
        raise EventFileError(f"{shown(source)}: {error}") from error
    except _DAMAGE as error:
        raise EventFileError(f"can not read {shown(source)} to its end: {error}") from error
