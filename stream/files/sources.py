"""Where a verb's events come from: a file, standard input, or the demo data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import click

from stream.demo.dataset import JourneyError, declarations, purchases
from stream.files.event_file import read_events

DEMO = "demo"


def events_of(source: str) -> Iterator[tuple[bytes | None, bytes]]:
    """(key, value) pairs of a FILE argument; `demo` is The Complete Journey, declared traits first."""
    if source != DEMO:
        return read_events(source)
    try:
        return chain(declarations(), purchases())
    except JourneyError as error:
        raise click.ClickException(str(error)) from error
