"""An evaluation as a value, for observers of a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stream.core.arrays import Floats, Vectors
from stream.core.assignment import Assignment
from stream.core.output import Change
from stream.core.segment_model import SegmentModel
from stream.core.state import StoredItem
from stream.core.transition import MembershipState


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
