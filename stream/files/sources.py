"""Sources of user events that a FILE argument can name: a file, standard input, or the demo data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from stream.demo.dataset import declarations, purchases
from stream.files.event_file import read_events

DEMO = "demo"


def events_of(source: str) -> Iterator[tuple[bytes | None, bytes]]:
    """Return (key, value) pairs of a FILE argument; `demo` is The Complete Journey, declared traits first.

    Raises EventFileError or JourneyError, at the call or while reading.
    """
    return chain(declarations(), purchases()) if source == DEMO else read_events(source)
