"""Records on Segue's topics that are not Segue's: told on standard error with their place, and left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import click
import msgspec

from stream.core.sentence.visible_text import visible
from stream.kafka.reader import Read

_N_TOLD = 3


class OddRecords:
    """A count of records left out; the first three are told one by one."""

    def __init__(self) -> None:
        self.n = 0

    def add(self, read: Read, why: str) -> None:
        """Count a record that cannot be used."""
        self.n += 1
        if self.n <= _N_TOLD:
            place = f"{read.topic} partition {read.partition} offset {read.offset}"
            click.echo(f"{place} is left out: {visible(why)}", err=True)

    def tell(self) -> None:
        """Print the number, if not all of them were told."""
        if self.n > _N_TOLD:
            click.echo(f"{self.n:,} records were left out", err=True)


def readable(reads: Iterable[Read], kind: type[msgspec.Struct]) -> Iterator[Read]:
    """Yield the records with a value of this kind, and tombstones. Tell of the others."""
    odd = OddRecords()
    for read in reads:
        if read.value is None or (why := fault_of(read.value, kind)) is None:
            yield read
        else:
            odd.add(read, why)
    odd.tell()


def fault_of(value: bytes, kind: type[msgspec.Struct]) -> str | None:
    """Return why a value is not of this kind; None if it is."""
    try:
        value.decode()  # also the fields that are not read
        msgspec.json.decode(value, type=kind)
    except (ValueError, RecursionError) as error:
        return str(error)
    return None


def one_line(value: bytes) -> bytes:
    """Return a JSON document on one line; unchanged if it is on one."""
    return msgspec.json.format(value, indent=-1) if b"\n" in value or b"\r" in value else value
