"""Unchanging users, and a stub that reports given splits: a test of what reviews make of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from stream.core.arrays import Floats
from stream.training.cluster.centroids import nearest_centroids
from stream.training.structure.detect import KnownSegments
from stream.training.values.outputs import Output
from stream.training.values.promotion import Cause, Promotion, Status
from stream.training.values.structure_change import ChangeKind, ChangeSet, StructureChange
from tests.core.planted import PlantedPopulation
from tests.training.harness import TrainerHarness, at_day

N = 200
SPLIT = {at: StructureChange(ChangeKind.SPLIT, (f"s-000{at}",)) for at in (1, 2, 3)}
USERS = PlantedPopulation((0.4, 0.3, 0.3), spread=0.08).day(N, at_day(0))


@dataclass(frozen=True)
class StubReport:
    """A structure report of given splits; each cuts its segment `shift` spreads away from the middle."""

    x: Floats
    segments: KnownSegments
    splits: tuple[StructureChange, ...]
    shift: float

    def restricted_to(self, chosen: Collection[StructureChange]) -> StubReport:
        """Return the report of the chosen splits."""
        return replace(self, splits=tuple(change for change in self.splits if change in chosen))

    def change_set(self) -> ChangeSet:
        """Return the splits and the centroids they lead to."""
        divided = {segment for change in self.splits for segment in change.segments}
        centroids = [
            at
            for row, segment in enumerate(self.segments.ids)
            for at in cut(self.x, self.segments, row, self.shift, segment in divided)
        ]
        return ChangeSet(self.splits, np.stack(centroids), n_clusters=len(centroids))


@dataclass
class Scenario:
    """Users who stay as they are. `drawn` says on which reviews, from the first on, a segment is found to be two, by
    its last digit: `x`; they are cut along the first feature, `shifts` away from the middle in parts of the spread."""

    drawn: dict[str, str]
    trainer: TrainerHarness
    shifts: list[float] = field(default_factory=list)
    n_reviews: int = 0

    def detect_structure(self, x: Floats, weights: Floats, segments: KnownSegments, *_: int) -> StubReport:
        """Return the drawn splits of the next review."""
        at, self.n_reviews = self.n_reviews, self.n_reviews + 1
        splits = tuple(SPLIT[int(segment)] for segment, days in self.drawn.items() if days[at % len(days)] == "x")
        return StubReport(x, segments, splits, self.shifts[at] if self.shifts else 0.0)

    def days(self, n_days: int) -> Iterator[tuple[Output, ...]]:
        """The users are reviewed once a day; on the first day they make the segments."""
        for day in range(self.n_reviews, self.n_reviews + n_days):
            yield self.trainer.day([replace(s, time_ms=at_day(day + 1)) for s in USERS])

    def run(self, n_days: int) -> list[list[tuple[Status, Cause, tuple[StructureChange, ...]]]]:
        """Return by day the status, cause and changes of each decision that is not about a refresh."""
        return [
            [
                (o.status, o.cause, o.changes)
                for o in outputs
                if isinstance(o, Promotion) and o.cause is not Cause.REFRESH
            ]
            for outputs in self.days(n_days)
        ]


def cut(x: Floats, segments: KnownSegments, row: int, shift: float, is_two: bool) -> list[Floats]:
    if not is_two:
        return [segments.centroids[row]]
    own = x[nearest_centroids(x, segments.centroids)[0] == row]
    along = own[:, 0] - np.median(own[:, 0]) - shift * own[:, 0].std()
    return [own[along <= 0].mean(axis=0), own[along > 0].mean(axis=0)]
