"""Round groups, segments at places, and what is proposed of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from scipy.stats import chi2

from stream.core.arrays import Floats
from stream.training.structure.changes import ChangeSet
from stream.training.structure.detect import Place, detect_structure

DIMS = 8
PLACES = 4.0 * np.eye(DIMS)
SPREAD = 0.5
# of a round group one in a hundred is farther from its centre than this
REACH = SPREAD * float(np.sqrt(chi2.ppf(0.99, DIMS)))


def around(place: Sequence[float] | Floats, n: int, seed: int, spread: float = SPREAD) -> Floats:
    """A round group of n."""
    return np.asarray(place) + np.random.default_rng(seed).normal(0, spread, (n, DIMS))


def segments(
    *centroids: Floats, separated_pairs: Sequence[tuple[int, int]] = (), watched: Sequence[Floats] = ()
) -> Place:
    """s-0001, s-0002, ... at these centroids; `apart` are pairs of their numbers, `watched` would be s-0101, ..."""
    ids = tuple(f"s-{number:04d}" for number in range(1, len(centroids) + 1))
    pairs = frozenset((ids[a - 1], ids[b - 1]) for a, b in separated_pairs)
    watching = np.stack(watched) if watched else np.empty((0, 0))
    born = tuple(f"s-{number:04d}" for number in range(101, 101 + len(watched)))
    return Place(ids, np.stack(centroids), np.full(len(ids), REACH), pairs, watching, born)


def propose(
    groups: Sequence[Floats],
    place: Place,
    gone: Sequence[str] = (),
    n_min: int = 10,
    n_max: int = 24,
    seed: int = 0,
    only: Collection[str] | None = None,
) -> ChangeSet:
    """What is proposed where people form these groups, in some order."""
    x = np.concatenate(groups)
    x = x[np.random.default_rng(seed).permutation(len(x))]
    return detect_structure(x, np.ones(len(x)), place, gone, n_min, n_max, seed).proposal(only)
