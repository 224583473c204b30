"""A file of user events, one JSON message a line, as (key, value) pairs in the order of the file.

`-` is standard input, a name ending in `.gz` is unpacked. Memory does not grow with the file.
Nothing is judged here: a line that names no person keeps its bytes and gets no key.
"""

from __future__ import annotations

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

import msgspec

STDIN = "-"
LINE_BYTES_MAX = 16 * 1024 * 1024  # a longer line is cut here, which no JSON object survives

_BOM = b"\xef\xbb\xbf"


class EventFileError(RuntimeError):
    """The file can not be read."""


class _Person(msgspec.Struct, rename="camel"):
    flat_user: Any = msgspec.field(default=None, name="user_id")
    user_id: Any = None
    anonymous_id: Any = None
    type: Any = None


_person = msgspec.json.Decoder(_Person)


def read_events(source: str) -> Iterator[tuple[bytes | None, bytes]]:
    """The messages of `source`; blank lines are skipped.

    Raises EventFileError: at the call when there is no such file, while reading when it is damaged.
    """
    if source != STDIN and not Path(source).is_file():
        raise EventFileError(f"expected a file of JSON lines, or -, got {source!r}, which is no file")
    return _read(source)


def _read(source: str) -> Iterator[tuple[bytes | None, bytes]]:
    try:
        with _open(source) as file:
            for line in _lines(file):
                yield _key(line), line
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


def _key(line: bytes) -> bytes | None:
    try:
        line.decode()
        person = _person.decode(line)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, not an object, or nested without end
        return None
    if person.type is None:
        user = person.flat_user
    else:
        user = person.anonymous_id if person.user_id is None else person.user_id
    return user.encode() if isinstance(user, str) else None
