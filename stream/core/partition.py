"""State of a partition: its users in the kernel's memory, its time, its offset and the serving model."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from ctypes import byref, c_uint64
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stream.core.deciding import CompiledDeciding, CompiledModel, CompiledRules
from stream.core.event import NO_TRAITS, Scalar
from stream.core.kernel.binding import Joined, address, kernel
from stream.core.kernel.blocks import Block, TextValue, read_block, read_head, read_string, read_text
from stream.core.labels import NO_LABELS, NOTHING_PUBLISHED, LabelHeads, PublishedLabel
from stream.core.policy import Policy
from stream.core.reserved import PENDING
from stream.core.segment_model import SegmentModel
from stream.core.serving import NOTHING_SERVES, Serving, ServingVersions
from stream.core.setting_users import set_columns
from stream.core.state import StoredItem, UserState
from stream.core.symbols import Symbols
from stream.core.traits_bytes import read_traits
from stream.core.transition import MembershipState
from stream.core.user_columns import UserColumns, columns_of

PADDED = 16
_STALE = 2  # of a user's flags: the window was restored from another encoder
_MODELS_MAX = 8


class PartitionState:
    """State of one partition; only `put`, the setting of its attributes and the end of a step change it.

    `encoder` is the version of the encoder of `dimension` dimensions. Items of another one are encoded again before
    their user is next evaluated. `unsaved` are keys of state records that the next delivery deletes.
    """

    def __init__(self, policy: Policy, dimension: int, encoder: str) -> None:
        self.policy, self.dimension, self.encoder = policy, dimension, encoder
        self.width = -(-dimension // PADDED) * PADDED
        self.handle: int = kernel().segue_partition(dimension)
        weakref.finalize(self, kernel().segue_free, self.handle)
        self.symbols = Symbols(self.handle)
        self.now_ms, self.offset = 0, -1
        self.serving: ServingVersions = NOTHING_SERVES
        self.stale: set[str] = set()  # users whose texts are to be encoded again
        self.unsaved: list[bytes] = []
        self._rules: CompiledRules | None = None
        self._rules_of: Policy | None = None
        self._models: dict[int, CompiledModel] = {}

    def __len__(self) -> int:
        return int(kernel().segue_n_users(self.handle))

    def __contains__(self, user: str) -> bool:
        return bool(self.rows([user.encode()])[0] >= 0)

    def rows(self, users: Sequence[bytes]) -> NDArray[np.int64]:
        """Return the row of each user, negative for one without a state."""
        names, rows = Joined(users), np.empty(len(users), np.int64)
        kernel().segue_find(self.handle, byref(names.block), address(rows))
        return rows

    def known(self, users: Sequence[bytes]) -> NDArray[np.bool_]:
        """Return which users have a state."""
        return self.rows(users) >= 0

    def names(self) -> list[str]:
        """Return the users."""
        return [block.name.decode() for block in self.blocks()]

    def blocks(self) -> Iterable[Block]:
        """Yield the block of every user."""
        for row in range(kernel().segue_n_rows(self.handle)):
            if at := kernel().segue_user(self.handle, row):
                yield read_block(at)

    def user(self, user: str) -> UserState | None:
        """Return the state of a user; None for an unknown one."""
        row = int(self.rows([user.encode()])[0])
        return None if row < 0 else self.state_of(read_block(kernel().segue_user(self.handle, row)))

    def traits(self, user: bytes) -> Mapping[str, Scalar] | None:
        """Return the declared traits of a user; None without a state."""
        row = int(self.rows([user])[0])
        return None if row < 0 else read_traits(read_block(kernel().segue_user(self.handle, row)).traits)

    def users(self) -> Iterable[tuple[str, UserState]]:
        """Yield every user with its state."""
        for block in self.blocks():
            yield block.name.decode(), self.state_of(block)

    def put(self, user: str, state: UserState) -> None:
        """Set the state of a user as a whole, with its timers."""
        self.put_all({user: state})

    def put_all(self, states: Mapping[str, UserState]) -> None:
        """Set the states of users as a whole, and every timer anew. Raise ValueError for a state that cannot be."""
        self.put_columns(columns_of(states, self.encoder))
        self.set_timers()

    def put_columns(self, users: UserColumns) -> None:
        """Set the states of users as a whole, without their timers. Raise ValueError for a state that cannot be."""
        set_columns(self, users)

    def set_timers(self, after_ms: int = 0) -> None:
        """Set every timer anew, from the states of the users; those due at or before `after_ms` have fired."""
        kernel().segue_set_timers(self.handle, byref(self.rules(self.policy).block), after_ms)

    def next_due_ms(self) -> int | None:
        """Return the due time of the earliest timer."""
        due_ms = kernel().segue_next_due_ms(self.handle)
        return None if due_ms < 0 else int(due_ms)

    def pending(self) -> list[str]:
        """Return the users with items and without a result, sorted; not those with texts to encode again."""
        number = self.symbols.number(PENDING)
        found = (each for each in self.blocks() if each.head.segment == number and each.head.n_items)
        return sorted({block.name.decode() for block in found} - self.stale)

    def due_rows(self, until_ms: int) -> list[int]:
        """Return the rows of users with a timer due at or before a time."""
        n = kernel().segue_due_rows(self.handle, until_ms, 0, 0)
        rows = np.empty(n, np.uint32)
        kernel().segue_due_rows(self.handle, until_ms, address(rows), n)
        return [int(row) for row in rows]

    def block(self, row: int) -> Block | None:
        """Return the block of a row; None for a free row."""
        at = kernel().segue_user(self.handle, row)
        return read_block(at) if at else None

    def is_stale(self, row: int) -> bool:
        """Return True if the texts of the user in a row are to be encoded again."""
        at = kernel().segue_user(self.handle, row)
        return bool(at and read_head(at).flags & _STALE)

    def text(self, number: int, is_kind: bool = False) -> TextValue:
        """Return a text, or a kind, by its number."""
        at = c_uint64()
        kernel().segue_text(self.handle, number, is_kind, byref(at))
        return read_text(at.value, 0 if is_kind else self.width)

    def string(self, number: int, is_kind: bool = False) -> str:
        """Return the string of a text, or of a kind, by its number."""
        at = c_uint64()
        kernel().segue_text(self.handle, number, is_kind, byref(at))
        return read_string(at.value, 0 if is_kind else self.width)

    def state_of(self, block: Block) -> UserState:
        """Return the state in a block of this partition."""
        return UserState(
            items=tuple(self._item(block, at) for at in range(len(block.items))),
            membership=self.membership_of(block),
            traits=read_traits(block.traits) if block.traits else NO_TRAITS,
            labels=self._labels(block) or NOTHING_PUBLISHED,
            n_events=block.head.n_events,
            sampled_ms=block.head.sampled_ms,
            offset=block.head.offset,
            traceparent=block.trace.decode(),
        )

    def membership_of(self, block: Block) -> MembershipState:
        """Return the membership in a block."""
        head, string = block.head, self.symbols.string
        return MembershipState(
            segment=string(head.segment) or "",
            since_ms=head.since_ms,
            candidate=string(head.candidate),
            candidate_since_ms=head.candidate_since_ms,
            sequence=head.sequence,
            pinned_by=string(head.pinned_by) or "",
        )

    def set_membership(self, user: str, membership: MembershipState) -> None:
        """Set the membership of a user with a state."""
        state = self.user(user)
        assert state is not None, f"{user} has no state"
        self.put(user, replace(state, membership=membership))

    def rules(self, policy: Policy) -> CompiledRules:
        """Return a policy for the kernel."""
        if self._rules is None or self._rules_of is not policy:
            self._rules, self._rules_of = CompiledRules(policy, self.dimension, self.symbols), policy
        return self._rules

    def deciding(self, serving: Serving | None, labels: LabelHeads = NO_LABELS) -> CompiledDeciding:
        """Return the models and label heads of a step for the kernel."""
        return CompiledDeciding(serving, labels, self.symbols, self.dimension, self._compiled)

    def _compiled(self, model: SegmentModel) -> CompiledModel:
        known = self._models.get(id(model))
        if known is None or known.model is not model:
            if len(self._models) == _MODELS_MAX:
                self._models.clear()
            known = CompiledModel(model, [self.symbols.number(segment) for segment in model.ids], self.dimension)
            self._models[id(model)] = known
        return known

    def _item(self, block: Block, at: int) -> StoredItem:
        item, text = block.items[at], self.text(block.items[at].text)
        return StoredItem(
            id=block.ids[at].decode(),
            kind=self.text(item.kind, is_kind=True).text,
            text=text.text,
            time_ms=item.time_ms,
            amount=item.amount,
            scale=text.scale,
            vector=text.vector[: self.dimension],
            slot=item.slot,
            encoder="" if text.stale else self.encoder,
        )

    def _labels(self, block: Block) -> dict[str, PublishedLabel]:
        string = self.symbols.string
        return {
            string(each.name) or "": PublishedLabel(string(each.value), string(each.pending), each.since_ms)
            for each in block.labels
        }
