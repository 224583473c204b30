"""State of a partition: its users in the kernel's memory, its time, its offset and the serving model."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import byref
from dataclasses import replace
from operator import is_not

import numpy as np

from stream.core.audience import with_large_segments
from stream.core.deciding import CompiledDeciding, CompiledModel, CompiledRules
from stream.core.kernel.binding import address, kernel
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.policy import Policy
from stream.core.reserved import PENDING
from stream.core.segment_model import SegmentModel
from stream.core.serving import NOTHING_SERVES, Serving, ServingVersions
from stream.core.setting_users import set_columns
from stream.core.state import UserState
from stream.core.transition import MembershipState
from stream.core.user_columns import UserColumns, columns_of
from stream.core.user_table import UserTable

_MODELS_MAX = 8


class PartitionState(UserTable):
    """State of one partition; only `put`, the setting of its attributes and the end of a step change it.

    Items of another encoder are encoded again before their user is next evaluated. `unsaved` are keys of state records
    that the next delivery deletes.
    """

    def __init__(self, policy: Policy, dimension: int, encoder: str) -> None:
        super().__init__(policy, dimension, encoder)
        self.now_ms, self.offset = 0, -1
        self.serving: ServingVersions = NOTHING_SERVES
        self.unsaved: list[bytes] = []
        self.rules = CompiledRules(policy, dimension, self.symbols)
        self._deciding: CompiledDeciding | None = None
        self._deciding_of: tuple[Serving | None, LabelHeads] | None = None
        self._models: dict[int, CompiledModel] = {}

    def put(self, user: str, state: UserState) -> None:
        """Set the state of a user as a whole, with its timers."""
        self.put_all({user: state})

    def put_all(self, states: Mapping[str, UserState]) -> None:
        """Set the states of users as a whole, and every timer anew. Raise ValueError for a state that cannot be."""
        self.put_columns(columns_of(states, self.encoder))
        self.set_timers()

    def put_columns(self, users: UserColumns) -> None:
        """Set the states of users as a whole, without their timers. Raise ValueError for a state that cannot be."""
        stale = set_columns(self.handle, self.symbols, self.policy, self.dimension, users)
        if self.stale:
            self.stale.difference_update(name.decode() for name in users.names)
        self.stale.update(stale)

    def set_timers(self, after_ms: int = 0) -> None:
        """Set every timer anew, from the states of the users; those due at or before `after_ms` have fired."""
        kernel().segue_set_timers(self.handle, byref(self.rules.block), after_ms)

    def set_membership(self, user: str, membership: MembershipState) -> None:
        """Set the membership of a user with a state."""
        state = self.user(user)
        assert state is not None, f"{user} has no state"
        self.put(user, replace(state, membership=membership))

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

    def deciding(self, serving: Serving | None, labels: LabelHeads = NO_LABELS) -> CompiledDeciding:
        """Return the models and label heads of a step for the kernel, without segments below the smallest audience."""
        of = serving, labels
        if self._deciding is None or self._deciding_of is None or any(map(is_not, of, self._deciding_of)):
            large = with_large_segments(serving, self.policy.min_audience)
            self._deciding = CompiledDeciding(large, labels, self.symbols, self.dimension, self._compiled)
            self._deciding_of = of
        return self._deciding

    def _compiled(self, model: SegmentModel) -> CompiledModel:
        known = self._models.get(id(model))
        if known is None or known.model is not model:
            if len(self._models) == _MODELS_MAX:
                self._models.clear()
            known = CompiledModel(model, [self.symbols.number(segment) for segment in model.ids], self.dimension)
            self._models[id(model)] = known
        return known
