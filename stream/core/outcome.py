"""The result of a step, as one value; the partition changes only when it is staged, and for good when committed."""

from __future__ import annotations

import weakref
from collections import Counter
from ctypes import byref, c_uint64, string_at
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from stream.core.kernel.binding import kernel, step_of
from stream.core.output import Output
from stream.core.partition import PartitionState
from stream.core.serving import ServingVersions


class Counted(StrEnum):
    """An outcome of a record; the kernel counts in this order."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    LATE = "late"
    IGNORED = "ignored"
    FORWARDED = "forwarded"
    NO_CONSENT = "no_consent"
    DECLARATIONS = "declarations"
    ERASED = "erased"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Switch:
    """A new serving model. It decides the records after `offset`, and the timers after `now_ms`."""

    serving: ServingVersions
    offset: int
    now_ms: int


class Step:
    """Result of a step: outputs in order, counts of records, and what it changes.

    `newest_late_ms` is the time of the newest event that came too late for its window; 0 without one. `merge_into`
    applies the changes. Or `stage` does, and `commit` or `roll_back` follows once the delivery is decided: the next
    step can thus be computed meanwhile.
    """

    def __init__(
        self,
        handle: int,
        kept: object,
        partition: PartitionState,
        offset: int,
        serving: ServingVersions,
    ) -> None:
        """Take over the kernel's step, which points into what is `kept`."""
        done = step_of(handle)
        self.outputs, self.offset, self.serving = list[Output](), offset, serving
        self.counts = Counter({name.value: n for name, n in zip(Counted, done.counts, strict=True) if n})
        self.now_ms, self.newest_late_ms = int(done.now_ms), int(done.newest_late_ms)
        is_switched = serving != partition.serving
        self.switch = Switch(serving, partition.offset, partition.now_ms) if is_switched else None
        self._before = partition.now_ms, partition.offset, partition.serving
        self._handle, self._partition, self._kept = handle, partition, kept
        self._rows = sorted(partition.stale)
        self._unsaved = list(partition.unsaved)
        self._puts: list[tuple[bytes, bytes | None]] | None = None
        self._is_staged = False
        weakref.finalize(self, kernel().segue_end, handle)

    def puts(self) -> list[tuple[bytes, bytes | None]]:
        """Return the state records of all changed users, as keys and values; a value of None is a tombstone.

        Raise RuntimeError once the step is staged: the records tell what changes, and by then it has changed.
        """
        if self._is_staged:
            raise RuntimeError("ask for the state records of a step before it is staged")
        if self._puts is None:
            self._puts = self._read_puts()
        return self._puts

    def _read_puts(self) -> list[tuple[bytes, bytes | None]]:
        buffer, ends = c_uint64(), c_uint64()
        n = kernel().segue_puts(self._handle, self._partition.encoder.encode(), byref(buffer), byref(ends))
        found: list[tuple[bytes, bytes | None]] = [(key, None) for key in self._unsaved]
        if not n:
            return found
        places = np.frombuffer(string_at(ends.value, 16 * n), np.int64).tolist()
        last = next(end for end in reversed(places) if end >= 0)
        data, start = string_at(buffer.value, last), 0
        for key_end, value_end in zip(places[::2], places[1::2], strict=True):
            key = data[start:key_end]
            start = key_end
            if value_end < 0:
                found.append((key, None))
            else:
                found.append((key, data[start:value_end]))
                start = value_end
        return found

    def stage(self) -> None:
        """Apply the changes to the partition, so that they can still be undone. Raise RuntimeError the second time."""
        if self._is_staged:
            raise RuntimeError("a step is staged once; after a roll-back, compute it again")
        partition, self._is_staged = self._partition, True
        kernel().segue_stage(self._handle)
        partition.now_ms, partition.offset, partition.serving = self.now_ms, self.offset, self.serving
        if partition.stale:
            rows = partition.rows([user.encode() for user in self._rows])
            still = {
                u for u, row in zip(self._rows, rows.tolist(), strict=True) if row >= 0 and partition.is_stale(row)
            }
            partition.stale.intersection_update(still)
        if self._unsaved:
            partition.unsaved = partition.unsaved[len(self._unsaved) :]

    def commit(self) -> None:
        """Let the staged changes be for good."""
        kernel().segue_commit(self._handle)

    def roll_back(self) -> None:
        """Undo the staged changes; of several staged steps the last one comes first."""
        partition = self._partition
        kernel().segue_roll_back(self._handle)
        partition.now_ms, partition.offset, partition.serving = self._before
        partition.stale.update(self._rows)
        partition.unsaved = [*self._unsaved, *partition.unsaved]
        partition.set_timers(partition.now_ms)  # a dwell that ended without a model keeps its candidate, not its timer

    def merge_into(self, partition: PartitionState) -> None:
        """Apply the changes to the partition of the step; call it once the step is delivered."""
        if partition is not self._partition:
            raise ValueError("a step can be merged into the partition it was computed on, and no other")
        self.stage()
        self.commit()
