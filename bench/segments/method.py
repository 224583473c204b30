"""What every arm can do: learn a day, then say of each person where they are."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol

from bench.segments.planted import Day
from stream.core.arrays import Vectors

Ids = list[Hashable | None]


class Arm(Protocol):
    """One way to keep segments. `u (n, n_features + d) float32` are the standardised profiles of the day's rows.

    Learning answers nothing, assigning learns nothing. An arm may have an attribute `lineage`: what it said became of
    segments, as tuples that begin with the day and the kind.
    """

    def learn(self, day: Day, u: Vectors) -> None:
        """Take in a sample of a day's people."""
        ...

    def assign(self, day: Day, u: Vectors) -> Ids:
        """An id for each row; None for no answer. Called after this day was learned."""
        ...


@dataclass(frozen=True)
class Competitor:
    """An arm to be made. `start(k, seed)` is given the true number of groups on the first day; `n_samples` are learned
    a day at most, 0 for as many as the run has."""

    name: str
    start: Callable[[int, int], Arm]
    n_samples: int = 0
