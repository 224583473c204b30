"""An evaluation as a value, for observers of a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stream.core.arrays import Floats, Vectors
from stream.core.assignment import Assignment
from stream.core.kernel.blocks import read_block
from stream.core.kernel.layout import NONE
from stream.core.output import Change
from stream.core.output_rows import OutputRow
from stream.core.row_reader import RowReader
from stream.core.segment_model import SegmentModel
from stream.core.state import StoredItem
from stream.core.transition import MembershipState
from stream.core.window_reader import WindowReader


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An evaluation of one user, with the membership before and after the decision.

    `explicit (n_features,)`, `semantic (d,)` and `mass` are the raw profile, zero for an empty window. `scaled` is the
    profile in the space of `model`. It and `assignment` are None for an empty window and without a model.
    `is_dwell_end` tells that the end of a dwell asked for the evaluation.
    """

    user: str
    now_ms: int
    is_dwell_end: bool
    items: tuple[StoredItem, ...]
    explicit: Floats
    semantic: Vectors
    mass: float
    scaled: Vectors | None
    model: SegmentModel | None
    assignment: Assignment | None
    before: MembershipState
    after: MembershipState
    change: Change | None


Observe = Callable[[Evaluated], object]  # called after the decision of each evaluation, in order


def evaluated_at(row: OutputRow, rows: RowReader, windows: WindowReader, change: Change | None) -> Evaluated:
    """Return the evaluation of a row, with the change that it made."""
    block = read_block(row.user)
    after, string = rows.partition.membership_of(block), rows.partition.symbols.string
    before = MembershipState(
        segment=rows.segment(row.from_segment),
        since_ms=row.since_before_ms,
        candidate=string(row.candidate_before),
        candidate_since_ms=row.candidate_since_before_ms,
        sequence=after.sequence - (change is not None),
        pinned_by=string(row.pinned_before) or "",
    )
    explicit, semantic = rows.profile(row)
    return Evaluated(
        user=block.name.decode(),
        now_ms=row.now_ms,
        is_dwell_end=row.due_ms != NONE,
        items=windows.stored(block),
        explicit=explicit,
        semantic=semantic,
        mass=row.mass,
        scaled=rows.scaled(row),
        model=rows.model(row),
        assignment=rows.assignment(row),
        before=before,
        after=after,
        change=change,
    )
