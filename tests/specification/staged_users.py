"""Copy-on-write access to the users of a partition during a step."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stream.core.policy import Policy
from tests.specification.state import PartitionState, UserState
from tests.specification.window import StoredVector, Window


class StagedUsers:
    """Users that a step changed or erased, over a partition that stays as it is.

    `vectors` holds the texts of every window that needs a new encoding.
    """

    def __init__(
        self, partition: PartitionState, policy: Policy, dtype: np.dtype[np.void], vectors: Mapping[str, StoredVector]
    ) -> None:
        self.partition, self.policy, self.dtype, self.vectors = partition, policy, dtype, vectors
        self.changed: dict[str, UserState] = {}
        self.erased: set[str] = set()

    def find(self, user_id: str) -> UserState | None:
        """Return the current state of a user, to be read only; None for an unknown or erased user."""
        return self.changed.get(user_id) or self._before(user_id)

    def writable(self, user_id: str) -> UserState:
        """Return the state of a user, copied at its first use; a new one for an unknown or erased user."""
        user = self.changed.get(user_id)
        if user is None:
            before = self._before(user_id)
            user = before.copy() if before else UserState(Window(self.policy.window_items, self.dtype))
            if before and user_id in self.partition.needs_reencoding:
                user.window.reencode(self.vectors)
            self.changed[user_id] = user
        return user

    def erase(self, user_id: str) -> None:
        """Erase a user, with all changes so far."""
        self.changed.pop(user_id, None)
        self.erased.add(user_id)

    def _before(self, user_id: str) -> UserState | None:
        return None if user_id in self.erased else self.partition.users.get(user_id)
