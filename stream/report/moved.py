"""Places of users in earlier reports, kept beside the layout: how far the same users moved on the map since.

The layout itself does not move; users do, with their profiles. A file holds the places of the last two times of the
stream, by a hash of the shown user. A report made again of the same time therefore has the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Vectors
from stream.maps.alignment import Shift, shift
from stream.runtime.whole_file import whole_file

_N_KEPT = 2  # times of the stream


@dataclass(frozen=True, slots=True)
class Places:
    """Places by time of the stream, method and user: `hashes (n,) uint64` beside `places (n, 2 or 3) float32`."""

    now_ms: int
    made_ms: int
    by_time: Mapping[int, Mapping[str, NDArray[Any]]]

    def drift(self, method: str, users: Sequence[str], places: Vectors) -> Shift | None:
        """Return how far the users of the last report before this time moved; None without such a report."""
        earlier = [time_ms for time_ms in self.by_time if time_ms < self.now_ms]
        before = self.by_time[max(earlier)] if earlier else {}
        if method not in before or not len(places):
            return None
        _, now_at, then_at = np.intersect1d(hashes(users), before["users"], return_indices=True)
        if not len(now_at):
            return None
        return shift(before[method][then_at], places[now_at])


def read_places(path: Path, now_ms: int, made_ms: int) -> Places:
    """Return the places in a file; none if it is missing, unreadable, or of another layout than that of `made_ms`."""
    by_time: dict[int, dict[str, NDArray[Any]]] = {}
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if int(arrays["made_ms"]) == made_ms:
                for name in (each for each in arrays if " " in each):
                    time_ms, what = name.split(" ", 1)
                    by_time.setdefault(int(time_ms), {})[what] = arrays[name]
    except (OSError, ValueError, KeyError, BadZipFile):
        by_time = {}  # the drift is not told; nothing else depends on the file
    return Places(now_ms, made_ms, by_time)


def write_places(path: Path, seen: Places, users: Sequence[str], places: Mapping[str, Vectors]) -> None:
    """Write the places of this report beside those of the one before; the old file stays until the new is complete."""
    by_time = {**seen.by_time, seen.now_ms: {"users": hashes(users), **places}}
    kept = sorted(by_time, reverse=True)[:_N_KEPT]
    arrays = {f"{time_ms} {what}": array for time_ms in kept for what, array in by_time[time_ms].items()}
    with whole_file(path) as file:  # as private as the store
        np.savez(file, made_ms=np.array(seen.made_ms), **arrays)  # type: ignore[arg-type]


def places_path(layout: Path) -> Path:
    """Return the file of places that belongs to a layout."""
    return layout.with_name(f"{layout.name}.seen.npz")


def hashes(users: Sequence[str]) -> NDArray[np.uint64]:
    """Return a hash of each user, (n,) uint64."""
    return np.array([int.from_bytes(blake2b(user.encode(), digest_size=8).digest()) for user in users], np.uint64)
