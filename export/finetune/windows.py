"""Pairs of windows of one user, apart in time, as batches.

The gap between the two keeps a model from learning the season, a basket or a browsing session instead of the user.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from export.errors import DataError
from export.finetune.history import MIN_ITEMS, WINDOW_ITEMS, History, UserHistory
from stream.core.arrays import Ints

GAP_MS = 30 * 86_400_000
NOT_DECLARED = -1

Batch = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Labels:
    """Names of the labels to learn, and the values of each in order."""

    names: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()

    def codes(self, user: UserHistory) -> list[int]:
        """Return the position of the user's value for each label; NOT_DECLARED without one, or for a new value."""
        declared = (user.labels.get(name, "") for name in self.names)
        return [
            known.index(value) if value in known else NOT_DECLARED
            for value, known in zip(declared, self.values, strict=True)
        ]


def labels_of(history: History, names: Sequence[str]) -> Labels:
    """Return the labels `names` with the values that users of `history` declared, sorted."""
    users = history.users
    values = tuple(tuple(sorted({user.labels[name] for user in users if name in user.labels})) for name in names)
    return Labels(tuple(names), values)


class WindowPairs(Dataset[dict[str, NDArray[np.int64]]]):
    """A data set of one pair of windows a user, drawn again at each access; the same seed draws the same pairs.

    Raises DataError when fewer than two users have MIN_ITEMS events.
    """

    def __init__(self, history: History, labels: Labels, seed: int) -> None:
        self.users = [user for user in history.users if len(user.texts) >= MIN_ITEMS]
        if len(self.users) < 2:
            raise DataError(
                f"only {len(self.users)} users have at least {MIN_ITEMS} events with text: expected 2 or more, "
                "and hundreds for a useful model"
            )
        self.labels = labels
        self._random = np.random.default_rng(seed)

    def __len__(self) -> int:
        return len(self.users)

    def __getitem__(self, at: int) -> dict[str, NDArray[np.int64]]:
        user = self.users[at]
        one, other = self._pair(user)
        return {"one": one, "other": other, "declared": np.array(self.labels.codes(user), np.int64)}

    def _pair(self, user: UserHistory) -> tuple[Ints, Ints]:
        """Draw two windows of equal size without overlap, GAP_MS apart where the history is long enough."""
        n = len(user.texts)
        size = min(WINDOW_ITEMS, n // 2)
        first = int(self._random.integers(0, n - 2 * size + 1))
        end_ms = user.times_ms[first + size - 1] + GAP_MS
        after_gap = int(np.searchsorted(user.times_ms, end_ms))
        earliest = min(max(first + size, after_gap), n - size)
        second = int(self._random.integers(earliest, n - size + 1))
        return user.texts[first : first + size], user.texts[second : second + size]


def collate(rows: Sequence[Mapping[str, NDArray[np.int64]]]) -> Batch:
    """Return `declared` (n, n_labels), and 2 n windows as text positions `items` and window starts `starts` (2 n,).

    The first windows of all users come before the second ones.
    """
    windows = [row[side] for side in ("one", "other") for row in rows]
    lengths = [len(window) for window in windows]
    return {
        "declared": torch.from_numpy(np.stack([row["declared"] for row in rows])),
        "items": torch.from_numpy(np.concatenate(windows)),
        "starts": torch.from_numpy(np.cumsum([0, *lengths[:-1]])),
    }
