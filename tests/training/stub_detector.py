"""People who stay as they are, of whom something is said to be found: what reviews make of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from stream.core.arrays import Floats
from stream.training.structure.changes import ChangeSet
from stream.training.structure.detect import Place, nearest_centroids
from stream.training.values.outputs import Output
from stream.training.values.promotion import Cause, Promotion, Status
from stream.training.values.structure_change import ChangeKind, StructureChange
from tests.core.planted import PlantedPopulation
from tests.training.harness import Life, at_day

N = 200
SPLIT = {at: StructureChange(ChangeKind.SPLIT, (f"s-000{at}",)) for at in (1, 2, 3)}
PEOPLE = PlantedPopulation((0.4, 0.3, 0.3), spread=0.08).day(N, at_day(0))


@dataclass
class Story:
    """People who stay as they are. `drawn` says on which reviews, from the first on, a segment is found to be two, by
    its last digit: `x`; they are cut along the first feature, `shifts` away from the middle in parts of the spread."""

    drawn: dict[str, str]
    life: Life
    shifts: list[float] = field(default_factory=list)
    n_reviews: int = 0

    def detect_structure(self, x: Floats, weights: Floats, place: Place, *_: Any) -> SimpleNamespace:
        """Instead of what would be found."""
        at, self.n_reviews = self.n_reviews, self.n_reviews + 1
        there = [f"split s-000{segment}" for segment, days in self.drawn.items() if days[at % len(days)] == "x"]
        shift = self.shifts[at] if self.shifts else 0.0

        def proposal(only: Collection[str] | None = None) -> ChangeSet:
            reasons = tuple(reason for reason in there if only is None or reason in only)
            halves = [row for row, segment in enumerate(place.ids) if f"split {segment}" in reasons]
            centroids = [at for row in range(len(place.ids)) for at in cut(x, place, row, shift, row in halves)]
            return ChangeSet(reasons, np.stack(centroids), n_groups=len(centroids))

        return SimpleNamespace(proposal=proposal)

    def days(self, n_days: int) -> Iterator[tuple[Output, ...]]:
        """The people are reviewed once a day; on the first day they make the segments."""
        for day in range(self.n_reviews, self.n_reviews + n_days):
            yield self.life.day([replace(s, time_ms=at_day(day + 1)) for s in PEOPLE])

    def run(self, n_days: int) -> list[list[tuple[Status, Cause, tuple[StructureChange, ...]]]]:
        """Return by day the status, cause and changes of each decision that is not about a refresh."""
        return [
            [(o.status, o.cause, o.changes) for o in told if isinstance(o, Promotion) and o.cause is not Cause.REFRESH]
            for told in self.days(n_days)
        ]


def cut(x: Floats, place: Place, row: int, shift: float, is_two: bool) -> list[Floats]:
    if not is_two:
        return [place.centroids[row]]
    own = x[nearest_centroids(x, place.centroids)[0] == row]
    along = own[:, 0] - np.median(own[:, 0]) - shift * own[:, 0].std()
    return [own[along <= 0].mean(axis=0), own[along > 0].mean(axis=0)]
