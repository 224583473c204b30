"""Flows as a matrix from × to: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stream.core.reserved import PENDING
from stream.store.queries.flows import Flow
from stream.wire.changes import SegmentRef

N_MAX = 24


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix of users who moved: `cells[row][column]` from `origins[row]` to `targets[column]`, None without any.

    `largest` is of users who had a segment. `n_left_out` counts moves between segments that are not shown.
    """

    origins: tuple[SegmentRef, ...]
    targets: tuple[SegmentRef, ...]
    cells: tuple[tuple[Flow | None, ...], ...]
    largest: int
    n_left_out: int


def moves_first(found: Iterable[Flow]) -> list[Flow]:
    """Return the flows with those of first results last, otherwise in the same order."""
    return sorted(found, key=lambda flow: flow.from_id == PENDING)


def matrix_of(found: Sequence[Flow], order: Sequence[str], n_max: int = N_MAX) -> Matrix:
    """Return the matrix of the segments with most moves, at most `n_max`, in the order given; other ids come last."""
    moves: Counter[str] = Counter()
    names: dict[str, str] = {}
    for flow in found:
        moves.update({flow.from_id: flow.n_changes})
        moves.update({flow.to_id: flow.n_changes})
        names |= {flow.from_id: flow.from_name, flow.to_id: flow.to_name}
    kept = {segment for segment, _ in moves.most_common(n_max)}
    place = {segment: at for at, segment in enumerate(order)}
    inside = {(flow.from_id, flow.to_id): flow for flow in found if {flow.from_id, flow.to_id} <= kept}
    origins, targets = (
        sorted({pair[side] for pair in inside}, key=lambda segment: (place.get(segment, len(place)), segment))
        for side in (0, 1)
    )
    return Matrix(
        origins=tuple(SegmentRef(segment, names[segment]) for segment in origins),
        targets=tuple(SegmentRef(segment, names[segment]) for segment in targets),
        cells=tuple(tuple(inside.get((origin, target)) for target in targets) for origin in origins),
        largest=max((flow.n_users for flow in inside.values() if flow.from_id != PENDING), default=0),
        n_left_out=sum(flow.n_changes for flow in found) - sum(flow.n_changes for flow in inside.values()),
    )
