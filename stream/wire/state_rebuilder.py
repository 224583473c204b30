"""From changelog records back to a partition's state."""

from __future__ import annotations

import numpy as np

from stream.core.encoder import Encoder
from stream.core.event import NO_TRAITS, Event
from stream.core.features import kind_code
from stream.core.labels import NOTHING_PUBLISHED
from stream.core.policy import Policy
from stream.core.state import PartitionState, UserState
from stream.core.transition import MembershipState
from stream.core.window import StoredVector, Window, columns_dtype
from stream.wire.state_records import (
    FORMAT,
    HeadRecord,
    ItemRecord,
    PartitionRecord,
    check_format,
    decode_head,
    decode_item,
    decode_partition,
)


class StateRebuilder:
    """Rebuilds a partition's state from its changelog records, in any order of keys, the last value of a key winning.

    Vectors that come from another encoder are left out, and their people are the state's `foreign` ones.
    """

    def __init__(self, encoder: Encoder, policy: Policy) -> None:
        self.encoder, self.policy = encoder, policy
        self.partition = PartitionRecord(FORMAT, 0, -1, 0)
        self.heads: dict[str, HeadRecord] = {}
        self.items: dict[str, dict[int, ItemRecord]] = {}
        self.n_records = 0
        self._nothing: StoredVector = (np.zeros(encoder.dimension, np.int8), 0.0)

    def add(self, key: bytes, value: bytes | None) -> None:
        """Take in one changelog record."""
        self.n_records += 1
        match key[:1]:
            case b"u":
                self._add_head(key[1:].decode(), value)
            case b"i":
                self._add_item(key[1], key[2:].decode(), value)
            case b"p" if value is not None:
                self.partition = check_format(decode_partition(value))

    def finish(self) -> PartitionState:
        """The partition as it was after the last record."""
        needs_reencoding = {name for name in self.heads if self._needs_reencoding(name)}
        users = {name: self._user(name, head, name in needs_reencoding) for name, head in self.heads.items()}
        p = self.partition
        state = PartitionState(users, [], p.now_ms, p.segment_model, p.offset, needs_reencoding)
        state.rebuild_timers(self.policy)
        return state

    def _add_head(self, user: str, value: bytes | None) -> None:
        if value is None:
            self.heads.pop(user, None)
        else:
            self.heads[user] = check_format(decode_head(value))

    def _add_item(self, slot: int, user: str, value: bytes | None) -> None:
        if value is None:
            self.items.get(user, {}).pop(slot, None)
        else:
            self.items.setdefault(user, {})[slot] = decode_item(value)

    def _needs_reencoding(self, name: str) -> bool:
        return any(item.encoder != self.encoder.version for item in self.items.get(name, {}).values())

    def _user(self, name: str, head: HeadRecord, needs_reencoding: bool) -> UserState:
        items = sorted(self.items.get(name, {}).items(), key=lambda pair: (pair[1].time_ms, pair[1].id))
        window = Window(self.policy.window_items, columns_dtype(self.encoder.dimension))
        for slot, _ in items[: -self.policy.window_items]:
            window.unsaved |= 1 << slot
        for slot, record in items[-self.policy.window_items :]:
            event = Event(name, record.id, record.kind, record.time_ms, record.text, record.amount)
            vector, scale = self._nothing if needs_reencoding else (np.frombuffer(record.vector, np.int8), record.scale)
            window.restore(slot, event, kind_code(self.policy, record.kind), vector, scale)
        user = UserState(window)
        user.membership = MembershipState(
            segment=head.segment,
            since_ms=head.since_ms,
            candidate=None if needs_reencoding else head.candidate,  # a dwell in the old space means nothing in the new
            candidate_since_ms=head.candidate_since_ms,
            sequence=head.sequence,
            pinned_by=head.pinned_by,
        )
        user.traits, user.labels = head.traits or NO_TRAITS, head.labels or NOTHING_PUBLISHED
        user.n_events, user.sampled_ms, user.offset = head.n_events, head.sampled_ms, head.offset
        if needs_reencoding:
            user.sampled_ms = 0  # the new encoder's warm-up must not wait a period
        return user
