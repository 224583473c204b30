"""Restoration of a partition's state from its changelog."""

from __future__ import annotations

import numpy as np

from stream.core.encoder import Encoder
from stream.core.event import NO_TRAITS, Event
from stream.core.features import kind_code
from stream.core.labels import NOTHING_PUBLISHED
from stream.core.policy import Policy
from stream.core.serving import NOTHING_SERVES
from stream.core.state import PartitionState, UserState
from stream.core.transition import MembershipState
from stream.core.window import StoredVector, Window, columns_dtype
from stream.wire.backfill_records import BackfillRecord, decode_backfill
from stream.wire.placement import Placement
from stream.wire.state_records import (
    FORMAT,
    ItemRecord,
    PartitionRecord,
    UserRecord,
    check_format,
    decode_item,
    decode_partition,
    decode_user,
)

EMPTY_PARTITION = PartitionRecord(FORMAT, 0, -1, NOTHING_SERVES, 0)


class StateRebuilder:
    """A builder of a partition's state from changelog records: keys in any order, the last value of a key wins.

    Vectors of another encoder are left out; `needs_reencoding` of the state has the users.
    """

    def __init__(self, encoder: Encoder, policy: Policy) -> None:
        self.encoder, self.policy = encoder, policy
        self.partition: PartitionRecord | None = None
        self.users: dict[str, UserRecord] = {}
        self.items: dict[str, dict[int, ItemRecord]] = {}
        self.backfill: BackfillRecord | None = None
        self.n_records = 0
        self._no_vector: StoredVector = (np.zeros(encoder.dimension, np.int8), 0.0)

    def add(self, key: bytes, value: bytes | None) -> None:
        """Add one changelog record."""
        self.n_records += 1
        match key[:1]:
            case b"u":
                self._add_user(key[1:].decode(), value)
            case b"i":
                self._add_item(key[1], key[2:].decode(), value)
            case b"b" if value is not None:
                self.backfill = decode_backfill(value)
            case b"p" if value is not None:
                self.partition = check_format(decode_partition(value))

    def check_placement(self, partition: int, placement: Placement) -> None:
        """Raise MisplacedStateError unless this is the partition of every user with a state here."""
        made_for = self.partition.n_partitions if self.partition else None
        placement.check_states(partition, made_for, self.users)

    def finish(self) -> PartitionState:
        """Return the state after the last record."""
        partition = self.partition or EMPTY_PARTITION
        stale = {user for user in self.users if self._needs_reencoding(user)}
        users = {user: self._user_state(user, saved, user in stale) for user, saved in self.users.items()}
        state = PartitionState(
            users=users,
            now_ms=partition.now_ms,
            serving=partition.serving,
            offset=partition.offset,
            needs_reencoding=stale,
        )
        state.rebuild_timers(self.policy)
        return state

    def _add_user(self, user: str, value: bytes | None) -> None:
        if value is None:
            self.users.pop(user, None)
        else:
            self.users[user] = check_format(decode_user(value))

    def _add_item(self, slot: int, user: str, value: bytes | None) -> None:
        if value is None:
            self.items.get(user, {}).pop(slot, None)
        else:
            self.items.setdefault(user, {})[slot] = decode_item(value)

    def _needs_reencoding(self, user: str) -> bool:
        return any(item.encoder != self.encoder.version for item in self.items.get(user, {}).values())

    def _user_state(self, user: str, saved: UserRecord, stale: bool) -> UserState:
        """Return a user's state; `stale` windows have texts without vectors."""
        state = UserState(self._window(user, stale))
        state.membership = MembershipState(
            segment=saved.segment,
            since_ms=saved.since_ms,
            candidate=None if stale else saved.candidate,  # a dwell in the old space means nothing in the new
            candidate_since_ms=saved.candidate_since_ms,
            sequence=saved.sequence,
            pinned_by=saved.pinned_by,
        )
        state.traits, state.labels = saved.traits or NO_TRAITS, saved.labels or NOTHING_PUBLISHED
        state.n_events, state.offset, state.traceparent = saved.n_events, saved.offset, saved.traceparent
        state.sampled_ms = 0 if stale else saved.sampled_ms  # the new encoder's warm-up must not wait a period
        return state

    def _window(self, user: str, stale: bool) -> Window:
        """Return the window of a user's newest items; older slots are to be deleted from the changelog."""
        n_max = self.policy.window_items
        window = Window(n_max, columns_dtype(self.encoder.dimension))
        items = sorted(self.items.get(user, {}).items(), key=lambda pair: (pair[1].time_ms, pair[1].id))
        for slot, _ in items[:-n_max]:
            window.unsaved |= 1 << slot
        for slot, item in items[-n_max:]:
            event = Event(user, item.id, item.kind, item.time_ms, item.text, item.amount)
            vector, scale = self._no_vector if stale else (np.frombuffer(item.vector, np.int8), item.scale)
            window.restore(slot, event, kind_code(self.policy, item.kind), vector, scale)
        return window
