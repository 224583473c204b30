"""Freshness: how far a store is behind its topics, in records and in wall time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from time import time

from stream.store.store import Store, revision


class State(StrEnum):
    """A state of the reading of topics."""

    LIVE = "live"  # every committed record was read at the last look
    CATCHING_UP = "catching_up"
    RECONNECTING = "reconnecting"  # no broker answers, or the store cannot be written: the figures are old
    NO_TOPICS = "no_topics"  # the cluster has none of the topics yet
    FILE = "file"  # the store is of a replay, or nobody writes it: its figures do not change


@dataclass(frozen=True, slots=True)
class Freshness:
    """Freshness of a store.

    `lag` counts records that wait. `behind_ms` is the wall time since the store last had everything; 0 for FILE.
    `since_ms` is the wall time at which `state` began. `revision` counts the transactions of the store up. `reason` is
    a sentence for people, empty if there is nothing to say.
    """

    state: State
    lag: int
    behind_ms: int
    since_ms: int
    revision: int
    reason: str


def file_freshness(store: Store) -> Freshness:
    """Return the freshness of a store that nobody writes: of a replay, or of topics that are not read any more."""
    return Freshness(
        State.FILE, 0, 0, int(time() * 1000), revision(store), "the figures are of a file and do not change"
    )
