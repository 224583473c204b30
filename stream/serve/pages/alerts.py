"""A queue of segment changes that deserve a look, by their own figures: pure.

A change is in the queue for at least one flag. *Rare* and *unknown* are the segment's. *Unsure* is a move after
which another segment fits nearly as well. *Alike* counts the changes from and to the same segments in the same hour.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stream.core.transition import Rule
from stream.web.figures import iso
from stream.wire.changes import SegmentChange

ALIKE_MIN = 5  # changes of one flow in one hour that are a burst
UNSURE_MARGIN = 0.01  # below it the runner-up fits as well, for all that people can tell
_OF_MANY = (Rule.ENTERED, Rule.RETIRED, Rule.INACTIVE)  # first results, new models, ends of windows
_HOUR_MS = 3_600_000


class Flag(StrEnum):
    """A reason to look at a change."""

    UNKNOWN = "unknown"
    RARE = "rare"
    UNSURE = "unsure"
    ALIKE = "alike"


@dataclass(frozen=True, slots=True)
class Alert:
    """A change of the queue with its flags; `n_alike` counts changes of the same flow and hour, itself included."""

    change: SegmentChange
    flags: tuple[Flag, ...]
    n_alike: int

    @property
    def hour_ms(self) -> int:
        """The hour in which the change was decided."""
        return hour_of(self.change)

    @property
    def since(self) -> str:
        """The beginning of that hour, for a query."""
        return iso(self.hour_ms)

    @property
    def until(self) -> str:
        """The last second of that hour, for a query."""
        return iso(self.hour_ms + _HOUR_MS - 1_000)


def alerts(changes: Sequence[SegmentChange], rare: Collection[str]) -> list[Alert]:
    """Return the changes that have a flag: those with most flags first, and then the newest; `rare` holds ids."""
    alike = Counter(_flow(change) for change in changes)
    found = [Alert(change, _flags(change, rare, alike[_flow(change)]), alike[_flow(change)]) for change in changes]
    flagged = [alert for alert in found if alert.flags]
    return sorted(flagged, key=lambda alert: (-len(alert.flags), -alert.change.decision_time_ms))


def is_unsure(change: SegmentChange) -> bool:
    """Return True for a move between segments after which another one fits nearly as well."""
    moved = change.rule in (Rule.MARGIN_AND_DWELL, Rule.KNOWN)
    return moved and change.certainty is not None and change.certainty.margin < UNSURE_MARGIN


def hour_of(change: SegmentChange) -> int:
    """Return the beginning of the hour of the decision."""
    return change.decision_time_ms - change.decision_time_ms % _HOUR_MS


def _flags(change: SegmentChange, rare: Collection[str], n_alike: int) -> tuple[Flag, ...]:
    holds = {
        Flag.UNKNOWN: change.to.id == "unknown",
        Flag.RARE: change.to.id in rare,
        Flag.UNSURE: is_unsure(change),
        Flag.ALIKE: n_alike >= ALIKE_MIN and change.rule not in _OF_MANY,
    }
    return tuple(flag for flag, held in holds.items() if held)


def _flow(change: SegmentChange) -> tuple[str, str, int]:
    return change.from_.id, change.to.id, hour_of(change)
