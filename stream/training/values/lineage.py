"""What becomes of segments from one segment model to the next, as values.

A segment is its people first and its place second. A new segment that holds mostly the people of a former one, or many
of them near the same place, goes on under its id; what the others are follows from where people went.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from stream.core.arrays import Floats
from stream.core.segment_model import SegmentModel

HOLDS_MIN = 0.5  # shared people and nearness together: with less, most who hear the id would hear of other people
SHARED_MIN = 0.2  # of the people in either segment: a place alone is not a segment
CAME_MIN = 0.25  # of a new segment's people, before the segment they came from is called a parent
MOSTLY = 0.5
PARTED_MIN = 0.1  # of a segment's people: with fewer a group is born out of it, and the segment has not parted
JOINED_MIN = 0.05  # of a segment's people: with fewer nobody has joined it, strays of a gone segment are there


class LineageEvent(StrEnum):
    """A kind of event in a segment's life."""

    BORN = "born"
    SURVIVED = "survived"
    SPLIT = "split"
    MERGED = "merged"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Lineage:
    """One event in a segment's life. `share` is its part of the sampled population in that segment model.

    born: `parents` are the segments its people came from, `parts` how much of them each gave. split: `children` are
    where the people of `segment` are now, `parts` in parallel how many of them; the segment itself is among them if it
    goes on. merged: `parents` became `segment`, `parts` of each one's people. retired: `children` and `parts` say where
    its people went, if there are any.
    """

    segment: str
    event: str  # born | survived | split | merged | retired
    parents: tuple[str, ...]
    model_version: int
    share: float
    children: tuple[str, ...] = ()
    parts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class People:
    """Where the same people are before and after: `before` a former segment each ("" for none), `now (n,)` the index of
    a new one, -1 for none; each stands for `weights (n,)` people."""

    before: Sequence[str]
    now: NDArray[np.intp]
    weights: Floats

    def table(self, former: Sequence[str], k: int) -> Floats:
        """(len(former) + 1, k) people by former and new segment; in the last row those of no former segment."""
        rows = {segment: at for at, segment in enumerate(former)}
        row = np.array([rows.get(segment, len(former)) for segment in self.before], np.intp)
        table = np.zeros((len(former) + 1, k))
        assignments_at = self.now >= 0
        np.add.at(table, (row[assignments_at], self.now[assignments_at]), self.weights[assignments_at])
        return table

    def of(self, former: Sequence[str]) -> Floats:
        """(len(former),) people of each former segment, wherever they are now."""
        return np.array([self.weights[[b == segment for b in self.before]].sum() for segment in former])


def match_ids(former: Sequence[str], people: People, k: int, nearness: Floats | None = None) -> tuple[str | None, ...]:
    """For each of k new segments the id of the former segment that it goes on as, or None.

    A pair holds if the part of the people in either that are in both, plus half of its `nearness (len(former), k)` (1:
    the same place, 0: as far as the threshold or in another space), is HOLDS_MIN. Among the pairs that hold the
    assignment with the largest sum is taken (Hungarian).
    """
    table = people.table(former, k)
    both = table[:-1]
    either = both.sum(axis=1, keepdims=True) + table[:-1].sum(axis=0) - both
    shared = both / np.where(either > 0, either, 1.0)
    affinity = shared + (0.0 if nearness is None else nearness / 2)
    # no pair that does not hold may stand in the way of one that does
    affinity = np.where((affinity >= HOLDS_MIN) & (shared >= SHARED_MIN), affinity, 0.0)
    ids: list[str | None] = [None] * k
    for row, at in zip(*linear_sum_assignment(affinity, maximize=True), strict=True):
        if affinity[row, at] > 0:
            ids[at] = former[row]
    return tuple(ids)


def generation_events(former: Sequence[str], model: SegmentModel) -> tuple[Lineage, ...]:
    """What a new generation means for the segments `former` and for its own: retired, survived, born."""
    gone = (segment for segment in former if segment not in model.ids)
    retired = tuple(Lineage(segment, "retired", (), model.version, 0.0) for segment in gone)
    return retired + tuple(
        Lineage(segment, "survived" if segment in former else "born", (), model.version, described.share)
        for segment, described in zip(model.ids, model.descriptions, strict=True)
    )


def changes(former: Sequence[str], model: SegmentModel, people: People) -> tuple[Lineage, ...]:
    """What became of segments whose ids changed; those that go on under their id are not mentioned, unless others came
    out of them or went into them. `people.now` are indices into the model's segments."""
    flow = _Flow(former, model, people)
    split: dict[int, list[int]] = {}
    merged: dict[int, list[int]] = {}
    events: list[Lineage] = []
    for at in (at for at, segment in enumerate(model.ids) if segment not in former):
        parent = flow.mostly_from(at)
        if parent is None:
            events.append(flow.born(at))
        else:
            split.setdefault(parent, []).append(at)
    for row in [row for row, ats in split.items() if len(ats) == 1 and former[row] not in model.ids]:
        # one out of one is no split: another segment with many of its people
        events += [flow.born(split.pop(row)[0]), flow.retired(row)]
    told = {event.segment for event in events}
    for row in (row for row, segment in enumerate(former) if segment not in {*model.ids, *told} and row not in split):
        child = flow.mostly_to(row)
        if child is None:
            events.append(flow.retired(row))
        else:
            merged.setdefault(child, []).append(row)
    events += [flow.split(row, ats) for row, ats in split.items()]
    return (*events, *(flow.merged(at, rows) for at, rows in merged.items()))


class _Flow:
    """People from former segments (rows) to those of a model, and the events that follow from it."""

    def __init__(self, former: Sequence[str], model: SegmentModel, people: People) -> None:
        self.former, self.model = former, model
        self.table = people.table(former, len(model.ids))
        self.went = self.table[:-1] / np.maximum(people.of(former), 1e-12)[:, None]  # parts of each former one's people
        self.came = self.table / np.maximum(self.table.sum(axis=0), 1e-12)  # parts of each new one's

    def mostly_from(self, at: int) -> int | None:
        """The former segment that most of a new one's people come from, and a good part of whose people they are."""
        found = np.flatnonzero((self.came[:-1, at] >= MOSTLY) & (self.went[:, at] >= PARTED_MIN))
        return int(found[0]) if len(found) else None

    def mostly_to(self, row: int) -> int | None:
        """The segment that most of a former one's people are in, and a part of whose people they are."""
        found = np.flatnonzero((self.went[row] >= MOSTLY) & (self.came[row] >= JOINED_MIN))
        return int(found[0]) if len(found) else None

    def born(self, at: int) -> Lineage:
        rows = np.flatnonzero(self.came[:-1, at] >= CAME_MIN).tolist()
        parts = tuple(float(self.came[row, at]) for row in rows)
        return self._event(self.model.ids[at], "born", parents=tuple(self.former[row] for row in rows), parts=parts)

    def retired(self, row: int) -> Lineage:
        ats = np.flatnonzero(self.went[row] >= CAME_MIN).tolist()
        return self._event(self.former[row], "retired", children=self._ids(ats), parts=self._parts([row], ats))

    def split(self, row: int, ats: list[int]) -> Lineage:
        own = [self.model.ids.index(self.former[row])] if self.former[row] in self.model.ids else []
        into = [*own, *ats]
        return self._event(self.former[row], "split", children=self._ids(into), parts=self._parts([row], into))

    def merged(self, at: int, rows: list[int]) -> Lineage:
        own = [self.former.index(self.model.ids[at])] if self.model.ids[at] in self.former else []
        into = [*own, *rows]
        parents = tuple(self.former[row] for row in into)
        return self._event(self.model.ids[at], "merged", parents=parents, parts=self._parts(into, [at]))

    def _ids(self, ats: list[int]) -> tuple[str, ...]:
        return tuple(self.model.ids[at] for at in ats)

    def _parts(self, rows: list[int], ats: list[int]) -> tuple[float, ...]:
        return tuple(float(self.went[row, at]) for row in rows for at in ats)

    def _event(
        self,
        segment: str,
        event: str,
        parents: tuple[str, ...] = (),
        children: tuple[str, ...] = (),
        parts: tuple[float, ...] = (),
    ) -> Lineage:
        segment_shares = {s: d.share for s, d in zip(self.model.ids, self.model.descriptions, strict=True)}
        return Lineage(segment, event, parents, self.model.version, segment_shares.get(segment, 0.0), children, parts)
