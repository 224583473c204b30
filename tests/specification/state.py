"""State of users and partitions, and their timers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from stream.core.event import NO_TRAITS, Scalar
from stream.core.labels import NOTHING_PUBLISHED, PublishedLabels
from stream.core.policy import Policy
from stream.core.serving import NOTHING_SERVES, ServingVersions
from stream.core.transition import MembershipState
from tests.specification.name_hash import name_hash
from tests.specification.transition import dwell_due_ms
from tests.specification.window import Window


class UserState:
    """State of one user: window, membership, traits, published labels, counters. A step changes copies only."""

    __slots__ = (
        "expiry_ms",
        "labels",
        "membership",
        "n_events",
        "offset",
        "sampled_ms",
        "traceparent",
        "traits",
        "window",
    )

    def __init__(self, window: Window) -> None:
        self.window = window
        self.membership = MembershipState()
        self.traits: Mapping[str, Scalar] = NO_TRAITS
        self.labels: PublishedLabels = NOTHING_PUBLISHED
        self.n_events = 0  # events applied since the first one
        self.sampled_ms = 0  # time of the last training sample
        self.offset = -1  # last record applied
        self.traceparent = ""  # of the last event or declaration applied; "" for an empty window
        self.expiry_ms = 0  # due time of the expiry timer in the heap; 0: none

    def copy(self) -> UserState:
        """Return an independent state."""
        copy = UserState.__new__(UserState)
        copy.window, copy.membership = self.window.copy(), self.membership
        copy.traits, copy.n_events, copy.sampled_ms = self.traits, self.n_events, self.sampled_ms
        copy.offset, copy.expiry_ms, copy.labels = self.offset, self.expiry_ms, self.labels
        copy.traceparent = self.traceparent
        return copy


class Timer(NamedTuple):
    """A time at which a user must be evaluated without an event; in the order of the fields."""

    due_ms: int
    name_hash: int  # orders the users of one time
    dwell: bool  # True: the dwell of a candidate ends. False: the oldest item leaves the window.
    user: str


def timer_of(due_ms: int, user: str, dwell: bool) -> Timer:
    """Return the timer of a user."""
    return Timer(due_ms, name_hash(user), dwell, user)


@dataclass(slots=True)
class PartitionState:
    """State of one partition. `now_ms` never decreases; `serving` decided its last step.

    `needs_reencoding` holds users restored from another encoder's changelog. Their items have texts but no vectors
    until the next record or timer of the user.
    """

    users: dict[str, UserState] = field(default_factory=dict)
    timers: list[Timer] = field(default_factory=list)  # a heap
    now_ms: int = 0
    serving: ServingVersions = NOTHING_SERVES
    offset: int = -1
    needs_reencoding: set[str] = field(default_factory=set)

    def due(self, until_ms: int) -> list[Timer]:
        """Return the timers due at or before `until_ms` as a new heap; the timers of the partition stay."""
        found, stack = [], [0]
        while stack:
            at = stack.pop()
            if at < len(self.timers) and self.timers[at].due_ms <= until_ms:
                found.append(self.timers[at])
                stack += (2 * at + 1, 2 * at + 2)
        heapify(found)
        return found

    def next_due_ms(self) -> int | None:
        """Return the due time of the earliest timer."""
        return self.timers[0].due_ms if self.timers else None

    def replace_timers(self, until_ms: int, added: list[Timer]) -> None:
        """Replace the timers due by `until_ms` with `added`."""
        while self.timers and self.timers[0].due_ms <= until_ms:
            heappop(self.timers)
        for timer in added:
            heappush(self.timers, timer)

    def put(self, user_id: str, user: UserState, policy: Policy) -> None:
        """Set the state of a user as a whole, as a restore does, with just the timers that it needs."""
        if user_id in self.users:
            self.timers = [timer for timer in self.timers if timer.user != user_id]
            heapify(self.timers)
        self.users[user_id] = user
        user.expiry_ms = expiry_ms(user.window, policy)
        if user.expiry_ms:
            heappush(self.timers, timer_of(user.expiry_ms, user_id, dwell=False))
        if (due_ms := dwell_due_ms(user.membership, policy)) is not None:
            heappush(self.timers, timer_of(due_ms, user_id, dwell=True))


def expiry_ms(window: Window, policy: Policy) -> int:
    """Return the first millisecond with the oldest item outside `[now - T, now)`; 0 for an empty window."""
    return window.first_ms() + policy.window_ms + 1 if len(window) else 0
