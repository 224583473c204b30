"""Events in the order of their time, however many: they wait in a temporary file, and memory holds 48 bytes of each.

The sort is stable. An event without a time of its own, such as an erasure, keeps its place behind the event before it.
"""

from __future__ import annotations

import mmap
import sys
import tempfile
from array import array
from collections.abc import Iterator
from typing import IO, Any

import msgspec
import numpy as np
from tqdm import tqdm

from stream.core.event import Rejected
from stream.files.event_file import FileEvent, Tell
from stream.files.opened_file import EventFileError
from stream.wire.timestamps import to_ms


class _TimeFields(msgspec.Struct, rename="camel"):
    """Fields of a message with a time, the first present of which is its time."""

    timestamp: Any = None
    original_timestamp: Any = None
    sent_at: Any = None
    received_at: Any = None
    data: Any = None  # of a CloudEvent
    time: Any = None


_time_fields = msgspec.json.Decoder(_TimeFields)


def by_time(events: Iterator[FileEvent], tell: Tell) -> Iterator[FileEvent]:
    """Yield the events in the order of time, after the last one has been read; `tell` if that is another order."""
    with tempfile.TemporaryFile() as file:
        waiting, damage = _Waiting(file), None
        try:
            for event in tqdm(events, "read", unit=" events", leave=False, file=sys.stderr, disable=None):
                waiting.add(event)
        except EventFileError as error:  # what was read before the damage is good
            damage = error
        if waiting.n_earlier:
            tell(
                f"put the events in the order of time: {waiting.n_earlier:,} were behind a later one; "
                "--no-sort keeps the order of the file"
            )
        yield from waiting.sorted()
    if damage is not None:
        raise damage


def time_of(value: bytes) -> int | None:
    """Return the time of a message, ms; None for one without a readable time."""
    try:
        fields = _time_fields.decode(value)
    except (ValueError, RecursionError):
        return None
    inner = fields.data if isinstance(fields.data, dict) else {}
    times = (
        *(fields.timestamp, fields.original_timestamp, fields.sent_at, fields.received_at),
        *(inner.get(name) for name in _TimeFields.__struct_encode_fields__[:4]),
        fields.time,
    )
    time = next((time for time in times if time is not None), None)
    if not isinstance(time, int | float | str) or isinstance(time, bool):
        return None
    time_ms = to_ms(time)
    return None if isinstance(time_ms, Rejected) else time_ms


class _Waiting:
    """Events in a file, with time, place, and the lengths of key and value in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self.n_earlier = 0
        self._file, self._last_ms, self._latest_ms = file, 0, 0
        self._times_ms, self._places = array("q"), array("q")
        self._key_bytes, self._value_bytes = array("l"), array("l")

    def add(self, event: FileEvent) -> None:
        """Take in the next event of the file."""
        time_ms = time_of(event.value)
        self._last_ms = self._last_ms if time_ms is None else time_ms
        self.n_earlier += self._last_ms < self._latest_ms
        self._latest_ms = max(self._latest_ms, self._last_ms)
        self._times_ms.append(self._last_ms)
        self._places.append(event.place)
        self._key_bytes.append(-1 if event.key is None else len(event.key))
        self._value_bytes.append(len(event.value))
        self._file.write(event.value + (event.key or b""))

    def sorted(self) -> Iterator[FileEvent]:
        """Yield all events by time, those of one time in the order of the file."""
        if not self._places:
            return
        self._file.flush()
        key_bytes, value_bytes = np.asarray(self._key_bytes), np.asarray(self._value_bytes)
        ends = np.cumsum(np.maximum(key_bytes, 0) + value_bytes)
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as stored:
            for at in np.argsort(np.asarray(self._times_ms), kind="stable"):
                n_key = self._key_bytes[at]
                end = int(ends[at])
                middle = end - max(n_key, 0)
                value = stored[middle - self._value_bytes[at] : middle]
                yield FileEvent(None if n_key < 0 else stored[middle:end], value, self._places[at])
