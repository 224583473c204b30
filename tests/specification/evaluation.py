"""Evaluation of windows in micro-batches: snapshots at each event or timer, then one sweep of numpy.

A later event of the same user in the same batch does not change a snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.core.arrays import Vectors
from stream.core.assignment import Assignment, assign
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.policy import Policy
from stream.core.profile import Profiles
from stream.core.segment_model import SegmentModel, distances
from tests.specification.features import Compute, Windows
from tests.specification.labels import label_probabilities
from tests.specification.profile import profiles
from tests.specification.state import UserState
from tests.specification.transition import dwell_due_ms, shortest_dwell_ms
from tests.specification.window import Columns, Item, as_bytes

ROWS_MAX = 1024  # bounds the memory of the snapshots: about 5 MB at 32 items of 128 dimensions


@dataclass(slots=True)
class Evaluation:
    """A request to evaluate one user at one time; `dwell_due_ms` is set if the end of that dwell is the reason.

    `traceparent` is that of the user's state at that time. With `is_declaration` the reason is a declared trait that
    moves nobody: only the membership is published again.
    """

    user_id: str
    state: UserState
    now_ms: int
    items: list[Item]
    dwell_due_ms: int | None = None
    traceparent: str = ""
    is_declaration: bool = False

    def is_outdated(self, policy: Policy) -> bool:
        """Return True if the dwell that asked for this evaluation has been aborted or restarted since."""
        return self.dwell_due_ms is not None and dwell_due_ms(self.state.membership, policy) != self.dwell_due_ms


class EvaluationResult(NamedTuple):
    """Result of one evaluation, in row `row` of `batch`; `assignment` is None for an empty window and without model."""

    evaluation: Evaluation
    model: SegmentModel | None
    assignment: Assignment | None
    batch: EvaluatedBatch
    row: int


@dataclass(slots=True)
class EvaluatedBatch:
    """Results of E evaluations: raw profiles, scaled vectors `u (E, n_features + d)`, a model and an assignment a row.

    Without a segment model `u` has no columns, and `models` and `assignments` are empty. Without label heads
    `label_probabilities` is empty.
    """

    windows: Windows
    raw: Profiles
    u: Vectors
    models: Sequence[SegmentModel]
    assignments: list[Assignment]
    label_probabilities: list[list[float]] = field(default_factory=list)

    def results(self, evaluations: Sequence[Evaluation]) -> list[EvaluationResult]:
        """Return the result of each evaluation; `evaluations` are those of the rows, in order."""
        if not self.models:
            return [EvaluationResult(each, None, None, self, row) for row, each in enumerate(evaluations)]
        rows = zip(evaluations, self.models, self.assignments, strict=True)
        return [
            EvaluationResult(each, model, assignment if each.items else None, self, row)
            for row, (each, model, assignment) in enumerate(rows)
        ]


@dataclass(slots=True)
class EvaluationBatch:
    """Evaluations with snapshots of their windows, all before `closes_at_ms`.

    A dwell that begins in the batch cannot end before `closes_at_ms`, so no decision adds a timer within the batch.
    """

    columns: Columns
    evaluations: list[Evaluation] = field(default_factory=list)
    closes_at_ms: int = 0
    snapshots: NDArray[np.uint8] = field(init=False)  # the columns as bytes

    def __post_init__(self) -> None:
        self.snapshots = as_bytes(self.columns)

    def is_closed_at(self, now_ms: int) -> bool:
        """Return True if an evaluation at `now_ms` belongs to the next batch."""
        return bool(self.evaluations) and (now_ms >= self.closes_at_ms or len(self.evaluations) == ROWS_MAX)

    def add(self, evaluation: Evaluation, policy: Policy) -> None:
        """Take a snapshot of the user's window."""
        if not self.evaluations:
            self.closes_at_ms = evaluation.now_ms + shortest_dwell_ms(policy)
        evaluation.state.window.snapshot_into(self.snapshots[len(self.evaluations)])
        self.evaluations.append(evaluation)

    def windows(self) -> Windows:
        """Return all snapshots; an empty window shows one stale item, so that arithmetic stays finite."""
        n = np.array([len(evaluation.items) for evaluation in self.evaluations], np.int64)
        now_ms = np.array([evaluation.now_ms for evaluation in self.evaluations], np.int64)
        return Windows(self.columns[: len(self.evaluations)], np.maximum(n, 1), now_ms)


def evaluate(
    windows: Windows,
    features: dict[str, Compute],
    models: Sequence[SegmentModel],
    policy: Policy,
    labels: LabelHeads = NO_LABELS,
) -> EvaluatedBatch:
    """Evaluate each window by its own model of `models`; without models, return the raw profiles only."""
    raw = profiles(windows, features, policy.half_life_ms)
    if not models:
        return EvaluatedBatch(windows, raw, np.empty((len(windows.n), 0), np.float32), models, [])
    u, assignments = _assign_by_model(raw, models)
    probabilities = label_probabilities(labels, raw.semantic).tolist() if labels.heads else []
    return EvaluatedBatch(windows, raw, u, models, assignments, probabilities)


def _assign_by_model(raw: Profiles, models: Sequence[SegmentModel]) -> tuple[Vectors, list[Assignment]]:
    """Return the scaled vectors and the assignment of each row by its model; all models share one space."""
    distinct = list({id(model): model for model in models}.values())
    if len(distinct) == 1:
        u = distinct[0].scaler.transform(raw)
        return u, assign(distances(u, distinct[0].centroids))
    u = np.empty((len(models), distinct[0].scaler.width), np.float32)
    assignments: dict[int, Assignment] = {}
    for model in distinct:
        rows = [row for row, deciding in enumerate(models) if deciding is model]
        u[rows] = model.scaler.transform(raw.rows(rows))
        assignments.update(zip(rows, assign(distances(u[rows], model.centroids)), strict=True))
    return u, [assignments[row] for row in range(len(models))]
