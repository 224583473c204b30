"""Events of planted users with a known truth, as messages for a replay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from stream.core.policy import DAY_MS

HOUR_MS = DAY_MS // 24
START_MS = 1_767_225_600_000 + 4 * DAY_MS  # Monday, 5 January 2026
SHOWN_ITEMS = 32  # newest texts of a user that the baselines see

Groups = Mapping[str, str]  # the true group of a user, by facet


@dataclass(frozen=True, slots=True)
class Event:
    """An event with the fields of a flat JSON message, without its id."""

    user_id: str
    timestamp: int
    kind: str
    text: str
    amount: float


@dataclass(frozen=True)
class Planted:
    """Events in the order of time, and the true groups of each user of a known kind; `strangers` have none.

    `group_texts` holds the texts of each group of the first facet, none where groups do not differ in texts.
    """

    events: list[Event]
    truth: Mapping[str, Groups]
    n_days: int
    facets: tuple[str, ...]
    group_texts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    strangers: frozenset[str] = frozenset()

    def texts_of_users(self) -> dict[str, list[str]]:
        """Return the newest SHOWN_ITEMS texts of each user, the oldest first."""
        texts: dict[str, list[str]] = {}
        for event in self.events:
            texts.setdefault(event.user_id, []).append(event.text)
        return {user: each[-SHOWN_ITEMS:] for user, each in texts.items()}


def in_order(events: Iterable[Event]) -> list[Event]:
    """Sort events by time, then user."""
    return sorted(events, key=lambda event: (event.timestamp, event.user_id))


def messages(events: Iterable[Event]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the (key, value) of each event, as `segue replay` reads them from a file; ids are numbers of events."""
    for number, event in enumerate(events):
        yield event.user_id.encode(), json.dumps(asdict(event) | {"id": f"e{number}"}).encode()
