"""The fate of each dead letter in a redrive, and the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from time import time

from stream.core.event import Content, Event, Rejected
from stream.core.policy import Clock, Policy
from stream.core.reasons import Reason
from stream.wire.event_decoder import EventDecoder
from stream.wire.records import ProducerRecord
from stream.wire.redriving import DeadLetter, Mark, content_of, message_of
from stream.wire.users import json_key


@dataclass(frozen=True, slots=True)
class Options:
    """Flags of a redrive."""

    rekey: bool
    again: bool
    unchecked: bool
    dry_run: bool
    limit: int | None


class Fate(StrEnum):
    """A fate of letters, as the end of a sentence about several."""

    SENT = "sent again"
    BEFORE = "not sent: sent again before (--again)"
    RETURNED = "not sent: refused once more after they were sent again (--again)"
    CUT = "not sent: cut to fit, so that the message is not here any more"
    REFUSED = "not sent: would be refused again (--unchecked)"
    TOO_LARGE = "not sent: too large for user-events (max.message.bytes)"


@dataclass(slots=True)
class Tally:
    """Letters by fate; refusals by reason; events that are older than the window; and users that --rekey would find."""

    fates: Counter[Fate] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    n_late: int = 0
    n_rekeyable: int = 0

    def lines(self, dry_run: bool) -> Iterator[str]:
        """Yield the counts as lines."""
        yield f"{self.fates.total():,} letters"
        for fate in Fate:
            if fate is Fate.SENT or self.fates[fate]:
                said = "would be sent again" if dry_run and fate is Fate.SENT else fate
                yield f"{self.fates[fate]:>9,} {said}"
        yield from (f"{n:>13,} {reason}" for reason, n in self.refusals.most_common())
        if self.n_rekeyable:
            yield f"{self.n_rekeyable:,} of the refused have the user in the value: --rekey takes the key from there"
        if self.n_late:
            yield f"{self.n_late:,} events are older than SEGUE_WINDOW_MS: they will count as late, and change nothing"


class Sorter:
    """A judge of letters: what becomes of each, by the marks of earlier redrives, and by what a worker would refuse."""

    def __init__(self, decoder: EventDecoder, marks: Collection[Mark], policy: Policy, options: Options) -> None:
        self.tally = Tally()
        self._decoder, self._marks, self._options, self._policy = decoder, marks, options, policy
        self._now_ms = int(time() * 1000)

    def to_send(self, letters: Iterable[DeadLetter]) -> Iterator[tuple[DeadLetter, ProducerRecord]]:
        """Yield the letters to send with their messages; count the others."""
        for letter in letters:
            message = message_of(letter, self._options.rekey)
            fate = self._fate(letter, message)
            if fate is Fate.SENT:
                yield letter, message
            else:
                self.tally.fates[fate] += 1

    def _fate(self, letter: DeadLetter, message: ProducerRecord) -> Fate:
        if letter.is_cut:
            return Fate.CUT
        if not self._options.again and Mark(letter.offset, letter.timestamp_ms) in self._marks:
            return Fate.BEFORE
        if not self._options.again and letter.n_redriven:
            return Fate.RETURNED
        content = content_of(message, self._decoder)
        if not self._options.unchecked and (reason := self._refusal(content)):
            self.tally.refusals[reason] += 1
            self.tally.n_rekeyable += message.key != (json_key(message.value or b"") or message.key)
            return Fate.REFUSED
        self.tally.n_late += isinstance(content, Event) and content.time_ms < self._now_ms - self._policy.window_ms
        return Fate.SENT

    def _refusal(self, content: Content) -> Reason | None:
        """Return the reason for which a worker would refuse the content now; None if it would not."""
        if isinstance(content, Rejected):
            return content.reason
        is_ahead = isinstance(content, Event) and content.time_ms - self._now_ms > self._policy.max_ahead_ms
        return Reason.TIMESTAMP_AHEAD if is_ahead and self._policy.clock == Clock.WALL else None
