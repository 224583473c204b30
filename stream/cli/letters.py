"""Dead letters as `segue dlq` reads them: the ones asked for, and their counts by reason."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click
import msgspec
from tqdm import tqdm

from stream.cli.columns import columns, minute
from stream.cli.moments import Moment
from stream.cli.options import SettingOption
from stream.kafka.connection import Connection
from stream.kafka.reader import reading
from stream.wire.redriving import DeadLetter, Mark, dead_letter_of
from stream.wire.topics import DEAD_LETTERS

Command = TypeVar("Command", bound=Callable[..., Any])

_HEADINGS = ("reason", "letters", "sent again", "first (UTC)", "last (UTC)", "example", "its detail")
_DETAIL_CHARS = 60


def letter_filters(command: Command) -> Command:
    """Give a command the options `reason`, `since` and `to_time`."""
    for option in (
        click.option(
            "--to-time",
            cls=SettingOption,
            type=Moment(),
            help="Only letters before this time: ISO 8601, UTC without a zone, or an age such as 90m, 12h or 7d.",
        ),
        click.option("--since", cls=SettingOption, type=Moment(), help="Only letters from this time on."),
        click.option(
            "--reason",
            cls=SettingOption,
            multiple=True,
            help="Only letters of this reason; may be given several times.",
        ),
    ):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Wanted:
    """A choice of letters; an empty collection and None do not limit. Times are of the letters, ms, `[since, to)`."""

    reasons: Collection[str] = ()
    offsets: Collection[int] = ()
    since_ms: int | None = None
    to_ms: int | None = None

    def has(self, letter: DeadLetter) -> bool:
        """Return True for a letter asked for."""
        return (
            (not self.reasons or letter.reason in self.reasons)
            and (not self.offsets or letter.offset in self.offsets)
            and (self.since_ms is None or letter.timestamp_ms >= self.since_ms)
            and (self.to_ms is None or letter.timestamp_ms < self.to_ms)
        )


def read_letters(connection: Connection, wanted: Wanted) -> Generator[DeadLetter]:
    """Yield the letters asked for up to the present end, the oldest first, with a progress bar on standard error."""
    first = min(wanted.offsets, default=0)
    with (
        reading(connection, DEAD_LETTERS, from_offset=first) as reader,
        tqdm(unit=" letters", file=sys.stderr, disable=None, leave=False) as bar,
    ):
        for read in reader.to_end():
            bar.update()
            letter = dead_letter_of(read.offset, read.timestamp_ms, read.key, read.value, read.headers)
            if wanted.has(letter):
                yield letter


class ReasonCount(msgspec.Struct):
    """Letters of one reason: how many, of these sent again, time of the first and the last, and the newest one."""

    reason: str
    n_letters: int = 0
    n_sent_again: int = 0
    first_ms: int = 0
    last_ms: int = 0
    example_offset: int = 0
    example_detail: str = ""

    def add(self, letter: DeadLetter, sent_again: bool) -> None:
        """Count a letter."""
        self.first_ms = self.first_ms if self.n_letters else letter.timestamp_ms
        self.n_letters += 1
        self.n_sent_again += sent_again
        self.last_ms, self.example_offset = letter.timestamp_ms, letter.offset
        self.example_detail = letter.why.get("detail", "")


def counted(letters: Iterable[DeadLetter], marks: Collection[Mark]) -> list[ReasonCount]:
    """Return the counts by reason, the most letters first."""
    found: dict[str, ReasonCount] = {}
    for letter in letters:
        is_marked = Mark(letter.offset, letter.timestamp_ms) in marks
        found.setdefault(letter.reason, ReasonCount(letter.reason)).add(letter, is_marked)
    return sorted(found.values(), key=lambda count: (-count.n_letters, count.reason))


def counts_table(counts: Sequence[ReasonCount]) -> str:
    """Return the counts as aligned text under headings, and the total."""
    rows = [
        (
            count.reason,
            f"{count.n_letters:,}",
            f"{count.n_sent_again:,}",
            minute(count.first_ms),
            minute(count.last_ms),
            str(count.example_offset),
            count.example_detail[:_DETAIL_CHARS],
        )
        for count in counts
    ]
    total = f"{sum(count.n_letters for count in counts):,} letters"
    return f"{columns([_HEADINGS, *rows], right={1, 2, 5})}\n\n{total}"
