"""The fate of the events of a file: counts, and an example of each reason for a refusal, with its place."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import click

from stream.core.reasons import Reason
from stream.core.sentence.visible_text import visible
from stream.files.event_file import FileEvent
from stream.files.opened_file import EventFileError
from stream.wire.placement import partition_of
from stream.wire.records import ProducerRecord

_SHOWN_CHARS = 200
_HINTS: Mapping[str, str] = {
    Reason.MISSING_USER: "--columns user_id=… names the column of the user",
    Reason.MISSING_TIMESTAMP: "--columns timestamp=… names the column of the time",
    Reason.BAD_TIMESTAMP: "--columns timestamp=… names another column",
    Reason.NOT_AN_OBJECT: "of a table: the row has more cells than columns",
}


_USED = ("applied", "declarations", "erased", "ignored", "duplicate", "late", "no_consent")


class Refusals:
    """Refused events by reason, each reason with the place and the detail of its first event."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._first: dict[str, tuple[int, str]] = {}

    def add(self, reason: str, place: int, detail: str) -> None:
        """Count an event."""
        self.counts[reason] += 1
        self._first.setdefault(reason, (place, detail))

    def lines(self) -> Iterator[str]:
        """Yield a line for each reason, the most frequent first."""
        for reason, n in self.counts.most_common():
            place, detail = self._first[reason]
            hint = f" ({_HINTS[reason]})" if reason in _HINTS else ""
            yield f"  {n:,} {reason}, such as line {place:,}: {visible(detail[:_SHOWN_CHARS])}{hint}"


class Undamaged:
    """An iterable of the events before the damage of a file, if it has any; `damage` is the error then."""

    def __init__(self, events: Iterator[FileEvent]) -> None:
        self.damage: EventFileError | None = None
        self._events = events

    def __iter__(self) -> Iterator[FileEvent]:
        """Yield the events."""
        try:
            yield from self._events
        except EventFileError as error:
            self.damage = error

    def check(self) -> None:
        """Raise the damage, if any."""
        if self.damage is not None:
            raise self.damage


class Places:
    """A record of where events were in their file, by partition and offset; 8 bytes each."""

    def __init__(self, n_partitions: int) -> None:
        self._places = [array("q") for _ in range(n_partitions)]

    def pairs(self, events: Iterable[FileEvent]) -> Iterator[tuple[bytes | None, bytes]]:
        """Yield keys and values, and note the places."""
        for event in events:
            self._places[partition_of(event.key, len(self._places))].append(event.place)
            yield event.key, event.value

    def refuse(self, letter: ProducerRecord, refusals: Refusals) -> None:
        """Count the event of a dead letter."""
        why = {name: text.decode(errors="replace") for name, text in letter.headers}
        at = self._places[int(why["segue.error.partition"])][int(why["segue.error.offset"])]
        refusals.add(why["segue.error.reason"], at, why["segue.error.detail"])


def check_used(source: str, n_events: int, outcomes: Mapping[str, int]) -> None:
    """Raise ClickException if there was no event, or none of any use."""
    if not n_events:
        raise click.ClickException(f"there is no event in {source}")
    if not any(outcomes.get(name) for name in _USED):
        raise click.ClickException(
            f"no event of {source} could be used; the reasons are above. --columns names the columns of user and time, "
            "--format the format; docs/files.md shows both"
        )


def counted(outcomes: Counter[str]) -> str:
    """Return how many events had each outcome that occurred.

    >>> counted(Counter(applied=1998, late=2))
    '1,998 applied, 2 late'
    """
    names = {"applied": "applied", "declarations": "traits", "erased": "erasures", "ignored": "ignored"}
    names |= {"duplicate": "repeated", "late": "late", "no_consent": "without consent", "rejected": "refused"}
    return ", ".join(f"{outcomes[key]:,} {name}" for key, name in names.items() if outcomes[key])
