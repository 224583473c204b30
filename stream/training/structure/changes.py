"""Findings of structure detection, and the change sets of all findings or of chosen ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stream.core.arrays import Floats
from stream.training.structure.component_merging import Cluster, MergedClusters, Pairs, merge_clusters
from stream.training.values.structure_change import ChangeKind, ChangeSet, StructureChange


@dataclass(frozen=True, slots=True)
class StructureReport:
    """Findings of structure detection among the users at `x (n, dims)`.

    `whole` is the cluster of each segment, `splits` the two clusters of a segment that divides. `born` are the clusters
    outside of all segments, `gone` the segments without users, `merges` the allowed merges (None: all).
    A change set has at most `n_max` clusters if leaving out births and splits is enough.
    """

    x: Floats
    weights: Floats
    centroids: Floats
    whole: Mapping[str, Cluster]
    splits: Mapping[str, tuple[Cluster, Cluster]]
    born: Sequence[Cluster]
    gone: Sequence[str]
    separated_pairs: Pairs
    n_max: int
    merges: Collection[StructureChange] | None = None

    def restricted_to(self, chosen: Collection[StructureChange]) -> StructureReport:
        """Return the report without all but the `chosen` changes."""
        return replace(
            self,
            splits={segment: pair for segment, pair in self.splits.items() if _split(segment) in chosen},
            born=[cluster for cluster in self.born if cluster.birth is None or cluster.birth in chosen],
            gone=[segment for segment in self.gone if _gone(segment) in chosen],
            merges=[change for change in chosen if change.kind is ChangeKind.MERGED],
        )

    def change_set(self) -> ChangeSet:
        """Return the changes of this report; of too many clusters, the smallest births and splits are left out."""
        report, merged = self, self._merge()
        n_clusters = len(merged.clusters)
        for addition in self._additions():
            if len(merged.clusters) <= self.n_max:
                break
            report = report._without(addition)
            merged = report._merge()
        if not merged.clusters:  # every user is gone: the present segments are the best estimate
            return ChangeSet((), self.centroids, n_clusters=len(self.centroids))
        return report._compose(merged, n_clusters)

    def numbered(self) -> StructureReport:
        """Return the report with new births numbered by size.

        A cluster merged into a segment is no birth: its users count as the segment's.
        """
        unmerged = {cluster.birth for cluster in self._merge().clusters if not cluster.segments}
        numbered: dict[StructureChange, StructureChange] = {}
        ordinal = 0
        for birth in (cluster.birth for cluster in self.born if cluster.birth in unmerged):
            if birth is not None:
                ordinal += not birth.segments
                numbered[birth] = birth if birth.segments else replace(birth, ordinal=ordinal)
        born = [replace(c, birth=None if c.birth is None else numbered.get(c.birth)) for c in self.born]
        return replace(self, born=born)

    def _compose(self, merged: MergedClusters, n_clusters: int) -> ChangeSet:
        order = [cluster.birth for cluster in self.born]
        births = {at: cluster.birth for at, cluster in enumerate(merged.clusters) if cluster.birth is not None}
        born = sorted(births, key=lambda at: order.index(births[at]))
        changes = [births[at] for at in born] + [_split(segment) for segment in self.splits]
        changes += [*merged.merges, *(_gone(segment) for segment in self.gone)]
        centroids = np.stack([cluster.centroid for cluster in merged.clusters])
        return ChangeSet(tuple(changes), centroids, tuple(born), n_clusters)

    def _additions(self) -> list[StructureChange]:
        """Return the births and splits, the smallest first."""
        sizes = {_split(segment): min(map(self._n_users, pair)) for segment, pair in self.splits.items()}
        sizes |= {cluster.birth: self._n_users(cluster) for cluster in self.born if cluster.birth is not None}
        return sorted(sizes, key=lambda change: -sizes[change])[::-1]

    def _without(self, addition: StructureChange) -> StructureReport:
        splits = {segment: pair for segment, pair in self.splits.items() if _split(segment) != addition}
        return replace(self, splits=splits, born=[cluster for cluster in self.born if cluster.birth != addition])

    def _n_users(self, cluster: Cluster) -> float:
        return float(self.weights[cluster.rows].sum())

    def _merge(self) -> MergedClusters:
        """Return the merges, and the clusters of all changes of this report."""
        clusters: list[Cluster] = []
        for segment, cluster in self.whole.items():
            if segment not in self.gone:
                clusters += self.splits.get(segment, (cluster,))
        merged = merge_clusters(self.x, self.weights, [*clusters, *self.born], self.separated_pairs, self.merges)
        left = [self._unmoved(cluster) for cluster in merged.clusters if cluster.segments or cluster.birth]
        return replace(merged, clusters=left)

    def _unmoved(self, cluster: Cluster) -> Cluster:
        """Return the segment's own cluster if neither split nor merged: users of the fringe do not move a centroid."""
        is_whole = len(cluster.segments) == 1 and cluster.segments[0] not in self.splits
        return self.whole[cluster.segments[0]] if is_whole else cluster


def _split(segment: str) -> StructureChange:
    return StructureChange(ChangeKind.SPLIT, (segment,))


def _gone(segment: str) -> StructureChange:
    return StructureChange(ChangeKind.GONE, (segment,))
