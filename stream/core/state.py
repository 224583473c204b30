"""What Segue remembers: one state a person, one a partition. In memory decoded; as records, see `stream/wire`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from stream.core.decision.transition import Standing, dwell_due_ms
from stream.core.event import NO_TRAITS, Scalar
from stream.core.labels import NOTHING_SAID, SaidLabels
from stream.core.policy import Policy
from stream.core.window import Window


class UserState:
    """One person: window, standing, traits, predicted labels as last said, counters. A step works on a copy."""

    __slots__ = ("expiry_ms", "labels", "n_events", "offset", "sampled_ms", "standing", "traits", "window")

    def __init__(self, window: Window) -> None:
        self.window = window
        self.standing = Standing()
        self.traits: Mapping[str, Scalar] = NO_TRAITS
        self.labels: SaidLabels = NOTHING_SAID
        self.n_events = 0  # applied since first seen
        self.sampled_ms = 0  # last time a sample for training was taken
        self.offset = -1  # last record applied
        self.expiry_ms = 0  # due time of the expiry timer in the heap; 0: none

    def copy(self) -> UserState:
        """An independent state; its window is dirty only where it was unsaved."""
        twin = UserState.__new__(UserState)
        twin.window = self.window.copy()
        s = self.standing
        twin.standing = Standing(s.segment, s.since_ms, s.candidate, s.candidate_since_ms, s.sequence, s.forced_by)
        twin.traits, twin.n_events, twin.sampled_ms = self.traits, self.n_events, self.sampled_ms
        twin.offset, twin.expiry_ms, twin.labels = self.offset, self.expiry_ms, self.labels
        return twin


class Timer(NamedTuple):
    """When a person must be looked at again without any event."""

    due_ms: int
    user: str
    dwell: bool  # True: a candidate's dwell ends. False: the oldest item leaves the window.


@dataclass(slots=True)
class PartitionState:
    """Everything of one partition. `now_ms` never goes back. `foreign` are the people whose windows came back from
    another encoder: their items have texts but no vectors until the person is next seen."""

    users: dict[str, UserState] = field(default_factory=dict)
    timers: list[Timer] = field(default_factory=list)  # a heap
    now_ms: int = 0
    model_version: int = 0
    offset: int = -1
    foreign: set[str] = field(default_factory=set)

    def due(self, until_ms: int) -> list[Timer]:
        """Timers due at or before `until_ms`, as a heap of their own; nothing is taken out."""
        found, stack = [], [0]
        while stack:
            at = stack.pop()
            if at < len(self.timers) and self.timers[at].due_ms <= until_ms:
                found.append(self.timers[at])
                stack += (2 * at + 1, 2 * at + 2)
        heapify(found)
        return found

    def next_due_ms(self) -> int | None:
        """Due time of the earliest timer."""
        return self.timers[0].due_ms if self.timers else None

    def replace_timers(self, until_ms: int, fresh: list[Timer]) -> None:
        """Take out what was due by `until_ms` and put `fresh` in."""
        while self.timers and self.timers[0].due_ms <= until_ms:
            heappop(self.timers)
        for timer in fresh:
            heappush(self.timers, timer)

    def rebuild_timers(self, policy: Policy) -> None:
        """Derive every timer from the users' states, after a restore."""
        self.timers = []
        for name, user in self.users.items():
            user.expiry_ms = expiry_ms(user.window, policy)
            if user.expiry_ms:
                self.timers.append(Timer(user.expiry_ms, name, dwell=False))
            if (due_ms := dwell_due_ms(user.standing, policy)) is not None:
                self.timers.append(Timer(due_ms, name, dwell=True))
        heapify(self.timers)


def expiry_ms(window: Window, policy: Policy) -> int:
    """The first millisecond at which the oldest item is outside `[now - T, now)`; 0 for an empty window."""
    return window.first_ms() + policy.window_ms + 1 if len(window) else 0
