"""The past as records in the order of time, readable more than once with the same result."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from stream.files.event_file import Tell
from stream.files.layout import DETECT, Layout
from stream.files.sources import DEMO, events_of, ignore
from stream.wire.records import ConsumerRecord
from stream.wire.topics import USER_EVENTS


class BackfillError(RuntimeError):
    """A past that can not be processed, or a deployment that can not take it."""


class Source(Protocol):
    """A past. `bounds` are the offsets `[first, end)` of each partition of a topic, empty for a file."""

    name: str
    bounds: tuple[tuple[int, int], ...]

    def read(self) -> Iterator[ConsumerRecord]:
        """Yield every record, in the order of time; each call begins at the first."""
        ...

    def digest(self, content: bytes) -> str:
        """Return what tells this past from another one; `content` is the digest of its records."""
        ...


class FileSource:
    """A file of events, or the demo data."""

    bounds: tuple[tuple[int, int], ...] = ()

    def __init__(self, name: str, layout: Layout = DETECT, tell: Tell = ignore) -> None:
        self.name, self._layout, self._tell = name, layout, tell

    def read(self) -> Iterator[ConsumerRecord]:
        """Yield the events of the file; the offset is the number of the event."""
        for number, (key, value) in enumerate(events_of(self.name, self._layout, self._tell)):
            yield ConsumerRecord(USER_EVENTS, 0, number, 0, key, value, [])
        self._tell = ignore  # once is enough

    def digest(self, content: bytes) -> str:
        """Return the digest of the events: the file's name and place do not matter."""
        return content.hex()


def is_file(name: str) -> bool:
    """Return True for the name of a file that exists, and for the demo data."""
    return name == DEMO or Path(name).is_file()


class ContentDigest:
    """A digest of records, one after the other."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=16)

    def add(self, record: ConsumerRecord) -> None:
        """Take in a record."""
        for part in (record.key, record.value):
            size = -1 if part is None else len(part)
            self._hash.update(size.to_bytes(8, "big", signed=True) + (part or b""))

    def digest(self) -> bytes:
        """Return the digest of all records so far."""
        return self._hash.digest()
