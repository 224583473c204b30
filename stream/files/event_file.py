"""A file of user events, one JSON message a line, as (key, value) pairs in the order of the file.

`-` is standard input, a name ending in `.gz` is unpacked. Memory does not grow with the file.
Messages are not validated here: a line without a user keeps its bytes and has the key None.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

from stream.wire.users import json_key

STDIN = "-"
LINE_BYTES_MAX = 16 * 1024 * 1024  # a longer line is cut here, which no JSON object survives

_BOM = b"\xef\xbb\xbf"


class EventFileError(RuntimeError):
    """An unreadable file."""


def read_events(source: str) -> Iterator[tuple[bytes | None, bytes]]:
    """Return the (key, value) pairs of `source`; blank lines are skipped.

    Raises EventFileError: at the call for a missing file, while reading for a damaged one.
    """
    if source != STDIN and not Path(source).is_file():
        raise EventFileError(f"expected a file of JSON lines, or -, got {source!r}, which is no file")
    return _read(source)


def _read(source: str) -> Iterator[tuple[bytes | None, bytes]]:
    try:
        with _open(source) as file:
            for line in _lines(file):
                yield json_key(line), line
    except (OSError, EOFError, zlib.error) as error:
        raise EventFileError(f"can not read {source!r} to its end: {error}") from error


def _open(source: str) -> Any:
    if source == STDIN:
        return nullcontext(sys.stdin.buffer)
    return gzip.open(source) if source.endswith(".gz") else Path(source).open("rb")


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    first = True
    while line := file.readline(LINE_BYTES_MAX):
        rest = line
        while len(rest) == LINE_BYTES_MAX and not rest.endswith(b"\n"):
            rest = file.readline(LINE_BYTES_MAX)
        if first:
            line, first = line.removeprefix(_BOM), False
        line = line.rstrip(b"\r\n")
        if line.strip():
            yield line
