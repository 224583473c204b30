"""The source of a verb's events: a file, standard input, or the demo data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from stream.files.complete_journey import declarations, purchases
from stream.files.event_file import read_events
from stream.files.layout import DETECT, Layout

DEMO = "demo"

Tell = Callable[[str], None]


def ignore(_: str) -> None:
    """Tell nobody."""


def events_of(source: str, layout: Layout = DETECT, tell: Tell = ignore) -> Iterator[tuple[bytes | None, bytes]]:
    """Return (key, value) pairs of a file's name, `-` for standard input; `demo` is The Complete Journey, traits first.

    `tell` gets a sentence on everything that was guessed. Raises EventFileError if the source can not be read.
    """
    return chain(declarations(), purchases()) if source == DEMO else read_events(source)
