"""A method to compare: a streaming clusterer that learns a day, then assigns users to segment ids."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol

from bench.segments.planted import Day
from stream.core.arrays import Vectors

Ids = list[Hashable | None]


class StreamClusterer(Protocol):
    """A streaming clusterer. `u (n, n_features + d) float32` are the standardised profiles of the day's rows.

    Assigning learns nothing. An attribute `lineage`, where present, holds published events as tuples that begin with
    day and kind.
    """

    def learn(self, day: Day, u: Vectors) -> None:
        """Learn a sample of a day's users."""
        ...

    def assign(self, day: Day, u: Vectors) -> Ids:
        """Return a segment id for each row, None for no answer. The day was learned before."""
        ...


@dataclass(frozen=True)
class Method:
    """A factory of clusterers. `start(k, seed)` gets the true number of groups on the first day.

    At most `n_samples` samples are learned a day; 0 is no limit.
    """

    name: str
    start: Callable[[int, int], StreamClusterer]
    n_samples: int = 0
