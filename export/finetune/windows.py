"""Pairs of windows of one person: some of what they did, and as much of what they did at another time.

The gap between the two keeps a model from learning the season, a basket or a browsing tour instead of the person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from export.errors import DataError
from export.finetune.history import MIN_ITEMS, WINDOW_ITEMS, History, Ints, Person

GAP_MS = 30 * 86_400_000
NOT_DECLARED = -1

Batch = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Labels:
    """Which labels are learned, and their values in order."""

    names: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()

    def codes(self, person: Person) -> list[int]:
        """Each label's place among its values; NOT_DECLARED where the person did not say, or said something new."""
        declared = (person.labels.get(name, "") for name in self.names)
        return [
            known.index(value) if value in known else NOT_DECLARED
            for value, known in zip(declared, self.values, strict=True)
        ]


def labels_of(history: History, names: Sequence[str]) -> Labels:
    """`names` with the values that the people of `history` declared, sorted."""
    values = tuple(tuple(sorted({p.labels[name] for p in history.people if name in p.labels})) for name in names)
    return Labels(tuple(names), values)


class WindowPairs(Dataset[dict[str, NDArray[np.int64]]]):
    """One pair a person, drawn anew at every look. The same seed gives the same pairs in the same order of looks.

    Raises DataError when fewer than two people have enough events.
    """

    def __init__(self, history: History, labels: Labels, seed: int) -> None:
        self.people = [person for person in history.people if len(person.texts) >= MIN_ITEMS]
        if len(self.people) < 2:
            raise DataError(
                f"only {len(self.people)} people have at least {MIN_ITEMS} events with text: expected 2 or more, "
                "and hundreds for a model that is worth having"
            )
        self.labels = labels
        self._random = np.random.default_rng(seed)

    def __len__(self) -> int:
        return len(self.people)

    def __getitem__(self, at: int) -> dict[str, NDArray[np.int64]]:
        person = self.people[at]
        one, other = self._pair(person)
        return {"one": one, "other": other, "declared": np.array(self.labels.codes(person), np.int64)}

    def _pair(self, person: Person) -> tuple[Ints, Ints]:
        n = len(person.texts)
        size = min(WINDOW_ITEMS, n // 2)
        first = int(self._random.integers(0, n - 2 * size + 1))
        end_ms = person.times_ms[first + size - 1] + GAP_MS
        after_gap = int(np.searchsorted(person.times_ms, end_ms))
        earliest = min(max(first + size, after_gap), n - size)
        second = int(self._random.integers(earliest, n - size + 1))
        return person.texts[first : first + size], person.texts[second : second + size]


def collate(rows: Sequence[Mapping[str, NDArray[np.int64]]]) -> Batch:
    """`declared (n, n_labels)`, and the places of texts of 2 n windows one after another: `items`, and where each
    window begins: `starts (2 n,)`; first every person's one window, then every person's other."""
    windows = [row[side] for side in ("one", "other") for row in rows]
    lengths = [len(window) for window in windows]
    return {
        "declared": torch.from_numpy(np.stack([row["declared"] for row in rows])),
        "items": torch.from_numpy(np.concatenate(windows)),
        "starts": torch.from_numpy(np.cumsum([0, *lengths[:-1]])),
    }
