"""Round clusters of users, known segments, and the changes detected among them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from scipy.stats import chi2

from stream.core.arrays import Floats
from stream.training.structure.detect import KnownSegments, detect_structure
from stream.training.values.structure_change import ChangeKind, ChangeSet, StructureChange

DIMS = 8
PLACES = 4.0 * np.eye(DIMS)
SPREAD = 0.5
# one in a hundred users of a round cluster is farther from its centre than this
REACH = SPREAD * float(np.sqrt(chi2.ppf(0.99, DIMS)))


def around(place: Sequence[float] | Floats, n: int, seed: int, spread: float = SPREAD) -> Floats:
    """Return a round cluster of n users."""
    return np.asarray(place) + np.random.default_rng(seed).normal(0, spread, (n, DIMS))


def known_segments(
    *centroids: Floats,
    separated_pairs: Sequence[tuple[int, int]] = (),
    gone: Sequence[int] = (),
    watched: Sequence[Floats] = (),
) -> KnownSegments:
    """Return segments s-0001, s-0002, ... at these centroids; pairs and `gone` are of their numbers.

    Watched clusters would be s-0101, s-0102, ...
    """
    ids = _ids(1, len(centroids))
    return KnownSegments(
        ids,
        np.stack(centroids),
        np.full(len(ids), REACH),
        frozenset((ids[a - 1], ids[b - 1]) for a, b in separated_pairs),
        [ids[number - 1] for number in gone],
        np.stack(watched) if watched else np.empty((0, 0)),
        _ids(101, len(watched)),
    )


def detected(
    clusters: Sequence[Floats],
    segments: KnownSegments,
    n_min: int = 10,
    n_max: int = 24,
    seed: int = 0,
    chosen: Collection[StructureChange] | None = None,
) -> ChangeSet:
    """Return the changes detected where users form these clusters, in random order; only the `chosen`, if given."""
    x = np.concatenate(clusters)
    x = x[np.random.default_rng(seed).permutation(len(x))]
    report = detect_structure(x, np.ones(len(x)), segments, n_min, n_max, seed)
    return (report if chosen is None else report.restricted_to(chosen)).change_set()


def born(number: int = 0, ordinal: int = 0) -> StructureChange:
    """Return the birth of a watched segment by its number, or of a new cluster by its ordinal."""
    return StructureChange(ChangeKind.BORN, _ids(number, 1) if number else (), ordinal)


def split(number: int) -> StructureChange:
    """Return the split of a segment."""
    return StructureChange(ChangeKind.SPLIT, _ids(number, 1))


def merged(*numbers: int) -> StructureChange:
    """Return the merge of segments."""
    return StructureChange(ChangeKind.MERGED, tuple(s for number in numbers for s in _ids(number, 1)))


def gone(number: int) -> StructureChange:
    """Return the end of a segment."""
    return StructureChange(ChangeKind.GONE, _ids(number, 1))


def _ids(first: int, n: int) -> tuple[str, ...]:
    return tuple(f"s-{number:04d}" for number in range(first, first + n))
