"""Changes of the segments' structure as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stream.core.arrays import Floats


class ChangeKind(StrEnum):
    """A kind of structural change."""

    BORN = "born"
    SPLIT = "split"
    MERGED = "merged"
    GONE = "gone"


@dataclass(frozen=True, slots=True, order=True)
class StructureChange:
    """A structural change of `segments`: the one born, split or gone, or those merged, in order.

    A birth has no segment before its cluster has an id. The `ordinal` then tells births apart: 1 is the largest
    cluster found. The ordinal is 0 in every other change.
    """

    kind: ChangeKind
    segments: tuple[str, ...] = ()
    ordinal: int = 0

    def __str__(self) -> str:
        return " ".join((self.kind, *self.segments))


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Structural changes, and the `centroids (g, dims)` of the resulting clusters; without changes, the segments'.

    Changes are in the order births, splits, merges, ends; births of watched clusters precede new ones, the largest
    first. `born` are the rows of the clusters born, in order of the births. `n_clusters` counts the clusters before
    the smallest are left out because there are too many.
    """

    changes: tuple[StructureChange, ...]
    centroids: Floats
    born: tuple[int, ...] = ()
    n_clusters: int = 0
