"""A change of the segments' structure as a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """A kind of structural change."""

    BORN = "born"
    SPLIT = "split"
    MERGED = "merged"
    GONE = "gone"


@dataclass(frozen=True, slots=True, order=True)
class StructureChange:
    """A structural change of `segments`: the one born, split or gone, or those merged, in order.

    A birth has no segment before its cluster has an id. Its `ordinal` then tells it from others: 1 is the largest
    cluster found. The ordinal is 0 in every other change.
    """

    kind: ChangeKind
    segments: tuple[str, ...] = ()
    ordinal: int = 0

    def __str__(self) -> str:
        return " ".join((self.kind, *self.segments))
