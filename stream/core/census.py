"""A count of a partition's users by segment, and of their memory: for metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from stream.core.kernel.binding import address, kernel
from stream.core.partition import PartitionState


@dataclass(frozen=True, slots=True)
class Census:
    """A count of users by segment, and the bytes of their windows, traits and texts."""

    segments: Counter[str]
    n_bytes: int


def census_of(partition: PartitionState) -> Census:
    """Count the users of a partition."""
    sizes = np.zeros(len(partition.symbols), np.int64)
    n_bytes = int(kernel().segue_census(partition.handle, address(sizes)))
    found = zip(partition.symbols.strings, sizes.tolist(), strict=True)
    return Census(Counter({segment: n for segment, n in found if n}), n_bytes)
