"""A reservoir of users: a stratified bottom-k sample, each user by the newest sample.

Beyond a number of users, the largest strata give way first. Each keeps the users of lowest priority, a uniform sample,
stable from day to day (bottom-k sampling, Cohen and Kaplan 2007). Rare segments keep every user. The inclusion
threshold of a stratum, the largest priority left, estimates the number of users there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TypeVar

import numpy as np

from stream.core.arrays import Floats, Vectors
from stream.core.output import Sample
from stream.core.profile import Profiles

_TEXTS_BYTES_MAX = 400  # of one user: texts are for counting words, and records must stay small
_WORD_CHARS = 40  # at most at the end of a text: part of a word is not kept, but of a text without blanks is
_ROOM = 0.9  # of the most users: with fewer the inclusion thresholds widen, step by step
_WIDER = 1.05


@dataclass(frozen=True, slots=True)
class ReservoirEntry:
    """A user's newest sample, with `stratum`, the segment assigned then.

    `priority` in [0, 1) is a hash of the user id. `expected_segment` is the user's segment by a model promoted since,
    "" for none.
    """

    sample: Sample
    stratum: str
    priority: float
    expected_segment: str = ""


Reservoir = Mapping[str, ReservoirEntry]
Known = TypeVar("Known")
InclusionThresholds = Mapping[str, float]  # by stratum; 1 where there is none


def update_reservoir(
    reservoir: Reservoir,
    inclusion_thresholds: InclusionThresholds,
    samples: Iterable[Sample],
    strata: Iterable[str],
    n_users: int,
) -> tuple[dict[str, ReservoirEntry], dict[str, float]]:
    """Return the reservoir with the samples, each in the sample's stratum, and the inclusion thresholds.

    There are at most `n_users` users, each with a priority below the inclusion threshold of the stratum.
    """
    entries = dict(reservoir)
    for sample, stratum in zip(samples, strata, strict=True):
        known = entries.get(sample.user)
        if known is not None and sample.time_ms < known.sample.time_ms:
            continue
        priority = known.priority if known else priority_of(sample.user)
        if priority < inclusion_thresholds.get(stratum, 1.0):
            entries[sample.user] = ReservoirEntry(_with_few_texts(sample), stratum, priority)
        else:
            entries.pop(sample.user, None)
    if len(entries) > n_users:
        return _reduce(entries, inclusion_thresholds, n_users)
    if len(entries) < n_users * _ROOM:
        return entries, {stratum: at * _WIDER for stratum, at in inclusion_thresholds.items() if at * _WIDER < 1}
    return entries, dict(inclusion_thresholds)


def recent(reservoir: Reservoir, since_ms: int) -> dict[str, ReservoirEntry]:
    """Return the entries sampled at or after `since_ms`."""
    return {user: entry for user, entry in reservoir.items() if entry.sample.time_ms >= since_ms}


def without(by_user: Mapping[str, Known], user: str) -> Mapping[str, Known]:
    """Return the mapping without a user; the same mapping if there is no such user."""
    return {name: known for name, known in by_user.items() if name != user} if user in by_user else by_user


def within(by_user: Mapping[str, Known], reservoir: Reservoir) -> Mapping[str, Known]:
    """Return the mapping for users of the reservoir; the same mapping if there are no others."""
    if by_user.keys() <= reservoir.keys():
        return by_user
    return {user: known for user, known in by_user.items() if user in reservoir}


def by_priority(reservoir: Reservoir) -> list[ReservoirEntry]:
    """Return the entries by priority, for any order of the mapping."""
    return sorted(reservoir.values(), key=_order)


def sampled_profiles(samples: Sequence[Sample]) -> Profiles:
    """Return the raw profiles of samples, row by row; there must be one."""
    return Profiles(
        np.stack([sample.explicit for sample in samples]),
        np.stack([sample.semantic for sample in samples]),
        np.array([sample.mass for sample in samples], np.float32),
    )


def raw_profiles(entries: Sequence[ReservoirEntry]) -> Profiles:
    """Return the raw profiles, row by row; there must be an entry."""
    return sampled_profiles([entry.sample for entry in entries])


def contrasts_of(entries: Sequence[ReservoirEntry]) -> Vectors:
    """Return the contrasts (n, d) of the entries' windows, row by row; there must be an entry."""
    return np.stack([entry.sample.contrast for entry in entries])


def sampling_weights(entries: Sequence[ReservoirEntry], inclusion_thresholds: InclusionThresholds) -> Floats:
    """Return the number of users (n,) represented by each entry.

    The weight is 1 / the inclusion threshold of the stratum: the Horvitz-Thompson estimate of a bottom-k sample.
    """
    return np.array([1 / inclusion_thresholds.get(entry.stratum, 1.0) for entry in entries])


def priority_of(user: str) -> float:
    """Hash a user id to [0, 1), uniformly. The function must never change."""
    return int.from_bytes(blake2b(user.encode(), digest_size=7).digest(), "big") / (1 << 56)


def _order(entry: ReservoirEntry) -> tuple[float, str]:
    return entry.priority, entry.sample.user


def _reduce(
    entries: dict[str, ReservoirEntry], inclusion_thresholds: InclusionThresholds, n_users: int
) -> tuple[dict[str, ReservoirEntry], dict[str, float]]:
    """Return at most `n_users` entries: the largest strata are cut to one size, by priority."""
    by_stratum: dict[str, list[ReservoirEntry]] = defaultdict(list)
    for entry in entries.values():
        by_stratum[entry.stratum].append(entry)
    size = _largest_size([len(members) for members in by_stratum.values()], n_users)
    gone: set[str] = set()
    found = dict(inclusion_thresholds)
    for stratum, members in sorted(by_stratum.items()):
        if len(members) > size:
            members.sort(key=_order)
            gone |= {entry.sample.user for entry in members[size:]}
            found[stratum] = members[size].priority
    return {user: entry for user, entry in entries.items() if user not in gone}, found


def _largest_size(sizes: list[int], total: int) -> int:
    """Return the largest size such that strata cut to this size have at most `total` members together."""
    left, rest = total, len(sizes)
    for size in sorted(sizes):
        if size * rest > left:
            break
        left, rest = left - size, rest - 1
    return left // rest


def _with_few_texts(sample: Sample) -> Sample:
    """Return the sample with the texts that fit whole, newest first; of a longer newest one, only what fits."""
    texts: list[str] = []
    left = _TEXTS_BYTES_MAX
    for text in filter(None, sample.texts):
        size = len(text.encode())
        if size > left and not texts:
            return replace(sample, texts=(_head(text, left),))
        if size <= left:
            texts.append(text)
            left -= size
    return replace(sample, texts=tuple(texts))


def _head(text: str, n_bytes: int) -> str:
    """Return the words of a text that fit into `n_bytes`; of a text without blanks, the characters."""
    cut = text.encode()[:n_bytes].decode(errors="ignore")
    head, _, tail = cut.rpartition(" ")
    return head if head and len(tail) <= _WORD_CHARS else cut
