"""The people the trainer remembers: everyone by their newest sample, so nobody counts twice.

Past a number of people, the largest segments give way first: each keeps those whose hash is lowest, a uniform sample of
its people that does not change from day to day (bottom-k sampling, Cohen and Kaplan 2007), and rare segments keep
everyone. How many people a segment that gave way has is estimated from the largest hash that is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TypeVar

import numpy as np

from stream.core.arrays import Floats
from stream.core.output import Sample
from stream.core.profile import Profiles

_TEXTS_BYTES_MAX = 160  # of one person: the pool is for counting words, and its records must stay small


@dataclass(frozen=True, slots=True)
class ReservoirEntry:
    """A person's newest sample, and `stratum`, the segment they were then seen in; `place` in [0, 1) is their hash,
    `taken` the segment that a model since would take them to, if any."""

    sample: Sample
    stratum: str
    place: float
    expected_segments: str = ""


Reservoir = Mapping[str, ReservoirEntry]
Known = TypeVar("Known")
InclusionThresholds = Mapping[str, float]  # by stratum; 1 where there is none

_ROOM = 0.9  # of the most people: with fewer the cuts widen, step by step
_WIDER = 1.05


def update_reservoir(
    reservoir: Reservoir,
    inclusion_thresholds: InclusionThresholds,
    samples: Iterable[Sample],
    strata: Iterable[str],
    n_people: int,
) -> tuple[dict[str, ReservoirEntry], dict[str, float]]:
    """The pool with these samples, each seen in its stratum, and at most `n_people` people; and its cuts: nobody of a
    stratum is kept whose place is not below its cut."""
    people = dict(reservoir)
    for sample, stratum in zip(samples, strata, strict=True):
        known = people.get(sample.user)
        if known is not None and sample.time_ms < known.sample.time_ms:
            continue
        place = known.place if known else priority_of(sample.user)
        if place < inclusion_thresholds.get(stratum, 1.0):
            people[sample.user] = ReservoirEntry(_brief(sample), stratum, place)
        else:
            people.pop(sample.user, None)
    if len(people) > n_people:
        return _thinned(people, inclusion_thresholds, n_people)
    if len(people) < n_people * _ROOM:
        return people, {stratum: cut * _WIDER for stratum, cut in inclusion_thresholds.items() if cut * _WIDER < 1}
    return people, dict(inclusion_thresholds)


def recent(reservoir: Reservoir, since_ms: int) -> dict[str, ReservoirEntry]:
    """Those seen at or after `since_ms`."""
    return {user: person for user, person in reservoir.items() if person.sample.time_ms >= since_ms}


def without(by_user: Mapping[str, Known], user: str) -> Mapping[str, Known]:
    """What is known of everybody else; the same mapping where nothing is known of this one."""
    return {name: known for name, known in by_user.items() if name != user} if user in by_user else by_user


def within(by_user: Mapping[str, Known], reservoir: Reservoir) -> Mapping[str, Known]:
    """What is known of those in the pool; the same mapping where nothing is known of anybody else."""
    if by_user.keys() <= reservoir.keys():
        return by_user
    return {user: known for user, known in by_user.items() if user in reservoir}


def by_priority(reservoir: Reservoir) -> list[ReservoirEntry]:
    """Everyone in an order that depends on nothing but who they are."""
    return sorted(reservoir.values(), key=lambda person: (person.place, person.sample.user))


def raw_profiles(people: Sequence[ReservoirEntry]) -> Profiles:
    """Their raw profiles, row by row; there must be somebody."""
    return Profiles(
        np.stack([person.sample.explicit for person in people]),
        np.stack([person.sample.semantic for person in people]),
    )


def sampling_weights(people: Sequence[ReservoirEntry], inclusion_thresholds: InclusionThresholds) -> Floats:
    """(n,) how many people each stands for: 1 in a stratum that never gave way, else 1 / its cut (the Horvitz-Thompson
    estimate of a bottom-k sample)."""
    return np.array([1 / inclusion_thresholds.get(person.stratum, 1.0) for person in people])


def priority_of(user: str) -> float:
    """A hash of the user in [0, 1), uniform and the same for ever."""
    return int.from_bytes(blake2b(user.encode(), digest_size=7).digest(), "big") / (1 << 56)


def _thinned(
    people: dict[str, ReservoirEntry], inclusion_thresholds: InclusionThresholds, n_people: int
) -> tuple[dict[str, ReservoirEntry], dict[str, float]]:
    """At most `n_people`: the largest strata are cut to one level, by place."""
    by_stratum: dict[str, list[ReservoirEntry]] = defaultdict(list)
    for person in people.values():
        by_stratum[person.stratum].append(person)
    level = _level([len(members) for members in by_stratum.values()], n_people)
    gone: set[str] = set()
    found = dict(inclusion_thresholds)
    for stratum, members in sorted(by_stratum.items()):
        if len(members) > level:
            members.sort(key=lambda person: (person.place, person.sample.user))
            gone |= {person.sample.user for person in members[level:]}
            found[stratum] = members[level].place
    return {user: person for user, person in people.items() if user not in gone}, found


def _level(sizes: list[int], total: int) -> int:
    """The largest number such that strata cut to it have no more than `total` together."""
    left, rest = total, len(sizes)
    for size in sorted(sizes):
        if size * rest > left:
            break
        left, rest = left - size, rest - 1
    return left // rest


def _brief(sample: Sample) -> Sample:
    """The sample with as many of its texts, newest first, as fit."""
    texts, left = [], _TEXTS_BYTES_MAX
    for text in sample.texts:
        cut = text.encode()[:left].decode(errors="ignore")
        left -= len(cut.encode())
        texts += [cut] if cut else []
    return replace(sample, texts=tuple(texts))
