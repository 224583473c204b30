"""The source of a verb's events: a file, standard input, or the demo data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from stream.files.complete_journey import declarations, purchases
from stream.files.event_file import read_events

DEMO = "demo"


def events_of(source: str) -> Iterator[tuple[bytes | None, bytes]]:
    """Return (key, value) pairs of a file's name, `-` for standard input; `demo` is The Complete Journey, traits first.

    Raises EventFileError if the source can not be read.
    """
    return chain(declarations(), purchases()) if source == DEMO else read_events(source)
