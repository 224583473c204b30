"""Lineage of segments between two segment models, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LineageEvent(StrEnum):
    """A kind of event in a segment's life."""

    BORN = "born"
    SURVIVED = "survived"
    SPLIT = "split"
    MERGED = "merged"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Lineage:
    """An event in a segment's life; `share` is the segment's part of the sampled users in `segment_model`.

    born: `fractions` are the parts of the users given by each of `parents`. split: `fractions` are the parts of the
    users received by each of `children`; the segment is among them if it survives. merged: `fractions` are the parts of
    each of `parents` now in `segment`. retired: `fractions` are the parts of the users received by each of `children`.
    """

    segment: str
    event: LineageEvent
    parents: tuple[str, ...]
    segment_model: int
    share: float
    children: tuple[str, ...] = ()
    fractions: tuple[float, ...] = ()
