"""What becomes of the segments if what was found of the people is true, or only some of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stream.core.arrays import Floats
from stream.training.structure.merges import Group, Pairs, merged

WATCHED = "born s-"  # how the reason of a birth begins that was proposed before


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Other groups than the segments: `centroids (g, dims)`, and why, in this order: `born s-0009` of a watched group
    and `born`, `born 2` of others, the largest first; `split s-0001`; `merged s-0001 s-0002`; `gone s-0001`. No
    reasons: the segments are still the groups. `born` are the rows of those, as their reasons. `n_groups` people form,
    with those that are left out because there would be too many."""

    reasons: tuple[str, ...]
    centroids: Floats
    born: tuple[int, ...] = ()
    n_groups: int = 0


@dataclass(frozen=True, slots=True)
class StructureReport:
    """What was found of the people at `x (n, dims)`: the group of each segment, the two that were made where one is by
    reason, the born ones, and the segments that nobody is in any more. `centroids` are the segments' own, `apart` the
    pairs that were, and `n_max` the most segments."""

    x: Floats
    weights: Floats
    centroids: Floats
    whole: Mapping[str, Group]
    parts: Mapping[str, tuple[Group, Group]]
    born: Sequence[Group]
    gone: Sequence[str]
    separated_pairs: Pairs
    n_max: int

    def proposal(self, only: Collection[str] | None = None) -> ChangeSet:
        """What all of it means, or what would be if nothing but `only` these of its reasons were true. Births and
        splits that would be too many are left out, the smallest first."""
        gone = [segment for segment in self.gone if only is None or f"gone {segment}" in only]
        chosen = [reason for reason in self._largest_first() if only is None or reason in only]
        mergers, groups = self._composed(chosen, gone, only)
        n_groups = len(groups)
        while len(groups) > self.n_max and chosen:
            chosen.pop()
            mergers, groups = self._composed(chosen, gone, only)
        if not groups:  # everyone is gone: nothing better is known
            return ChangeSet((), self.centroids, n_groups=len(self.centroids))
        order = [group.birth for group in self.born]
        born = sorted((at for at, g in enumerate(groups) if not g.ids), key=lambda at: order.index(groups[at].birth))
        reasons = [groups[at].birth for at in born] + [reason for reason in self.parts if reason in chosen] + mergers
        reasons += [f"gone {segment}" for segment in gone]
        return ChangeSet(tuple(reasons), np.stack([group.centroid for group in groups]), tuple(born), n_groups)

    def named(self) -> StructureReport:
        """The same, where births that are new are numbered, but for those that are a segment's people after all: these
        have no name, and are no reason."""
        _, groups = self._composed(self._largest_first(), self.gone, None)
        left = [group.birth for group in self.born if group.birth in {g.birth for g in groups if not g.ids}]
        fresh = [birth for birth in left if not birth.startswith(WATCHED)]
        names = {birth: birth for birth in left}
        names |= {birth: "born" if n == 1 else f"born {n}" for n, birth in enumerate(fresh, 1)}
        return replace(self, born=[replace(group, birth=names.get(group.birth, "")) for group in self.born])

    def _largest_first(self) -> list[str]:
        """Reasons for one group more, by how many people it has."""
        people = {reason: min(self._people(half) for half in halves) for reason, halves in self.parts.items()}
        people |= {group.birth: self._people(group) for group in self.born if group.birth}
        return sorted(people, key=lambda reason: -people[reason])

    def _people(self, group: Group) -> float:
        return float(self.weights[group.rows].sum())

    def _composed(
        self, chosen: Collection[str], gone: Collection[str], only: Collection[str] | None
    ) -> tuple[list[str], list[Group]]:
        """The mergers, and the groups, of which there is one more for each `chosen` reason."""
        groups: list[Group] = []
        for segment, group in self.whole.items():
            reason = split_reason(segment)
            if segment not in gone:
                groups += self.parts[reason] if reason in chosen else (group,)
        groups += [group for group in self.born if not group.birth or group.birth in chosen]
        mergers, groups = merged(self.x, self.weights, groups, self.separated_pairs, only)
        return mergers, [self._as_it_was(group, chosen) for group in groups if group.ids or group.birth]

    def _as_it_was(self, group: Group, chosen: Collection[str]) -> Group:
        """The group of a segment that has not parted or met another: who came to it from the fringe moves it no more
        than others."""
        is_whole = len(group.ids) == 1 and split_reason(group.ids[0]) not in chosen
        return self.whole[group.ids[0]] if is_whole else group


def split_reason(segment: str) -> str:
    """Why a segment would be two."""
    return f"split {segment}"
