"""The source of a verb's events: a file, standard input, or the demo data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from stream.files.complete_journey import declarations, purchases
from stream.files.event_file import FileEvent, Tell, read_events
from stream.files.layout import DETECT, Layout
from stream.files.opened_file import STDIN
from stream.files.time_order import by_time

DEMO = "demo"


def ignore(_: str) -> None:
    """Tell nobody."""


def events_of(source: str, layout: Layout = DETECT, tell: Tell = ignore) -> Iterator[tuple[bytes | None, bytes]]:
    """Return (key, value) pairs of a source: see `placed_events`."""
    return ((event.key, event.value) for event in placed_events(source, layout, tell))


def placed_events(source: str, layout: Layout = DETECT, tell: Tell = ignore) -> Iterator[FileEvent]:
    """Return the events of a file's name, `-` for standard input; `demo` is The Complete Journey, traits first.

    `tell` gets a sentence on everything that was guessed or put in another order. Raises EventFileError, for a missing
    or unknown file at the call.
    """
    if source == DEMO:
        pairs = chain(declarations(), purchases())
        return (FileEvent(key, value, place) for place, (key, value) in enumerate(pairs, 1))
    events = read_events(source, layout, tell)
    is_sorted = source != STDIN if layout.sort is None else layout.sort
    return by_time(events, tell) if is_sorted else events
