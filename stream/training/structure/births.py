"""Which dense groups are new ones: their people are much nearer to each other than to any segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Floats
from stream.training.cluster.kmeans import THRESHOLD_MIN, held_out
from stream.training.structure.merges import Group, merged

_NEARER = 0.75  # distance to a group made without them, in parts of that to the nearest segment, of half of its people


def births(x: Floats, weights: Floats, distance: Floats, found: Sequence[tuple[str, NDArray[np.intp]]]) -> list[Group]:
    """Those of the groups `found`, each with its birth or "" and its rows, that are new; those that had no birth last,
    the largest first, by a number. `distance (n,)` is that of `x (n, dims)` to their segment."""
    groups = [Group(rows, np.average(x[rows], axis=0, weights=weights[rows]), (), birth) for birth, rows in found]
    groups = [group for group in groups if _is_apart(x[group.rows], group.centroid, distance[group.rows])]
    # what is watched and what is new beside it may be one, and is then called as what is watched
    _, groups = merged(x, weights, groups, frozenset())
    fresh = sorted((g for g in groups if not g.birth), key=lambda group: -float(weights[group.rows].sum()))
    watched = [group for group in groups if group.birth]
    return watched + [replace(group, birth=str(number)) for number, group in enumerate(fresh)]


def _is_apart(x: Floats, centroid: Floats, distance: Floats) -> bool:
    """Whether half of the members `x (n, dims)` are much nearer to the others' mean than to their segment.

    Whoever is on the fringe of a round group is far from everybody else on its fringe: the mean of some of them is no
    nearer to each than the group's centroid is.
    """
    without = held_out(np.sqrt(np.square(x - centroid).sum(axis=1)), np.full(len(x), len(x)))
    return bool(np.median(without / np.maximum(distance, THRESHOLD_MIN)) <= _NEARER)
