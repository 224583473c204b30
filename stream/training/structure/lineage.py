"""Lineage of segments: ids carried over to new clusters, and the events of the users' reassignment.

A segment is identified by its users first, and by the centroid second. A cluster with most of a segment's users keeps
the id. Near the segment's centroid fewer users suffice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from stream.core.arrays import Floats
from stream.core.segment_model import SegmentModel
from stream.training.values.lineage import Lineage, LineageEvent

AFFINITY_MIN = 0.5  # of shared users and nearness together: with less, most readers of the id would read of other users
SHARED_MIN = 0.2  # of the users in either segment: a centroid alone is not a segment
PARENT_MIN = 0.25  # of a new segment's users, before the segment they came from is called a parent
_MAJORITY = 0.5
_SPLIT_MIN = 0.1  # of a segment's users: with fewer a segment is born out of it, and it has not split
_MERGED_MIN = 0.05  # of a segment's users: fewer are strays of a retired segment, and no merge


@dataclass(frozen=True, slots=True)
class Reassignment:
    """Reassignment of n sampled users from the segments of one model to the clusters of another.

    `before` are segments, "" for none; `now (n,)` are indices of clusters, -1 for none. Each row stands for
    `weights (n,)` users.
    """

    before: Sequence[str]
    now: NDArray[np.intp]
    weights: Floats

    def table(self, previous: Sequence[str], k: int) -> Floats:
        """Return `(len(previous) + 1, k)` users by segment and cluster; the last row has those of no segment."""
        rows = {segment: at for at, segment in enumerate(previous)}
        row = np.array([rows.get(segment, len(previous)) for segment in self.before], np.intp)
        table = np.zeros((len(previous) + 1, k))
        known = self.now >= 0
        np.add.at(table, (row[known], self.now[known]), self.weights[known])
        return table

    def sizes(self, previous: Sequence[str]) -> Floats:
        """Return `(len(previous),)` users of each segment, in a cluster or not."""
        return np.array([self.weights[[b == segment for b in self.before]].sum() for segment in previous])


def match_ids(
    previous: Sequence[str], moved: Reassignment, k: int, nearness: Floats | None = None
) -> tuple[str | None, ...]:
    """Return for each of k clusters the id of the segment continued, or None.

    The affinity of a pair is the Jaccard index of users plus half of the `nearness (len(previous), k)`. Nearness
    is 1 at the segment's centroid and 0 beyond the threshold. Pairs below AFFINITY_MIN do not match. Among the others,
    the assignment with the largest sum wins (Hungarian algorithm).
    """
    table = moved.table(previous, k)
    both = table[:-1]
    either = both.sum(axis=1, keepdims=True) + table[:-1].sum(axis=0) - both
    shared = both / np.where(either > 0, either, 1.0)
    affinity = shared + (0.0 if nearness is None else nearness / 2)
    # a pair that does not match may not displace one that does
    affinity = np.where((affinity >= AFFINITY_MIN) & (shared >= SHARED_MIN), affinity, 0.0)
    ids: list[str | None] = [None] * k
    for row, at in zip(*linear_sum_assignment(affinity, maximize=True), strict=True):
        if affinity[row, at] > 0:
            ids[at] = previous[row]
    return tuple(ids)


def generation_events(previous: Sequence[str], model: SegmentModel) -> tuple[Lineage, ...]:
    """Return the events of a new generation: `previous` segments retired, and the model's survived or born."""
    gone = (segment for segment in previous if segment not in model.ids)
    retired = tuple(Lineage(segment, LineageEvent.RETIRED, (), model.version, 0.0) for segment in gone)
    return retired + tuple(
        Lineage(
            segment,
            LineageEvent.SURVIVED if segment in previous else LineageEvent.BORN,
            (),
            model.version,
            described.share,
        )
        for segment, described in zip(model.ids, model.descriptions, strict=True)
    )


def lineage_of(previous: Sequence[str], model: SegmentModel, moved: Reassignment) -> tuple[Lineage, ...]:
    """Return the events between the `previous` segments and the model's; `moved.now` are indices of the model's.

    A segment with an unchanged id has an event only as the origin of a split or the target of a merge.
    """
    flow = _Flow(previous, model, moved)
    children, born = _parents_of_new(flow)
    retired = {event.segment for event in born}
    parents: dict[int, list[int]] = {}
    events = born
    for row, segment in enumerate(previous):
        if segment in {*model.ids, *retired} or row in children:
            continue
        child = flow.majority_child(row)
        if child is None:
            events.append(flow.retired(row))
        else:
            parents.setdefault(child, []).append(row)
    events += [flow.split(row, ats) for row, ats in children.items()]
    return (*events, *(flow.merged(at, rows) for at, rows in parents.items()))


def _parents_of_new(flow: _Flow) -> tuple[dict[int, list[int]], list[Lineage]]:
    """Return the new segments by the row of the segment they split from, and the events of the others."""
    children: dict[int, list[int]] = {}
    events: list[Lineage] = []
    for at in (at for at, segment in enumerate(flow.model.ids) if segment not in flow.previous):
        parent = flow.majority_parent(at)
        if parent is None:
            events.append(flow.born(at))
        else:
            children.setdefault(parent, []).append(at)
    for row in [row for row, ats in children.items() if len(ats) == 1 and flow.previous[row] not in flow.model.ids]:
        # one child of a segment without an id is no split: another segment with many of its users
        events += [flow.born(children.pop(row)[0]), flow.retired(row)]
    return children, events


class _Flow:
    """A transition matrix from previous segments (rows) to a model's (columns), and the resulting events."""

    def __init__(self, previous: Sequence[str], model: SegmentModel, moved: Reassignment) -> None:
        self.previous, self.model = previous, model
        table = moved.table(previous, len(model.ids))
        self._sent = table[:-1] / np.maximum(moved.sizes(previous), 1e-12)[:, None]  # fractions of each row's users
        self._received = table / np.maximum(table.sum(axis=0), 1e-12)  # fractions of each column's users

    def majority_parent(self, at: int) -> int | None:
        """Return the row with most of column `at`'s users, if more than strays left the row; else None."""
        found = np.flatnonzero((self._received[:-1, at] >= _MAJORITY) & (self._sent[:, at] >= _SPLIT_MIN))
        return int(found[0]) if len(found) else None

    def majority_child(self, row: int) -> int | None:
        """Return the column with most of `row`'s users, if more than strays arrived there; else None."""
        found = np.flatnonzero((self._sent[row] >= _MAJORITY) & (self._received[row] >= _MERGED_MIN))
        return int(found[0]) if len(found) else None

    def born(self, at: int) -> Lineage:
        rows = np.flatnonzero(self._received[:-1, at] >= PARENT_MIN).tolist()
        fractions = tuple(float(self._received[row, at]) for row in rows)
        parents = tuple(self.previous[row] for row in rows)
        return self._event(self.model.ids[at], LineageEvent.BORN, parents=parents, fractions=fractions)

    def retired(self, row: int) -> Lineage:
        ats = np.flatnonzero(self._sent[row] >= PARENT_MIN).tolist()
        return self._to(row, LineageEvent.RETIRED, ats)

    def split(self, row: int, ats: list[int]) -> Lineage:
        own = [self.model.ids.index(self.previous[row])] if self.previous[row] in self.model.ids else []
        return self._to(row, LineageEvent.SPLIT, [*own, *ats])

    def merged(self, at: int, rows: list[int]) -> Lineage:
        own = [self.previous.index(self.model.ids[at])] if self.model.ids[at] in self.previous else []
        rows = [*own, *rows]
        parents = tuple(self.previous[row] for row in rows)
        fractions = tuple(float(self._sent[row, at]) for row in rows)
        return self._event(self.model.ids[at], LineageEvent.MERGED, parents=parents, fractions=fractions)

    def _to(self, row: int, event: LineageEvent, ats: list[int]) -> Lineage:
        children = tuple(self.model.ids[at] for at in ats)
        fractions = tuple(float(self._sent[row, at]) for at in ats)
        return self._event(self.previous[row], event, children=children, fractions=fractions)

    def _event(
        self,
        segment: str,
        event: LineageEvent,
        parents: tuple[str, ...] = (),
        children: tuple[str, ...] = (),
        fractions: tuple[float, ...] = (),
    ) -> Lineage:
        shares = {s: d.share for s, d in zip(self.model.ids, self.model.descriptions, strict=True)}
        return Lineage(segment, event, parents, self.model.version, shares.get(segment, 0.0), children, fractions)
