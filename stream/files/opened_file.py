"""A file of any compression and Unicode encoding as a stream of bytes, of which the first are known beforehand.

The text of a file with a byte order mark of UTF-16 or UTF-32, or with the zero bytes of UTF-16, comes in UTF-8.
Compression is known by the first bytes, whatever the name.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

STDIN = "-"
HEAD_BYTES = 64 * 1024  # from which format, columns and encoding are known

_BUFFER_BYTES = 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # the mark of UTF-32 in little endian begins with that of UTF-16
_PARTS_OF_UTF16 = 0.3  # of every other byte is zero in UTF-16 of a Latin alphabet


class EventFileError(RuntimeError):
    """An unreadable file, or one without events."""


class BrokenFileError(ValueError):
    """A place in a file behind which nothing can be read."""


class _Source(io.RawIOBase):
    """A raw stream: bytes read already, then what `more` returns until it returns nothing."""

    def __init__(self, first: bytes, more: Callable[[int], bytes]) -> None:
        self._left, self._more = memoryview(first), more

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill at most `buffer`, without waiting for more than its first bytes; return their number."""
        left = self._left or memoryview(self._more(len(buffer)))
        n = min(len(buffer), len(left))
        buffer[:n], self._left = left[:n], left[n:]
        return n


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """An open file of a `name`: its `head`, and its `stream` of bytes from the beginning, both unpacked.

    `close` closes the file itself.
    """

    name: str
    head: bytes
    stream: IO[bytes]
    close: Callable[[], None]


def open_file(name: str) -> OpenedFile:
    """Open a file, or standard input for `-`. Raises EventFileError for a missing or empty one, OSError and others."""
    file: Any = sys.stdin.buffer if name == STDIN else _open(Path(name))
    try:
        return _open_stream(name, file)
    except BaseException:
        file.close()
        raise


def longer_head(opened: OpenedFile) -> OpenedFile:
    """Return the file with a head of HEAD_BYTES, or of all its bytes; standard input is waited for."""
    head = opened.stream.read(max(HEAD_BYTES, len(opened.head)))
    return replace(opened, head=head, stream=_stream(head, opened.stream.read1))  # type: ignore[attr-defined]


def shown(name: str) -> str:
    """Return the name of a file for people."""
    return "standard input" if name == STDIN else name


def _open_stream(name: str, file: Any) -> OpenedFile:
    raw, first = file, _first_line(file.readline)
    unpack = _unpacker(name, first)
    if unpack is not None:
        raw = io.BufferedReader(unpack(_stream(first, raw.read1)))
        first = _first_line(raw.readline)
    encoding = next((encoding for mark, encoding in _MARKS if first.startswith(mark)), None)
    if encoding is None and b"\0" in first[:HEAD_BYTES]:  # a binary file, or UTF-16 without a mark
        first += raw.read(max(0, HEAD_BYTES - len(first)))
        encoding = _zero_bytes(first)
    if encoding is not None:
        raw = _stream(b"", _transcoding(encoding, first, raw.read1))
        first = _first_line(raw.readline)
    first = first.removeprefix(codecs.BOM_UTF8)
    if not first.strip():
        first += raw.read(HEAD_BYTES)
    if not first.strip():
        raise EventFileError(f"{shown(name)} is empty: there is no event in it")
    return OpenedFile(name, first, _stream(first, raw.read1), file.close)


def _open(path: Path) -> IO[bytes]:
    if path.is_dir():
        raise EventFileError(f"{path} is a folder; give a file, such as {path / 'events.jsonl'}")
    if not path.exists():
        raise EventFileError(f"there is no file {path}; give a file of events, `-` for standard input, or `demo`")
    return path.open("rb")


def _stream(first: bytes, more: Callable[[int], bytes]) -> Any:
    return io.BufferedReader(_Source(first, more), _BUFFER_BYTES)


def _first_line(readline: Callable[[int], bytes]) -> bytes:
    return readline(HEAD_BYTES)


def _unpacker(name: str, head: bytes) -> Callable[[Any], Any] | None:
    """Return what unpacks the file; None for one that is not compressed."""
    if head.startswith(b"\x1f\x8b"):
        return lambda file: gzip.GzipFile(fileobj=file)
    if head.startswith(b"BZh"):
        return bz2.BZ2File
    if head.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMAFile
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return partial(_zstd, name)
    return None


def _zstd(name: str, file: Any) -> Any:
    try:
        import pyarrow as pa  # an extra
    except ModuleNotFoundError as error:
        raise EventFileError(
            f"{shown(name)} is compressed with zstd, which needs pip install 'segue[parquet]', or: zstd -dc FILE"
        ) from error
    return pa.CompressedInputStream(file, "zstd")


def _zero_bytes(head: bytes) -> str | None:
    """Return the encoding of UTF-16 without a mark; None for anything else."""
    half = max(1, len(head) // 2)
    shares = head[0::2].count(0) / half, head[1::2].count(0) / half
    if max(shares) < _PARTS_OF_UTF16 or min(shares) > max(shares) / 10:
        return None
    return "utf-16-be" if shares[0] > shares[1] else "utf-16-le"


def _transcoding(encoding: str, first: bytes, more: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """Return a reader of UTF-8 from bytes in another encoding; what cannot be decoded is replaced."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    waiting = [first]

    def read(n: int) -> bytes:
        while True:
            data = waiting.pop() if waiting else more(n)
            text = decoder.decode(data, final=not data)
            if text or not data:
                return text.encode(errors="replace")

    return read
